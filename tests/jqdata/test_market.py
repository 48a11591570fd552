"""What each price function gives: rows, labels, fields, defaults and shapes (JoinQuant's API documentation)."""

from collections.abc import Callable
from datetime import date, datetime

import msgspec
import numpy as np
import pandas as pd
import pytest

import jqdata
from common.beijing import to_ns
from common.messages import Adjustment
from common.sessions import minute_ends
from jqdata import attribute_history, get_bars, get_current_data, get_price, history
from jqdata.frames import Frame, Panel
from tests.jqdata.desk import DAYS, TODAY, A, B, C, Desk, at, day_bars, instrument, minute_bars, price_e4, quote

YESTERDAY = DAYS[-2]


def close_of(label: datetime) -> float:
    return price_e4(to_ns(label)) / 1e4


def day_close(day: date) -> float:
    return price_e4(minute_ends(day)[-1]) / 1e4


@pytest.mark.parametrize("clock", ["9:00", "9:30", "10:00", "15:00", "15:30", "23:59"])
def test_days_never_include_today(desk: Desk, clock: str) -> None:
    desk.time = at(clock)
    frame = attribute_history(A, 3)
    assert list(frame.index) == [pd.Timestamp(day) for day in DAYS[-4:-1]]
    assert list(frame["close"]) == [day_close(day) for day in DAYS[-4:-1]]
    assert list(history(2, security_list=[A]).index) == [pd.Timestamp(day) for day in DAYS[-3:-1]]


@pytest.mark.parametrize(
    ("clock", "last"),
    [
        ("9:00", at("15:00", YESTERDAY)),
        ("9:30", at("15:00", YESTERDAY)),
        ("9:30:59", at("15:00", YESTERDAY)),
        ("9:31", at("9:31")),
        ("9:31:59", at("9:31")),
        ("11:30", at("11:30")),
        ("12:30", at("11:30")),
        ("13:00", at("11:30")),
        ("13:01", at("13:01")),
        ("15:00", at("15:00")),
        ("15:30", at("15:00")),
    ],
)
@pytest.mark.parametrize("skip_paused", [True, False])
def test_minutes_end_with_the_last_finished_one(desk: Desk, clock: str, last: datetime, skip_paused: bool) -> None:
    desk.time = at(clock)
    one = attribute_history(A, 2, "1m", ["close"], skip_paused=skip_paused)
    assert one.index[-1] == last
    assert one["close"].iloc[-1] == close_of(last)
    assert history(2, "1m", "close", A, skip_paused=False).index[-1] == last


def test_attribute_history_defaults_and_arrays(desk: Desk) -> None:
    frame = attribute_history(A, 5)
    assert list(frame.columns) == ["open", "close", "high", "low", "volume", "money"]
    assert set(frame.dtypes) == {np.dtype(np.float64)}
    arrays = attribute_history(A, 5, df=False)
    assert set(arrays) == set(frame.columns)
    for name, array in arrays.items():
        assert isinstance(array, np.ndarray)
        np.testing.assert_array_equal(array, frame[name].to_numpy())
    assert attribute_history(A, 5, "1d", "close").shape == (5, 1)
    assert list(attribute_history(A, 1, "1d", ("price", "avg")).iloc[0]) == [day_close(YESTERDAY) - 0.005] * 2


def test_history_defaults_to_the_average_of_the_universe(desk: Desk) -> None:
    with pytest.raises(ValueError, match="set_universe"):
        history(2)
    jqdata.set_universe([B, A])
    frame = history(2)
    assert list(frame.columns) == [B, A]
    assert frame[A].iloc[-1] == pytest.approx(day_close(YESTERDAY) - 0.005)
    arrays = history(2, df=False)
    np.testing.assert_array_equal(arrays[B], frame[B].to_numpy())


