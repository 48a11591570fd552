"""Who answers: the feed what it knows, the data provider's archive what the feed has not.

That is: codes the feed does not know, and the days before the first one of which the feed has a bar. Both have prices
as traded, so they join without a step; from its first bar on all days are the feed's, holes and all. Of today, and of a
bar in progress, only the feed speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from common import messages as m
from common.beijing import DAY_NS, day_of, midnight
from jqdata.columns import Columns, joined
from services.strategy.archive import Archive
from services.strategy.market import Market
from services.strategy.provided_rows import day_of_number
from services.strategy.runtime import Runtime
from services.strategy.spans import Span

FEED_MINUTE_DAYS = 60
"""So many trading days back every feed answers minutes."""

_MINUTES_A_DAY = 240
_DAY = timedelta(days=1)
_EARLIEST = date(1990, 12, 19)

Found = dict[str, Columns]
AskFeed = Callable[[m.GetBars], Found | m.Message]


class Older:
    """Without a data provider, or one without bars, everything stays as the feed says."""

    def __init__(self, runtime: Runtime, market: Market, archive: Archive) -> None:
        self._rt, self._market, self._archive = runtime, market, archive
        self._day = 0
        self._reaches: dict[tuple[str, str], date] = {}  # by unit and symbol: a day the feed has a bar of, or older
        self._begins: dict[str, date] = {}  # the feed's first day of a symbol; date.min: it has all there was
        self._filled: set[str] = set()  # symbols that the archive gave bars of today
        self._told: set[str] = set()
        self.is_provisional = False  # the last answer may lack what the archive could not say

    def has_bars(self, unit: str) -> bool:
        return self._archive.has_bars(unit)

    def nearer(self, asked: m.GetBars) -> m.GetBars | None:
        """What of a question about minutes no feed refuses for its age, where the archive may have the rest."""
        if asked.unit != "1m" or not self.has_bars("1m"):
            return None
        calendar = self._rt.calendar
        until = max(min(day_of(asked.end_ns), self._rt.day), calendar.first)
        since_ns = midnight(calendar.window(until, FEED_MINUTE_DAYS)[0])
        count = min(asked.count, FEED_MINUTE_DAYS * _MINUTES_A_DAY)
        start_ns = 0 if count else max(asked.start_ns, since_ns)
        return m.GetBars(asked.symbols, asked.unit, count, start_ns, asked.end_ns, asked.running)

    def completed(self, asked: m.GetBars, found: Found, ask: AskFeed) -> Found:
        """The feed's bars, and the archive's where the feed has none; the same object where nothing is added.

        ``ask`` asks the feed once more: whether it has anything from before.
        """
        self.is_provisional = False
        if not self.has_bars(asked.unit):
            return found
        self._open()
        last = min(day_of(asked.end_ns), self._rt.day - _DAY)
        older = self._newest(asked, found, last) if asked.count else self._between(asked, found, last, ask)
        if not older:
            return found
        listings = self._archive.listings()
        known = dict(found)
        for symbol, bars in older.items():
            if len(bars):
                self._filled.add(symbol)
                known[symbol] = joined([bars, found[symbol]]) if symbol in found else bars
            elif symbol in listings:
                known.setdefault(symbol, bars)
        self._tell(asked, [symbol for symbol in known if symbol not in found])
        return known

    def _newest(self, asked: m.GetBars, found: Found, last: date) -> Found:
        wanted: dict[str, tuple[int, int]] = {}
        until_ns = min(asked.end_ns, midnight(last) + DAY_NS - 1)
        for symbol in asked.symbols:
            bars = found.get(symbol)
            count = 0 if bars is None else len(bars)
            if count >= asked.count:
                continue
            begins = day_of(int(bars.time_ns[0])) if bars is not None and count else last + _DAY
            if bars is None or self._may_be_older(symbol, begins, has_bars=count > 0):
                # A day that the feed has from its middle on is filled up, too.
                before_ns = int(bars.time_ns[0]) - 1 if bars is not None and count else until_ns
                wanted[symbol] = min(before_ns, until_ns), asked.count - count
        return self._archive.newest(wanted, asked.unit) if wanted else {}

    def _between(self, asked: m.GetBars, found: Found, last: date, ask: AskFeed) -> Found:
        first = max(day_of(asked.start_ns), _EARLIEST)
        wanted: dict[str, Span] = {}
        doubtful: dict[str, Span] = {}
        trading = self._first_trading_day(first)
        for symbol in asked.symbols:
            bars = found.get(symbol)
            begins = day_of(int(bars.time_ns[0])) if bars is not None and len(bars) else last + _DAY
            span = first, min(begins - _DAY, last)
            if begins <= trading or span[0] > span[1]:
                continue
            if bars is None:
                wanted[symbol] = span
            elif self._reaches.get((asked.unit, symbol), date.max) <= first:
                continue
            elif self._may_be_older(symbol, begins, has_bars=len(bars) > 0):
                doubtful[symbol] = span
        if doubtful:
            wanted |= self._not_of_the_feed(asked, doubtful, first, ask)
        bars_of = self._archive.between(wanted, asked.unit) if wanted else {}
        start_ns, end_ns = asked.start_ns, asked.end_ns
        return {s: bars[(bars.time_ns >= start_ns) & (bars.time_ns <= end_ns)] for s, bars in bars_of.items()}

    def _may_be_older(self, symbol: str, begins: date, *, has_bars: bool) -> bool:
        """Whether the archive can have bars of before a day. While it is silent about listings, the feed's word that
        the code was listed then is taken: a source that is down must not spoil what the feed can tell by itself."""
        listed = self._archive.listings().get(symbol)
        if listed is not None:
            return not listed.start_day or day_of_number(listed.start_day) < begins
        if not self._archive.is_mute:
            return True
        self.is_provisional = True
        instrument = self._market.instrument(symbol)
        starts = day_of_number(instrument.start_day) if instrument is not None and instrument.start_day else _EARLIEST
        return starts != begins if has_bars else starts < begins

    def _not_of_the_feed(
        self, asked: m.GetBars, doubtful: Mapping[str, Span], first: date, ask: AskFeed
    ) -> dict[str, Span]:
        """Those of which the feed has nothing from before: a suspension, or a hole of its own, is not filled."""
        before = ask(m.GetBars(list(doubtful), asked.unit, 1, 0, midnight(first) - 1, False))
        if not isinstance(before, dict):
            return {}
        for symbol, bars in before.items():
            if len(bars):
                self._reaches[asked.unit, symbol] = day_of(int(bars.time_ns[0]))
        return {symbol: span for symbol, span in doubtful.items() if not len(before.get(symbol, ()))}

    def _first_trading_day(self, first: date) -> date:
        calendar = self._rt.calendar
        if first < calendar.first:
            return first
        days = calendar.days_between(first, min(first + 30 * _DAY, calendar.last))
        return days[0] if days else first

    # -- ex-days -----------------------------------------------------------------------------------------------------

    def adjusted(
        self, known: Mapping[str, m.Adjustment | None], since: date | None, ask: AskFeed
    ) -> Mapping[str, m.Adjustment | None]:
        """The feed's ex-days, and those up to its first day, or where it does not know the code, the archive's."""
        if not self._archive.has("adjustments"):
            return known
        self._open()
        first = since or _EARLIEST
        spans = {symbol: (first, self._rt.day) for symbol, one in known.items() if one is None}
        # Only bars of the archive are older than the feed's first day; 'post' counts from the listing on.
        ours = [s for s, one in known.items() if one is not None and (since is None or s in self._filled)]
        spans |= {symbol: (first, begins) for symbol, begins in self._beginnings(ours, ask).items()}
        spans = {symbol: span for symbol, span in spans.items() if span[0] <= span[1]}
        older = self._archive.ex_days(spans) if spans else {}
        return {**known, **{symbol: _with(symbol, known[symbol], days) for symbol, days in older.items()}}

    def _beginnings(self, symbols: list[str], ask: AskFeed) -> dict[str, date]:
        """The first day of which the feed has a bar, of those that were listed before it.

        Some feeds have bars of before the day they give as the first: they are asked.
        """
        new = [symbol for symbol in symbols if symbol not in self._begins]
        listings, doubtful = self._archive.listings() if new else {}, []
        for symbol in new:
            instrument, listed = self._market.instrument(symbol), listings.get(symbol)
            if instrument is None or not instrument.start_day:
                continue
            self._begins[symbol] = day_of_number(instrument.start_day)
            if self._archive.is_mute:
                del self._begins[symbol]  # the feed's word for now
            elif listed is not None and listed.start_day >= instrument.start_day:
                self._begins[symbol] = date.min
            elif self._begins[symbol] > self._rt.calendar.first:
                doubtful.append(symbol)
        if doubtful:
            until_ns = midnight(max(self._begins[symbol] for symbol in doubtful)) + DAY_NS - 1
            found = ask(m.GetBars(doubtful, "1d", 0, midnight(_EARLIEST), until_ns, False))
            for symbol, bars in found.items() if isinstance(found, dict) else ():
                if len(bars):
                    self._begins[symbol] = min(self._begins[symbol], day_of(int(bars.time_ns[0])))
        begins = ((symbol, self._begins.get(symbol, date.min)) for symbol in symbols)
        return {symbol: day for symbol, day in begins if day != date.min}

    def _open(self) -> None:
        if self._day != self._rt.trading_day:
            self._day = self._rt.trading_day
            self._reaches.clear()
            self._begins.clear()
            self._filled.clear()
            self._told.clear()

    def _tell(self, asked: m.GetBars, unknown: list[str]) -> None:
        """Once a day: who reads minutes, or the bar in progress, of such a code has nothing of today."""
        new = [symbol for symbol in unknown if symbol not in self._told]
        reads_today = asked.running or asked.unit == "1m"
        if new and reads_today and day_of(asked.end_ns) >= self._rt.day:
            self._told.update(new)
            text = "、".join(new[:10]) + (" 等" if len(new) > 10 else "")
            provider = self._rt.config.data_provider
            said = f"行情中没有 {text}：此前的 K 线由数据源 {provider} 提供，今天的没有"
            self._rt.log("warning", "history", said)


def _with(symbol: str, feed: m.Adjustment | None, older: list[tuple[int, int]]) -> m.Adjustment | None:
    """The archive's ex-days, of which only the ratio is known, before the feed's own; none is counted twice."""
    days = feed.days if feed is not None else []
    own = [] if feed is None else [(day, feed.ratios_e9[at], *feed.given(at)) for at, day in enumerate(days)]
    both = sorted([*((day, ratio_e9, 0, 0) for day, ratio_e9 in older if day not in days), *own])
    if not both and feed is None:
        return None
    columns = map(list, zip(*both, strict=True)) if both else ([], [], [], [])
    return m.Adjustment(symbol, *columns)
