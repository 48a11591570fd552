"""A recorded market in which everything happens that data functions meet, and the same as if it ended at a moment.

Suspensions, gaps, a new listing, one still to come, dividends of before, of today and of later. The files are written
and read again for each moment, so the shipped feed is what is looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random

from common import calendar
from common.beijing import at, day_of, naive
from common.messages import BarColumns, Instrument, Quote
from common.sessions import minute_ends
from services.gateway.quotes.bars import Bar, minute_bars
from services.gateway.quotes.feeds import ExDay, Feed
from services.gateway.quotes.feeds.dividends import HEADER
from services.gateway.quotes.feeds.recorded import RecordedFeed
from services.gateway.quotes.feeds.synthetic import SyntheticFeed

CALENDAR = calendar.load()
DAY = date(2026, 11, 18)  # a Wednesday; the recording goes on for a day
DAYS = CALENDAR.window(CALENDAR.following(DAY), 45)
PLAYED = DAYS[-4:]  # recorded in minutes
BANK, SPLIT, SPARSE, FUND, INDEX = "600000.XSHG", "000001.XSHE", "300750.XSHE", "510300.XSHG", "000300.XSHG"
STOPPED, HALTED, NEW, LATER, NOBODY = "600519.XSHG", "000002.XSHE", "688001.XSHG", "601318.XSHG", "603259.XSHG"
SYMBOLS = [BANK, SPLIT, SPARSE, FUND, INDEX, STOPPED, HALTED, NEW, LATER, NOBODY]
MADE_UP = SYMBOLS[:3]

_FIRST_DAY = {NEW: DAYS[-6], LATER: DAYS[-1]}
_OUT = {STOPPED: DAYS[-8:-2], HALTED: [*DAYS[10:14], DAYS[-3]]}  # not traded on; today STOPPED is, HALTED was yesterday
Priced = tuple[str, int, int, int, int, int, int]
"""Symbol, label, open, high, low and close in cents, shares."""


@dataclasses.dataclass(frozen=True)
class Recorded:
    """What the files of the recorded market hold; ``days`` are labelled 15:00."""

    days: list[Priced]
    minutes: list[Priced]
    dividends: list[tuple[str, date, str]]

    def until(self, now_ns: int, rng: Random) -> Recorded:
        """What of it is there at that moment. A symbol that has not traded today yet keeps its first minute, with the
        open of the auction and all else otherwise: the feed plays only days it has something of."""
        known = [row for row in self.minutes if row[1] <= now_ns]
        begun = {row[0] for row in known if day_of(row[1]) == DAY}
        first = {row[0]: row for row in reversed(self.minutes) if day_of(row[1]) == DAY and row[0] not in begun}
        return Recorded(
            [row for row in self.days if row[1] <= now_ns],
            sorted([*known, *(_otherwise(row, rng) for row in first.values())]),
            [one for one in self.dividends if one[1] <= day_of(now_ns)],
        )

    def feed(self, folder: Path) -> Feed:
        folder.mkdir(parents=True, exist_ok=True)
        header = "open,high,low,close,volume,money"
        days = (f"{row[0]},{day_of(row[1])},{_text(row)}" for row in self.days)
        minutes = (f"{row[0]},{naive(row[1])},{_text(row)}" for row in self.minutes)
        dividends = (f"{symbol},{day},{words}" for symbol, day, words in self.dividends)
        files = {
            "days.csv": [f"code,date,{header}", *days],
            "minutes.csv": [f"code,datetime,{header}", *minutes],
            "dividends.csv": [HEADER, *dividends],
        }
        for name, lines in files.items():
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return RecordedFeed(folder, calendar=CALENDAR)


def recorded(rng: Random) -> Recorded:
    """Another market for each state of ``rng``, always with the same symbols and events."""
    days: list[Priced] = []
    minutes: list[Priced] = []
    for symbol in SYMBOLS[:-1]:
        cents = rng.randrange(500, 20_000)
        for day in DAYS:
            if day < _FIRST_DAY.get(symbol, DAYS[0]) or day in _OUT.get(symbol, ()):
                continue
            rows = list(_minutes(rng, symbol, day, cents)) if day in PLAYED else []
            minutes += rows
            whole = _whole(rows) if rows else next(_walk(rng, symbol, [at(day, "15:00")], cents))
            days.append(whole)
            cents = whole[5] // (2 if (symbol, day) == (SPLIT, DAYS[-3]) else 1)
    dividends = [
        (SPLIT, DAYS[-2], "0,10,0,0"),  # today: ten for ten
        (BANK, DAYS[20], "3,0,0,0"),
        (FUND, DAYS[-4], "0.5,0,0,0"),
        (HALTED, DAYS[12], "1,2,1,3.00"),  # while it was suspended
        (BANK, DAYS[-1], "4.5,0,0,0"),  # tomorrow
    ]
    return Recorded(sorted(days), sorted(minutes), dividends)


def _minutes(rng: Random, symbol: str, day: date, cents: int) -> Iterator[Priced]:
    ends = minute_ends(day)
    if symbol == SPARSE:
        ends = sorted(rng.sample(list(ends), 40))
    return _walk(rng, symbol, ends, cents)


def _walk(rng: Random, symbol: str, labels: list[int] | tuple[int, ...], cents: int) -> Iterator[Priced]:
    for label in labels:
        open_, close = (max(cents + rng.randrange(-9, 10), 100) for _ in "oc")
        high, low = max(open_, close) + rng.randrange(3), min(open_, close) - rng.randrange(3)
        yield symbol, label, open_, high, low, close, rng.randrange(0, 5000)
        cents = close


def _whole(rows: list[Priced]) -> Priced:
    day_label = at(day_of(rows[0][1]), "15:00")
    prices = rows[0][2], max(row[3] for row in rows), min(row[4] for row in rows), rows[-1][5]
    return rows[0][0], day_label, *prices, sum(row[6] for row in rows)


def _otherwise(row: Priced, rng: Random) -> Priced:
    symbol, label, open_, *_ = row
    return symbol, label, open_, open_ + 500, max(open_ - 50, 1), open_ + 400, row[6] + 1 + rng.randrange(999)


def _text(row: Priced) -> str:
    open_, high, low, close = (f"{cents / 100:.2f}" for cents in row[2:6])
    return f"{open_},{high},{low},{close},{row[6]},{row[6] * row[5] / 100:.2f}"


class MadeUp(SyntheticFeed):
    """The made-up market, which keeps what it has drawn: a day costs 30 ms."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, CALENDAR, suspended={MADE_UP[0]: DAYS[20 + seed]})
        self._quotes_of: dict[tuple[str, date], list[Quote]] = {}
        self._minutes_of: dict[tuple[str, date], list[Bar]] = {}

    def day_quotes(self, symbol: str, day: date) -> list[Quote]:
        if (symbol, day) not in self._quotes_of:
            self._quotes_of[symbol, day] = super().day_quotes(symbol, day)
        return self._quotes_of[symbol, day]

    def minute_bars(self, symbol: str, day: date) -> list[Bar]:
        if (symbol, day) not in self._minutes_of:
            self._minutes_of[symbol, day] = minute_bars(super().day_quotes(symbol, day), day)
        return self._minutes_of[symbol, day]


