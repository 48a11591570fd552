"""What the order functions hand to the host, and what they refuse to."""

from collections.abc import Callable

import numpy as np
import pytest

from jqdata import (
    LimitOrderStyle,
    MarketOrderStyle,
    Order,
    OrderStatus,
    StopLimitOrderStyle,
    StopMarketOrderStyle,
    cancel_order,
    get_open_orders,
    get_orders,
    get_trades,
    host,
    order,
    order_target,
    order_target_value,
    order_value,
)
from jqdata.host import OrderAsk
from tests.jqdata.desk import A, B, Desk


@pytest.mark.parametrize(
    ("place", "ask"),
    [
        (lambda: order(A, 100), OrderAsk(A, "amount", 100, MarketOrderStyle(), "long", 0, False, None)),
        (lambda: order(A, -100, wait_timeout=0), OrderAsk(A, "amount", -100, MarketOrderStyle(), "long", 0, False, 0)),
        (
            lambda: order_value("600000.SH", 5000.5, LimitOrderStyle(limit_price=10.5)),
            OrderAsk(A, "value", 5000.5, LimitOrderStyle(10.5), "long", 0, False, None),
        ),
        (
            lambda: order_target(A, 0, side="short", pindex=1, close_today=True),
            OrderAsk(A, "target", 0, MarketOrderStyle(), "short", 1, True, None),
        ),
        (
            lambda: order_target_value(A, np.float64(3), MarketOrderStyle(limit_price=9), wait_timeout=2),
            OrderAsk(A, "target_value", 3, MarketOrderStyle(9), "long", 0, False, 2),
        ),
    ],
)
def test_an_order_reaches_the_host_as_it_was_asked(desk: Desk, place: Callable[[], Order], ask: OrderAsk) -> None:
    assert isinstance(place(), Order)
    assert desk.asks == [ask]
    assert desk.asks[0].style is not None and type(desk.asks[0].number) is float


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.nan])
def test_a_number_that_is_none_is_no_order(desk: Desk, number: float) -> None:
    assert order_value(A, number) is None
    assert desk.asks == [] and desk.lines[0][:2] == ("warning", "order")


def test_a_code_that_is_none_is_no_order(desk: Desk) -> None:
    assert order("茅台", 100) is None
    assert desk.asks == [] and "茅台" in desk.lines[0][2]


@pytest.mark.parametrize(
    ("place", "error", "text"),
    [
        (lambda: order(A, 100, 10.5), TypeError, "style"),
        (lambda: order(A, 100, wait_timeout=-1), ValueError, "wait_timeout"),
        (lambda: order(A, 100, wait_timeout=float("nan")), ValueError, "wait_timeout"),
        (lambda: StopMarketOrderStyle("stop", 10.0), ValueError, "stop_loss"),
        (lambda: StopLimitOrderStyle("loss", 10.0, 9.9), ValueError, "stop_loss"),
    ],
)
def test_a_wrong_call_is_the_strategys_mistake(
    desk: Desk, place: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        place()
    assert desk.asks == []


def test_todays_orders_can_be_looked_through(desk: Desk) -> None:
    first, second = order(A, 100), order(B, 200)
    assert first is not None and second is not None
    second._ticket.ended = OrderStatus.canceled
    assert list(get_orders()) == ["o1", "o2"]
    assert list(get_open_orders()) == ["o1"]
    assert list(get_orders(order_id="o2")) == ["o2"]
    assert list(get_orders(security="600000.SH")) == ["o1"]
    assert list(get_orders(status=OrderStatus.canceled)) == ["o2"]
    assert get_orders(security=A, status=OrderStatus.canceled) == {}
    assert get_trades() == {}


def test_cancel_takes_an_order_or_its_id(desk: Desk) -> None:
    placed = order(A, 100)
    assert cancel_order(placed) is placed and cancel_order("o1") is placed
    assert cancel_order("unknown") is None and cancel_order(None) is None
    assert desk.cancelled == ["o1", "o1", "unknown"]


def test_without_a_host_every_call_says_so() -> None:
    host.bind(None)
    with pytest.raises(RuntimeError, match="jqdata 只能在 bullet-trade 运行的策略中调用"):
        order(A, 100)
