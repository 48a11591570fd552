"""Orders as strategies see them, at every stage of their records."""

from datetime import datetime

import pytest

from common import messages as m
from common.beijing import to_ns
from common.orders import OrderRecord, Status
from jqdata.deals import _PROGRESS, Order, OrderStatus, Ticket, trade_of
from tests.jqdata.desk import A, at

NOW = to_ns(at("10:00"))


def record(
    status: Status, *, qty: int = 100, filled: int = 0, price_e4: int = 100_000, reason: str = ""
) -> OrderRecord:
    order = m.Order("k", "sim", "demo", A, m.Side.BUY, m.OrderType.LIMIT, qty, price_e4, NOW, NOW)
    return OrderRecord(order, status, "v", filled, filled * price_e4, filled * 10, reason, reason and "因此")


def seen(*records: OrderRecord, amount: int = 100, is_buy: bool = True) -> Order:
    ticket = Ticket("k", A, is_buy, amount, at("9:30"), cost_before_e4=90_000)
    return Order(ticket, lambda: records)


@pytest.mark.parametrize(
    ("records", "status", "outcome"),
    [
        ([], OrderStatus.new, "queued"),
        ([record(Status.CREATED)], OrderStatus.open, "created"),
        ([record(Status.SUBMITTED)], OrderStatus.open, "submitted"),
        ([record(Status.ACCEPTED)], OrderStatus.open, "accepted"),
        ([record(Status.UNKNOWN)], OrderStatus.open, "unknown"),
        ([record(Status.UNKNOWN, filled=50)], OrderStatus.filled, "unknown"),
        ([record(Status.PARTIALLY_FILLED, filled=50)], OrderStatus.filled, "partially_filled"),
        ([record(Status.FILLED, filled=100)], OrderStatus.held, "filled"),
        ([record(Status.CANCELLED, filled=50)], OrderStatus.canceled, "cancelled"),
        ([record(Status.EXPIRED)], OrderStatus.canceled, "expired"),
        ([record(Status.REJECTED)], OrderStatus.rejected, "rejected"),
        ([record(Status.DENIED)], OrderStatus.rejected, "denied"),
        ([record(Status.FILLED, filled=100), record(Status.ACCEPTED)], OrderStatus.filled, "accepted"),
        ([record(Status.FILLED, filled=100), record(Status.FILLED, filled=100)], OrderStatus.held, "filled"),
        ([record(Status.FILLED, filled=100), record(Status.DENIED)], OrderStatus.canceled, "denied"),
        ([record(Status.DENIED), record(Status.REJECTED)], OrderStatus.rejected, "denied"),
        ([record(Status.FILLED, filled=100), record(Status.UNKNOWN)], OrderStatus.filled, "unknown"),
    ],
)
def test_status_of_one_order_and_of_its_parts(records: list[OrderRecord], status: OrderStatus, outcome: str) -> None:
    order = seen(*records)
    assert (order.status, order.outcome) == (status, outcome)
    assert order.is_open == (status in (OrderStatus.new, OrderStatus.open, OrderStatus.filled))


def test_every_state_has_its_place_in_the_outcome() -> None:
    assert set(_PROGRESS) == set(Status)


def test_an_order_shows_what_its_record_says_now() -> None:
    one = record(Status.ACCEPTED)
    order = seen(one)
    assert (order.filled, order.price, order.commission) == (0, 0.0, 0.0)
    one.apply(m.OrderFilled("sim", "k", "v", "f1", A, m.Side.BUY, 60, 100_500, 51_234, NOW))
    assert (order.filled, order.price, order.commission, order.status) == (60, 10.05, 5.1234, OrderStatus.filled)
    one.apply(m.OrderFilled("sim", "k", "v", "f2", A, m.Side.BUY, 40, 100_000, 0, NOW))
    assert (order.filled, order.price) == (100, pytest.approx(10.03))
    assert order.status == OrderStatus.held and order.filled == order.amount
    assert (order.avg_cost, order.action, order.side, order.is_buy) == (order.price, "open", "long", True)


def test_parts_add_up_and_a_sell_keeps_its_cost() -> None:
    order = seen(record(Status.FILLED, filled=100, price_e4=100_000), record(Status.ACCEPTED, filled=0), is_buy=False)
    assert (order.filled, order.price, order.action, order.avg_cost) == (100, 10.0, "close", 9.0)
    two = seen(record(Status.FILLED, filled=100), record(Status.FILLED, filled=300, price_e4=110_000))
    assert (two.filled, two.price) == (400, pytest.approx(10.75))


def test_an_order_that_ended_in_the_queue() -> None:
    ticket = Ticket("k", A, True, 100, datetime(2026, 11, 20, 9))
    order = Order(ticket, list)
    assert order.status is OrderStatus.new
    ticket.ended, ticket.text = OrderStatus.canceled, "开盘前撤单"
    assert (order.status, order.outcome, order.text, order.is_open) == (
        OrderStatus.canceled,
        "cancelled",
        "开盘前撤单",
        False,
    )


def test_why_an_order_ended() -> None:
    order = seen(record(Status.DENIED, reason="MAX_ORDER_VALUE"))
    assert (order.reason, order.text) == ("MAX_ORDER_VALUE", "因此")


def test_joinquants_values_and_names() -> None:
    assert {status.name: status.value for status in OrderStatus} == {
        "new": 8,
        "open": 0,
        "filled": 1,
        "canceled": 2,
        "rejected": 3,
        "held": 4,
    }
    assert all(OrderStatus) and OrderStatus.held == 4
    assert str(OrderStatus.held) == f"{OrderStatus.held}" == "held"
    assert "held" in repr(seen(record(Status.FILLED, filled=100)))


def test_a_trade_is_its_fill_in_yuan() -> None:
    fill = m.OrderFilled("sim", "k.1", "v", "f1", A, m.Side.SELL, 60, 100_500, 51_234, NOW)
    trade = trade_of(fill, Ticket("k", A, False, 60, at("9:30"), pindex=2))
    assert (trade.time, trade.security, trade.amount, trade.price) == (at("10:00"), A, 60, 10.05)
    assert (trade.trade_id, trade.order_id, trade.is_buy, trade.commission) == ("f1", "k", False, 5.1234)
    assert trade.pindex == 2
