"""The recorded days of one symbol, kept as the columns in which they are asked for: a market's months are a million."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import date

from common.messages import BarColumns
from services.gateway.quotes.bars import Bar, little_endian


class DailyBars(Mapping[date, Bar]):
    """Bars as written, without previous closes, in the order of their days."""

    def __init__(self) -> None:
        self._days: list[date] = []
        self._numbers = tuple(array("q") for _ in range(7))

    def add(self, day: date, bar: Bar) -> None:
        """A day later than all before it."""
        self._days.append(day)
        for column, number in zip(self._numbers, bar, strict=False):
            column.append(number)

    @property
    def last_day(self) -> date:
        """The newest one; `date.min` where there is none yet."""
        return self._days[-1] if self._days else date.min

    def columns(self, symbol: str, last_day: date, count: int) -> BarColumns:
        """The last ``count`` up to ``last_day``, each with the close before it; the first of all with its own open."""
        end = bisect_right(self._days, last_day)
        start = max(end - count, 0)
        times, opens, highs, lows, closes, volumes, moneys = (column[start:end] for column in self._numbers)
        before = self._numbers[4][start - 1 : start] if start else opens[:1]
        prev_closes = (before + closes)[: len(closes)]
        return BarColumns(
            symbol,
            little_endian(times),
            little_endian(opens),
            little_endian(highs),
            little_endian(lows),
            little_endian(closes),
            little_endian(volumes),
            little_endian(moneys),
            little_endian(prev_closes),
            bytes(len(closes)),
        )

    def __getitem__(self, day: date) -> Bar:
        row = bisect_left(self._days, day)
        if row == len(self._days) or self._days[row] != day:
            raise KeyError(day)
        time_ns, open_e4, high_e4, low_e4, close_e4, volume, money_e4 = (column[row] for column in self._numbers)
        return Bar(time_ns, open_e4, high_e4, low_e4, close_e4, volume, money_e4, 0, False)

    def __iter__(self) -> Iterator[date]:
        return iter(self._days)

    def __len__(self) -> int:
        return len(self._days)
