"""What a strategy finds again: attribute by attribute, with older copies beside, and from an older tool's files."""

import hashlib
import json
import pickle
from pathlib import Path

import pandas as pd
import pytest

from common.errors import ConfigError
from services.strategy.keeper import OLD_KEPT
from services.strategy.memory import RESERVED
from tests.services.strategy.desk import A, Desk

GLOBALS = """
count = 0
seen = []
LIMIT = 5
handle = None
import datetime as dt
def initialize(context):
    global count, handle, later
    count, later, handle = 1, {'a': 1}, open('{path}', 'w')
    g.kept, g.lock, g.__hidden = 7, handle, 3
    context.mine, context.__theirs = 'x', 'y'
    run_daily(look, '10:00')
def look(context):
    seen.append(context.current_dt.hour)
    log.info('look', count, seen, LIMIT, sorted(later), g.kept, hasattr(g, 'lock'), context.mine)
"""


def test_globals_that_changed_are_found_again_and_edited_constants_count(tmp_path: Path) -> None:
    code = GLOBALS.replace("{{", "{").replace("}}", "}").replace("{path}", (tmp_path / "open").as_posix())
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("10:00")
    assert desk.said("look 1 [10] 5 ['a'] 7 True x")
    assert desk.said("g.lock 无法保存") and desk.said("全局变量 handle 无法保存")
    saved = pickle.loads((desk.folder / "runtime" / "g.pkl").read_bytes())
    assert set(saved) == {"kept", RESERVED} and saved[RESERVED]["context"] == {"mine": "x"}
    desk.write(code.replace("LIMIT = 5", "LIMIT = 6"))
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    desk.next_day()
    desk.run("10:00")
    assert desk.said("look 1 [10, 10] 6 ['a'] 7 False x")


def test_nothing_is_kept_beside_where_no_global_changed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "n = [1]\ndef initialize(context): g.x = n\n")
    desk.open()
    saved = pickle.loads((desk.folder / "runtime" / "g.pkl").read_bytes())
    assert set(saved[RESERVED]) == {"context", "settings"}


def test_the_memory_of_the_last_days_lies_beside(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "def initialize(context): g.days = 0\ndef before_trading_start(context): g.days += 1\n")
    desk.open()
    for _ in range(OLD_KEPT + 2):
        desk.next_day()
    old = desk.folder / "runtime" / "old_state"
    for stem, suffix in (("g", "pkl"), ("live_state", "json")):
        assert len(list(old.glob(f"{stem}-*.{suffix}"))) == OLD_KEPT
    days = [pickle.loads(path.read_bytes())["days"] for path in sorted(old.glob("g-*.pkl"))]
    assert days == list(range(3, 3 + OLD_KEPT))


OLD_CODE = f"""
def initialize(context): log.info('initialize ran')
def after_code_changed(context): log.info('changed')
def weekly(context): log.info('weekly', g.stocks, g.rank)
def daily(context): log.info('daily', context.portfolio.starting_cash, get_current_data()['{A}'].last_price)
"""


def old_files(folder: Path, **other: object) -> None:
    """As the older tool writes them: its version stands under ``strategy``, its hash is the file's MD5."""
    tasks = [
        {"module": "s", "func": "weekly", "schedule_type": "weekly", "time": "09:40", "weekday": -1, "monthday": None,
         "enabled": True},
        {"module": "s", "func": "daily", "schedule_type": "daily", "time": "open", "weekday": None, "monthday": None,
         "enabled": True},
        {"module": "s", "func": "gone", "schedule_type": "daily", "time": "open", "enabled": False},
    ]  # fmt: skip
    shown = {
        "strategy": {
            "version": 1,
            "strategy_hash": hashlib.md5(OLD_CODE.encode()).hexdigest(),
            "settings": {"benchmark": "000300.XSHG", "options": {"use_real_price": True}, "order_cost": {}},
            "tasks": tasks,
            "strategy_start_date": "2026-11-02",
            **other,
        },
        "scheduler": {"last_cursor": "2026-11-19 15:00"},
        "subscriptions": {"symbols": [A], "markets": []},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "live_state.json").write_text(json.dumps(shown), encoding="utf-8")
    (folder / "g.pkl").write_bytes(pickle.dumps({"stocks": [A], "rank": {A: 1}}))


def test_what_an_older_tool_left_is_taken_over(tmp_path: Path) -> None:
    old_files(tmp_path / "runtime")
    before = {p.name: p.read_bytes() for p in (tmp_path / "runtime").iterdir()}
    desk = Desk(tmp_path, OLD_CODE)
    desk.open()
    desk.run("9:41")
    assert desk.said("daily 1000000.0 10.0") and desk.said(f"weekly ['{A}'] {{'{A}': 1}}")
    assert not desk.said("initialize ran") and not desk.said("changed")
    assert "OLD_STATE_IMPORTED" in desk.alerts and desk.said("定时任务 2 个，g 的属性 rank、stocks")
    assert {p.name: p.read_bytes() for p in (tmp_path / "runtime" / "old_tool").iterdir()} == before
    state = json.loads((tmp_path / "runtime" / "live_state.json").read_text(encoding="utf-8"))
    assert state["settings"] == {"benchmark": "'000300.XSHG'", "option.use_real_price": "True"}
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    assert desk.alerts.count("OLD_STATE_IMPORTED") == 1


def test_a_file_changed_since_then_is_told_so(tmp_path: Path) -> None:
    old_files(tmp_path / "runtime", strategy_hash="0" * 32)
    desk = Desk(tmp_path, OLD_CODE)
    desk.open()
    assert desk.said("changed")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"version": 2}, "版本 2"),
        ({"tasks": [{"func": "daily", "schedule_type": "hourly"}]}, "无法识别的定时任务"),
        ({"tasks": [{"func": "daily", "schedule_type": "weekly"}]}, "第几个交易日"),
        ({"tasks": [7]}, "live_state.json"),
        ({"strategy_start_date": None}, "开始日期"),
    ],
)
def test_what_is_not_understood_of_it_is_refused(tmp_path: Path, other: dict[str, object], said: str) -> None:
    old_files(tmp_path / "runtime", **other)
    with pytest.raises(ConfigError, match=said):
        Desk(tmp_path, OLD_CODE)
    assert (tmp_path / "runtime" / "old_tool" / "g.pkl").is_file()


class OfOtherPandas:
    """What a pandas that has moved on does with it: raises."""

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return pd.to_datetime, ("not a day",)


def test_a_memory_that_another_pandas_wrote_is_named_as_such(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "def initialize(context): g.table = 1\n")
    desk.open()
    desk.end_day()
    (desk.folder / "runtime" / "g.pkl").write_bytes(pickle.dumps({"table": OfOtherPandas()}))
    with pytest.raises(ConfigError, match="另一版本的 pandas"):
        desk.start(recovered=True)
