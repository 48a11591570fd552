"""What `order` and its sisters send, and what they give back."""

from pathlib import Path

import pytest

from common import messages as m
from common.beijing import at
from common.reasons import Reason
from tests.services.strategy.desk import ETF, STAR, A, B, Desk, holding, quote


def story(tmp_path: Path, body: str, *, time: str = "9:35", **about: object) -> Desk:
    """A desk whose strategy runs ``body`` once at ``time``."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    code = f"def initialize(context):\n    run_daily(act, '{time}')\ndef act(context):\n{lines}\n"
    return Desk(tmp_path, code, **about)  # type: ignore[arg-type]


def act(desk: Desk, time: str = "9:35") -> list[m.Order]:
    desk.open()
    desk.run(time)
    return desk.orders


def test_a_market_buy(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 1050)\nlog.info(o.status, o.filled, o.price, o.amount, o.reason)")
    (order,) = act(desk)
    assert (order.symbol, order.side, order.order_type, order.qty) == (A, m.Side.BUY, m.OrderType.MARKET, 1000)
    assert (order.price_e4, order.account, order.strategy) == (101_500, "sim", "demo")
    assert order.created_ns == at(desk.day, "9:35")
    assert order.expire_ns == at(desk.day, "9:36")
    assert desk.said("held 1000 10.0 1000")


def test_a_limit_sell_of_an_odd_lot(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', -250, LimitOrderStyle(limit_price=10.01))")
    desk.holdings = [holding(A, 250)]
    (order,) = act(desk)
    assert (order.side, order.order_type, order.qty, order.price_e4) == (m.Side.SELL, m.OrderType.LIMIT, 250, 100_100)


def test_a_market_order_with_its_own_protective_price(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{STAR}', 300, MarketOrderStyle(limit_price=50.5))")
    assert act(desk)[0].price_e4 == 505_000


def test_values_count_at_the_latest_price(tmp_path: Path) -> None:
    desk = story(
        tmp_path, f"order_value('{A}', 25_999)\norder_value('{A}', -15_999)\norder_target_value('{A}', 40_000)"
    )
    desk.holdings = [holding(A, 5000)]
    orders = act(desk)
    assert [(o.side, o.qty) for o in orders] == [("buy", 2500), ("sell", 1500), ("sell", 2000)]


def test_targets_are_meant_against_the_whole_holding(tmp_path: Path) -> None:
    body = f"""order_target('{A}', 1500)
order_target('{A}', 1500)
order_target('{A}', 0)
log.info('then', order('{A}', -1))"""
    desk = story(tmp_path, body)
    desk.holdings = [holding(A, 1000)]
    orders = act(desk)
    # T+1: of the 1,500 held at the end, the 500 bought today stay.
    assert [(o.side, o.qty) for o in orders] == [("buy", 500), ("sell", 1000)]
    assert desk.said("可卖 1000 股，数量由 1500 调整为 1000")
    assert desk.said("then None")


def test_t_plus_0_sells_what_was_bought_today(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{ETF}', 100)\norder_target('{ETF}', 0)")
    assert [(o.side, o.qty) for o in act(desk)] == [("buy", 100), ("sell", 100)]


def test_t_plus_1_sells_the_next_day(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(act, '10:00')
def act(context):
    log.info('target', order_target('{A}', 0) if '{A}' in context.portfolio.positions else order('{A}', 200))
    log.info('again', order_target('{A}', 0))
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("10:00")
    assert [(o.side, o.qty) for o in desk.orders] == [("buy", 200)]
    assert desk.said("again None")
    desk.next_day()
    desk.run("10:00")
    assert [(o.side, o.qty) for o in desk.orders] == [("buy", 200), ("sell", 200)]


def test_a_buy_is_cut_to_the_cash(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', 100_000)\nlog.info('cash', context.portfolio.available_cash)", cash=20_000)
    (order,) = act(desk)
    assert order.qty == 1900  # 1,900 x 10.15 + fees are 19,290.99; 2,000 would be 20,306
    assert desk.said("可用资金 20,000.00，数量由 100000 调整为 1900")


def test_a_buy_after_a_sell_uses_its_proceeds(tmp_path: Path) -> None:
    body = f"order_target('{A}', 0)\norder_value('{B}', context.portfolio.available_cash)"
    desk = story(tmp_path, body, cash=0)
    desk.holdings = [holding(A, 10_000)]
    orders = act(desk)
    assert [(o.symbol, o.qty) for o in orders] == [(A, 10_000), (B, 4900)]


def test_asynchronous_orders_reserve_at_once(tmp_path: Path) -> None:
    body = f"""order('{A}', 1000, wait_timeout=0)
