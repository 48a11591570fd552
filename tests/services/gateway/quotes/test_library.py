"""The library answers what is known at a time, and nothing of later."""

import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import calendar
from common.beijing import DAY_NS, SECOND_NS, at, clock_text, midnight
from common.errors import ConfigError
from common.messages import BarColumns, Bars, GetBars, GetInstruments, GetTicks, Quote, Refusal
from services.gateway.quotes.bars import Bar, from_columns
from services.gateway.quotes.feeds.synthetic import SyntheticFeed
from services.gateway.quotes.library import Library
from tests.services.gateway.quotes.daily import daily_bars

CALENDAR = calendar.load()
DAY = date(2026, 11, 20)
SYMBOL, OTHER = "600519.XSHG", "000001.XSHE"
FOREVER_NS = midnight(DAY) + 400 * DAY_NS
FEED = SyntheticFeed(5, CALENDAR)
LIBRARY = Library(FEED, CALENDAR, DAY)


@dataclass
class CutFeed(SyntheticFeed):
    """The same feed as if its recording had stopped at `cut_ns`."""

    cut_ns: int

    def __post_init__(self) -> None:
        super().__init__(5, CALENDAR)

    def day_quotes(self, symbol: str, day: date) -> list[Quote]:
        return [quote for quote in FEED.day_quotes(symbol, day) if quote.at_ns <= self.cut_ns]

    def daily_columns(self, symbols: Sequence[str], last_day: date, count: int) -> list[BarColumns]:
        assert at(last_day, "15:00") <= self.cut_ns, "asked for a daily bar that is not over"
        return FEED.daily_columns(symbols, last_day, count)


def bars(ask: GetBars, now_ns: int = FOREVER_NS, library: Library = LIBRARY) -> list[Bar]:
    answer = library.bars(ask, now_ns)
    assert isinstance(answer, Bars) and not answer.unknown
    return from_columns(answer.columns[0])


def ask(
    unit: str, end_ns: int, *, count: int = 0, start_ns: int = 0, running: bool = False, symbol: str = SYMBOL
) -> GetBars:
    return GetBars([symbol], unit, count, start_ns, end_ns, running)