def test_paused_days_are_filled_skipped_or_blank(desk: Desk) -> None:
    paused = DAYS[-3]
    desk.daily[A] = day_bars(DAYS, suspended=[paused])
    before = day_close(DAYS[-4])
    kept = attribute_history(A, 3, "1d", ["open", "close", "volume", "money", "paused", "pre_close"], skip_paused=False)
    assert list(kept.loc[pd.Timestamp(paused)]) == [before, before, 0, 0, 1, before]
    assert list(attribute_history(A, 3).index) == [pd.Timestamp(day) for day in (DAYS[-5], DAYS[-4], DAYS[-2])]
    assert list(history(3, "1d", "close", A)[A]) == [day_close(DAYS[-4]), before, day_close(DAYS[-2])]
    blank = get_price(A, count=3, end_date=YESTERDAY, fields=["close", "paused"], fill_paused=False)
    assert np.isnan(blank["close"].iloc[1]) and blank["paused"].iloc[1] == 1
    assert blank["close"].iloc[2] == day_close(YESTERDAY)
    assert [record["date"] for record in get_bars(A, 2)] == [DAYS[-4], DAYS[-2]]


def test_days_that_the_feed_leaves_out_count_as_paused(desk: Desk) -> None:
    desk.daily[A] = day_bars([day for day in DAYS if day != DAYS[-3]])
    frame = get_price(A, count=3, end_date=YESTERDAY, fields=["close", "paused", "volume"])
    assert list(frame["paused"]) == [0, 1, 0]
    assert frame["close"].iloc[1] == frame["close"].iloc[0]
    assert frame["volume"].iloc[1] == 0


def test_a_pause_that_began_before_the_rows_carries_the_close_from_there(desk: Desk) -> None:
    desk.daily[A] = day_bars(DAYS[:-5])
    frame = get_price(A, count=2, end_date=YESTERDAY, fields=["close", "paused"])
    assert list(frame["close"]) == [day_close(DAYS[-6])] * 2
    assert list(frame["paused"]) == [1, 1]


def test_before_listing_and_after_delisting_there_is_nothing(desk: Desk) -> None:
    desk.daily[A] = day_bars(DAYS[-3:])
    desk.daily[B] = day_bars(DAYS[:-4])
    last = DAYS[-5]
    desk.listed[B] = instrument(B, end_day=int(last.strftime("%Y%m%d")))
    closes = history(5, "1d", "close", [A, B])
    assert list(closes[A].isna()) == [True, True, True, False, False]
    assert list(closes[B].isna()) == [False, False, True, True, True]
    assert closes[B].iloc[0] == day_close(DAYS[-6])
    short = history(5, "1d", "close", [A, B], skip_paused=True)
    assert list(short.index) == [0, 1, 2, 3, 4]
    assert list(short[A].isna()) == [True, True, True, False, False]
    assert short[B].iloc[-1] == day_close(last)