log.info('cash', context.portfolio.available_cash)
log.info('second', order('{A}', -800, wait_timeout=0))
log.info('third', order('{A}', -800, wait_timeout=0))"""
    desk = story(tmp_path, body, cash=20_000)
    desk.holdings = [holding(A, 1000)]
    desk.broker = desk.accept
    assert [(o.side, o.qty) for o in act(desk)] == [("buy", 1000), ("sell", 800), ("sell", 200)]
    assert desk.said("cash 9844.9")  # 10,150 + 5.10 of fees are held


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (f"order('{A}', 0)", Reason.AMOUNT_ZERO),
        (f"order('{A}', 99)", Reason.AMOUNT_ZERO),
        (f"order('{STAR}', 199)", Reason.AMOUNT_ZERO),
        (f"order('{A}', -100)", Reason.SELLABLE_NOT_ENOUGH),
        (f"order('{B}', 100)", Reason.SUSPENDED),
        (f"order('{A}', 100, side='short')", Reason.NOT_SUPPORTED),
        (f"order('{A}', 100, pindex=1)", Reason.NOT_SUPPORTED),
        (f"order('{A}', 100, StopMarketOrderStyle('stop_loss', 0))", Reason.PRICE_NOT_TICK),
        ("order('113001.XSHG', 100)", Reason.NOT_SUPPORTED),
        ("order('000001.XSHG', 100)", Reason.NOT_SUPPORTED),
        ("order('600999.XSHG', 100)", Reason.UNKNOWN_SYMBOL),
        ("order('600000.XSHE', 100)", Reason.UNKNOWN_SYMBOL),
        (f"order('{A}', 100, LimitOrderStyle(0))", Reason.PRICE_NOT_TICK),
    ],
)
def test_what_cannot_be_ordered_is_none_with_a_reason(tmp_path: Path, call: str, reason: Reason) -> None:
    desk = story(tmp_path, f"log.info('got', {call})")
    desk.suspended = {B}
    assert act(desk) == []
    assert desk.said("got None")
    assert desk.said(f"[{reason}]")
    assert desk.alerts == []


def test_the_line_of_a_suspended_stock(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', 100)")
    desk.suspended = {A}
    act(desk)
    assert desk.said("停牌，取消下单")


def test_no_cash_at_all(tmp_path: Path) -> None:
    desk = story(tmp_path, f"log.info('got', order('{A}', 100))", cash=10)
    assert act(desk) == []
    assert desk.said("[CASH_NOT_ENOUGH]")


def test_nothing_is_ordered_after_the_close(tmp_path: Path) -> None:
    desk = story(tmp_path, f"log.info('got', order('{A}', 100))", time="15:00")
    assert act(desk, "15:05") == []
    assert desk.said("[MARKET_CLOSED]")


def test_lunch_orders_are_sent(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', 100)", time="12:00")
    assert len(act(desk, "12:00")) == 1


def test_a_denied_order_is_rejected_and_told(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 100)\nlog.info('got', o.status, o.outcome, o.reason)")
    desk.broker = desk.deny
    act(desk)
    assert desk.said("got rejected denied MAX_ORDER_VALUE")
    assert desk.said("风控拒单 MAX_ORDER_VALUE: 2.00 > 1.00")


def test_an_unknown_outcome_is_open_and_said(tmp_path: Path) -> None:
    desk = story(tmp_path, f"o = order('{A}', 100)\nlog.info('got', o.status, o.outcome)")
    desk.broker = lambda sent: [
        m.OrderSubmitted(sent.order, desk.now_ns, desk.now_ns),
        m.OrderUnknown("sim", sent.order.client_order_id, "券商没有应答", desk.now_ns),
    ]
    act(desk)
    desk.run("9:36")
    assert desk.said("got open unknown")
    assert desk.said("结果未知：券商没有应答")


def test_a_large_order_is_split_and_stays_one(tmp_path: Path) -> None:
    body = (
        f"o = order('{A}', 2500)\nlog.info('got', o.amount, o.filled, o.status, len(get_orders()), len(get_trades()))"
    )
    desk = story(tmp_path, body, order_volume_max=1000)
    assert [o.qty for o in act(desk)] == [1000, 1000, 500]
    assert desk.said("got 2500 2500 held 1 3")


def test_the_exchange_splits_too(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{STAR}', 50_100)", cash=10_000_000)
    assert [o.qty for o in act(desk)] == [49_900, 200]  # at most 50,000 at the market, at least 200


def test_a_target_cancels_what_is_open_first(tmp_path: Path) -> None:
    body = f"order('{A}', 1000, LimitOrderStyle(9.5), wait_timeout=0)\norder_target('{A}', 300)"
    desk = story(tmp_path, body)
    desk.broker = desk.accept
    desk.open()
    desk.run("9:35")
    kinds = [type(out).__name__ for out in desk.sent]
    assert kinds == ["SubmitOrder", "CancelOrder", "SubmitOrder"]
    assert [o.qty for o in desk.orders] == [1000, 300]


def test_a_target_waits_for_fills_that_trail_a_cancel(tmp_path: Path) -> None:
    """The order is closed at 400 of 1,000, but its fills are still on their way: 300 are held too many, not missing."""
    body = f"order('{A}', 1000, LimitOrderStyle(9.5), wait_timeout=0)\norder_target('{A}', 300)"
    desk = story(tmp_path, body)
    desk.broker = desk.accept
    desk.cancelled = lambda key: [m.OrderCancelled("sim", key, 400, "CANCELLED_BY_USER", "", desk.now_ns)]  # type: ignore[method-assign, assignment, return-value]
    (order,) = act(desk)
    desk.step(desk.trade(order, 400))
    assert [o.qty for o in desk.orders] == [1000]
    assert desk.said("[SELLABLE_NOT_ENOUGH]")  # 100 too many, bought today


def test_a_target_is_not_placed_over_an_order_that_cannot_be_cancelled(tmp_path: Path) -> None:
    body = f"order('{A}', 1000, LimitOrderStyle(9.5), wait_timeout=0)\nlog.info('got', order_target('{A}', 300))"
    desk = story(tmp_path, body)
    desk.broker = desk.accept
    desk.cancelled = lambda key: [m.CancelRejected("sim", key, "CANCEL_NOT_ALLOWED", "当前时段不可撤单", desk.now_ns)]  # type: ignore[method-assign, assignment, return-value]
    assert len(act(desk)) == 1
    assert desk.said("got None")
    assert desk.said("[CANCEL_NOT_ALLOWED]")


def test_cancel_order(tmp_path: Path) -> None:
    body = f"""o = order('{A}', 1000, LimitOrderStyle(9.5), wait_timeout=0)
