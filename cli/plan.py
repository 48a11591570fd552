"""What a run is going to do: start afresh, go on with an unfinished day, carry an account on, or join a stack."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from cli import market_day
from cli.broker_accounts import SIMULATOR, account_of, accounts_of, mode_of
from cli.programs import ALERTS, LOG_FILE, PROGRAMS, PROXY, RUN_FILE, SERVER_PROGRAMS, STRATEGY_ALONE, Program
from cli.refusal import Refused, coded
from cli.stack import Stack
from cli.supervise import SupervisorLog
from common.calendar import Calendar
from common.run import Run, read_run
from common.settings import COMMAND_LINE_ORIGIN, Loaded, Settings
from common.stamp import Stamp, check_stamp

COMPARED: Mapping[str, str] = {
    "strategy_id": "策略",
    "account": "账户",
    "broker": "券商",
    "mode": "模式",
    "quotes": "--quotes",
    "first_day": "--date",
    "days": "--days",
    "seed": "--seed",
}
"""What makes a run this run and no other; speed and settings may change when it goes on."""
_COMPARED_REAL = {**{name: COMPARED[name] for name in ("strategy_id", "account", "broker", "mode")}, "accounts": "账户"}
"""With a real broker the day is today's, whichever the run began on."""
_NAMES: Mapping[str, str] = {**COMPARED, **_COMPARED_REAL, "begun": "服务端的这次运行"}

SERVER: Final = "（远程服务）"
"""Stands for the strategy in the stamp of a server's folder."""

GO_ON: Final = "未结束的一次运行与本次不同（{}）；请用原来的参数继续，或用 --reset 移走旧状态"
_JOIN: Final = "运行中的系统与本次不同（{}）；请去掉这些选项以加入它，或先停止它"


@dataclasses.dataclass(frozen=True)
class Asked:
    """The options of ``live`` and ``server``; None where one was not given. A server has no ``file``.

    ``wait``: a server that cannot be reached is waited for."""

    file: Path | None = None
    quotes: str | None = None
    date: str | None = None
    days: int | None = None
    speed: str | None = None
    seed: int | None = None
    carry_on: bool = False
    reset: bool = False
    wait: bool = False
    watch: bool = False

    def strategy(self, settings: Settings) -> str:
        """The strategy's id, "" for a server."""
        return (settings.strategy_name or self.file.stem) if self.file else ""


@dataclasses.dataclass(frozen=True)
class Plan:
    """``move_old``: what the runtime folder holds goes into its archive first. ``said``: a line for the user."""

    run: Run
    stamp: Stamp
    programs: tuple[Program, ...]
    stack: Stack | None
    move_old: bool
    said: str


def make_plan(asked: Asked, loaded: Loaded, stack: Stack | None, now_ns: int) -> Plan:
    """Decide from the options, the settings and what the folder holds; Refused where they contradict each other."""
    wanted = _wanted(asked, loaded)
    folder = loaded.settings.runtime_dir
    stamp = Stamp(wanted.broker, wanted.mode, _account_with_number(wanted), wanted.strategy_id or SERVER)
    if not asked.reset:
        with coded("WRONG_RUNTIME_DIR"):
            check_stamp(folder, stamp)
    own = SERVER_PROGRAMS if wanted.served else PROGRAMS
    own = (*own, ALERTS) if loaded.settings.alert_key else own
    programs = STRATEGY_ALONE if stack else own
    previous = None if asked.reset else previous_run(folder)
    finished = previous is not None and is_finished(folder)
    if stack is not None:
        run, said = _joined(asked, wanted, stack), f"加入运行中的系统：{stack}"
        if previous is not None and not finished:
            check_same(previous, run, list(COMPARED if run.simulated else _COMPARED_REAL), GO_ON)
    elif not wanted.simulated:
        run, said = _real_run(wanted, previous)
    else:
        run, said = _own_run(asked, wanted, _Before(previous, finished), loaded, now_ns)
    carried = asked.carry_on and finished and stack is None
    return Plan(run, stamp, programs, stack, asked.reset or (finished and not carried), said)


def is_finished(runtime_dir: Path) -> bool:
    """Whether every process of the last run there came to its end by itself; some are asked to, when all is over."""
    log = SupervisorLog(runtime_dir / LOG_FILE)
    log.read(0)
    awaited = [process for name, process in log.processes.items() if name not in (ALERTS.name, PROXY.name)]
    return bool(awaited) and all(process.done for process in awaited)


@dataclasses.dataclass(frozen=True)
class _Before:
    run: Run | None
    finished: bool


def _wanted(asked: Asked, loaded: Loaded) -> Run:
    """The run as the options and settings alone describe it; ``first_day`` may still be open."""
    settings = loaded.settings
    if settings.default_broker != SIMULATOR:
        check_not_asked(asked, settings.default_broker)
    elif loaded.origins["QMT_SERVER_ACCOUNTS"] == COMMAND_LINE_ORIGIN:
        raise Refused("NOT_REAL", "--accounts 只用于 --broker qmt：模拟券商只有 SIMULATOR_ACCOUNT_ID 一个账户")
    return Run(
        strategy_file=str(asked.file.absolute()) if asked.file else "",
        strategy_id=asked.strategy(settings),
        account=account_of(settings),
        accounts=accounts_of(settings),
        broker=settings.default_broker,
        mode=mode_of(settings),
        quotes=_quotes(asked.quotes) if settings.default_broker == SIMULATOR else settings.default_broker,
        first_day=market_day.parse_day(asked.date).isoformat() if asked.date else "",
        days=asked.days or 1,
        speed=market_day.check_speed(asked.speed or "0"),
        seed=1 if asked.seed is None else asked.seed,
        served=asked.file is None,
        env_file=str(loaded.env_file.absolute()) if loaded.env_file else "",
        settings=settings.as_env(),
    )


