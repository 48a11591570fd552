"""The vendor's bars as ours: END labels, shares, integers on the tick, and no minute missing in a day that traded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.beijing import DAY_NS, MINUTE_NS, clock_seconds, midnight
from common.messages import BarColumns
from common.sessions import minute_ends
from services.gateway.quotes.bars import Bar
from services.gateway.quotes.live.vendor import Table

Ints = NDArray[np.int64]

_EPOCH_NS: Final = midnight(date(1970, 1, 1))
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_MS_NS: Final = 1_000_000
_AUCTION, _OPEN, _NOON_END, _NOON, _CLOSE = (
    clock_seconds(text) // 60 for text in ("9:25", "9:30", "11:30", "13:00", "15:00")
)
_CLOSE_NS: Final = _CLOSE * MINUTE_NS


class Rows(NamedTuple):
    """Columns of equal length, in time order; units as in `Bar`."""

    time_ns: Ints
    open_e4: Ints
    high_e4: Ints
    low_e4: Ints
    close_e4: Ints
    volume: Ints
    money_e4: Ints
    prev_close_e4: Ints
    suspended: Ints  # 0 or 1

    @property
    def size(self) -> int:
        return len(self.time_ns)

    def at(self, index: slice | NDArray[np.bool_] | Ints) -> Rows:
        return Rows(*(column[index] for column in self))

    def then(self, later: Rows) -> Rows:
        """Of a time that both have, the later ones."""
        kept = self.at(self.time_ns < later.time_ns[0]) if later.size else self
        return Rows(*(np.concatenate(columns) for columns in zip(kept, later, strict=True)))

    def columns(self, symbol: str) -> BarColumns:
        """As they travel: little-endian."""
        packed = [column.astype("<i8").tobytes() for column in self[:8]]
        return BarColumns(symbol, *[*packed, self.suspended.astype(np.uint8).tobytes()])


def rows_of(bars: Sequence[Bar]) -> Rows:
    return Rows(*np.array(bars, dtype=np.int64).reshape(-1, len(Bar._fields)).T)


NO_ROWS: Final = rows_of(())


def daily_rows(table: Table, tick_e4: int, lot: int) -> Rows:
    """A day's label is its 15:00; the close before it where the vendor has no previous close."""
    table = _known(table)
    days = (table.time_ms * _MS_NS - _EPOCH_NS) // DAY_NS * DAY_NS + _EPOCH_NS
    rows = _rows(table, days + _CLOSE_NS, tick_e4, lot)
    before = np.r_[rows.open_e4[:1], rows.close_e4[:-1]]
    return rows._replace(prev_close_e4=np.where(rows.prev_close_e4 > 0, rows.prev_close_e4, before))


def minute_rows(table: Table, tick_e4: int, lot: int, whole_until_ns: int) -> Rows:
    """Minutes, one by one up to ``whole_until_ns``, by when the vendor has all: one it leaves out had no trade.

    The bar of the opening auction goes into 9:31, as JoinQuant counts.
    """
    table = _known(table)
    if not len(table.time_ms):
        return NO_ROWS
    rows = _rows(table, _end_labels(table.time_ms * _MS_NS), tick_e4, lot)
    return _without_gaps(_merged(rows), whole_until_ns)


def _known(table: Table) -> Table:
    """Rows with a price, in time order, each time once."""
    order = np.argsort(table.time_ms, kind="stable")
    time_ms = table.time_ms[order]
    is_last = np.r_[time_ms[1:] != time_ms[:-1], np.ones(min(len(time_ms), 1), np.bool_)]
    with np.errstate(invalid="ignore"):
        is_known = is_last & (table.close[order] > 0) & (table.close[order] < 10**8)
    return Table(*(column[order][is_known] for column in table))


def _rows(table: Table, time_ns: Ints, tick_e4: int, lot: int) -> Rows:
    volume = np.rint(np.nan_to_num(table.volume)).astype(np.int64) * _shares_per_unit(table, lot)
    money = np.rint(np.nan_to_num(table.amount) * 10_000).astype(np.int64)
    prices = (table.open, table.high, table.low, table.close, table.prev_close)
    close = _price(table.close, tick_e4)
    open_, high, low, _, prev_close = (_price(price, tick_e4) for price in prices)
    # A bar without a trade may have nothing but its close.
    filled = (np.where(price > 0, price, close) for price in (open_, high, low))
    return Rows(time_ns, *[*filled, close, volume, money, prev_close, table.suspended.astype(np.int64)])