class CutFeed:
    """The made-up market as if its quotes had stopped; of a day without any yet only what the exchange tells before."""

    remarks: tuple[str, ...] = ()

    def __init__(self, feed: MadeUp, cut_ns: int) -> None:
        self._feed, self._cut_ns = feed, cut_ns

    def days(self) -> list[date] | None:
        return self._feed.days()

    def instrument(self, symbol: str) -> Instrument | None:
        return self._feed.instrument(symbol)

    def instruments(self) -> list[Instrument]:
        return self._feed.instruments()

    def day_quotes(self, symbol: str, day: date) -> list[Quote]:
        quotes = self._feed.day_quotes(symbol, day)
        seen = [quote for quote in quotes if quote.at_ns <= self._cut_ns]
        return seen or [_frame_of(quote) for quote in quotes[:1]]

    def recorded_minutes(self, symbol: str, day: date) -> list[Bar] | None:
        return None

    def minute_bars(self, symbol: str, day: date) -> list[Bar]:
        assert at(day, "15:00") <= self._cut_ns, "asked for the minutes of a day that is not over"
        return self._feed.minute_bars(symbol, day)

    def daily_columns(self, symbols: Sequence[str], last_day: date, count: int) -> list[BarColumns]:
        assert at(last_day, "15:00") <= self._cut_ns, "asked for a day that is not over"
        return self._feed.daily_columns(symbols, last_day, count)

    def ex_days(self, symbol: str) -> list[ExDay]:
        return []


def _frame_of(quote: Quote) -> Quote:
    """Previous close, limits and suspension of a quote that nobody has seen yet; all else is otherwise."""
    close_e4, at_ns = quote.prev_close_e4, quote.at_ns
    limits = quote.limit_down_e4, quote.limit_up_e4
    return Quote(quote.symbol, at_ns, 77, 78, 79, 76, close_e4, *limits, 7, 700, 77, 78, quote.suspended, (), ())
