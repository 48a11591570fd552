"""Two strategies on one account: the second joins and leaves alone; names are taken once; the end takes all down."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from common import host_os
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, Live, until
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
    order("{symbol}", 100, LimitOrderStyle(round(get_current_data()["{symbol}"].last_price * 0.95, 2)), wait_timeout=0)


def trade(context):
    g.placed += order("{symbol}", 100) is not None

"""
    + NOTES_THE_END
)


def begin(desk: Desk, quotes: Path, speed: str) -> Live:
    file = desk.strategy("first", TRADES.format(symbol=FUND))
    live = desk.live(file, "--date", DAY, "--quotes", str(quotes), "--speed", speed)
    desk.until_market(live, "10:30:05")
    return live


def join(desk: Desk, name: str = "second", runtime: str = "rt2") -> Live:
    live = desk.live(desk.strategy(name, TRADES.format(symbol=BANK)), runtime=runtime)
    until(lambda: f"strategy.{name}" in live.said or live.process.poll() is not None, "it has joined or is refused")
    return live


def test_both_trade_to_the_end_of_the_day(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    first = begin(desk, short_day, "20@10:30-10:36")
    second = desk.live(desk.strategy("second", TRADES.format(symbol=BANK)), runtime="rt2")
    assert "加入运行中的系统" in second.finish()
    first.finish()
    books = Books(first.runtime)
    books.check()
    placed = dict(books.rows("select strategy, count(*) from orders group by 1"))
    assert placed["first"] == 241
    assert placed["second"] > 200
    assert Books(second.runtime).g()["placed"] == placed["second"]
    assert not first.survivors() and not second.survivors()