def _price(prices: NDArray[np.float64], tick_e4: int) -> Ints:
    e4 = np.rint(np.nan_to_num(np.clip(prices, 0, 10**8)) * 10_000).astype(np.int64)
    return (e4 + tick_e4 // 2) // tick_e4 * tick_e4


def _shares_per_unit(table: Table, lot: int) -> int:
    """What one unit of volume is, by what was paid for it; a lot where that says nothing (xtquant.md 10.4).

    The vendor's periods are reported to differ: minutes count lots, days may count shares.
    """
    traded = (table.volume > 0) & (table.amount > 0) & (table.high > 0)
    if not np.any(traded):
        return lot
    ratio = float(np.median(table.amount[traded] / (table.volume[traded] * table.close[traded])))
    return next((unit for unit in (lot, 100, 10, 1) if 0.7 * unit <= ratio <= 1.4 * unit), lot)


def _end_labels(time_ns: Ints) -> Ints:
    """END labels from the vendor's, which are taken for such unless a day shows that they are not.

    Only bars labelled with their start are of 13:00, and none of those is of 11:30 (not verified on a terminal).
    """
    minute = _minute_of_day(time_ns)
    begins = np.any(minute == _NOON) and not np.any(minute == _NOON_END)
    return time_ns + MINUTE_NS if begins else time_ns


def _minute_of_day(time_ns: Ints) -> Ints:
    return (time_ns - _EPOCH_NS) % DAY_NS // MINUTE_NS


def _merged(rows: Rows) -> Rows:
    """What is labelled 9:25 to 9:30 holds the opening auction and goes into 9:31; what trails the close into 15:00."""
    minute = _minute_of_day(rows.time_ns)
    inside = np.where(
        (minute >= _AUCTION) & (minute <= _OPEN), _OPEN + 1, np.where(minute == _CLOSE + 1, _CLOSE, minute)
    )
    rows = rows._replace(time_ns=rows.time_ns + (inside - minute) * MINUTE_NS)
    rows = rows.at(((inside > _OPEN) & (inside <= _NOON_END)) | ((inside > _NOON) & (inside <= _CLOSE)))
    if not rows.size:
        return rows
    starts = np.flatnonzero(np.r_[True, rows.time_ns[1:] != rows.time_ns[:-1]])
    last = np.r_[starts[1:] - 1, rows.size - 1]
    return Rows(
        rows.time_ns[starts],
        rows.open_e4[starts],
        np.maximum.reduceat(rows.high_e4, starts),
        np.minimum.reduceat(rows.low_e4, starts),
        rows.close_e4[last],
        np.add.reduceat(rows.volume, starts),
        np.add.reduceat(rows.money_e4, starts),
        rows.prev_close_e4[starts],
        np.minimum.reduceat(rows.suspended, starts),
    )


def _without_gaps(rows: Rows, whole_until_ns: int) -> Rows:
    """A minute that is left out is flat at the close before it, in the days that have any bar."""
    if not rows.size:
        return rows
    days = np.unique((rows.time_ns - _EPOCH_NS) // DAY_NS)
    every = [np.array(minute_ends(date.fromordinal(int(day) + _EPOCH_DAY)), np.int64) for day in days]
    labels = np.concatenate(every)
    labels = labels[(labels >= rows.time_ns[0]) & (labels <= max(whole_until_ns, int(rows.time_ns[-1])))]
    row = np.searchsorted(rows.time_ns, labels, "right") - 1
    is_there = rows.time_ns[row] == labels
    close = rows.close_e4[row]
    before = np.r_[rows.prev_close_e4[:1], close[:-1]]
    prices = (np.where(is_there, column[row], close) for column in rows[1:4])
    amounts = (np.where(is_there, column[row], 0) for column in rows[5:7])
    return Rows(labels, *[*prices, close, *amounts, np.where(before > 0, before, close), rows.suspended[row]])
