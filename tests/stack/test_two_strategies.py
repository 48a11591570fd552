"""Two strategies on one account: the second joins and leaves alone; names are taken once; the end takes all down."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from common import host_os
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, Live, log_of, until
from tests.stack.traders import NOTES_THE_END

FUND, BANK = "518880.XSHG", "600036.XSHG"
TRADES = (
    """
def initialize(context):
    log.info("INITIALIZED")
    g.placed = 0
    run_daily(rest, "9:40")
    run_daily(trade, "every_bar")


def rest(context):
    low = round(get_current_data()["SYMBOL"].last_price * 0.95, 2)
    order("SYMBOL", 100, LimitOrderStyle(low), wait_timeout=0)


def trade(context):
    g.placed += order("SYMBOL", 100) is not None

"""
    + NOTES_THE_END
)


def begin(desk: Desk, quotes: Path, speed: str) -> Live:
    file = desk.strategy("first", TRADES.replace("SYMBOL", FUND))
    live = desk.live(file, "--date", DAY, "--quotes", str(quotes), "--speed", speed)
    desk.until_market(live, "10:30:05")
    return live


def join(desk: Desk) -> Live:
    """The second strategy, from a folder of its own; returns when it has placed an order."""
    placed = f"委托 买入 {BANK}"
    logs = desk.folder / "logs-rt2"
    before = log_of(logs, "strategy.second").count(placed)
    live = desk.live(desk.strategy("second", TRADES.replace("SYMBOL", BANK)), runtime="rt2")
    until(lambda: live.log_of("strategy.second").count(placed) > before or live.process.poll() is not None, "it trades")
    assert live.process.poll() is None, live.report()
    return live


def refused(desk: Desk, name: str, runtime: str) -> str:
    live = desk.live(desk.strategy(name, TRADES.replace("SYMBOL", BANK)), runtime=runtime)
    assert live.wait(30) == 1, live.report()
    assert live.said.count("\n") == 1 and "错误 IN_USE" in live.said, live.said
    return live.said


def test_both_trade_to_the_end_of_the_day(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    first = begin(desk, short_day, "20@10:30-10:34")
    second = join(desk)
    assert "加入运行中的系统" in second.finish()
    first.finish()
    books = Books(first.runtime)
    books.check()
    placed = dict(books.rows("select strategy, count(*) from orders group by 1"))
    assert placed["first"] == 241
    assert placed["second"] > 150
    assert Books(second.runtime).g()["placed"] == placed["second"]
    assert not first.survivors() and not second.survivors()


@pytest.mark.skipif(host_os.WINDOWS, reason="Ctrl-C of another console is no signal there")
def test_names_are_taken_once_and_ctrl_c_ends_what_it_should(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    first = begin(desk, short_day, "20@10:30-11:30")
    second = join(desk)
    assert f"进程 {second.process.pid}，策略 second" in refused(desk, "second", "rt3"), "the strategy's name is taken"
    assert f"进程 {second.process.pid}，策略 second" in refused(desk, "third", "rt2"), "the folder is taken"
    assert f"进程 {first.process.pid}，策略 first" in refused(desk, "first", "rt4")
    assert f"进程 {first.process.pid}，策略 first" in refused(desk, "third", "rt")

    second.process.send_signal(signal.SIGINT)
    assert second.wait() == 130
    assert not second.survivors()
    left_at = desk.market_ns()
    until(lambda: desk.market_ns() > left_at, "the stack goes on without it")
    assert "已加入" not in desk.run("status")

    third = join(desk)
    assert "second" in desk.run("status")
    first.process.send_signal(signal.SIGINT)
    assert first.wait() == 130
    assert FUND in first.said.partition("仍有")[2], "what rests at the broker is listed"
    assert not first.survivors()

    assert "已停止" in desk.run("stop", "--runtime-dir", "rt2")
    third.wait()
    assert not third.survivors()
