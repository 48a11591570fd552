"""Bars on the grid of all trading days or minutes: what did not trade is filled, what did not exist is nan."""

from __future__ import annotations

import dataclasses
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from common.beijing import DAY_NS, at, day_of, midnight
from common.sessions import minute_ends
from jqdata import host
from jqdata.adjust import ex_days
from jqdata.bars import COLUMNS, Floats, Span, Table, fetch, grouped, midnights, table_of
from jqdata.units import Unit

if TYPE_CHECKING:
    from common.messages import Adjustment
    from jqdata.adjust import Adjust
    from jqdata.columns import Columns, Ints


@dataclasses.dataclass(frozen=True)
class Grid:
    """``rows`` has one line per symbol in each column, and one time for all of them."""

    symbols: list[str]
    rows: Table

    def tables(self) -> dict[str, Table]:
        return {symbol: self.rows.line(number) for number, symbol in enumerate(self.symbols)}


def filled(symbols: Sequence[str], unit: Unit, span: Span, *, fill_paused: bool = True) -> Grid:
    """One row for every trading day or minute up to the end of the span, the same rows for every security.

    Paused rows repeat the close before them (``fill_paused``) or are nan; before the listing and after the delisting,
    and where the feed begins later, rows are nan.
    """
    labels = labels_of(unit, span)
    known = _known(list(symbols), unit, span, labels)
    rows = _fill(len(symbols), known.owners, known.table, labels, fill_paused=fill_paused)
    bars = grouped(_without_unlisted(symbols, rows), unit, span)
    return Grid(list(symbols), bars[slice(-span.count, None)] if span.count else bars)


def labels_of(unit: Unit, span: Span) -> Ints:
    """The labels of all days or minutes of the span that are over at its end."""
    days = host.current().trade_days(None if span.count else day_of(span.start_ns))
    if span.count and bisect_right(days, day_of(span.end_ns)) < unit.base_count(span.count):
        days = host.current().trade_days(date.min)
    first = 0 if span.count else bisect_left(days, day_of(span.start_ns))
    last = bisect_right(days, day_of(span.end_ns))
    need = unit.base_count(span.count) if span.count else sys.maxsize
    labels: list[int] = []
    for day in reversed(days[first:last]):
        ends = [at(day, "15:00")] if unit.is_daily else minute_ends(day)
        over = [end for end in ends if span.start_ns <= end <= span.end_ns]
        labels.extend([midnight(day)] if unit.is_daily and over else reversed(over))
        if len(labels) >= need:
            break
    return np.array(labels[:need][::-1], np.int64)


@dataclasses.dataclass(frozen=True)
class _Known:
    """Rows one symbol behind the other, each with the number of its symbol, and what they were made of."""

    symbols: list[str]
    base: Unit
    adjust: Adjust | None
    parts: list[tuple[int, Columns]]
    ex_days: dict[str, Adjustment]
    owners: Ints
    table: Table

    def is_of(self, symbols: list[str], base: Unit, adjust: Adjust | None, parts: list[tuple[int, Columns]]) -> bool:
        """Whether the same rows would come out: the host hands out the same objects while they hold."""
        return (
            (self.base, self.adjust, len(self.parts)) == (base, adjust, len(parts))
            and all(ours is theirs for (_, ours), (_, theirs) in zip(self.parts, parts, strict=True))
            and self.symbols == symbols
            and (adjust is None or self.ex_days == _ex_days(symbols, parts, adjust))
        )


_WORTH_KEEPING = 10_000  # rows
_kept: list[_Known] = []
"""The newest large one: who reads the whole market asks the same each minute."""


def _known(symbols: list[str], unit: Unit, span: Span, labels: Ints) -> _Known:
    """The bars of the grid's time; where a symbol's first row lacks one, also the last bar before it, to carry its
    close."""
    base, adjust = Unit(unit.base, 1), span.adjust
    parts = _parts(symbols, unit, span, labels) if len(labels) else []
    if _kept and _kept[0].is_of(symbols, base, adjust, parts):
        return _kept[0]
    known_ex_days = _ex_days(symbols, parts, adjust) if adjust is not None else {}
    owners = np.repeat(np.array([number for number, _ in parts], np.int64), [len(bars) for _, bars in parts])
    table = table_of([symbols[number] for number, _ in parts], [bars for _, bars in parts], base, adjust)
    known = _Known(symbols, base, adjust, parts, known_ex_days, owners, table)
    if len(owners) >= _WORTH_KEEPING:
        _kept[:] = [known]
    return known


