"""A strategy that trades from another host; it writes what it was told of, and what it ended with, into `g`."""

from collections.abc import Iterable

from tests.stack.traders import NOTES_THE_END

_RESTLESS = (
    '''
"""Trades every few seconds in every way there is; some orders rest, some are cancelled, some are waited for."""

FUND, BANK = "518880.XSHG", "600036.XSHG"


def initialize(context):
    g.turn = 0
    g.told = []
    run_daily(begin, "9:35")
    for second in SECONDS:
        run_daily(trade, f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}")


def on_trade(context, trade):
    g.told = [*g.told, trade.trade_id]


def begin(context):
    order(FUND, 20000)
    order(BANK, 500)


def trade(context):
    g.turn += 1
    last = get_current_data()[FUND].last_price
    way = g.turn % 6
    if way == 0:
        order(FUND, 300, LimitOrderStyle(round(last * 0.97, 3)), wait_timeout=0)
    elif way == 1:
        order(FUND, 300, LimitOrderStyle(round(last - 0.002, 3)), wait_timeout=0)
    elif way == 2:
        order(FUND, 400, LimitOrderStyle(round(last * 1.01, 3)), wait_timeout=0 if g.turn % 12 == 2 else None)
    elif way == 3:
        order(FUND, -600, wait_timeout=0)
    elif way == 4:
        order(FUND, 100, wait_timeout=0)
        order(FUND, -100, wait_timeout=0)
    else:
        order(FUND, -100, wait_timeout=0)
    waiting = list(get_open_orders().values())
    if len(waiting) > 4:
        cancel_order(waiting[0])

'''
    + NOTES_THE_END
)


def restless(seconds: Iterable[int]) -> str:
    """One that trades at these seconds of the day."""
    return _RESTLESS.replace("SECONDS", str(list(seconds)))
