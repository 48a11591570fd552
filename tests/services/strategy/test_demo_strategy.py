"""The demo strategy through two days, and on a feed that has only one symbol."""

from pathlib import Path

import pytest

from common import messages as m
from tests.services.strategy.desk import Desk

DEMO = Path(__file__).parents[3] / "strategies" / "demo_strategy.py"
PRICES = {
    "600519.XSHG": 18_000_000, "600036.XSHG": 350_000, "601318.XSHG": 500_000, "600900.XSHG": 280_000,
    "000001.XSHE": 110_000, "000333.XSHE": 700_000, "000858.XSHE": 1_300_000, "300750.XSHE": 2_500_000,
    "518880.XSHG": 50_000, "513100.XSHG": 15_000,
}  # fmt: skip


def two_days(tmp_path: Path, prices: dict[str, int]) -> Desk:
    desk = Desk(tmp_path, DEMO.read_text(encoding="utf-8"))
    desk.prices, desk.closed_at = dict(prices), dict(prices)
    desk.open()
    desk.next_day()
    desk.end_day()
    assert desk.alerts == []
    assert not [line for level, _, line in desk.log if level == "error"]
    return desk


def test_it_buys_and_sells_on_each_day_with_both_kinds_of_orders(tmp_path: Path) -> None:
    desk = two_days(tmp_path, PRICES)
    days = {order.created_ns // (86_400 * 10**9) for order in desk.orders}
    for day in days:
        orders = [order for order in desk.orders if order.created_ns // (86_400 * 10**9) == day]
        assert {order.side for order in orders} == {m.Side.BUY, m.Side.SELL}
        assert {order.order_type for order in orders} == {m.OrderType.LIMIT, m.OrderType.MARKET}
    assert all(order.qty * order.price_e4 <= 100_000 * 10_000 for order in desk.orders)  # MAX_ORDER_VALUE
    assert desk.said("今日成交")


def test_with_one_dear_symbol_it_trades_that(tmp_path: Path) -> None:
    desk = two_days(tmp_path, {"600519.XSHG": 18_000_000})
    assert {order.symbol for order in desk.orders} == {"600519.XSHG"}
    assert {order.side for order in desk.orders} == {m.Side.BUY, m.Side.SELL}


@pytest.mark.parametrize("prices", [{}, PRICES])
def test_nothing_to_trade(tmp_path: Path, prices: dict[str, int]) -> None:
    desk = Desk(tmp_path, DEMO.read_text(encoding="utf-8"))
    desk.prices, desk.closed_at = dict(prices), dict(prices)
    desk.suspended = set(prices)
    desk.open()
    desk.end_day()
    assert desk.orders == [] and desk.alerts == []


def test_twice_the_same_day_gives_the_same_orders(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = two_days(tmp_path / "one", PRICES), two_days(tmp_path / "two", PRICES)
    assert one.orders == two.orders and one.lines == two.lines
