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
from jqdata.adjust import Adjust, factors_of
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
    """Rows of one security: UTC ns, prices and money in yuan, volume in shares, ``paused`` 0.0 or 1.0; nan: unknown.

    ``factor`` is what prices were multiplied by (jqdata/adjust.py). Where several securities share their times, each
    column but ``time_ns`` has one line per security.
    """

    time_ns: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    money: Floats
    pre_close: Floats
    paused: Floats
    factor: Floats

    def __len__(self) -> int:
        return len(self.time_ns)

    def __getitem__(self, rows: Index) -> Table:
        return Table(*(getattr(self, name)[..., rows] for name in COLUMNS))

    def line(self, number: int) -> Table:
        """The rows of one of several securities."""
        return Table(self.time_ns, *(getattr(self, name)[number] for name in COLUMNS[1:]))


COLUMNS = tuple(field.name for field in dataclasses.fields(Table))


@dataclasses.dataclass(frozen=True)
class Span:
    """What rows are asked for: the last ``count`` up to ``end_ns``, or all from ``start_ns`` where count is 0."""

    end_ns: int
    count: int = 0
    start_ns: int = 0
    running: bool = False
    adjust: Adjust | None = None


def traded(symbols: Sequence[str], unit: Unit, span: Span) -> dict[str, Table]:
    """Bars of the days on which each security traded; fewer than ``count`` where there are no more."""
    need = unit.base_count(span.count)
    found: dict[str, Table] = {}
    missing = list(symbols)
    while missing:
        fetched = fetch(missing, unit, dataclasses.replace(span, count=need))
        for symbol in missing:
            bars = fetched[symbol]
            rows = table_of([symbol], [bars[bars.suspended == 0]], unit, span.adjust)
            table = grouped(rows, unit, span)
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
    last_ns = last_label(unit, span)
    cut: dict[str, Columns] = {}
    for symbol in symbols:
        if symbol not in fetched and warn:
            running.log("warning", "history", f"行情中没有标的 {symbol}")
        bars = fetched.get(symbol) or no_columns()
        cut[symbol] = bars if not len(bars) or bars.time_ns[-1] <= last_ns else bars[bars.time_ns <= last_ns]
    return cut


def last_label(unit: Unit, span: Span) -> int:
    """The latest label a row may have: a running bar is labelled with the end it will have."""
    if not span.running:
        return span.end_ns
    return midnight(day_of(span.end_ns)) + DAY_NS if unit.is_daily else max(span.end_ns, market_minute(span.end_ns))


def table_of(symbols: Sequence[str], parts: Sequence[Columns], unit: Unit, adjust: Adjust | None = None) -> Table:
    """The rows of the symbols' parts one behind the other, in yuan, adjusted, days labelled with their midnight.

    A minute's previous close is the minute's before it in its part, the first one's its own.
    """

    def column(name: str) -> Ints:
        return np.concatenate([getattr(part, name) for part in parts]) if parts else np.zeros(0, np.int64)

    time_ns = column("time_ns")
    counts = [len(part) for part in parts]
    close, pre_close = column("close_e4") / 1e4, column("prev_close_e4") / 1e4
    open_, high, low = (column(name) / 1e4 for name in ("open_e4", "high_e4", "low_e4"))
    volume, factor = column("volume").astype(np.float64), np.ones(len(time_ns))
    factors = factors_of(symbols, counts, time_ns, adjust)
    if factors is not None:
        open_, high, low = (factors.prices(one) for one in (open_, high, low))
        # The limits of a day follow from its previous close, so that one stays exact until it is shown.
        close, pre_close, volume = factors.prices(close), pre_close * factors.factor, factors.volumes(volume)
        factor = factors.factor
    if not unit.is_daily and len(time_ns):
        firsts = np.cumsum([0, *counts[:-1]])
        firsts = firsts[firsts < len(time_ns)]
        before = np.r_[pre_close[:1], close[:-1]]
        before[firsts] = pre_close[firsts]
        pre_close = before
    return Table(
        midnights(time_ns) if unit.is_daily else time_ns,
        open_,
        high,
        low,
        close,
        volume,
        column("money_e4") / 1e4,
        pre_close,
        column("suspended").astype(np.float64),
        factor,
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
        table.open[..., starts],
        np.fmax.reduceat(table.high, starts, axis=-1),
        np.fmin.reduceat(table.low, starts, axis=-1),
        table.close[..., last],
        np.add.reduceat(table.volume, starts, axis=-1),
        np.add.reduceat(table.money, starts, axis=-1),
        table.pre_close[..., starts],
        np.minimum.reduceat(table.paused, starts, axis=-1),
        table.factor[..., last],
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
