"""Fees of an order and of its fills: the dated rates, the least commission once an order, and no fen lost between."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.fees import FeeSchedule, fill_fee_e4, order_fee_e4

NOW = date(2026, 11, 23)
DEFAULT = FeeSchedule()
APART = FeeSchedule(all_in=False)
SYMBOLS = st.sampled_from(["600000.XSHG", "300750.XSHE", "510300.XSHG", "920002.BJ", "113050.XSHG"])
SIDES = st.sampled_from(["buy", "sell"])
VALUES = st.integers(min_value=1, max_value=10**13)
SCHEDULES = st.builds(
    FeeSchedule,
    commission_e7=st.integers(0, 30_000),
    commission_min_e4=st.integers(0, 1000).map(lambda fen: fen * 100),
    all_in=st.booleans(),
)


def yuan(amount: str) -> int:
    return int(Decimal(amount) * 10_000)


@pytest.mark.parametrize(
    ("symbol", "side", "value", "day", "fee"),
    [
        ("600000.XSHG", "buy", "100000", NOW, "31.00"),  # 30.00 commission, 1.00 transfer
        ("600000.XSHG", "sell", "100000", NOW, "81.00"),  # and 50.00 stamp duty
        ("600000.XSHG", "sell", "100000", date(2023, 8, 27), "131.00"),
        ("600000.XSHG", "sell", "100000", date(2023, 8, 28), "81.00"),
        ("000001.XSHE", "buy", "100000", date(2022, 4, 28), "32.00"),
        ("000001.XSHE", "buy", "100000", date(2022, 4, 29), "31.00"),
        ("600000.XSHG", "buy", "100000", date(2008, 9, 18), "130.00"),
        ("600000.XSHG", "buy", "100000", date(2008, 9, 19), "30.00"),
        ("600000.XSHG", "buy", "1000", NOW, "5.01"),  # the least commission
        ("600000.XSHG", "sell", "1000", NOW, "5.51"),
        ("510300.XSHG", "sell", "100000", NOW, "30.00"),  # no stamp duty, no transfer fee
        ("113050.XSHG", "sell", "100000", NOW, "30.00"),
        ("920002.BJ", "sell", "100000", NOW, "81.00"),
        ("600000.XSHG", "buy", "0", NOW, "0"),
    ],
)
def test_known_fees(symbol: str, side: str, value: str, day: date, fee: str) -> None:
    assert order_fee_e4(symbol, side, yuan(value), day, DEFAULT) == yuan(fee)


def test_exchange_fees_apart() -> None:
    """100,000 yuan: 3.41 handling and 2.00 regulatory beside the commission; 4.87 handling before 2023-08-28."""
    assert order_fee_e4("600000.XSHG", "buy", yuan("100000"), NOW, APART) == yuan("36.41")
    assert order_fee_e4("600000.XSHG", "buy", yuan("100000"), date(2023, 8, 25), APART) == yuan("37.87")
    assert order_fee_e4("920002.BJ", "buy", yuan("100000"), NOW, APART) == yuan("45.50")


def test_each_fee_is_rounded_half_up_to_the_fen() -> None:
    """10,050 yuan: transfer 0.1005 -> 0.10, stamp 5.025 -> 5.03; 10,500: transfer 0.105 -> 0.11."""
    free = FeeSchedule(commission_e7=0, commission_min_e4=0)
    assert order_fee_e4("600000.XSHG", "sell", yuan("10050"), NOW, free) == yuan("5.13")
    assert order_fee_e4("600000.XSHG", "buy", yuan("10500"), NOW, free) == yuan("0.11")


@given(VALUES)
def test_agrees_with_decimal_arithmetic(value_e4: int) -> None:
    def fen(rate: str) -> Decimal:
        return (Decimal(value_e4) / 10_000 * Decimal(rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    expected = max(fen("0.0003"), Decimal(5)) + fen("0.0005") + fen("0.00001")
    assert order_fee_e4("600000.XSHG", "sell", value_e4, NOW, DEFAULT) == expected * 10_000


@given(SYMBOLS, SIDES, st.lists(VALUES, min_size=1, max_size=30), SCHEDULES)
def test_fill_fees_sum_to_the_order_fee(symbol: str, side: str, fills: list[int], schedule: FeeSchedule) -> None:
    before_e4 = paid_e4 = 0
    for fill_e4 in fills:
        fee_e4 = fill_fee_e4(symbol, side, before_e4, fill_e4, NOW, schedule)
        assert fee_e4 >= 0
        before_e4 += fill_e4
        paid_e4 += fee_e4
    assert paid_e4 == order_fee_e4(symbol, side, sum(fills), NOW, schedule)


@given(SYMBOLS, SIDES, VALUES, VALUES, SCHEDULES)
def test_more_value_never_costs_less(symbol: str, side: str, one: int, more: int, schedule: FeeSchedule) -> None:
    small, large = sorted((one, more))
    fee_e4 = order_fee_e4(symbol, side, small, NOW, schedule)
    assert schedule.commission_min_e4 <= fee_e4 <= order_fee_e4(symbol, side, large, NOW, schedule)
    assert fee_e4 % 100 == 0


def test_least_commission_is_paid_once() -> None:
    first = fill_fee_e4("510300.XSHG", "buy", 0, yuan("100"), NOW, DEFAULT)
    second = fill_fee_e4("510300.XSHG", "buy", yuan("100"), yuan("100"), NOW, DEFAULT)
    assert (first, second) == (yuan("5"), 0)


def test_a_negative_value_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        order_fee_e4("600000.XSHG", "buy", -1, NOW, DEFAULT)
