"""Orders from before the open: kept with status `new`, sent when the market takes them."""

from pathlib import Path

from common import messages as m
from common.beijing import at, clock_text
from tests.services.strategy.desk import STAR, A, B, Desk, holding, number_of

CODE = f"""
def before_trading_start(context):
    limit = order('{A}', 500, LimitOrderStyle(9.9))
    market = order('{B}', 200)
    ids = [limit.order_id, market.order_id]
    log.info('kept', limit.status, market.status, limit.outcome, list(get_open_orders()) == ids)
def after_trading_end(context):
    log.info('end', [str(o.status) for o in get_orders().values()])
"""


def test_they_go_out_at_their_times(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:14")
    assert desk.orders == []
    assert desk.said("kept new new queued True")
    desk.run("9:29")
    assert [(o.symbol, o.price_e4, clock_text(o.created_ns)) for o in desk.orders] == [(A, 99_000, "09:15:00")]
    desk.prices[B] = 210_000
    desk.run("9:30")
    market = desk.orders[1]
    assert (market.symbol, market.order_type, market.price_e4) == (B, m.OrderType.MARKET, 213_100)
    assert clock_text(market.created_ns) == "09:30:00"


def test_the_opening_orders_go_before_the_callbacks_of_the_open(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(first, 'open')
def before_trading_start(context): order('{A}', 500)
def first(context): order('{B}', 100)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:30")
    assert [o.symbol for o in desk.orders] == [A, B]


def test_odd_shares_beside_an_order_that_waits_are_refused_here(tmp_path: Path) -> None:
    """The exchange measures an odd lot at all that is closeable; of what waits for 9:30 it knows nothing at 9:15."""
    code = f"""
def before_trading_start(context):
    order('{STAR}', -349)
    order('{STAR}', -1, LimitOrderStyle(50))
def after_trading_end(context):
    log.info('end', [(o.amount, str(o.status)) for o in get_orders().values()])
"""
    desk = Desk(tmp_path, code)
    desk.holdings = [holding(STAR, 350, 500_000)]
    desk.open()
    desk.run("9:29")
    assert desk.orders == [] and desk.said("ODD_LOT")
    desk.run("9:31")
    assert [order.qty for order in desk.orders] == [349]


def test_they_count_against_cash_and_holdings(tmp_path: Path) -> None:
    code = f"""
def before_trading_start(context):
    order('{A}', 1000, LimitOrderStyle(10))
    log.info('second', order('{A}', 1000, LimitOrderStyle(10)).amount)
    order('{B}', -300)
    log.info('sell', order('{B}', -300).amount)
"""
    desk = Desk(tmp_path, code, cash=15_100)
    desk.holdings = [holding(B, 500)]
    desk.open()
    desk.run("9:31")
    assert desk.said("second 500")
    assert desk.said("sell 200")
    assert [(o.symbol, o.qty) for o in desk.orders] == [(A, 1000), (A, 500), (B, 300), (B, 200)]


def test_they_can_be_taken_back(tmp_path: Path) -> None:
    code = f"""
def before_trading_start(context):
    one = order('{A}', 500, LimitOrderStyle(9.9))
    log.info('cancelled', cancel_order(one).status)
    order('{A}', 300, LimitOrderStyle(9.9))
    two = order_target('{A}', 700, LimitOrderStyle(9.9))
    log.info('open', len(get_open_orders()), two.amount)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:31")
    assert desk.said("cancelled canceled")
    assert desk.said("open 1 700")
    assert [o.qty for o in desk.orders] == [700]
    assert not any(isinstance(out, m.CancelOrder) for out in desk.sent)


def test_a_restart_keeps_them_with_their_ids(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:10")
    desk.core.close()
    desk.start(recovered=True)
    desk.run("9:31")
    assert [o.symbol for o in desk.orders] == [A, B]
    assert [o.client_order_id[-4:] for o in desk.orders] == ["0001", "0002"]


def test_a_restart_after_they_were_sent_does_not_send_them_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:10")
    state = (tmp_path / "runtime" / "live_state.json").read_bytes()
    desk.run("9:20")
    assert len(desk.orders) == 1
    (tmp_path / "runtime" / "live_state.json").write_bytes(state)  # the crash came before the state was written
    desk.start(recovered=True)
    desk.run("9:31")
    assert [o.symbol for o in desk.orders] == [A, B]


def test_events_that_come_after_the_restart_keep_them_from_going_twice(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.lockstep = False
    desk.open()
    desk.run("9:10")
    before = desk.book.snapshot("simulator", desk.now_ns)
    state = (tmp_path / "runtime" / "live_state.json").read_bytes()
    desk.run("9:15")
    (order,) = desk.orders
    (tmp_path / "runtime" / "live_state.json").write_bytes(state)
    desk.now_ns = at(desk.day, "9:14")
    desk.start()
    desk.step(before)
    desk.clock("")
    for event in (*desk.accept(m.SubmitOrder(order)), desk.trade(order, 500)):
        desk.core.apply(event)
    desk.run("9:29")
    assert desk.orders == [order]
    ours = desk.core._orders.tickets.orders[order.client_order_id]
    assert (str(ours.status), ours.filled) == ("held", 500)


def test_down_over_the_open_they_are_dropped_with_an_alert(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:10")
    desk.core.close()
    desk.now_ns = at(desk.day, "10:00")
    desk.start(recovered=True)
    desk.market()
    desk.turns()
    assert desk.orders == []
    assert desk.alerts.count("EXPIRED") == 2
    desk.end_day()
    assert desk.said("end ['canceled', 'canceled']")


def test_what_was_never_sent_ends_with_the_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:10")
    desk.step(m.MarketDayEnded(desk.tick + 1, desk.now_ns, number_of(desk.day), False))
    assert [str(o.status) for o in desk.core._orders.tickets.orders.values()] == ["canceled", "canceled"]
    assert desk.core.wake_ns == 0


def test_suspended_at_the_open(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:29")
    desk.suspended = {B}
    desk.run("9:31")
    assert [o.symbol for o in desk.orders] == [A]
    assert desk.said("停牌，取消下单 [SUSPENDED]")
    desk.end_day()
    assert desk.said("end ['held', 'rejected']")
