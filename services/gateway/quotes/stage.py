"""The instants of one simulated day: when quotes change, and what changes then."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol

from common import messages as m
from services.gateway.quotes.feeds.minute_quotes import times_of

BATCH_MAX = 100


class Library(Protocol):
    """What a feed can tell about the day; see library.py."""

    def day_quotes(self, symbol: str) -> Sequence[m.Quote]: ...


class Stage:
    """Walks through the quotes of the published symbols in time order; symbols may be added on the way."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._quotes: dict[str, Sequence[m.Quote]] = {}
        self._ats_ns: dict[str, Sequence[int]] = {}
        self._at: dict[str, int] = {}  # index of the next quote of a symbol
        self._heap: list[tuple[int, str]] = []

    def publish(self, symbols: list[str], after_ns: int) -> None:
        """Add symbols, whose quotes after `after_ns` are still to come."""
        for symbol in sorted(set(symbols) - set(self._quotes)):
            quotes = self._quotes[symbol] = self.library.day_quotes(symbol)
            self._ats_ns[symbol] = times_of(quotes)
            self._push(symbol, bisect_right(self._ats_ns[symbol], after_ns))

    def next_ns(self) -> int:
        """When quotes change next; 0 where they change no more."""
        return self._heap[0][0] if self._heap else 0

    def due(self, at_ns: int) -> list[m.Quote]:
        """The quotes up to this instant that time has not passed yet, by time and symbol."""
        found: list[m.Quote] = []
        for symbol in self._changing(at_ns):
            start = self._at[symbol]
            found.extend(self._quotes[symbol][start : bisect_right(self._ats_ns[symbol], at_ns, start)])
        return sorted(found, key=lambda quote: (quote.at_ns, quote.symbol))

    def pass_to(self, at_ns: int) -> None:
        """Time has come to this instant: what was due by then is behind."""
        while self._heap and self._heap[0][0] <= at_ns:
            _, symbol = heapq.heappop(self._heap)
            self._push(symbol, self._at[symbol] + 1)

    def standing(self, at_ns: int) -> list[m.Quote]:
        """The quotes that changed at exactly `at_ns`, again: for those who may have missed them."""
        found: list[m.Quote] = []
        for symbol in sorted(self._quotes):
            # A recorded feed may hold two quotes of one instant.
            index = self._at[symbol]
            found.extend(self._quotes[symbol][bisect_left(self._ats_ns[symbol], at_ns, 0, index) : index])
        return found

    def _changing(self, at_ns: int) -> Iterator[str]:
        """Symbols whose next quote has come: in a heap they stand together at the top."""
        waiting = [0]
        while waiting:
            i = waiting.pop()
            if i < len(self._heap) and self._heap[i][0] <= at_ns:
                yield self._heap[i][1]
                waiting += (2 * i + 1, 2 * i + 2)

    def _push(self, symbol: str, index: int) -> None:
        self._at[symbol] = index
        if index < len(self._ats_ns[symbol]):
            heapq.heappush(self._heap, (self._ats_ns[symbol][index], symbol))


def batches(tick: int, at_ns: int, quotes: list[m.Quote]) -> list[m.Message]:
    """Quotes in messages of about a hundred: they decode in half the time of one by one."""
    parts = [quotes[i : i + BATCH_MAX] for i in range(0, len(quotes), BATCH_MAX)]
    return [m.QuoteBatch(tick, at_ns, tuple(part), i == len(parts) - 1) for i, part in enumerate(parts)]
