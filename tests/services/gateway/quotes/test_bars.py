"""Minutes and days add up to the quotes they are made of, and travel as little-endian columns."""

import struct
from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from common import calendar
from common.beijing import SECOND_NS, at, clock_text
from common.messages import Quote
from common.sessions import minute_ends
from services.gateway.quotes.bars import (
    Bar,
    daily_bar,
    day_of_minutes,
    from_columns,
    minute_bars,
    minute_of,
    to_columns,
    with_flat_minutes,
)
from sim.market import Market

CALENDAR = calendar.load()
DAY = date(2026, 11, 20)
PREV_E4 = 100_000


def quote(clock: str, last_e4: int, volume: int, *, low_e4: int = 0, high_e4: int = 0, plus_ns: int = 0) -> Quote:
    """A quote of a stock that closed at 10.00 and opened at 10.10."""
    traded = bool(volume)
    return Quote(
        symbol="600000.XSHG",
        at_ns=at(DAY, clock) + plus_ns,
        last_price_e4=last_e4,
        open_e4=101_000 * traded,
        high_e4=max(last_e4, high_e4),
        low_e4=min(last_e4, low_e4 or last_e4),
        prev_close_e4=PREV_E4,
        limit_down_e4=90_000,
        limit_up_e4=110_000,
        volume=volume,
        money_e4=volume * last_e4,
        trade_low_e4=low_e4,
        trade_high_e4=high_e4,
        suspended=False,
        bids=(),
        asks=(),
    )


def labelled(bars: list[Bar]) -> dict[str, Bar]:
    return {clock_text(bar.time_ns)[:5]: bar for bar in bars}


def test_a_quote_belongs_to_the_minute_that_ends_with_it_or_holds_it() -> None:
    for clock, label in {
        "9:25": "09:31",
        "9:30": "09:31",
        "9:31": "09:31",
        "9:31:03": "09:32",
        "11:30": "11:30",
        "11:30:01": "11:30",
        "13:00:03": "13:01",
        "14:57": "14:57",
        "15:00": "15:00",
        "15:00:01": "15:00",
    }.items():
        assert clock_text(minute_of(at(DAY, clock)))[:5] == label, clock


def test_the_first_bar_holds_the_auction_and_quiet_minutes_are_flat() -> None:
    bars = minute_bars(
        [
            quote("9:15", 0, 0),
            quote("9:25", 101_000, 500),
            quote("9:30:57", 101_200, 800, low_e4=100_800, high_e4=101_300),
            quote("9:33:30", 101_100, 900, low_e4=101_100, high_e4=101_100),
        ],
        DAY,
    )
    assert [bar.time_ns for bar in bars] == minute_ends(DAY)
    by_label = labelled(bars)
    first, second, third = by_label["09:31"], by_label["09:32"], by_label["09:34"]
    assert first[1:6] == (101_000, 101_300, 100_800, 101_200, 800)
    assert first.prev_close_e4 == PREV_E4
    assert second[1:8] == (101_200,) * 4 + (0, 0, 101_200)
    assert third[1:6] == (101_100, 101_100, 101_100, 101_100, 100)
    assert third.money_e4 == 900 * 101_100 - 800 * 101_200


def test_before_any_trade_bars_stand_at_the_previous_close() -> None:
    bars = minute_bars([quote("9:15", 0, 0), quote("14:00:01", 101_000, 100)], DAY)
    by_label = labelled(bars)
    assert by_label["09:31"][1:6] == (PREV_E4,) * 4 + (0,)
    assert by_label["14:01"][1:6] == (101_000,) * 4 + (100,)
    assert by_label["15:00"].close_e4 == 101_000


def test_no_quotes_make_no_bars() -> None:
    assert minute_bars([], DAY) == []


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), symbol=st.sampled_from(["600519.XSHG", "000725.XSHE", "510300.XSHG"]))
def test_minutes_add_up_to_the_day(seed: int, symbol: str) -> None:
    quotes = Market(seed, CALENDAR).quotes(symbol, DAY)
    minutes, day = minute_bars(quotes, DAY), daily_bar(quotes[-1], DAY)
    assert day_of_minutes(minutes, DAY) == day
    assert all(later.prev_close_e4 == earlier.close_e4 for earlier, later in pairwise(minutes))
    assert all(bar.low_e4 <= min(bar.open_e4, bar.close_e4) for bar in minutes)
    assert all(bar.high_e4 >= max(bar.open_e4, bar.close_e4) for bar in minutes)
    assert all(bar.low_e4 * bar.volume <= bar.money_e4 <= bar.high_e4 * bar.volume for bar in minutes)


def test_a_day_without_a_trade_stands_at_the_previous_close() -> None:
    bar = daily_bar(quote("9:15", 0, 0), DAY)
    assert bar[1:8] == (PREV_E4,) * 4 + (0, 0, PREV_E4)
    assert bar.time_ns == at(DAY, "15:00")


def test_missing_minutes_are_put_in_flat() -> None:
    known = [Bar(at(DAY, "9:32"), 5, 7, 4, 6, 100, 550, 0, False), Bar(at(DAY, "15:00"), 6, 6, 6, 6, 10, 60, 0, False)]
    bars = with_flat_minutes(known, DAY, 3)
    assert len(bars) == 240
    assert bars[0][1:] == (3, 3, 3, 3, 0, 0, 3, False)
    assert bars[1] == known[0]._replace(prev_close_e4=3)
    assert bars[2][1:] == (6, 6, 6, 6, 0, 0, 6, False)
    assert bars[-1] == known[1]._replace(prev_close_e4=6)


INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.builds(Bar, *[INT64] * 8, st.booleans()), max_size=20))
def test_columns_keep_every_bar(bars: list[Bar]) -> None:
    columns = to_columns("600000.XSHG", bars)
    assert from_columns(columns) == bars
    assert columns.time_ns == struct.pack(f"<{len(bars)}q", *(bar.time_ns for bar in bars))
    assert len(columns.suspended) == len(bars)


def test_the_second_of_a_minutes_end_counts_to_it_to_the_nanosecond() -> None:
    end_ns = at(DAY, "9:31")
    assert minute_of(end_ns) == end_ns
    assert minute_of(end_ns + 1) == end_ns + 60 * SECOND_NS
