"""Adjusted prices against dividends and splits computed by hand (ashare_rules 5, jq_api 6)."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from common.beijing import at as at_ns
from common.messages import Adjustment
from jqdata import attribute_history, get_bars, get_price, history, host
from jqdata.snapshots import BarData
from tests.jqdata.desk import A, B, Desk, Row, at

DAYS = [date(2026, 11, day) for day in (16, 17, 18, 19, 20)]
# 10 派 2 元 on the 18th: 10.00 - 0.20; 10 送 10 on the 20th: 9.80 / 2.
CASH, SPLIT = 10.0 / 9.8, 2.0
FUND = "510300.XSHG"


def day_bar(day: date, close: int, prev_close: int, *, suspended: bool = False) -> Row:
    """Prices in cents; 3,000 shares."""
    prices = [(close + more) * 100 for more in (-10, 20, -20, 0)]
    traded = (0, 0) if suspended else (3000, 3000 * close * 100)
    return at_ns(day, "15:00"), *prices, *traded, prev_close * 100, int(suspended)  # type: ignore[return-value]


DAILY = [
    day_bar(DAYS[0], 1000, 1000),
    day_bar(DAYS[1], 1000, 1000),
    day_bar(DAYS[2], 980, 980),
    day_bar(DAYS[3], 980, 980),
    day_bar(DAYS[4], 490, 490),
]
BOTH = Adjustment(A, [20261118, 20261120], [round(CASH * 1e9), round(SPLIT * 1e9)])


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(at("10:00", DAYS[4]))
    made.daily = {A: DAILY, B: DAILY}
    made.adjusted = {A: BOTH}
    host.bind(made)
    yield made
    host.bind(None)


def closes(fq: str | None, *, security: str = A, count: int = 4) -> list[float]:
    return attribute_history(security, count, "1d", ["close"], fq=fq)["close"].tolist()


def test_pre_is_as_of_the_logical_day(desk: Desk) -> None:
    # 10.00 x 9.8/10 / 2 and 9.80 / 2: all days compare with today's 4.90.
    assert closes("pre") == [4.90, 4.90, 4.90, 4.90]
    assert closes("post") == [10.0, 10.0, 10.0, 10.0]
    assert closes(None) == [10.0, 10.0, 9.8, 9.8]


def test_the_day_before_an_ex_day_it_is_not_known(desk: Desk) -> None:
    desk.time = at("10:00", DAYS[3])
    desk.adjusted = {A: Adjustment(A, BOTH.days[:1], BOTH.ratios_e9[:1])}
    assert closes("pre", count=3) == [9.80, 9.80, 9.80]


def test_volume_goes_the_other_way_and_money_stays(desk: Desk) -> None:
    found = attribute_history(A, 4, "1d", ["volume", "money", "avg"], df=False)
    # One share of the 17th is 1 / (9.8/10 / 2) = 2.0408 of today's.
    assert found["volume"].tolist() == [6122, 6122, 6000, 6000]
    assert found["money"].tolist() == [30_000.0, 30_000.0, 29_400.0, 29_400.0]
    np.testing.assert_allclose(found["avg"], [4.9, 4.9, 4.9, 4.9], rtol=1e-4)


@pytest.mark.parametrize(("fq", "products"), [("pre", (0.49, 0.49, 0.5, 0.5)), (None, (1, 1, 1, 1))])
def test_the_factor_leads_back_to_the_price_as_traded(desk: Desk, fq: str | None, products: tuple[float, ...]) -> None:
    found = get_price(A, count=4, end_date=DAYS[3], fields=["close", "factor"], fq=fq)
    np.testing.assert_allclose(found["factor"], products, rtol=1e-8)
    np.testing.assert_allclose(found["close"] / found["factor"], [10.0, 10.0, 9.8, 9.8], rtol=1e-8)


def test_previous_closes_and_limits_are_on_the_same_scale(desk: Desk) -> None:
    raw = get_price(A, count=4, end_date=DAYS[3], fields=["pre_close", "high_limit", "low_limit"], fq=None)
    assert raw["pre_close"].tolist() == [10.0, 10.0, 9.8, 9.8]
    assert raw["high_limit"].tolist() == [11.0, 11.0, 10.78, 10.78]
    pre = get_price(A, count=4, end_date=DAYS[3], fields=["pre_close", "high_limit", "low_limit"])
    assert pre["pre_close"].tolist() == [4.9, 4.9, 4.9, 4.9]
    assert pre["high_limit"].tolist() == [5.39, 5.39, 5.39, 5.39]
    # 9.00 x 0.49 and 8.82 x 0.5, as all prices on the tick
    assert pre["low_limit"].tolist() == [4.41, 4.41, 4.41, 4.41]


def test_securities_side_by_side_are_adjusted_by_their_own_ex_days(desk: Desk) -> None:
    frame = history(4, "1d", "close", [B, A])
    assert frame[B].tolist() == [10.0, 10.0, 9.8, 9.8]
    assert frame[A].tolist() == [4.9, 4.9, 4.9, 4.9]
    panel = get_price([A, B], count=4, end_date=DAYS[3], fields=["pre_close", "close"])
    assert panel["pre_close"][A].tolist() == [4.9, 4.9, 4.9, 4.9]
    assert panel["pre_close"][B].tolist() == [10.0, 10.0, 9.8, 9.8]


def test_a_week_across_an_ex_day_is_made_of_adjusted_days(desk: Desk) -> None:
    desk.time = at("16:00", DAYS[4])
    week = get_bars(A, 1, "1w", ["open", "high", "close", "volume"], include_now=True, fq_ref_date=DAYS[4])[0]
    # the high of the 16th, 10.20 x 0.49 = 4.998, is less than today's 4.90 + 0.20
    assert (week["open"], week["high"], week["close"]) == (4.85, 5.1, 4.9)
    assert week["volume"] == 2 * 6122 + 2 * 6000 + 3000


def test_bars_are_as_traded_unless_a_reference_day_is_given(desk: Desk) -> None:
    def found(ref: date | None) -> list[float]:
        return get_bars(A, 4, "1d", ["close"], fq_ref_date=ref)["close"].tolist()  # type: ignore[call-overload,no-any-return]

    assert found(None) == [10.0, 10.0, 9.8, 9.8]
    assert found(DAYS[1]) == [10.0, 10.0, 10.0, 10.0]
    assert found(DAYS[2]) == [9.8, 9.8, 9.8, 9.8]
    assert found(DAYS[4]) == found(date(2027, 1, 4)) == [4.9, 4.9, 4.9, 4.9]


def test_a_suspended_day_repeats_the_adjusted_close(desk: Desk) -> None:
    desk.daily[A] = [*DAILY[:2], *(day_bar(day, 980, 980, suspended=True) for day in DAYS[2:4]), DAILY[4]]
    assert attribute_history(A, 4, "1d", ["close"], skip_paused=False)["close"].tolist() == [4.9, 4.9, 4.9, 4.9]
    desk.daily[A] = [*DAILY[:2], DAILY[4]]  # a feed without rows for such days
    assert attribute_history(A, 4, "1d", ["close"], skip_paused=False)["close"].tolist() == [4.9, 4.9, 4.9, 4.9]


def test_a_funds_prices_keep_three_decimals(desk: Desk) -> None:
    desk.daily[FUND], desk.adjusted[FUND] = DAILY, Adjustment(FUND, [20261118], [1_012_345_679])
    # 10 / 1.012345679 = 9.87805
    assert closes("pre", security=FUND) == [9.878, 9.878, 9.8, 9.8]


def test_halves_are_rounded_up_on_the_tick(desk: Desk) -> None:
    desk.daily[B] = [day_bar(DAYS[3], 1001, 1001), day_bar(DAYS[4], 501, 501)]
    desk.adjusted[B] = Adjustment(B, [20261120], [2 * 10**9])
    assert closes("pre", security=B, count=1) == [5.01]


def test_the_last_bar_is_adjusted_on_the_ex_day_and_not_after_it(desk: Desk) -> None:
    bar = BarData("1d")[A]
    assert (bar.close, bar.pre_close, bar.high, bar.volume, bar.money) == (4.9, 4.9, 5.0, 6000.0, 29_400.0)
    assert (bar.factor, bar.avg) == (0.5, 4.9)
    desk.time = at("9:00", date(2026, 11, 23))
    bar = BarData("1d")[A]
    assert (bar.close, bar.volume, bar.factor) == (4.9, 3000.0, 1.0)
    assert BarData("1d")["600519.XSHG"].isnan()


@pytest.mark.parametrize("fq", ["Pre", "none", 1, ""])
def test_other_words_are_refused(desk: Desk, fq: str) -> None:
    with pytest.raises(ValueError, match="fq 应为"):
        history(1, "1d", "close", [A], fq=fq)