log.info('open', list(get_open_orders()) == [o.order_id])
done = cancel_order(o)
log.info('then', done.status, done.filled, get_open_orders())
log.info('twice', cancel_order(o.order_id).status, cancel_order('nobody'))"""
    desk = story(tmp_path, body)
    desk.broker = lambda sent: [*desk.accept(sent), desk.trade(sent.order, 400)]
    act(desk)
    assert desk.said("open True")
    assert desk.said("then canceled 400 {}")
    assert desk.said("twice canceled None")
    assert sum(isinstance(out, m.CancelOrder) for out in desk.sent) == 1


def test_only_our_own_orders_are_listed(tmp_path: Path) -> None:
    desk = story(tmp_path, "log.info('got', get_orders(), get_trades())")
    desk.open()
    other = m.Order("X1", "sim", "other", A, m.Side.BUY, m.OrderType.LIMIT, 100, 100_000, desk.now_ns, desk.now_ns)
    desk.step(m.OrderSubmitted(other, 0, desk.now_ns))
    desk.step(desk.trade(other, 100))
    desk.run("9:35")
    assert desk.said("got {} {}")


def test_the_mode_stands_on_every_order_line(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', 100)")
    act(desk)
    (line,) = [line for line in desk.lines if "委托 买入" in line]
    assert line.startswith("[模拟撮合]")
    assert "策略时间 2026-11-20 09:35:00 当前时间 2026-11-20 09:35:00.000 延迟 0ms" in line


def test_live_orders_carry_no_tag(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', 100)", mode="live")
    act(desk)
    assert not desk.said("模拟撮合")


def test_no_line_is_written_before_the_order_is_sent(tmp_path: Path) -> None:
    desk = story(tmp_path, f"order('{A}', 100)\norder('{A}', 100)")
    seen: list[int] = []

    def broker(sent: m.SubmitOrder) -> list[m.Message]:
        seen.append(len(desk.lines))
        return desk.fill(sent)

    desk.broker = broker
    act(desk)
    assert seen == [0, 3]  # the first order's three lines come when its wait is over


def test_a_quote_may_be_unknown_at_first_and_come_later(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(act, '9:35')
    run_daily(act, '9:40')
def act(context):
    order('{A}', 100)
"""
    desk = Desk(tmp_path, code)
    price = desk.prices.pop(A)
    desk.open()
    desk.run("9:35")
    assert desk.orders == []
    desk.prices[A] = price
    desk.run("9:40")
    assert len(desk.orders) == 1


def test_a_quote_is_fresh(tmp_path: Path) -> None:
    desk = story(tmp_path, f"log.info('price', get_current_data()['{A}'].last_price)")
    desk.open()
    desk.run("9:34")
    desk.tick += 1
    desk.step(m.QuoteBatch(desk.tick, desk.now_ns, (quote(A, desk.now_ns, 98_700),), True))
    desk.prices[A] = 98_700
    desk.run("9:35")
    assert desk.said("price 9.87")