def test_a_code_the_feed_does_not_know_has_no_bars_and_is_warned_about(desk: Desk) -> None:
    assert attribute_history(C, 3).empty
    assert history(2, "1d", "close", [A, C])[C].isna().all()
    assert len(get_bars(C, 3)) == 0
    assert {(level, name) for level, name, _ in desk.lines} == {("warning", "history")}
    assert all(C in text for *_, text in desk.lines)
    with pytest.raises(ValueError, match="无法识别"):
        attribute_history("浦发银行", 3)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: attribute_history(A, 0), "正整数"),
        (lambda: attribute_history(A, 2.5), "正整数"),  # type: ignore[arg-type]
        (lambda: attribute_history(A, 2, "1h"), "周期"),
        (lambda: attribute_history(A, 2, "0m"), "周期"),
        (lambda: attribute_history(A, 2, "241m"), "周期"),
        (lambda: attribute_history(A, 2, fields=["closee"]), "closee"),
        (lambda: attribute_history(A, 2, "5m", ["paused"]), "paused"),
        (lambda: attribute_history(A, 2, fq="front"), "fq"),
        (lambda: history(2, field=["open", "close"], security_list=[A]), "一个字段"),  # type: ignore[arg-type]
        (lambda: get_price(A, start_date="2026-11-01", count=2), "只能给一个"),
        (lambda: get_price(A, end_date="Nov 20", count=2), "日期"),
    ],
)
def test_nonsense_is_said_so(desk: Desk, call: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.parametrize("count", [2, np.int64(2), 2.0])
def test_any_whole_number_counts(desk: Desk, count: int) -> None:
    assert len(attribute_history(A, count)) == 2


def test_get_price_range_is_inclusive_and_defaults_to_2015(desk: Desk) -> None:
    frame = get_price(A, DAYS[-4], DAYS[-2])
    assert list(frame.index) == [pd.Timestamp(day) for day in DAYS[-4:-1]]
    assert list(frame.columns) == ["open", "close", "high", "low", "volume", "money"]
    year = get_price(A, fields=["close"])
    assert (year.index[0], year.index[-1]) == (pd.Timestamp("2015-01-05"), pd.Timestamp("2015-12-31"))
    assert year["close"].isna().all()
    text = get_price(A, DAYS[-4].isoformat(), f"{DAYS[-2]:%Y-%m-%d} 09:00:00")
    pd.testing.assert_frame_equal(text, frame)


@pytest.mark.parametrize(("clock", "last"), [("10:00", YESTERDAY), ("14:59:59", YESTERDAY), ("15:00", TODAY)])
def test_get_price_gives_today_only_when_it_is_over(desk: Desk, clock: str, last: date) -> None:
    desk.time = at(clock)
    for skip_paused in (True, False):
        frame = get_price(A, count=2, end_date=TODAY, skip_paused=skip_paused)
        assert frame.index[-1] == pd.Timestamp(last)
        assert len(frame) == 2
    assert get_price(A, count=2, end_date="2026-12-31").index[-1] == pd.Timestamp(last)


def test_who_is_suspended_and_the_limits_are_known_from_the_morning_on(desk: Desk) -> None:
    desk.time = at("9:00")
    desk.quotes = {A: quote(A, at("9:00"), prev_close_e4=110_000), B: quote(B, at("15:00", YESTERDAY))}
    desk.quotes[B] = msgspec.structs.replace(desk.quotes[B], suspended=True)
    paused = get_price([A, B], at("9:00"), at("9:00"), fields="paused")["paused"].T
    assert paused.iloc[:, 0].tolist() == [0.0, 1.0] and paused.columns.tolist() == [pd.Timestamp(TODAY)]
    limits = get_price(A, end_date=TODAY, count=1, fields=["high_limit", "low_limit", "pre_close"])
    assert limits.iloc[0].tolist() == [12.1, 9.9, 11.0]
    both = get_price([A, B], end_date=TODAY, count=2, fields=["paused"], panel=False, skip_paused=True)
    assert both.groupby("code").time.last().to_dict() == {A: pd.Timestamp(TODAY), B: pd.Timestamp(YESTERDAY)}
    assert get_price(B, end_date=TODAY, count=1, fields=["pre_close"]).iloc[0, 0] == pytest.approx(10.2)
    assert get_price(A, end_date=TODAY, count=1, fields=["close", "paused"]).index[-1] == pd.Timestamp(YESTERDAY)
    assert get_price(A, end_date=YESTERDAY, count=1, fields="paused").index[-1] == pd.Timestamp(YESTERDAY)
    desk.time = at("15:30")
    assert len(get_price(A, TODAY, TODAY, fields="paused")) == 1


def test_on_an_ex_day_the_limits_are_those_of_the_reference_price_before_any_quote(desk: Desk) -> None:
    desk.time = at("9:05")
    desk.quotes = {A: quote(A, at("15:00", YESTERDAY), last_price_e4=100_100)}
    desk.adjusted = {A: Adjustment(A, [int(f"{TODAY:%Y%m%d}")], [2 * 10**9])}
    limits = get_price(A, end_date=TODAY, count=1, fields=["pre_close", "high_limit", "low_limit"])
    assert limits.iloc[0].tolist() == [pytest.approx(price) for price in (5.01, 5.51, 4.51)]


def test_get_price_of_minutes(desk: Desk) -> None:
    frame = get_price(A, "2026-11-20 09:58:00", "2026-11-20 11:00:00", "1m", ["close", "pre_close"])
    assert list(frame.index) == [pd.Timestamp(at(f"9:{minute}")) for minute in (58, 59)] + [pd.Timestamp(at("10:00"))]
    assert list(frame["pre_close"][1:]) == list(frame["close"][:-1])
    midnight_end = get_price(A, count=2, end_date=TODAY, frequency="minute")
    assert midnight_end.index[-1] == at("15:00", YESTERDAY)


def test_a_minute_without_a_trade_repeats_the_price_and_is_not_paused(desk: Desk) -> None:
    gap = to_ns(at("9:59"))
    desk.minutes[A] = minute_bars([TODAY], without=[gap])
    frame = get_price(A, count=3, end_date=at("10:00"), frequency="1m", fields=["close", "volume", "paused"])
    assert list(frame["close"]) == [close_of(at("9:58")), close_of(at("9:58")), close_of(at("10:00"))]
    assert list(frame["volume"]) == [1000, 0, 1000]
    assert list(frame["paused"]) == [0, 0, 0]


def test_extra_fields_of_days_and_minutes(desk: Desk) -> None:
    names = ["close", "pre_close", "high_limit", "low_limit", "avg", "factor"]
    days = get_price(A, count=2, end_date=YESTERDAY, fields=names)
    first, second = days.iloc[0], days.iloc[1]
    assert second["pre_close"] == first["close"]
    assert second["high_limit"] == pytest.approx(round(first["close"] * 1.1 + 1e-9, 2))
    assert second["low_limit"] == pytest.approx(round(first["close"] * 0.9 + 1e-9, 2))
    assert list(days["factor"]) == [1, 1]
    minutes = get_price(A, count=3, end_date=at("10:00"), frequency="1m", fields=["high_limit"])
    assert list(minutes["high_limit"]) == [pytest.approx(round(day_close(YESTERDAY) * 1.1 + 1e-9, 2))] * 3


def test_several_codes_long_and_as_a_panel(desk: Desk) -> None:
    long = get_price([B, A], count=2, end_date=YESTERDAY, fields=["close", "volume"], panel=False)
    assert isinstance(long, Frame)
    assert list(long.columns) == ["time", "code", "close", "volume"]
    assert list(long["code"]) == [B, B, A, A]
    assert list(long["time"]) == [pd.Timestamp(day) for day in DAYS[-3:-1]] * 2
    panel = get_price([B, A], count=2, end_date=YESTERDAY, fields=["close", "volume"])
    assert isinstance(panel, Panel)
    assert list(panel["close"].columns) == [B, A]
    assert panel["close"].equals(panel.close) and panel.shape == (2, 2, 2) and "volume" in panel and not panel.empty
    assert list(panel.minor_xs(A)["close"]) == list(long[long["code"] == A]["close"])
    with pytest.raises(AttributeError, match="panel=False"):
        _ = panel.to_frame
    assert isinstance(get_price([A], count=2, end_date=YESTERDAY), Panel)
    assert get_price([], count=2, end_date=YESTERDAY, panel=False).empty


def test_get_bars_is_a_structured_array_by_default(desk: Desk) -> None:
    bars = get_bars(A, 3)
    assert bars.dtype.names == ("date", "open", "high", "low", "close")
    assert bars[-1]["date"] == YESTERDAY and type(bars[-1]["date"]) is date
    assert bars["close"][-1] == day_close(YESTERDAY)
    assert type(get_bars(A, 1, "1m")[0]["date"]) is datetime
    assert get_bars(A, 2, fields=["open", "volume"]).dtype.names == ("open", "volume")
    assert len(get_bars(A, 1000)) == len(DAYS) - 1
    both = get_bars((A, B), 2)
    assert set(both) == {A, B}
    frame = get_bars(A, 2, df=True)
    assert list(frame.index) == [0, 1] and list(frame.columns) == ["date", "open", "high", "low", "close"]
    stacked = get_bars([A, B], 2, df=True)
    assert list(stacked.index) == [(A, 0), (A, 1), (B, 0), (B, 1)]


@pytest.mark.parametrize(
    ("end_dt", "include_now", "last"),
    [
        (None, False, YESTERDAY),
        (None, True, TODAY),
        ("2026-11-19", False, DAYS[-3]),
        ("2026-11-19", True, DAYS[-2]),
        ("2026-11-19 15:30:00", False, DAYS[-3]),
        ("2026-11-19 15:30:00", True, DAYS[-2]),
        ("2027-01-01", False, YESTERDAY),
    ],
)
def test_the_day_of_end_dt_is_the_current_bar(desk: Desk, end_dt: str | None, include_now: bool, last: date) -> None:
    assert get_bars(A, 2, end_dt=end_dt, include_now=include_now)[-1]["date"] == last


@pytest.mark.parametrize(
    ("unit", "clock", "include_now", "last"),
    [
        ("5m", "10:03", False, "10:00"),
        ("5m", "10:03", True, "10:05"),
        ("5m", "10:05", False, "10:05"),
        ("15m", "9:45", False, "9:45"),
        ("30m", "13:29", False, "11:30"),
        ("60m", "10:30", False, "10:30"),
        ("60m", "14:00", False, "14:00"),
        ("60m", "13:30", False, "11:30"),
        ("120m", "15:00", False, "15:00"),
        ("120m", "14:59", False, "11:30"),
        ("7m", "9:37", False, "9:37"),
    ],
)
def test_longer_minutes_are_counted_from_the_open(
    desk: Desk, unit: str, clock: str, include_now: bool, last: str
) -> None:
    desk.time = at(clock)
    assert get_bars(A, 2, unit, include_now=include_now)[-1]["date"] == at(last)


def test_a_longer_bar_sums_up_its_minutes(desk: Desk) -> None:
    ones = get_bars(A, 5, "1m", ["open", "close", "high", "low", "volume", "money"])
    (five,) = get_bars(A, 1, "5m", ["open", "close", "high", "low", "volume", "money"])
    assert (five["open"], five["close"]) == (ones["open"][0], ones["close"][-1])
    assert (five["high"], five["low"]) == (ones["high"].max(), ones["low"].min())
    assert (five["volume"], five["money"]) == (ones["volume"].sum(), ones["money"].sum())
    three = attribute_history(A, 2, "3d", ["open", "close", "volume"])
    assert list(three["volume"]) == [3000, 3000]
    assert three["close"].iloc[-1] == day_close(YESTERDAY) and three["close"].iloc[0] == day_close(DAYS[-5])


def test_weeks_and_months_end_before_the_current_one(desk: Desk) -> None:
    weeks = get_bars(A, 2, "1w")
    assert [record["date"] for record in weeks] == [date(2026, 11, 6), date(2026, 11, 13)]
    assert weeks[-1]["close"] == day_close(date(2026, 11, 13))
    assert get_bars(A, 1, "1w", include_now=True)[-1]["date"] == TODAY
    assert [record["date"] for record in get_bars(A, 1, "1M")] == [date(2026, 10, 30)]
    desk.time = at("16:00")
    assert get_bars(A, 1, "1w")[-1]["date"] == date(2026, 11, 13)


def test_many_paused_days_do_not_shorten_the_answer(desk: Desk) -> None:
    desk.daily[A] = day_bars(DAYS, suspended=DAYS[-30:-2])
    assert len(attribute_history(A, 10)) == 10
    assert [len(found) for found in get_bars([A, B], 10).values()] == [10, 10]


def test_current_data_before_and_after_the_open(desk: Desk) -> None:
    desk.quotes[A] = quote(A, at("9:29"))
    desk.listed[A] = instrument(A)
    now = get_current_data()[A]
    for clock, price, first in [("9:00", 10.0, np.nan), ("9:28", 10.0, 10.1), ("9:30", 10.2, 10.1)]:
        desk.time = at(clock)
        assert now.last_price == price
        np.testing.assert_equal(now.day_open, first)
    assert (now.high_limit, now.low_limit, now.paused, now.is_st, now.name) == (11.0, 9.0, False, False, "名")
    assert now.industry_code == ""


def test_current_data_of_an_old_quote_or_none(desk: Desk) -> None:
    desk.quotes[A] = quote(A, at("15:00", YESTERDAY))
    table = get_current_data()
    assert table[A].last_price == 10.2
    assert np.isnan(table[A].day_open)
    assert table[B].paused and np.isnan(table[B].last_price) and table[B].name == ""
    assert table.get(A) is table[A]


def test_current_data_is_paused_outside_the_listing(desk: Desk) -> None:
    desk.quotes[A] = quote(A, at("10:00"))
    assert not get_current_data()[A].paused
    desk.listed[A] = instrument(A, end_day=20261119)
    assert get_current_data()[A].paused