def _account_with_number(run: Run) -> str:
    """An alias can be given to another account; the state in a folder cannot."""
    numbers = [one.account_id for one in run.accounts if one.alias == run.account]
    return "=".join([run.account, *numbers])


def check_not_asked(asked: Asked, broker: str) -> None:
    """Refuse what only a simulated market can be told."""
    named = "、".join(filter(None, (asked_of_market(asked), "--continue" if asked.carry_on else "")))
    if named:
        raise Refused("NOT_SIMULATED", f"{named} 只用于 --broker simulator：券商 {broker} 按当前时间运行，直到停止")


def asked_of_market(asked: Asked) -> str:
    """Those of the options that say which market is simulated, "" where none was given."""
    given = {
        "--quotes": asked.quotes,
        "--date": asked.date,
        "--days": asked.days,
        "--speed": asked.speed,
        "--seed": asked.seed,
    }
    return "、".join(option for option, value in given.items() if value is not None)


def _real_run(wanted: Run, previous: Run | None) -> tuple[Run, str]:
    """It begins today and runs until it is stopped; what the folder holds is gone on from."""
    if previous is None:
        return wanted, ""
    check_same(previous, wanted, list(_COMPARED_REAL), GO_ON)
    return wanted, "沿用运行目录里的状态"


def _quotes(asked: str | None) -> str:
    if asked in (None, market_day.SYNTHETIC):
        return market_day.SYNTHETIC
    assert asked is not None
    return str(Path(asked).absolute())


def _own_run(asked: Asked, wanted: Run, before: _Before, loaded: Loaded, now_ns: int) -> tuple[Run, str]:
    calendar = market_day.load_calendar(loaded.settings)
    old = before.run
    if old is not None and not before.finished:
        run = dataclasses.replace(wanted, carry_on=old.carry_on, **_not_given(asked, old))
        check_same(old, run, list(COMPARED), GO_ON)
        return run, f"继续未结束的一次运行：自 {run.first_day} 起 {run.days} 天"
    if old is not None and asked.carry_on:
        first, said = _next_day(wanted, old, calendar), "沿用上次的账户"
    elif wanted.first_day:
        first, said = date.fromisoformat(wanted.first_day), ""
    else:
        first, said = market_day.newest_day(wanted.quotes, calendar, now_ns), ""
    market_day.check_days(first, wanted.days, calendar)
    market_day.check_recorded(wanted.quotes, first, wanted.days)
    return dataclasses.replace(wanted, first_day=first.isoformat(), carry_on=asked.carry_on), said


def _not_given(asked: Asked, old: Run) -> dict[str, Any]:
    """What the options leave open, as the unfinished run has it."""
    given = {"quotes": asked.quotes, "first_day": asked.date, "days": asked.days, "seed": asked.seed}
    given["speed"] = asked.speed
    return {name: getattr(old, name) for name, value in given.items() if value is None}


def _next_day(wanted: Run, old: Run, calendar: Calendar) -> date:
    """The day after the last one of the finished run; a later one may be asked for."""
    last = date.fromisoformat(old.first_day)
    with coded("BAD_DATE"):
        for _ in range(old.days - 1):
            last = calendar.following(last)
        if not wanted.first_day:
            return calendar.following(last)
    first = date.fromisoformat(wanted.first_day)
    if first <= last:
        raise Refused("BAD_DATE", f"--continue 的账户已到 {last}，--date {first} 应晚于它")
    return first


def _joined(asked: Asked, wanted: Run, stack: Stack) -> Run:
    """The stack's day with our strategy; an option that asks for another day is refused."""
    theirs = previous_run(stack.runtime_dir)
    if theirs is None:
        raise Refused("CANNOT_JOIN", f"运行中的系统（{stack}）没有运行文件，无法加入")
    given = {"quotes": asked.quotes, "first_day": asked.date, "days": asked.days, "seed": asked.seed}
    check_same(theirs, wanted, [name for name, value in given.items() if value is not None], _JOIN)
    mine = {name: getattr(wanted, name) for name in ("strategy_file", "strategy_id", "env_file", "settings")}
    return dataclasses.replace(theirs, **mine, joined=True, carry_on=asked.carry_on)


def previous_run(folder: Path) -> Run | None:
    """What ran in the folder last; None where nothing did."""
    path = folder / RUN_FILE
    if not path.exists():
        return None
    with coded("STATE_DAMAGED"):
        return read_run(path)


def check_same(old: Run, new: Run, names: Iterable[str], advice: str = GO_ON) -> None:
    """Refused, naming them, where the two differ in one of these."""
    other = [
        f"{_NAMES[name]} {_shown(old, name)} → {_shown(new, name)}"
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]
    if other:
        raise Refused("RUN_DIFFERS", advice.format("；".join(other)))


def _shown(run: Run, name: str) -> str:
    if name == "accounts":
        return "、".join(f"{one.alias}={one.account_id}" for one in run.accounts)
    return str(getattr(run, name))
