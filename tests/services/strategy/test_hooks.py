"""`on_order`, `on_trade` and `on_risk_alert`: told once, after the running callback, and never twice."""

from pathlib import Path

from common import messages as m
from common.reasons import Reason
from tests.services.strategy.desk import A, B, Desk

CODE = f"""
def initialize(context):
    g.trades = 0
    run_daily(act, '9:35')
def act(context):
    o = order('{A}', 500)
    log.info('ordered', o and o.status)
def on_order(context, order):
    log.info('on_order', order.security, order.status, order.filled, context.current_dt.strftime('%H:%M:%S'))
def on_trade(context, trade):
    g.trades += 1
    log.info('on_trade', trade.security, trade.amount, trade.price, trade.order_id in get_orders())
def on_risk_alert(context, alert):
    log.info('on_risk_alert', alert.code, alert.source, alert.security, alert.order_id in get_orders())
"""


def told(desk: Desk) -> list[str]:
    return [line for line in desk.lines if line.startswith(("on_", "ordered"))]


def test_an_order_and_its_trades_are_told_after_the_callback(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:36")
    assert told(desk) == ["ordered held", f"on_order {A} held 500 09:35:00", f"on_trade {A} 500 10.0 True"]


def test_what_happens_later_is_told_when_it_happens(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE, wait_ns=0)
    desk.broker = desk.accept
    desk.open()
    desk.run("9:36")
    (order,) = desk.orders
    assert told(desk) == ["ordered open", f"on_order {A} open 0 09:35:00"]
    desk.market(desk.trade(order, 200), desk.trade(order, 300))
    desk.turns()
    assert told(desk)[2:] == [
        f"on_order {A} held 500 09:36:00",
        f"on_trade {A} 200 10.0 True",
        f"on_trade {A} 300 10.0 True",
    ]


def test_risk_says_no_and_halts(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.broker = desk.deny
    desk.open()
    desk.run("9:36")
    desk.market(m.TradingHalted("sim", False, "ops", "演练", desk.now_ns))
    desk.market(m.AlertRaised("sim", "demo", "OWN", "它自己的", desk.now_ns))
    desk.turns()
    alerts = [line for line in told(desk) if line.startswith("on_risk_alert")]
    assert alerts == [f"on_risk_alert {Reason.MAX_ORDER_VALUE} risk {A} True", "on_risk_alert HALTED ops  False"]
    assert f"on_order {A} rejected 0 09:35:00" in told(desk)


def test_a_hook_may_order_and_its_orders_have_ids_of_their_own(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(act, '9:35')
def act(context):
    order('{A}', 300); order('{A}', 200)
def on_trade(context, trade):
    if trade.security == '{A}':
        order('{B}', trade.amount)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:36")
    assert [(o.symbol, o.qty) for o in desk.orders] == [(A, 300), (A, 200), (B, 300), (B, 200)]
    assert len({o.client_order_id for o in desk.orders}) == 4


def test_a_hook_that_fails_stops_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE.replace("g.trades += 1", "1 / 0"))
    desk.open()
    desk.run("9:36")
    assert desk.alerts == ["CALLBACK_FAILED"] and desk.said("on_order")
    desk.end_day()


def test_nothing_is_told_twice_after_a_restart(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE)
    desk.open()
    desk.run("9:36")
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    desk.run("9:40")
    assert len(told(desk)) == 3
