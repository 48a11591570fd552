"""Stop orders: they hold nothing until the price passes theirs, live through restarts, and end with the day."""

from pathlib import Path

import pytest

from common import messages as m
from tests.services.strategy.desk import A, Desk, holding

CODE = f"""
def initialize(context):
    run_daily(act, '9:35')
    run_daily(look, '10:00')
def act(context):
    g.id = order('{A}', {{amount}}, {{style}}).order_id
    o = get_orders()[g.id]
    p = context.portfolio
    log.info('placed', o.status, o.amount, p.available_cash, p.positions['{A}'].closeable_amount)
def look(context):
    log.info('open', [str(o.status) for o in get_open_orders().values()])
def after_trading_end(context):
    o = get_orders()[g.id]
    log.info('end', o.status, o.filled, o.outcome)
"""


def desk_with(tmp_path: Path, amount: int, style: str, *, held: int = 1000, cash: float = 100_000) -> Desk:
    desk = Desk(tmp_path, CODE.replace("{amount}", str(amount)).replace("{style}", style), cash=cash)
    desk.holdings = [holding(A, held)] if held else []
    desk.open()
    desk.run("9:36")
    return desk


@pytest.mark.parametrize(
    ("amount", "style", "still_e4", "passed_e4", "kind"),
    [
        (-500, "StopMarketOrderStyle('stop_loss', 9.5)", 95_100, 95_000, m.OrderType.MARKET),
        (-500, "StopMarketOrderStyle('take_profit', 10.5)", 104_900, 105_000, m.OrderType.MARKET),
        (500, "StopMarketOrderStyle('stop_loss', stop_price=10.5)", 104_900, 105_100, m.OrderType.MARKET),
        (500, "StopLimitOrderStyle('take_profit', 9.5, limit_price=9.6)", 95_100, 94_900, m.OrderType.LIMIT),
    ],
)
def test_it_goes_out_when_the_price_passes(
    tmp_path: Path, amount: int, style: str, still_e4: int, passed_e4: int, kind: m.OrderType
) -> None:
    desk = desk_with(tmp_path, amount, style)
    assert desk.orders == [] and desk.said("placed new 500 100000.0 1000")
    desk.prices[A] = still_e4
    desk.run("10:00")
    assert desk.orders == [] and desk.said("open ['new']")
    desk.prices[A] = passed_e4
    desk.pass_seconds(3)
    (order,) = desk.orders
    assert (order.qty, order.side, order.order_type) == (500, "buy" if amount > 0 else "sell", kind)
    desk.end_day()
    assert desk.said("end held 500 filled")


def test_it_is_sent_at_once_where_the_price_has_passed_already(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, -500, "StopMarketOrderStyle('stop_loss', 10.5)")
    assert len(desk.orders) == 1 and desk.said("placed held 500")


def test_it_ends_with_the_day(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, -500, "StopLimitOrderStyle('stop_loss', 9.5, 9.4)")
    desk.next_day()
    assert desk.said("DAY_ENDED") and desk.said("end canceled 0 cancelled")
    desk.prices[A] = 90_000
    desk.run("9:34")
    assert desk.orders == []


def test_what_cash_no_longer_covers_fails_when_it_is_triggered(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, 500, "StopMarketOrderStyle('stop_loss', 10.5)", held=0, cash=100)
    assert desk.said("placed new 500 100.0 0")
    desk.prices[A] = 106_000
    desk.pass_seconds(3)
    desk.end_day()
    assert desk.orders == [] and desk.said("CASH_NOT_ENOUGH") and desk.said("end rejected 0")


def test_it_can_be_cancelled_and_a_target_cancels_it(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(act, '9:35')
def act(context):
    first = order('{A}', -500, StopMarketOrderStyle('stop_loss', 9.5))
    cancel_order(first)
    second = order('{A}', -500, StopMarketOrderStyle('stop_loss', 9.5))
    order_target('{A}', 900)
    log.info('both', first.status, second.status, second.outcome)
"""
    desk = Desk(tmp_path, code)
    desk.holdings = [holding(A, 1000)]
    desk.open()
    desk.run("9:36")
    assert desk.said("both canceled canceled cancelled")
    desk.prices[A] = 90_000
    desk.pass_seconds(3)
    assert [o.qty for o in desk.orders] == [100]


def test_it_waits_through_a_restart_and_asks_for_its_quotes_again(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, -500, "StopLimitOrderStyle('stop_loss', 9.5, 9.4)")
    desk.run("9:40")
    desk.queries.clear()
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    assert m.Subscribe([A]) in desk.queries
    desk.prices[A] = 94_000
    desk.pass_seconds(3)
    desk.pass_seconds(3)
    (order,) = desk.orders
    assert (order.qty, order.price_e4) == (500, 94_000)


def test_odd_prices_and_amounts_are_no_order(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(act, '9:35')
def act(context):
    few, free = order('{A}', 50, StopMarketOrderStyle('stop_loss', 12)), StopMarketOrderStyle('stop_loss', 0)
    log.info(few, order('{A}', 500, free))
    log.info('short', order('{A}', -100, StopMarketOrderStyle('stop_loss', 9), side='short'))
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:36")
    assert desk.said("None None") and desk.said("short None") and desk.orders == []
