"""Bars on request: the vendor's history, fetched where it is missing, and today from what has been quoted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from common import messages as m
from common.beijing import at, day_of, midnight
from common.calendar import Calendar
from common.reasons import Reason
from common.sessions import minute_ends
from common.symbols import UnknownSymbol, board_of, to_qmt
from services.gateway.quotes.bars import Bar, close_of, daily_bar
from services.gateway.quotes.live.caller import URGENT
from services.gateway.quotes.live.core import LiveQuotesCore
from services.gateway.quotes.live.details import Details, Record
from services.gateway.quotes.live.errands import Ask, Errand, Refused
from services.gateway.quotes.live.history import History, Made, Span
from services.gateway.quotes.live.intake import Intake
from services.gateway.quotes.live.rows import NO_ROWS, Rows, rows_of

MINUTE_DAYS_MAX: Final = 250
"""How many trading days back minute bars may be asked for; the vendor keeps about a year."""

_MINUTES_A_DAY: Final = 240
_SPARE_DAYS: Final = 10


class BarsOf:
    def __init__(
        self,
        core: LiveQuotesCore,
        intake: Intake,
        details: Details,
        now_ns: Callable[[], int],
        *,
        downloads_missing: bool,
    ) -> None:
        self._core, self._intake, self._details, self._now_ns = core, intake, details, now_ns
        self._calendar: Calendar = core.calendar
        self._history = History(core.calendar, intake, now_ns, downloads_missing=downloads_missing)

    def open_day(self) -> None:
        self._history.open_day()

    def answer(self, ask: m.GetBars) -> Errand:
        until_ns = min(ask.end_ns, self._now_ns())
        if ask.unit not in ("1d", "1m") or ask.count < 0:
            raise Refused(m.Refusal(Reason.NOT_SUPPORTED, f"不支持的 K 线：周期 {ask.unit!r}，根数 {ask.count}"))
        days = self._calendar.days_between(self._calendar.first, min(day_of(until_ns), self._today))
        if ask.unit == "1m":
            self._check_minutes(ask, days)
        codes = {symbol: to_qmt(symbol) for symbol in ask.symbols if _is_ours(symbol)}
        records = yield from self._details.fetch(codes.values())
        known = {symbol: code for symbol, code in codes.items() if code in records}
        made: dict[str, Rows] = {}
        if days and known:
            rows = self._days if ask.unit == "1d" else self._minutes
            made = yield from rows(ask, known, records, days, until_ns)
        columns = [_cut(made.get(symbol, NO_ROWS), ask).columns(symbol) for symbol in known]
        return m.Bars(columns, [symbol for symbol in ask.symbols if symbol not in known])

    @property
    def _today(self) -> date:
        """The newest trading day."""
        return day_of(self._core.start_ns)

    def _check_minutes(self, ask: m.GetBars, days: Sequence[date]) -> None:
        too_early = len(days) > MINUTE_DAYS_MAX and not ask.count and day_of(ask.start_ns) < days[-MINUTE_DAYS_MAX]
        if too_early or ask.count > MINUTE_DAYS_MAX * _MINUTES_A_DAY:
            raise Refused(m.Refusal(Reason.NOT_SUPPORTED, f"分钟线最多回溯 {MINUTE_DAYS_MAX} 个交易日"))

    # -- days ------------------------------------------------------------------------------------------------------

    def _days(
        self, ask: m.GetBars, known: Mapping[str, str], records: Mapping[str, Record], days: list[date], until_ns: int
    ) -> Made:
        """History up to yesterday, and today's bar from its newest quote."""
        complete = until_ns >= close_of(days[-1])
        today: dict[str, list[Bar]] = {}
        if days[-1] == self._today and (complete or ask.running):
            today = yield from self._today_bars(known)
        before = days[:-1] if days[-1] == self._today or not complete else days
        if not before:
            return {symbol: rows_of(today.get(symbol, ())) for symbol in known}
        wanted = ask.count * 2 + _SPARE_DAYS if ask.count else sum(close_of(day) >= ask.start_ns for day in before)
        first = before[-min(max(wanted, 1), len(before))]
        span = Span(first, before[-1], close_of(before[-1]), ask.count)
        rows = yield from self._history.rows(known, records, "1d", span)
        if ask.count:
            # Years of suspension: the few that have fewer bars than asked for are looked up from their listing on.
            few = {symbol: code for symbol, code in known.items() if rows[symbol].size < ask.count}
            short = {symbol: code for symbol, code in few.items() if first > self._history.listed(records[code])}
            if short and first > before[0]:
                rows |= yield from self._history.rows(short, records, "1d", span._replace(first=before[0]))
        return {symbol: rows[symbol].then(rows_of(today.get(symbol, ()))) for symbol in known}

    def _today_bars(self, known: Mapping[str, str]) -> Generator[Ask, Any, dict[str, list[Bar]]]:
        """None before anything was traded and before 9:30."""
        newest = self._core.board.newest
        missing = [code for symbol, code in known.items() if symbol not in newest]
        ticks = (yield Ask(lambda vendor: vendor.full_ticks(missing), URGENT)) if missing else {}
        quotes = [self._intake.read(code, tick) for code, tick in ticks.items()]
        found = {quote.symbol: quote for quote in quotes if quote is not None and quote.at_ns >= self._core.start_ns}
        found |= {symbol: newest[symbol] for symbol in known if symbol in newest}
        has_begun = self._now_ns() >= at(self._today, "9:30")
        return {s: [daily_bar(quote, self._today)] for s, quote in found.items() if quote.high_e4 or has_begun}

    # -- minutes ---------------------------------------------------------------------------------------------------

    def _minutes(
        self, ask: m.GetBars, known: Mapping[str, str], records: Mapping[str, Record], days: list[date], until_ns: int
    ) -> Made:
        """The vendor's, and from the first whole minute that was seen on those made of quotes."""
        count = -(-ask.count // _MINUTES_A_DAY) + 1 if ask.count else sum(day >= day_of(ask.start_ns) for day in days)
        first = days[-min(max(count, 1), len(days), MINUTE_DAYS_MAX)]
        labels = [label for day in days[-2:] for label in minute_ends(day) if label <= until_ns]
        if not labels:
            return {}
        seen = {symbol: self._seen(symbol, until_ns, running=ask.running) for symbol in known}
        # A symbol in use needs the vendor only for what was before it was.
        newest = {
            symbol: max((x for x in labels if not bars or x < bars[0].time_ns), default=0)
            for symbol, bars in seen.items()
        }
        rows: dict[str, Rows] = {symbol: NO_ROWS for symbol in known}
        whole_until_ns = min(until_ns, midnight(self._today))
        for newest_ns in sorted(set(newest.values()) - {0}):
            part = {symbol: code for symbol, code in known.items() if newest[symbol] == newest_ns}
            if newest_ns >= midnight(first):
                span = Span(first, day_of(newest_ns), newest_ns, ask.count, whole_until_ns)
                rows |= yield from self._history.rows(part, records, "1m", span)
        return {symbol: rows[symbol].then(rows_of(seen[symbol])) for symbol in known}

    def _seen(self, symbol: str, until_ns: int, *, running: bool) -> list[Bar]:
        minutes = self._core.board.minutes(symbol)
        return minutes.bars(until_ns, running=running) if minutes is not None else []


def _cut(rows: Rows, ask: m.GetBars) -> Rows:
    if ask.count:
        return rows.at(slice(-ask.count, None))
    return rows.at(np.asarray(rows.time_ns >= ask.start_ns))


def _is_ours(symbol: str) -> bool:
    try:
        board_of(symbol)
    except UnknownSymbol:
        return False
    return True
