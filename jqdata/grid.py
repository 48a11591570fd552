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
from jqdata.bars import COLUMNS, Floats, Span, Table, fetch, grouped, midnights, table_of
from jqdata.units import Unit

if TYPE_CHECKING:
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
    owners, known = _known(symbols, unit, span, labels)
    rows = _fill(len(symbols), owners, known, labels, fill_paused=fill_paused)
    _blank_unlisted(symbols, rows)
    bars = grouped(rows, unit, span)
    return Grid(list(symbols), bars[slice(-span.count, None)] if span.count else bars)


def labels_of(unit: Unit, span: Span) -> Ints:
    """The labels of all days or minutes of the span that are over at its end."""
    days = host.current().trade_days()
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


def _known(symbols: Sequence[str], unit: Unit, span: Span, labels: Ints) -> tuple[Ints, Table]:
    """The bars of the grid's time, one symbol behind the other, and the number of each row's symbol.

    Where a symbol's first row lacks one, also the last bar before it, to carry its close.
    """
    base = Unit(unit.base, 1)
    parts: list[tuple[int, Columns]] = []
    if len(labels):
        first_ns = int(labels[0])
        start_ns = midnight(day_of(first_ns))
        until_ns = start_ns + DAY_NS - 1 if unit.is_daily else first_ns
        found = fetch(symbols, base, Span(span.end_ns, 0, start_ns))
        late = [s for s, bars in found.items() if not len(bars) or bars.time_ns[0] > until_ns]
        before = fetch(late, base, Span(start_ns - 1, 1), warn=False) if late else {}
        for number, symbol in enumerate(symbols):
            parts.extend(
                (number, bars) for bars in (before.get(symbol), found[symbol]) if bars is not None and len(bars)
            )
    owners = np.repeat(np.array([number for number, _ in parts], np.int64), [len(bars) for _, bars in parts])
    whose = [symbols[number] for number, _ in parts]
    return owners, table_of(whose, [bars for _, bars in parts], base, span.adjust)


def _fill(count: int, owners: Ints, table: Table, labels: Ints, *, fill_paused: bool) -> Table:
    """``table`` on the grid: a line for each of ``count`` symbols, nan where one has nothing to tell."""
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
    paused = ~_traded_that_day(labels, trades)
    if trades.all():
        return Table(labels, *(getattr(table, name)[row] for name in COLUMNS[1:]))
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


def _blank_unlisted(symbols: Sequence[str], rows: Table) -> None:
    """Blank the rows before the listing and after the delisting, where the feed knows those days."""
    for number in np.flatnonzero(np.any(rows.volume == 0, axis=1)).tolist():
        instrument = host.current().instrument(symbols[number])
        if instrument is None:
            continue
        outside = np.zeros(len(rows), np.bool_)
        if instrument.start_day:
            outside |= rows.time_ns < midnight(_date(instrument.start_day))
        if instrument.end_day:
            outside |= rows.time_ns >= midnight(_date(instrument.end_day)) + DAY_NS
        if outside.any():
            for name in COLUMNS[1:]:
                getattr(rows, name)[number, outside] = np.nan


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
