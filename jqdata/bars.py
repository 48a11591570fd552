"""Bars in yuan, cut off at a moment and grouped into any unit: what every price function of a strategy is made of.

No row is ever later than the moment asked for, nor than now. Bars are END-labelled; a day's label is its midnight.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from common.beijing import DAY_NS, MINUTE_NS, clock_seconds, day_of, midnight
from common.sessions import market_minute
from jqdata import host
from jqdata.columns import Columns, no_columns
from jqdata.units import Unit

if TYPE_CHECKING:
    from jqdata.columns import Index, Ints

Floats = NDArray[np.float64]

_EPOCH_NS = midnight(date(1970, 1, 1))
_OPEN, _NOON = (clock_seconds(text) // 60 for text in ("9:30", "13:00"))
_HALF = 120  # minutes of each half day


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of one security: UTC ns, prices and money in yuan, volume in shares, ``paused`` 0.0 or 1.0; nan: unknown."""

    time_ns: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    money: Floats
    pre_close: Floats
    paused: Floats

    def __len__(self) -> int:
        return len(self.time_ns)

    def __getitem__(self, rows: Index) -> Table:
        return dataclasses.replace(self, **{f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)})

    def __add__(self, later: Table) -> Table:
        names = [field.name for field in dataclasses.fields(self)]
        return Table(*(np.concatenate([getattr(self, name), getattr(later, name)]) for name in names))


@dataclasses.dataclass(frozen=True)
class Span:
    """What rows are asked for: the last ``count`` up to ``end_ns``, or all from ``start_ns`` where count is 0."""

    end_ns: int
    count: int = 0
    start_ns: int = 0
    running: bool = False


def traded(symbols: Sequence[str], unit: Unit, span: Span) -> dict[str, Table]:
    """Bars of the days on which each security traded; fewer than ``count`` where there are no more."""
    need = unit.base_count(span.count)
    found: dict[str, Table] = {}
    missing = list(symbols)
    while missing:
        fetched = fetch(missing, unit, dataclasses.replace(span, count=need))
        for symbol in missing:
            bars = fetched[symbol]
            table = grouped(table_of(bars[bars.suspended == 0], unit), unit, span)
            if not span.count or len(table) >= span.count or len(bars) < need:
                found[symbol] = table[slice(-span.count, None)] if span.count else table
        missing = [symbol for symbol in missing if symbol not in found]
        need *= 2
    return found


def fetch(symbols: Sequence[str], unit: Unit, span: Span, *, warn: bool = True) -> dict[str, Columns]:
    """The host's bars of the unit's base, never past ``end_ns``; empty, with a warning, where it knows no such code."""
    running = host.current()
    fetched = running.bars(
        symbols, unit.base, count=span.count, start_ns=span.start_ns, end_ns=span.end_ns, running=span.running
    )
    cut: dict[str, Columns] = {}
    for symbol in symbols:
        if symbol not in fetched and warn:
            running.log("warning", "history", f"行情中没有标的 {symbol}")
        bars = fetched.get(symbol) or no_columns()
        cut[symbol] = bars[bars.time_ns <= last_label(unit, span)]
    return cut


def last_label(unit: Unit, span: Span) -> int:
    """The latest label a row may have: a running bar is labelled with the end it will have."""
    if not span.running:
        return span.end_ns
    return midnight(day_of(span.end_ns)) + DAY_NS if unit.is_daily else max(span.end_ns, market_minute(span.end_ns))


def table_of(bars: Columns, unit: Unit) -> Table:
    """The same rows in yuan, days labelled with their midnight; a minute's previous close is the minute's before it."""
    close = bars.close_e4 / 1e4
    pre_close = bars.prev_close_e4 / 1e4
    return Table(
        midnights(bars.time_ns) if unit.is_daily else bars.time_ns,
        bars.open_e4 / 1e4,
        bars.high_e4 / 1e4,
        bars.low_e4 / 1e4,
        close,
        bars.volume.astype(np.float64),
        bars.money_e4 / 1e4,
        pre_close if unit.is_daily else np.r_[pre_close[:1], close[:-1]],
        bars.suspended.astype(np.float64),
    )


def grouped(table: Table, unit: Unit, span: Span) -> Table:
    """Consecutive rows made into bars of ``unit``; an unfinished last bar only where the span says ``running``."""
    if unit.is_plain or not len(table):
        return table
    keys, labels = _groups(table.time_ns, unit)
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    last = np.r_[starts[1:] - 1, len(keys) - 1]
    bars = Table(
        labels[last],
        table.open[starts],
        np.fmax.reduceat(table.high, starts),
        np.fmin.reduceat(table.low, starts),
        table.close[last],
        np.add.reduceat(table.volume, starts),
        np.add.reduceat(table.money, starts),
        table.pre_close[starts],
        np.minimum.reduceat(table.paused, starts),
    )
    return bars if span.running or _is_finished(int(keys[-1]), int(labels[-1]), unit, span.end_ns) else bars[:-1]


def _groups(time_ns: Ints, unit: Unit) -> tuple[Ints, Ints]:
    """The group of each row and the label of that group's bar."""
    if not unit.is_daily:
        ends = _minute_group_ends(time_ns, unit.size)
        return ends, ends
    if unit.span:
        return _calendar_keys(_days(time_ns), unit.span), time_ns
    rows = np.arange(len(time_ns), dtype=np.int64)
    return -((len(rows) - 1 - rows) // unit.size), time_ns


def _minute_group_ends(time_ns: Ints, size: int) -> Ints:
    """Groups are counted from the open, so those of 60 minutes end 10:30, 11:30, 14:00 and 15:00."""
    start = midnights(time_ns)
    minutes = -(-(time_ns - start) // MINUTE_NS)
    morning = np.clip(minutes - _OPEN - 1, 0, _HALF - 1)
    afternoon = np.clip(minutes - _NOON - 1, 0, _HALF - 1) + _HALF
    index = np.where(minutes <= _OPEN + _HALF, morning, afternoon)
    last = np.minimum((index // size + 1) * size, 2 * _HALF) - 1
    ends: Ints = start + np.where(last < _HALF, _OPEN + 1 + last, _NOON + 1 + last - _HALF) * MINUTE_NS
    return ends


def _calendar_keys(days: Ints, span: str) -> Ints:
    """The same number for all days of one week (Monday to Sunday) or month; 1970-01-01 was a Thursday."""
    keys: Ints = (days + 3) // 7
    if span == "M":
        keys = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return keys


def _is_finished(key: int, label_ns: int, unit: Unit, end_ns: int) -> bool:
    """The week or month of the moment itself is unfinished, also after its last session (as on JoinQuant)."""
    if unit.span:
        return key != int(_calendar_keys(_days(np.array([end_ns])), unit.span)[0])
    return unit.is_daily or label_ns <= end_ns


def _days(time_ns: Ints) -> Ints:
    """Beijing days since 1970-01-01."""
    return (time_ns - _EPOCH_NS) // DAY_NS


def midnights(time_ns: Ints) -> Ints:
    return _days(time_ns) * DAY_NS + _EPOCH_NS
