"""The daily bars before the played day: they cannot change, so they are packed once a symbol and cut for each ask."""

from __future__ import annotations

import dataclasses
import sys
from array import array
from bisect import bisect_left
from datetime import date

from common.messages import BarColumns
from services.gateway.quotes.bars import Bar, to_columns
from services.gateway.quotes.feeds import Feed

_COLUMNS = ("time_ns", "open_e4", "high_e4", "low_e4", "close_e4", "volume", "money_e4", "prev_close_e4")
_BYTES = 8


@dataclasses.dataclass(frozen=True, slots=True)
class _Packed:
    """The newest bars of a symbol, and how many were asked of the feed: with fewer there are no more."""

    columns: BarColumns
    asked: int

    def __len__(self) -> int:
        return len(self.columns.suspended)


class Past:
    """``last_day`` is the trading day before the played one."""

    def __init__(self, feed: Feed, last_day: date) -> None:
        self._feed, self._last_day = feed, last_day
        self._packed: dict[str, _Packed] = {}

    def columns(self, symbol: str, last_day: date | None, count: int, start_ns: int, newest: Bar | None) -> BarColumns:
        """The bars of ``last_day`` and before, not earlier than ``start_ns``, and behind them ``newest``: the last
        ``count`` of the former where there is a start, of all where there is none."""
        more = to_columns(symbol, [newest] if newest and newest.time_ns >= start_ns else [])
        wanted = count if start_ns else count - len(more.suspended)
        if last_day is None or wanted < 1:
            return more
        past = self._cut(symbol, last_day, wanted)
        if start_ns:
            past = _from(past, bisect_left(_times(past), start_ns))
        return _joined(past, more) if more.suspended else past

    def _cut(self, symbol: str, last_day: date, count: int) -> BarColumns:
        if last_day != self._last_day:
            # What a feed says of an older day may stand on another scale (forward-adjusted recordings).
            return to_columns(symbol, self._feed.daily_bars(symbol, last_day, count))
        packed = self._packed.get(symbol)
        if packed is None or len(packed) == packed.asked < count:
            bars = self._feed.daily_bars(symbol, last_day, count)
            packed = self._packed[symbol] = _Packed(to_columns(symbol, bars), count)
        return _from(packed.columns, max(len(packed) - count, 0))


def _from(columns: BarColumns, row: int) -> BarColumns:
    """The bars from this row on."""
    if not row:
        return columns
    cut = [getattr(columns, name)[row * _BYTES :] for name in _COLUMNS]
    return BarColumns(*[columns.symbol, *cut, columns.suspended[row:]])


def _joined(columns: BarColumns, more: BarColumns) -> BarColumns:
    joined = [getattr(columns, name) + getattr(more, name) for name in _COLUMNS]
    return BarColumns(*[columns.symbol, *joined, columns.suspended + more.suspended])


def _times(columns: BarColumns) -> array[int]:
    times = array("q")
    times.frombytes(columns.time_ns)
    if sys.byteorder == "big":
        times.byteswap()
    return times
