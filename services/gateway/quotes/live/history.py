"""Bars of the vendor: what it has at hand, and what it lacks after it was downloaded."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from common import messages as m
from common.beijing import MINUTE_NS, day_of, midnight
from common.calendar import Calendar
from common.reasons import Reason, text_of
from services.gateway.quotes.live.details import Record
from services.gateway.quotes.live.errands import Ask, Get, Refused
from services.gateway.quotes.live.intake import Intake
from services.gateway.quotes.live.rows import NO_ROWS, Rows, daily_rows, minute_rows
from services.gateway.quotes.live.traits import Traits, open_day
from services.gateway.quotes.live.vendor import Vendor

_CODES_A_CALL: Final = 40
_AGAIN_NS: Final = MINUTE_NS
"""How soon the same gap of today is fetched again: the minutes of the day go on."""


class Span(NamedTuple):
    """``first`` and ``last`` are trading days; ``newest_ns`` is the label the rows should reach, and ``least`` how many
    are needed of them (0: all there are). Up to ``whole_until_ns`` a minute that is left out had no trade."""

    first: date
    last: date
    newest_ns: int
    least: int
    whole_until_ns: int = 0


Made = Generator[Ask | Get, Any, dict[str, Rows]]


class History:
    def __init__(
        self, calendar: Calendar, intake: Intake, now_ns: Callable[[], int], *, downloads_missing: bool
    ) -> None:
        self._calendar, self._intake, self._now_ns = calendar, intake, now_ns
        self._downloads_missing = downloads_missing
        # What was fetched today: whatever is still missing of it then does not exist. (first day, label, wall ns)
        self._fetched: dict[tuple[str, str], tuple[date, int, int]] = {}

    def open_day(self) -> None:
        self._fetched.clear()

    def rows(self, known: Mapping[str, str], records: Mapping[str, Record], unit: str, span: Span) -> Made:
        """Rows by symbol; what the vendor lacks is fetched first, and once is enough for a day.

        Refused where something is lacking and nothing may be fetched.
        """
        rows = yield from self._read(known, unit, span)
        lacking = {s: code for s, code in known.items() if self._lacks(rows[s], code, records[code], unit, span)}
        if lacking:
            if not self._downloads_missing:
                raise Refused(_missing(list(lacking), unit))
            yield _download(list(lacking.values()), unit, span)
            for code in lacking.values():
                self._note_fetched(code, unit, span)
            rows |= yield from self._read(lacking, unit, span)
        return rows

    def listed(self, record: Record) -> date:
        """The day of listing, or the calendar's first where that is not known or earlier."""
        number = open_day(record)
        first = self._calendar.first
        if not number:
            return first
        return min(max(date(number // 10_000, number // 100 % 100, number % 100), first), self._calendar.last)

    def _read(self, known: Mapping[str, str], unit: str, span: Span) -> Made:
        rows: dict[str, Rows] = {}
        symbols = list(known)
        for at in range(0, len(symbols), _CODES_A_CALL):
            part = {known[symbol]: symbol for symbol in symbols[at : at + _CODES_A_CALL]}
            rows |= yield Ask(_reading(part, {code: self._intake.traits(code) for code in part}, unit, span))
        return {symbol: one.at(one.time_ns <= span.newest_ns) for symbol, one in rows.items()}

    def _lacks(self, rows: Rows, code: str, record: Record, unit: str, span: Span) -> bool:
        """Whether it should be fetched: the newest or the oldest bars are not there, and nothing explains it."""
        first, label_ns, at_ns = self._fetched.get((code, unit), (date.max, 0, 0))
        if first <= span.first and (label_ns >= span.newest_ns or self._now_ns() - at_ns < _AGAIN_NS):
            return False
        listed = self.listed(record)
        if listed > span.last:
            return False
        if not rows.size:
            return True
        traits = self._intake.traits(code)
        is_halted = traits is not None and traits.is_halted
        if int(rows.time_ns[-1]) < span.newest_ns and not is_halted:
            return True
        # A suspension explains a late beginning as well: it is looked into, but nobody is refused for it.
        is_short = rows.size < span.least if span.least else self._downloads_missing
        return is_short and day_of(int(rows.time_ns[0])) > max(span.first, listed)

    def _note_fetched(self, code: str, unit: str, span: Span) -> None:
        first, label_ns, _ = self._fetched.get((code, unit), (date.max, 0, 0))
        self._fetched[code, unit] = min(first, span.first), max(label_ns, span.newest_ns), self._now_ns()


def _reading(
    part: dict[str, str], traits: Mapping[str, Traits | None], unit: str, span: Span
) -> Callable[[Vendor], dict[str, Rows]]:
    """A call that also makes our rows of the vendor's: that takes its time too, and is done beside the loop."""

    def read(vendor: Vendor) -> dict[str, Rows]:
        tables = vendor.bars(list(part), unit, *_period(unit, span))
        made: dict[str, Rows] = {}
        for code, symbol in part.items():
            table, known = tables.get(code), traits[code]
            if table is None or known is None:
                made[symbol] = NO_ROWS
            elif unit == "1d":
                made[symbol] = daily_rows(table, known.tick_e4, known.lot)
            else:
                made[symbol] = minute_rows(table, known.tick_e4, known.lot, span.whole_until_ns)
        return made

    return read


def _download(codes: list[str], unit: str, span: Span) -> Get:
    start, end = _period(unit, span)

    def fetch(vendor: Vendor, progress: Callable[[int, int], None]) -> None:
        vendor.download(codes, unit, start, end, progress)

    return Get(f"{codes[0]}{f' 等 {len(codes)} 只' if len(codes) > 1 else ''} {unit} {start} 至 {end}", fetch)


def _missing(symbols: list[str], unit: str) -> m.Refusal:
    names = f"{'、'.join(symbols[:5])}{f' 等 {len(symbols)} 只' if len(symbols) > 5 else ''}"
    remedy = "请在 MiniQMT 中补充数据，或设 MINIQMT_AUTO_DOWNLOAD=true"
    return m.Refusal(Reason.DATA_MISSING, f"{text_of(Reason.DATA_MISSING)}（{names}，{unit}）：{remedy}")


def _period(unit: str, span: Span) -> tuple[str, str]:
    last = day_of(max(span.newest_ns, midnight(span.last)))
    if unit == "1d":
        return f"{span.first:%Y%m%d}", f"{last:%Y%m%d}"
    return f"{span.first:%Y%m%d}000000", f"{last:%Y%m%d}235959"