def _ex_days(symbols: list[str], parts: list[tuple[int, Columns]], adjust: Adjust) -> dict[str, Adjustment]:
    first_ns = min((int(bars.time_ns[0]) for _, bars in parts), default=0)
    return ex_days(symbols, first_ns, adjust) if parts else {}


def _parts(symbols: list[str], unit: Unit, span: Span, labels: Ints) -> list[tuple[int, Columns]]:
    base, first_ns = Unit(unit.base, 1), int(labels[0])
    start_ns = midnight(day_of(first_ns))
    until_ns = start_ns + DAY_NS - 1 if unit.is_daily else first_ns
    found = fetch(symbols, base, Span(span.end_ns, 0, start_ns))
    late = [s for s, bars in found.items() if not len(bars) or bars.time_ns[0] > until_ns]
    before = fetch(late, base, Span(start_ns - 1, 1), warn=False) if late else {}
    both = ((number, bars) for number, s in enumerate(symbols) for bars in (before.get(s), found[s]))
    return [(number, bars) for number, bars in both if bars is not None and len(bars)]


def _fill(count: int, owners: Ints, table: Table, labels: Ints, *, fill_paused: bool) -> Table:
    """``table`` on the grid: a line for each of ``count`` symbols, nan where one has nothing to tell.

    Where all of them traded all the time these are the table's own numbers: who hands them out copies them.
    """
    shape = count, len(labels)
    if not len(table):
        return Table(labels, *(np.full(shape, np.nan) for _ in COLUMNS[1:]))
    # The newest bar not later than each label: put where the label first holds it, and carried on along the line.
    column = np.searchsorted(labels, table.time_ns, "left")
    inside = column < len(labels)
    newest = np.full(shape, -1, np.int64)
    newest[owners[inside], column[inside]] = np.flatnonzero(inside)
    np.maximum.accumulate(newest, axis=1, out=newest)
    known, row = newest >= 0, np.maximum(newest, 0)
    trades = known & (table.time_ns[row] == labels) & (table.paused[row] == 0)
    if trades.all():
        columns = (getattr(table, name) for name in COLUMNS[1:])
        if trades.size == len(table) and np.array_equal(row.ravel(), np.arange(len(table))):
            return Table(labels, *(column.reshape(shape) for column in columns))
        return Table(labels, *(column[row] for column in columns))
    paused = ~_traded_that_day(labels, trades)
    closes = np.where((table.paused == 1) & (table.close == 0), table.pre_close, table.close)
    still = np.where(known & ~(paused & (not fill_paused)), closes[row], np.nan)
    nothing = np.where(np.isnan(still), np.nan, 0.0)

    def on_grid(values: Floats, otherwise: Floats) -> Floats:
        return np.where(trades, values[row], otherwise)

    return Table(
        labels,
        on_grid(table.open, still),
        on_grid(table.high, still),
        on_grid(table.low, still),
        on_grid(table.close, still),
        on_grid(table.volume, nothing),
        on_grid(table.money, nothing),
        on_grid(table.pre_close, still),
        np.where(known, paused.astype(np.float64), np.nan),
        np.where(known, table.factor[row], np.nan),
    )


def _traded_that_day(labels: Ints, trades: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A minute without a trade is not paused where its day has one."""
    days = midnights(labels)
    starts = np.flatnonzero(np.r_[True, days[1:] != days[:-1]])
    if len(starts) == len(labels):
        return trades
    any_trade = np.logical_or.reduceat(trades, starts, axis=1)
    return np.repeat(any_trade, np.diff(np.r_[starts, len(labels)]), axis=1)


def _without_unlisted(symbols: Sequence[str], rows: Table) -> Table:
    """Blank the rows before the listing and after the delisting, where the feed, or else a provider, knows those days.

    Where a provider tells of trades from before the feed's first day, that is not the day of the listing.
    """
    outside = np.zeros(rows.volume.shape, np.bool_)
    for number in np.flatnonzero(np.any(rows.volume == 0, axis=1)).tolist():
        symbol = symbols[number]
        instrument = host.current().instrument(symbol) or host.current().listings().get(symbol)
        if instrument is not None and instrument.start_day:
            before = rows.time_ns < midnight(_date(instrument.start_day))
            is_filled_up = bool(host.current().data_provider) and np.any(rows.volume[number][before] > 0)
            outside[number] |= before & (not is_filled_up)
        if instrument is not None and instrument.end_day:
            outside[number] |= rows.time_ns >= midnight(_date(instrument.end_day)) + DAY_NS
    if not outside.any():
        return rows
    return Table(rows.time_ns, *(np.where(outside, np.nan, getattr(rows, name)) for name in COLUMNS[1:]))


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
