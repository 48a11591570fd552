"""The made-up feed agrees with itself: what was played is tomorrow's history."""

from datetime import date
from itertools import pairwise

from common import calendar
from common.beijing import at
from services.gateway.quotes.bars import daily_bar, minute_bars
from services.gateway.quotes.feeds.synthetic import SyntheticFeed
from tests.services.gateway.quotes.daily import daily_bars

CALENDAR = calendar.load()
DAY = date(2026, 11, 20)


def test_a_played_day_is_the_next_days_history() -> None:
    feed = SyntheticFeed(1, CALENDAR)
    for symbol in ("600519.XSHG", "510300.XSHG", "113050.XSHG"):
        quotes = feed.day_quotes(symbol, DAY)
        assert daily_bars(feed, symbol, DAY, 1) == [daily_bar(quotes[-1], DAY)]
        assert feed.minute_bars(symbol, DAY) == minute_bars(quotes, DAY)
        assert daily_bars(feed, symbol, CALENDAR.previous(DAY), 1)[0].close_e4 == quotes[0].prev_close_e4


def test_history_reaches_back_five_hundred_days_and_joins_up() -> None:
    bars = daily_bars(SyntheticFeed(1, CALENDAR), "600000.XSHG", DAY, 500)
    assert [bar.time_ns for bar in bars] == [at(day, "15:00") for day in CALENDAR.window(DAY, 500)]
    assert all(later.prev_close_e4 == earlier.close_e4 for earlier, later in pairwise(bars))


def test_history_ends_where_the_calendar_begins() -> None:
    bars = daily_bars(SyntheticFeed(1, CALENDAR), "600000.XSHG", date(2006, 12, 1), 100)
    assert [bar.time_ns for bar in bars] == [
        at(day, "15:00") for day in CALENDAR.days_between(CALENDAR.first, date(2006, 12, 1))
    ]


def test_instruments_have_names_and_kinds() -> None:
    feed = SyntheticFeed(1, CALENDAR)
    shown = {symbol: feed.instrument(symbol) for symbol in ("600519.XSHG", "600123.XSHG", "000300.XSHG", "510300.XSHG")}
    assert {symbol: (found.name, found.kind) for symbol, found in shown.items() if found} == {
        "600519.XSHG": ("贵州茅台", "stock"),
        "600123.XSHG": ("示例600123", "stock"),
        "000300.XSHG": ("沪深300", "index"),
        "510300.XSHG": ("沪深300ETF", "etf"),
    }
    assert feed.instrument("700000.XSHG") is None and feed.instrument("茅台") is None
    assert all(feed.instrument(found.symbol) == found for found in feed.instruments())


def test_what_it_does_not_have_is_empty() -> None:
    feed = SyntheticFeed(1, CALENDAR)
    assert feed.day_quotes("700000.XSHG", DAY) == []
    assert feed.day_quotes("600000.XSHG", date(2026, 11, 21)) == []  # a Saturday
    assert daily_bars(feed, "700000.XSHG", DAY, 5) == [] == daily_bars(feed, "600000.XSHG", DAY, 0)


def test_a_suspension_shows_in_quotes_and_bars() -> None:
    feed = SyntheticFeed(1, CALENDAR, suspended={"600000.XSHG": DAY})
    assert all(quote.suspended for quote in feed.day_quotes("600000.XSHG", DAY))
    before, stopped = daily_bars(feed, "600000.XSHG", DAY, 2)
    assert not before.suspended and stopped.suspended and stopped.volume == 0
    assert stopped.close_e4 == stopped.prev_close_e4 == before.close_e4
    minutes = feed.minute_bars("600000.XSHG", DAY)
    assert len(minutes) == 240 and all(bar.suspended and bar.close_e4 == before.close_e4 for bar in minutes)
