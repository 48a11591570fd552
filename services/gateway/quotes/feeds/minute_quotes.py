"""The quotes of a day recorded in minutes, each made when somebody looks at it: a whole market's day is a million."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import date
from typing import overload

from common.beijing import at
from common.instruments import limit_prices_e4
from common.messages import Quote
from services.gateway.quotes.bars import Bar

_NEVER_LOW = 2**62


class MinuteQuotes(Sequence[Quote]):
    """A quote at the end of each minute, after one at 9:30 where the first trade's price is known (``with_open``).

    ``bars`` are not empty. Without a trade yet, open, high and low are 0 and the last price is the minute's.
    """

    def __init__(self, symbol: str, day: date, bars: Sequence[Bar], prev_close_e4: int, *, with_open: bool) -> None:
        first = bars[0]
        self._symbol, self._bars, self._prev_close_e4 = symbol, bars, prev_close_e4
        self._limits = limit_prices_e4(symbol, prev_close_e4, day)
        self._opens_ns = at(day, "9:30") if with_open and first.volume and first.time_ns == at(day, "9:31") else 0
        self._open_e4 = next((bar.open_e4 for bar in bars if bar.volume), 0)
        # How the day stood after each minute, as far as somebody has looked.
        self._highs, self._lows, self._volumes, self._moneys = (array("q") for _ in range(4))
        ats_ns = [bar.time_ns for bar in bars]
        self.ats_ns = array("q", [self._opens_ns, *ats_ns] if self._opens_ns else ats_ns)

    def __len__(self) -> int:
        return len(self.ats_ns)

    @overload
    def __getitem__(self, index: int) -> Quote: ...
    @overload
    def __getitem__(self, index: slice) -> list[Quote]: ...
    def __getitem__(self, index: int | slice) -> Quote | list[Quote]:
        if isinstance(index, slice):
            return [self._quote(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._quote(index % len(self))

    def _quote(self, index: int) -> Quote:
        if self._opens_ns:
            if not index:
                return self._of(self._opens_ns, self._open_e4, (self._open_e4, self._open_e4), (0, 0), (0, 0))
            index -= 1
        self._stand(index)
        bar, volume = self._bars[index], self._volumes[index]
        day = (self._highs[index], self._lows[index]) if self._highs[index] else (0, 0)
        traded = (bar.low_e4, bar.high_e4) if bar.volume else (0, 0)
        return self._of(bar.time_ns, bar.close_e4, day, (volume, self._moneys[index]), traded)

    def _stand(self, index: int) -> None:
        """Add up the minutes to this one."""
        done = len(self._volumes)
        if index < done:
            return
        high, low, volume, money = (
            (self._highs[-1], self._lows[-1], self._volumes[-1], self._moneys[-1]) if done else (0, _NEVER_LOW, 0, 0)
        )
        for bar in self._bars[done : index + 1]:
            if bar.volume:
                high, low = max(high, bar.high_e4), min(low, bar.low_e4)
            volume, money = volume + bar.volume, money + bar.money_e4
            self._highs.append(high)
            self._lows.append(low)
            self._volumes.append(volume)
            self._moneys.append(money)

    def _of(
        self, at_ns: int, last_e4: int, day: tuple[int, int], totals: tuple[int, int], traded: tuple[int, int]
    ) -> Quote:
        """``day`` is its high and low so far, ``totals`` its volume and money, ``traded`` the minute's low and high."""
        open_e4 = self._open_e4 if day[0] else 0
        frame = (self._prev_close_e4, *self._limits)
        return Quote(self._symbol, at_ns, last_e4, open_e4, *day, *frame, *totals, *traded, False, (), ())


def times_of(quotes: Sequence[Quote]) -> array[int]:
    """The times of a day's quotes."""
    return quotes.ats_ns if isinstance(quotes, MinuteQuotes) else array("q", [quote.at_ns for quote in quotes])
