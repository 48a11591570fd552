"""Codes, listings, trading days and ticks."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import jqdata
from jqdata import NeedsProvider
from tests.jqdata.desk import TODAY, A, B, Desk, at, instrument, quote

ETF = "510300.XSHG"


@pytest.fixture
def listed(desk: Desk) -> Desk:
    desk.listed = {
        A: instrument(A, start_day=19991110),
        B: instrument(B, st=True, end_day=20251231),
        ETF: instrument(ETF, kind="etf", start_day=20120528),
    }
    return desk


def test_security_info(listed: Desk) -> None:
    found = jqdata.get_security_info("600000.SH")
    assert (found.code, found.display_name, found.type, found.parent) == (A, "名", "stock", None)
    assert (found.start_date, found.end_date) == (date(1999, 11, 10), date(2200, 1, 1))
    assert jqdata.get_security_info(B).end_date == date(2025, 12, 31)
    assert jqdata.get_security_info("688001.XSHG") is None


def test_all_securities(listed: Desk) -> None:
    frame = jqdata.get_all_securities()
    assert list(frame.index) == [A, B]
    assert list(frame.columns) == ["display_name", "name", "start_date", "end_date", "type"]
    assert frame.loc[A, "start_date"] == pd.Timestamp(1999, 11, 10)
    assert list(jqdata.get_all_securities(["stock"], TODAY).index) == [A]
    assert list(jqdata.get_all_securities(["fund"]).index) == list(jqdata.get_all_securities("etf").index) == [ETF]
    assert list(jqdata.get_all_securities([]).index) == [A, B]
    assert jqdata.get_all_securities(["index"]).empty


def test_trade_days(desk: Desk) -> None:
    every = jqdata.get_all_trade_days()
    assert every[0] == date(2014, 1, 2) and type(every[0]) is date and every[-1] > TODAY
    assert list(jqdata.get_trade_days(count=2)) == [date(2026, 11, 19), TODAY]
    assert list(jqdata.get_trade_days("2026-11-18", "2026-11-21")) == [date(2026, 11, 18), date(2026, 11, 19), TODAY]
    assert jqdata.get_trade_days(end_date="2020-01-05", count=1)[0] == date(2020, 1, 3)
    assert jqdata.get_trade_days(start_date=TODAY)[-1] == TODAY
    assert jqdata.get_trade_days(TODAY, "2027-06-30")[-1] <= date(2026, 12, 31)
    with pytest.raises(ValueError, match="只能给一个"):
        jqdata.get_trade_days(start_date=TODAY, count=3)


def test_trade_day_of_a_moment(desk: Desk) -> None:
    assert jqdata.get_trade_day(A) == {A: TODAY}
    assert jqdata.get_trade_day([A, B], "2026-11-21 10:00:00") == {A: date(2026, 11, 23), B: date(2026, 11, 23)}


def test_codes_from_any_spelling() -> None:
    assert jqdata.normalize_code("sh600000") == A
    assert jqdata.normalize_code([600000, "000001.SZ"]) == [A, B]
    with pytest.raises(ValueError, match="无法识别"):
        jqdata.normalize_code("abc")


def test_ticks(desk: Desk) -> None:
    desk.quotes[A] = quote(A, at("10:00:03"))
    tick = jqdata.get_current_tick(A)
    assert (tick.code, tick.datetime, tick.current, tick.volume, tick.money) == (
        A,
        at("10:00:03"),
        10.2,
        5000,
        51_000.0,
    )
    assert (tick.b1_p, tick.b2_v, tick.a1_p, tick.a1_v, tick["b1_v"]) == (10.19, 400, 10.2, 100, 300)
    assert (tick.a5_p, tick.a5_v) == (0, 0)
    with pytest.raises(AttributeError, match="a6_p"):
        _ = tick.a6_p
    assert jqdata.get_current_tick(B) is None
    both = jqdata.get_current_tick([A, B])
    assert both[B] is None and both[A].current == 10.2
    frame = jqdata.get_current_tick([A, B], df=True)
    assert list(frame.index) == [A] and frame.loc[A, "a1_p"] == 10.2
    with pytest.raises(NeedsProvider, match="dt"):
        jqdata.get_current_tick(A, dt="2026-11-19 10:00:00")


def test_st_flags(listed: Desk) -> None:
    frame = jqdata.get_extras("is_st", [A, B], "2026-11-18", "2026-11-20")
    assert frame.shape == (3, 2) and not frame[A].any() and frame[B].all()
    assert frame.index[-1] == pd.Timestamp(TODAY)
    flags = jqdata.get_extras("is_st", [B], end_date=TODAY, count=2, df=False)
    np.testing.assert_array_equal(flags[B], [True, True])
    with pytest.raises(NeedsProvider, match="unit_net_value"):
        jqdata.get_extras("unit_net_value", [A])
