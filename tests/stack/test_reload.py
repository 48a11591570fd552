"""A changed file while the strategy runs: by the verb and by `--watch`; a broken one is refused; the day replays."""

from collections.abc import Callable
from pathlib import Path

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk, until
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
    order("{FUND}", 100)

"""
    + NOTES_THE_END
)


def test_a_running_strategy_takes_its_changed_file(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk()
    file = desk.strategy("trader", TRADES)
    options = ("--date", DAY, "--quotes", str(short_day), "--speed", "15@10:29-10:31", "--watch")
    live = desk.live(file, *options)
    desk.until_market(live, "10:29:05")

    said = desk.run("reload", "--runtime-dir", "rt")
    assert "没有变化" in said
    desk.strategy("trader", TRADES.replace('"first"', "missing_name"))
    refused = desk.run("reload", "--runtime-dir", "rt", code=1)
    assert refused.count("\n") == 1 and "错误 CODE_REFUSED" in refused and "第 2 行出错：NameError" in refused
    desk.strategy("trader", TRADES.replace('"first"', '"first'))
    assert "错误 CODE_REFUSED" in desk.run("reload", "--runtime-dir", "rt", code=1)

    desk.strategy("trader", TRADES.replace('"first"', '"second"'))
    assert "策略代码已更新" in desk.run("reload", "--runtime-dir", "rt")
    until(lambda: "CHANGED to second" in live.log_of("strategy.trader"), "the new code is told")
    desk.strategy("trader", TRADES.replace('"first"', '"third"'))
    until(lambda: "CHANGED to third" in live.log_of("strategy.trader"), "the watch sees it")
    live.finish()

    books = Books(live.runtime)
    books.check()
    by = books.g()["by"]
    assert list(by) == ["first", "second", "third"] or list(by) == ["first", "third"]
    assert sum(by.values()) == 240, "no call was lost or made twice"
    assert len(live.pids("strategy")) == 1
    check_replays(live.runtime)


def test_nothing_runs(new_desk: Callable[..., Desk]) -> None:
    assert "错误 NOT_RUNNING" in new_desk().run("reload", code=1)
