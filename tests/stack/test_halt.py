"""A desk is halted and resumed by hand on a running day: kept over kill -9 of risk, never in the way of a cancel."""

from collections.abc import Callable
from pathlib import Path

from common import messages as m
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, until

FUND = "518880.XSHG"
TRADES = f'''
FUND = "{FUND}"


def initialize(context):
    run_daily(begin, "9:40")
    for minute in range(630, 690):
        for second in range(0, 60, 3):
            run_daily(trade, f"{{minute // 60}}:{{minute % 60:02d}}:{{second:02d}}")


def begin(context):
    """A holding, and many buys that rest for the day."""
    order(FUND, 20000)
    low = round(get_current_data()[FUND].last_price * 0.94, 3)
    for _ in range(300):
        order(FUND, 100, LimitOrderStyle(low), wait_timeout=0)


def trade(context):
    order(FUND, 100)
    order(FUND, -100)
    waiting = list(get_open_orders().values())
    if waiting:
        cancel_order(waiting[0])
'''


def orders(desk: Desk, side: m.Side | None, *status: str) -> int:
    """How many orders of a side the gateway knows in these states."""
    snapshot = desk.ask("gateway", m.GetAccount("sim"))
    assert isinstance(snapshot, m.AccountSnapshot)
    return sum(state.status in status and side in (None, state.order.side) for state in snapshot.orders)


def grows(count: Callable[[], int], what: str) -> None:
    before = count()
    until(lambda: count() > before, f"more {what} than {before}")


def test_halts_hold_until_they_are_lifted(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    live = desk.live(
        desk.strategy("trades", TRADES), "--date", DAY, "--quotes", str(short_day), "--speed", "10@10:30-11:30"
    )

    def denied() -> int:
        return live.log_of("strategy.trades").count("风控拒单 HALTED")

    def trading_goes_on(*sides: m.Side) -> None:
        for side in sides:
            grows(lambda side=side: orders(desk, side, "filled"), f"filled {side} orders")
        grows(lambda: orders(desk, None, "cancelled"), "cancelled orders")

    desk.until_market(live, "10:30:10")
    trading_goes_on(m.Side.BUY, m.Side.SELL)

    assert "买入已暂停" in desk.run("halt", "--buys", "--why", "too warm")
    bought = orders(desk, m.Side.BUY, "filled")
    grows(denied, "denials")
    trading_goes_on(m.Side.SELL)

    live.kill("risk")
    until(lambda: desk.market_ns("risk"), "risk answers again")
    assert "买入已暂停" in desk.run("risk")
    grows(denied, "denials by the risk process that was started again")
    trading_goes_on(m.Side.SELL)
    assert orders(desk, m.Side.BUY, "filled") == bought

    assert "交易已暂停" in desk.run("halt")
    sold = orders(desk, m.Side.SELL, "filled")
    grows(denied, "denials")
    trading_goes_on()
    assert (orders(desk, m.Side.BUY, "filled"), orders(desk, m.Side.SELL, "filled")) == (bought, sold)

    assert orders(desk, None, "accepted") > 20, "many buys rest still"
    assert "交易已暂停" in desk.run("halt", "--cancel-open")
    until(lambda: not orders(desk, None, "submitted", "accepted", "partially_filled"), "nothing rests any more")

    assert "交易正常" in desk.run("resume")
    until(lambda: orders(desk, m.Side.BUY, "filled") > bought, "buys trade again")
    until(lambda: orders(desk, m.Side.SELL, "filled") > sold, "sells trade again")
    assert "柜台上没有挂单" in desk.run("stop", "--runtime-dir", "rt")
    assert live.wait() == 0
    told = Books(live.runtime).rows(
        "select decision, text from decisions where decision in ('halted', 'resumed') order by at_ns"
    )
    assert len(told) == 4, told
