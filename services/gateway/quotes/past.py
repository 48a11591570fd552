"""The daily bars before the played day: they cannot change, so they are packed once a symbol and cut for each ask."""

from __future__ import annotations

import dataclasses
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date

from common.messages import BarColumns
from services.gateway.quotes.bars import Bar, to_columns
from services.gateway.quotes.feeds import Feed

_COLUMNS = ("time_ns", "open_e4", "high_e4", "low_e4", "close_e4", "volume", "money_e4", "prev_close_e4")
_BYTES = 8
_ROWS_AT_ONCE = 20_000


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

    def columns(
        self, symbols: Sequence[str], last_day: date | None, count: int, start_ns: int, newest: Mapping[str, Bar]
    ) -> list[BarColumns]:
        """For each symbol the bars of ``last_day`` and before, not earlier than ``start_ns``, and behind them its
        ``newest``: the last ``count`` of the former where there is a start, of all where there is none."""
        past = self._cut(symbols, last_day, count) if last_day is not None and count > 0 else map(_nothing, symbols)
        return [_whole(columns, count, start_ns, newest.get(columns.symbol)) for columns in past]

    def _cut(self, symbols: Sequence[str], last_day: date, count: int) -> list[BarColumns]:
        if last_day != self._last_day:
            # What a feed says of an older day may stand on another scale (forward-adjusted recordings).
            return self._asked(symbols, last_day, count)
        short = [symbol for symbol in symbols if self._has_too_few(symbol, count)]
        for columns in self._asked(short, last_day, count):
            self._packed[columns.symbol] = _Packed(columns, count)
        return [_last(self._packed[symbol].columns, count) for symbol in symbols]

    def _has_too_few(self, symbol: str, count: int) -> bool:
        packed = self._packed.get(symbol)
        return packed is None or len(packed) == packed.asked < count

    def _asked(self, symbols: Sequence[str], last_day: date, count: int) -> list[BarColumns]:
        """In parts: what a feed makes up in one go takes memory."""
        size = max(_ROWS_AT_ONCE // count, 1)
        parts = (symbols[i : i + size] for i in range(0, len(symbols), size))
        return [columns for part in parts for columns in self._feed.daily_columns(part, last_day, count)]


def _whole(past: BarColumns, count: int, start_ns: int, newest: Bar | None) -> BarColumns:
    if start_ns:
        past = _from(past, bisect_left(_times(past), start_ns))
    if newest is None or newest.time_ns < start_ns:
        return past
    joined = _joined(past, to_columns(past.symbol, [newest]))
    return joined if start_ns else _last(joined, count)


def _nothing(symbol: str) -> BarColumns:
    return to_columns(symbol, [])


def _last(columns: BarColumns, count: int) -> BarColumns:
    return _from(columns, max(len(columns.suspended) - count, 0))


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
