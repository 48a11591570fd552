"""The older tool's ``live_state.json`` beside our own: recognised, and read where it says all that is needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from common.errors import ConfigError
from jqdata.host import Task, TaskKind
from services.strategy.live_state import LiveState
from services.strategy.schedule import Registered

BACKUP = "old_tool"
"""The folder beside the files that a copy of what was there goes to."""


def is_of_old_tool(shown: object) -> bool:
    """Whether a parsed ``live_state.json`` is the older tool's: its version stands under ``strategy``."""
    return isinstance(shown, dict) and "version" not in shown and isinstance(shown.get("strategy"), dict)


def read(shown: Mapping[str, Any], strategy: str, hashes: Mapping[str, str]) -> tuple[LiveState, dict[str, Any]]:
    """What it remembers, as ours, and its settings; ConfigError where it holds something we do not know.

    ``hashes`` are those of the strategy's file by kind: its MD5 tells whether the file has changed since, the SHA-256
    is ours. What it lacks counts as not given: the day's position, ``reference_security``, ``force``, the first value.
    """
    told = shown["strategy"]
    if told.get("version") not in (None, 1):
        raise ConfigError(f"旧工具的 live_state.json 版本 {told['version']!r} 无法识别")
    tasks = [task for task in told.get("tasks") or [] if task.get("enabled", True)]
    same_file = str(told.get("strategy_hash") or "").lower() == hashes["md5"]
    state = LiveState(
        strategy=strategy,
        file_hash=hashes["sha256"] if same_file else "",
        start_day=_day(told.get("strategy_start_date")),
        initialized=True,
        next_seq=len(tasks) + 1,
        tasks=tuple(Registered(_task(task), seq, 0) for seq, task in enumerate(tasks, 1)),
        cursor=None,
        starting_cash_e4=0,
        settings={},
        subscriptions=tuple((shown.get("subscriptions") or {}).get("symbols") or ()),
        log_levels={},
        kept=(),
        groups={},
    )
    settings = dict(told.get("settings") or {})
    options = settings.pop("options", None) or {}
    known = {"benchmark": settings.get("benchmark")} if settings.get("benchmark") else {}
    return state, {**known, **{f"option.{name}": value for name, value in options.items()}}


def _task(shown: Mapping[str, Any]) -> Task:
    kind, name = str(shown.get("schedule_type", "")).lower().removeprefix("run_"), shown.get("func")
    if kind not in get_args(TaskKind) or not isinstance(name, str) or not name:
        raise ConfigError(f"旧工具的 live_state.json 里有无法识别的定时任务 {dict(shown)!r}")
    day = {"daily": 0, "weekly": shown.get("weekday"), "monthly": shown.get("monthday")}[kind]
    if not isinstance(day, int):
        raise ConfigError(f"旧工具的 live_state.json 里的定时任务 {name} 没有写明第几个交易日")
    written: TaskKind = "daily" if kind == "daily" else "weekly" if kind == "weekly" else "monthly"
    return Task(written, name, day, str(shown.get("time") or "9:30"), None, True)


def _day(written: object) -> date:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        raise ConfigError(f"旧工具的 live_state.json 里策略开始日期 {written!r} 无法识别") from None
