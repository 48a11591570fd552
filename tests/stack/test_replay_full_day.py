"""A whole synthetic day of 50 symbols, captured and decided again: the same bytes 20 times, in fresh processes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk
from tests.stack.traders import NOTES_THE_END

TIMES, SYMBOLS, ORDERS_MIN, TIMES_REAL_MIN = 20, 50, 500, 50

BROAD = (
    '''
"""Fifty symbols, twenty rounds a day: market orders, limits that rest, cancels, and values that risk denies."""


def initialize(context):
    g.codes = {f"{600000 + number}.XSHG" for number in range(50)}
    g.round = 0
    for minute in [*range(575, 690, 12), *range(785, 895, 12)]:
        run_daily(trade, f"{minute // 60}:{minute % 60:02d}")


def trade(context):
    g.round += 1
    for code in g.codes:
        last = get_current_data()[code].last_price
        turn = (int(code[:6]) + g.round) % 4
        if turn == 0:
            order(code, 200, wait_timeout=0)
        elif turn == 1:
            order(code, 300, LimitOrderStyle(round(last * 0.995, 2)), wait_timeout=0)
        elif turn == 2:
            order(code, -100, wait_timeout=0)
        else:
            order_value(code, 15000, wait_timeout=0)
    for waiting in list(get_open_orders().values())[::3]:
        cancel_order(waiting)
    if g.round == 6:
        history(240, "1m", "close", sorted(g.codes))

'''
    + NOTES_THE_END
)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_day_of_fifty_symbols_is_the_same_twenty_times(new_desk: Callable[..., Desk]) -> None:
    limits = {"MAX_ORDER_VALUE": "12000", "MAX_DAILY_TRADE_VALUE": "1000000000", "MAX_DAILY_TRADES": "100000"}
    limits |= {"MAX_DAILY_CANCELS": "100000", "MAX_STOCK_COUNT": "45", "SIMULATOR_INITIAL_CASH": "100000000"}
    desk = new_desk(limits)
    live = desk.live(desk.strategy("broad", BROAD), "--date", DAY)
    live.finish(900)
    books = Books(live.runtime)
    books.check()
    [placed] = books.rows("select count(*), count(distinct symbol) from orders")
    denied = books.rows("select count(*) from decisions where decision = 'denied'")[0][0]
    fills = books.rows("select count(*) from fills")[0][0]
    assert placed[0] >= ORDERS_MIN and placed[1] == SYMBOLS and denied and fills
    desk.run("capture", "--runtime-dir", "rt", "-o", "day.capture")
    print(f"orders {placed[0]}, denied {denied}, fills {fills}, bytes {(desk.folder / 'day.capture').stat().st_size:,}")
    for attempt in range(TIMES):
        said = desk.run("replay", "day.capture", "--trust")
        assert said.count("IDENTICAL") == 3, said
        speeds = [int(text.replace(",", "")) for text in re.findall(r"为实时的 ([\d,]+) 倍", said)]
        print(f"{attempt}: {speeds}")
        assert len(speeds) == 3 and min(speeds) >= TIMES_REAL_MIN, said
