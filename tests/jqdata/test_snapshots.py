"""`data[code]` of handle_data: the last finished bar, and what it knows of the days before."""

import math

import numpy as np
import pytest

from jqdata.snapshots import BarData
from tests.jqdata.desk import DAYS, A, B, C, Desk, at, bar, day_bars, quote
from tests.jqdata.test_market import close_of, day_close


def test_the_minute_before_and_its_derived_values(desk: Desk) -> None:
    desk.quotes[A] = quote(A, at("9:59"))
    unit = BarData()["600000.SH"]
    assert (unit.security, unit.close, unit.volume, unit.factor) == (A, close_of(at("10:00")), 1000, 1.0)
    assert (unit.high, unit.low, unit.open) == pytest.approx((unit.close + 0.02, unit.close - 0.03, unit.close - 0.01))
    assert unit.avg == unit.price == pytest.approx(unit.close - 0.005)
    assert unit.money == pytest.approx(unit.avg * 1000)
    assert unit.returns == pytest.approx(unit.close / unit.pre_close - 1)
    assert (unit.high_limit, unit.low_limit, unit.paused, unit.isnan()) == (11.0, 9.0, False, False)


def test_the_day_before_at_day_frequency(desk: Desk) -> None:
    assert BarData("1d")[A].close == day_close(DAYS[-2])


def test_statistics_of_the_days_before(desk: Desk) -> None:
    unit, closes = BarData()[A], [day_close(day) for day in DAYS[-6:-1]]
    assert unit.mavg(5) == pytest.approx(np.mean(closes))
    assert unit.mavg(5, "high") == pytest.approx(np.mean(closes) + 0.02)
    assert unit.stddev(5) == pytest.approx(np.std(closes, ddof=1))
    assert unit.vwap(5) == pytest.approx(np.mean(closes) - 0.005)


def test_a_code_without_bars_is_nan_and_paused(desk: Desk) -> None:
    unit = BarData()[C]
    assert unit.isnan() and unit.paused
    assert all(math.isnan(value) for value in (unit.close, unit.open, unit.volume, unit.avg, unit.returns))


def test_a_suspended_bar(desk: Desk) -> None:
    desk.daily[B] = day_bars(DAYS, suspended=DAYS[-2:])
    unit = BarData("1d")[B]
    assert unit.paused and not unit.isnan() and unit.avg == unit.close == day_close(DAYS[-3])
    assert bar(1, suspended=True)[5] == 0


def test_the_table_is_read_once_a_code(desk: Desk) -> None:
    data = BarData()
    assert data[A] is data[A]
    assert len(desk.asked) == 1
