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
from jqdata.bars import Floats, Span, Table, fetch, grouped, midnights, table_of
from jqdata.columns import no_columns
from jqdata.units import Unit

if TYPE_CHECKING:
    from jqdata.columns import Ints


def filled(symbols: Sequence[str], unit: Unit, span: Span, *, fill_paused: bool = True) -> dict[str, Table]:
    """One row for every trading day or minute up to the end of the span, the same rows for every security.

    Paused rows repeat the close before them (``fill_paused``) or are nan; before the listing and after the delisting,
    and where the feed begins later, rows are nan.
    """
    labels = labels_of(unit, span)
    tables = _known(symbols, unit, span.end_ns, labels)
    rows = {symbol: _listed(symbol, _fill(tables[symbol], labels, fill_paused=fill_paused)) for symbol in symbols}
    cut = {symbol: grouped(table, unit, span) for symbol, table in rows.items()}
    return {symbol: table[slice(-span.count, None)] if span.count else table for symbol, table in cut.items()}


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


def _known(symbols: Sequence[str], unit: Unit, end_ns: int, labels: Ints) -> dict[str, Table]:
    """The bars of the grid's time; where its first row lacks one, also the last bar before it, to carry its close."""
    if not len(labels):
        return {symbol: table_of(no_columns(), unit) for symbol in symbols}
    start_ns = midnight(day_of(int(labels[0])))
    base = Unit(unit.base, 1)
    tables = {s: table_of(bars, base) for s, bars in fetch(symbols, base, Span(end_ns, 0, start_ns)).items()}
    late = [s for s, table in tables.items() if not len(table) or table.time_ns[0] > labels[0]]
    before = fetch(late, base, Span(start_ns - 1, 1), warn=False) if late else {}
    return {s: table_of(before[s], base) + table if s in before else table for s, table in tables.items()}


def _fill(table: Table, labels: Ints, *, fill_paused: bool) -> Table:
    if not len(table):
        nothing = np.full(len(labels), np.nan)
        return Table(labels, *[nothing] * 8)
    row = np.searchsorted(table.time_ns, labels, "right") - 1
    known, row = row >= 0, np.maximum(row, 0)
    trades = known & (table.time_ns[row] == labels) & (table.paused[row] == 0)
    closes = np.where((table.paused == 1) & (table.close == 0), table.pre_close, table.close)
    carried = np.where(known, closes[row], np.nan)
    paused = ~_traded_that_day(labels, trades)
    still = np.where(known, np.where(paused & (not fill_paused), np.nan, carried), np.nan)
    nothing = np.where(np.isnan(still), np.nan, 0.0)

    def column(values: Floats, otherwise: Floats) -> Floats:
        return np.where(trades, values[row], otherwise)

    return Table(
        labels,
        column(table.open, still),
        column(table.high, still),
        column(table.low, still),
        column(table.close, still),
        column(table.volume, nothing),
        column(table.money, nothing),
        column(table.pre_close, still),
        np.where(known, paused.astype(np.float64), np.nan),
    )


def _traded_that_day(labels: Ints, trades: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A minute without a trade is not paused where its day has one."""
    days = midnights(labels)
    return np.isin(days, days[trades])


def _listed(symbol: str, table: Table) -> Table:
    """Blank the rows before the listing and after the delisting, where the feed knows those days."""
    if not len(table) or not np.any(table.volume == 0):
        return table
    instrument = host.current().instrument(symbol)
    if instrument is None:
        return table
    outside = np.zeros(len(table), np.bool_)
    if instrument.start_day:
        outside |= table.time_ns < midnight(_date(instrument.start_day))
    if instrument.end_day:
        outside |= table.time_ns >= midnight(_date(instrument.end_day)) + DAY_NS
    blank = {f.name: np.where(outside, np.nan, getattr(table, f.name)) for f in dataclasses.fields(table)[1:]}
    return dataclasses.replace(table, **blank)


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
