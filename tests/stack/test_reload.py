"""A changed file while the strategy runs: by the verb and by `--watch`; a broken one is refused; the day replays."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk, Live, until
from tests.stack.replays import check_replays
from tests.stack.traders import NOTES_THE_END

FUND = "518880.XSHG"
TRADES = (
    f"""
NAME = "first"


def initialize(context):
    g.by = {{}}
    g.ticks = 0
    subscribe("{FUND}")
    run_daily(trade, "every_bar")


def after_code_changed(context):
    log.info("CHANGED to", NAME, g.by)


def handle_tick(context, tick):
    g.ticks += 1


def trade(context):
    g.by[NAME] = g.by.get(NAME, 0) + 1
    if sum(g.by.values()) % 8 == 0:
        order("{FUND}", 100)

"""
    + NOTES_THE_END
)


def begin(desk: Desk, quotes: Path, speed: str, *options: str) -> Live:
    options = ("--date", DAY, "--quotes", str(quotes), "--speed", speed, *options)
    live = desk.live(desk.strategy("trader", TRADES), *options)
    desk.until_market(live, "10:29:02")
    return live


def changed(desk: Desk, live: Live, to: str) -> None:
    desk.strategy("trader", TRADES.replace('"first"', f'"{to}"'))
    until(lambda: f"CHANGED to {to}" in live.log_of("strategy.trader"), "the new code is told")


def check_day(live: Live, *names: str) -> None:
    live.finish()
    books = Books(live.runtime)
    books.check()
    by = books.g()["by"]
    assert list(by) == list(names)
    assert sum(by.values()) == 240, "no call was lost or made twice"
    assert len(live.pids("strategy")) == 1
    check_replays(live.runtime)


def test_a_running_strategy_takes_its_changed_file(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk()
    live = begin(desk, short_day, "20@10:29-10:37")
    desk.strategy("trader", TRADES.replace('"first"', "missing_name"))
    refused = desk.run("reload", "--runtime-dir", "rt", code=1)
    assert refused.count("\n") == 1 and "错误 CODE_REFUSED" in refused and "第 2 行出错：NameError" in refused
    desk.strategy("trader", TRADES.replace('"first"', '"second"'))
    assert "策略代码已更新" in desk.run("reload", "--runtime-dir", "rt")
    check_day(live, "first", "second")


@pytest.mark.slow
def test_a_watch_takes_each_change(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk()
    live = begin(desk, short_day, "10@10:29-10:34", "--watch")
    assert "没有变化" in desk.run("reload", "--runtime-dir", "rt")
    changed(desk, live, "second")
    desk.strategy("trader", TRADES.replace('"first"', '"broken'))
    until(lambda: "没有换上，原来的继续运行" in live.log_of("strategy.trader"), "the broken one is refused")
    assert "错误 CODE_REFUSED" in desk.run("reload", "--runtime-dir", "rt", code=1)
    changed(desk, live, "third")
    check_day(live, "first", "second", "third")


def test_nothing_runs(new_desk: Callable[..., Desk]) -> None:
    assert "错误 NOT_RUNNING" in new_desk().run("reload", code=1)
