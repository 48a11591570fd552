"""Help with a strategy's own risk, and baskets of orders."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

import pytest

import jqdata
from common import messages as m
from common.beijing import to_ns
from common.orders import OrderRecord, Status
from jqdata import LimitOrderStyle, MarketOrderStyle, NotSupported, OrderStatus
from jqdata.objects import Order, Ticket
from tests.jqdata.desk import A, B, Desk, at, quote

NOW = to_ns(at("10:00"))


def placed(desk: Desk, key: str, status: Status, *, filled: int = 0, is_buy: bool = True) -> Order:
    side = m.Side.BUY if is_buy else m.Side.SELL
    order = m.Order(key, "sim", "demo", A, side, m.OrderType.LIMIT, 300, 100_000, NOW, NOW)
    record = OrderRecord(order, status, "v", filled, filled * 100_000, 0, "", "")
    desk.placed[key] = Order(Ticket(key, A, is_buy, 300, datetime(2026, 11, 20, 9, 31)), lambda: [record])
    return desk.placed[key]


def test_what_is_paused_or_unknown_is_left_out(desk: Desk) -> None:
    desk.quotes = {A: quote(A, at("10:00")), B: quote(B, at("10:00"))}
    desk.quotes[B] = m.Quote(**{f: getattr(desk.quotes[B], f) for f in m.Quote.__struct_fields__} | {"suspended": True})
    assert jqdata.filter_paused([B, A, "600999.XSHG"]) == [A]


@pytest.mark.parametrize(
    ("values", "deepest"),
    [([], 0.0), ([1, 2, 3], 0.0), ([100, 120, 90, 130, 117], 0.25), ([0, 0, 10, 5], 0.5)],
)
def test_max_drawdown(values: list[float], deepest: float) -> None:
    assert jqdata.max_drawdown(values) == pytest.approx(deepest)


def test_the_rest_of_unfilled_orders_is_ordered_again(desk: Desk) -> None:
    bought = placed(desk, "p1", Status.CANCELLED, filled=100)
    sold = placed(desk, "p2", Status.EXPIRED, is_buy=False)
    again = jqdata.retry_unfilled([bought, sold], LimitOrderStyle(10.1))
    assert [(ask.number, ask.style) for ask in desk.asks] == [
        (200, LimitOrderStyle(10.1)),
        (-300, LimitOrderStyle(10.1)),
    ]
    assert len(again) == 2 and desk.cancelled == []


def test_what_might_trade_twice_is_left_alone(desk: Desk) -> None:
    for key, status in (
        ("p1", Status.UNKNOWN),
        ("p2", Status.DENIED),
        ("p3", Status.REJECTED),
        ("p4", Status.ACCEPTED),
    ):
        placed(desk, key, status)
    assert jqdata.retry_unfilled(list(desk.placed.values())) == []
    assert desk.asks == [] and desk.cancelled == ["p1", "p4"]  # both were asked to end, and neither has yet
    assert len(desk.lines) == 4
    filled = placed(desk, "p5", Status.FILLED, filled=300)
    assert jqdata.retry_unfilled([filled]) == []


def test_without_a_list_it_is_todays_open_orders(desk: Desk) -> None:
    placed(desk, "p1", Status.CANCELLED)
    waiting = placed(desk, "p2", Status.ACCEPTED)
    waiting._ticket.ended = None
    assert jqdata.retry_unfilled() == [] and desk.cancelled == ["p2"]


def test_a_basket_is_sent_whole_and_does_not_wait(desk: Desk) -> None:
    desk.quotes = {A: quote(A, at("10:00"))}
    desk.closeable = {B: 500}
    orders = jqdata.batch_submit_orders(
        [
            {"security": "600000.SH", "amount": 100},
            {
                "code": B,
                "amount": -500,
                "style": LimitOrderStyle(9.9),
                "side": "long",
                "pindex": 0,
                "close_today": False,
            },
        ]
    )
    assert [(ask.security, ask.number, ask.style, ask.wait_timeout) for ask in desk.asks] == [
        (A, 100, MarketOrderStyle(), 0.0),
        (B, -500, LimitOrderStyle(9.9), 0.0),
    ]
    assert all(isinstance(one, Order) for one in orders)
    assert jqdata.batch_cancel_orders([one for one in orders if one] + ["no such"])[-1] is None
    assert desk.cancelled == ["o1", "o2", "no such"]


@pytest.mark.parametrize(
    ("basket", "said"),
    [
        ([{"security": A, "amount": 5000, "style": LimitOrderStyle(10)}] * 3, "资金"),
        ([{"security": B, "amount": -300}] * 2, "可卖"),
    ],
)
def test_a_basket_that_cannot_be_covered_is_not_sent(desk: Desk, basket: list[dict[str, object]], said: str) -> None:
    desk.closeable = {B: 500}
    assert jqdata.batch_submit_orders(basket) == []
    assert desk.asks == [] and said in desk.lines[-1][2]


@pytest.mark.parametrize("basket", [[{"security": A}], [{"amount": 100}], [{"security": A, "amount": 1, "price": 2}]])
def test_a_basket_written_wrongly_is_the_strategys_mistake(desk: Desk, basket: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match="篮子"):
        jqdata.batch_submit_orders(basket)


@pytest.mark.parametrize(
    "call",
    [
        lambda: jqdata.inout_cash(1000, pindex=0),
        lambda: jqdata.margincash_open(A, 100),
        lambda: jqdata.sell_open("IF2612.CCFX", 1, pindex=1),
    ],
)
def test_what_a_live_account_cannot_do_says_so(desk: Desk, call: Callable[[], None]) -> None:
    with pytest.raises(NotSupported, match="不支持"):
        call()


def test_alerts_and_statuses_can_be_kept() -> None:
    alert = jqdata.Alert(at("10:00"), "MAX_ORDER_VALUE", "超过", "risk", A, "o1")
    assert dataclasses.asdict(alert)["code"] == "MAX_ORDER_VALUE" and OrderStatus.held == 4