def days_of(found: list[Bar]) -> list[str]:
    return [str(date.fromordinal(719163 + (bar.time_ns + 8 * 3600 * SECOND_NS) // DAY_NS)) for bar in found]


def clocks_of(found: list[Bar]) -> list[str]:
    return [clock_text(bar.time_ns)[:5] for bar in found]


# -- nothing of later ---------------------------------------------------------------------------------------------

times = st.integers(at(DAY, "9:20"), at(DAY, "15:20")) | st.sampled_from(
    [
        at(DAY, clock)
        for clock in ("9:25", "9:30", "9:31", "11:29:57", "11:30", "12:00", "13:00", "13:01", "14:57", "15:00")
    ]
)


@settings(max_examples=25)
@given(now_ns=times, unit=st.sampled_from(["1d", "1m"]), running=st.booleans(), count=st.integers(1, 500))
def test_answers_do_not_depend_on_what_comes_later(now_ns: int, unit: str, running: bool, count: int) -> None:
    cut = Library(CutFeed(now_ns), CALENDAR, DAY)
    wanted = ask(unit, FOREVER_NS, count=count, running=running)
    if cut.day_quotes(SYMBOL):
        assert LIBRARY.bars(wanted, now_ns) == cut.bars(wanted, now_ns)
        assert LIBRARY.latest([SYMBOL], now_ns) == cut.latest([SYMBOL], now_ns)
        since = GetTicks([SYMBOL], now_ns - 60 * SECOND_NS, FOREVER_NS)
        assert LIBRARY.ticks(since, now_ns) == cut.ticks(since, now_ns)


@settings(max_examples=50)
@given(now_ns=times, end_ns=times, unit=st.sampled_from(["1d", "1m"]))
def test_complete_bars_end_by_the_time_asked_for(now_ns: int, end_ns: int, unit: str) -> None:
    until_ns = min(now_ns, end_ns)
    found = bars(ask(unit, end_ns, count=300), now_ns)
    assert len(found) == 300
    assert all(bar.time_ns <= until_ns for bar in found)
    assert found == bars(ask(unit, until_ns, count=300), FOREVER_NS)


# -- daily bars ---------------------------------------------------------------------------------------------------


def test_today_is_no_daily_bar_before_the_close_unless_it_is_asked_for() -> None:
    now_ns = at(DAY, "10:00")
    assert days_of(bars(ask("1d", FOREVER_NS, count=2), now_ns)) == ["2026-11-18", "2026-11-19"]
    yesterday, today = bars(ask("1d", FOREVER_NS, count=2, running=True), now_ns)
    newest = LIBRARY.latest([SYMBOL], now_ns).quotes[0]
    assert days_of([yesterday, today]) == ["2026-11-19", "2026-11-20"]
    assert today[1:8] == (
        newest.open_e4,
        newest.high_e4,
        newest.low_e4,
        newest.last_price_e4,
        newest.volume,
        newest.money_e4,
        yesterday.close_e4,
    )


def test_at_the_close_today_is_complete() -> None:
    assert bars(ask("1d", FOREVER_NS, count=3), at(DAY, "15:00")) == daily_bars(FEED, SYMBOL, DAY, 3)
    assert days_of(bars(ask("1d", at(DAY, "15:00") - 1, count=1))) == ["2026-11-19"]


def test_before_the_market_there_is_no_running_day() -> None:
    early = bars(ask("1d", FOREVER_NS, count=1, running=True), at(DAY, "9:24"))
    assert days_of(early) == ["2026-11-19"]
    assert days_of(bars(ask("1d", FOREVER_NS, count=1, running=True), at(DAY, "9:25"))) == ["2026-11-20"]


def test_a_day_gone_by_can_be_seen_half_way() -> None:
    half_ns = at(date(2026, 11, 18), "11:30")
    assert days_of(bars(ask("1d", half_ns, count=1))) == ["2026-11-17"]
    *_, half = bars(ask("1d", half_ns, count=2, running=True))
    whole = daily_bars(FEED, SYMBOL, date(2026, 11, 18), 1)[0]
    assert days_of([half]) == ["2026-11-18"]
    assert half.open_e4 == whole.open_e4 and half.volume < whole.volume and half.high_e4 <= whole.high_e4


def test_daily_bars_from_a_start() -> None:
    found = bars(ask("1d", FOREVER_NS, start_ns=at(date(2026, 11, 16), "0:00")), at(DAY, "15:30"))
    assert days_of(found) == ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"]
    assert bars(ask("1d", FOREVER_NS, start_ns=FOREVER_NS), at(DAY, "15:30")) == []


def test_before_the_calendar_there_is_nothing() -> None:
    assert bars(ask("1d", 0, count=5)) == [] == bars(ask("1m", 0, count=5))


# -- minutes ------------------------------------------------------------------------------------------------------


def test_the_minute_in_progress_is_left_out() -> None:
    assert clocks_of(bars(ask("1m", FOREVER_NS, count=2), at(DAY, "9:31"))) == ["15:00", "09:31"]
    assert clocks_of(bars(ask("1m", FOREVER_NS, count=1), at(DAY, "9:31:59"))) == ["09:31"]
    assert clocks_of(bars(ask("1m", FOREVER_NS, count=2), at(DAY, "13:01"))) == ["11:30", "13:01"]


@pytest.mark.parametrize(
    ("clock", "newest"),
    [
        ("9:24", "15:00"),
        ("9:25", "09:31"),
        ("9:31", "09:31"),
        ("9:31:01", "09:32"),
        ("11:30", "11:30"),
        ("12:00", "11:30"),
        ("13:00", "11:30"),
        ("13:00:01", "13:01"),
        ("15:00", "15:00"),
    ],
)
def test_the_running_minute_is_the_one_that_holds_now(clock: str, newest: str) -> None:
    found = bars(ask("1m", FOREVER_NS, count=1, running=True), at(DAY, clock))
    assert clocks_of(found) == [newest]


def test_minutes_go_back_over_days() -> None:
    found = bars(ask("1m", FOREVER_NS, count=600), at(DAY, "10:00"))
    assert len(found) == 600
    assert clocks_of(found[-30:])[0] == "09:31" and clocks_of(found)[-31] == "15:00"
    yesterday = FEED.minute_bars(SYMBOL, date(2026, 11, 19))
    assert found[-270:-30] == yesterday
    assert found[-30].prev_close_e4 == yesterday[-1].close_e4


def test_minutes_from_a_start() -> None:
    start_ns = at(date(2026, 11, 19), "14:59")
    assert clocks_of(bars(ask("1m", FOREVER_NS, start_ns=start_ns), at(DAY, "9:32"))) == [
        "14:59",
        "15:00",
        "09:31",
        "09:32",
    ]


def test_what_cannot_be_told_is_refused() -> None:
    for wanted in (
        ask("5m", FOREVER_NS, count=1),
        ask("1d", FOREVER_NS, count=-1),
        ask("1m", FOREVER_NS, count=10**9),
        ask("1m", FOREVER_NS, start_ns=0),
    ):
        answer = LIBRARY.bars(wanted, FOREVER_NS)
        assert isinstance(answer, Refusal) and answer.text


def test_unknown_symbols_are_named() -> None:
    answer = LIBRARY.bars(GetBars(["700000.XSHG", SYMBOL], "1d", 1, 0, FOREVER_NS, False), FOREVER_NS)
    assert isinstance(answer, Bars)
    assert answer.unknown == ["700000.XSHG"] and [columns.symbol for columns in answer.columns] == [SYMBOL]


# -- quotes -------------------------------------------------------------------------------------------------------


def test_before_its_first_quote_a_symbol_stands_at_the_previous_close() -> None:
    answer = LIBRARY.latest([SYMBOL, "700000.XSHG"], at(DAY, "9:24"))
    [quote] = answer.quotes
    assert answer.unknown == ["700000.XSHG"]
    assert quote.at_ns == midnight(DAY) and quote.last_price_e4 == quote.prev_close_e4
    assert (quote.volume, quote.open_e4, quote.bids) == (0, 0, ())
    assert quote.limit_down_e4 < quote.prev_close_e4 < quote.limit_up_e4


def test_the_latest_quote_is_the_newest_of_its_time() -> None:
    assert LIBRARY.latest([SYMBOL], at(DAY, "9:30:02")).quotes[0].at_ns == at(DAY, "9:30")
    assert LIBRARY.latest([SYMBOL], at(DAY, "9:30:03")).quotes[0].at_ns == at(DAY, "9:30:03")


def test_ticks_leave_out_the_first_moment_and_hold_the_last() -> None:
    wanted = GetTicks([SYMBOL, OTHER], at(DAY, "9:30"), at(DAY, "9:30:06"))
    found = LIBRARY.ticks(wanted, FOREVER_NS).quotes
    assert [(clock_text(quote.at_ns), quote.symbol) for quote in found] == [
        ("09:30:03", SYMBOL),
        ("09:30:03", OTHER),
        ("09:30:06", SYMBOL),
        ("09:30:06", OTHER),
    ]
    assert LIBRARY.ticks(wanted, at(DAY, "9:30")).quotes == []


def test_step_times_are_those_at_which_a_quote_changes() -> None:
    steps = LIBRARY.step_times([SYMBOL, OTHER, "700000.XSHG"])
    assert steps == sorted({quote.at_ns for quote in FEED.day_quotes(SYMBOL, DAY)})
    assert LIBRARY.step_times([]) == []


def test_all_between_steps_is_the_whole_day() -> None:
    steps = LIBRARY.step_times([SYMBOL])
    walked = [
        quote
        for after_ns, until_ns in zip([0, *steps], steps, strict=False)
        for quote in LIBRARY.quotes_between(SYMBOL, after_ns, until_ns)
    ]
    assert walked == LIBRARY.day_quotes(SYMBOL)


def test_a_suspended_symbol_is_suspended_before_its_first_quote() -> None:
    library = Library(SyntheticFeed(1, CALENDAR, suspended={SYMBOL: DAY}), CALENDAR, DAY)
    for clock in ("9:00", "10:00", "15:00"):
        [quote] = library.latest([SYMBOL], at(DAY, clock)).quotes
        assert quote.suspended
    found = bars(ask("1m", FOREVER_NS, count=5), at(DAY, "10:00"), library)
    assert all(bar.suspended and not bar.volume for bar in found)


def test_instruments_are_told() -> None:
    names = [found.name for found in LIBRARY.instruments(GetInstruments([SYMBOL, "700000.XSHG"])).instruments]
    assert names == ["贵州茅台"]
    assert len(LIBRARY.instruments(GetInstruments([])).instruments) >= 30


def test_a_day_the_feed_cannot_play_is_refused() -> None:
    with pytest.raises(ConfigError):
        Library(FEED, CALENDAR, date(2026, 11, 21))
    with pytest.raises(ConfigError):
        Library(FEED, CALENDAR, date(2027, 1, 4))


# -- size and speed -----------------------------------------------------------------------------------------------


def test_fifty_symbols_fit_in_memory() -> None:
    library = Library(SyntheticFeed(8, CALENDAR), CALENDAR, DAY)
    library.day_quotes("600001.XSHG")
    tracemalloc.start()
    try:
        for number in range(5):
            library.day_quotes(f"{600010 + number}.XSHG")
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used * 10 < 250e6


def test_minutes_of_the_day_are_cheap_to_ask_again() -> None:
    """A strategy asks each minute for each of its symbols; a tenth of a millisecond on a quiet machine."""
    wanted = ask("1m", FOREVER_NS, count=60)
    bars(wanted, at(DAY, "14:00"))
    started = time.process_time()
    for _ in range(100):
        LIBRARY.bars(wanted, at(DAY, "14:00"))
    assert (time.process_time() - started) / 100 < 0.005
