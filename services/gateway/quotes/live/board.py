"""What a live feed has shown: the newest quote of each symbol, and of those in use what came before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from common.messages import Quote
from services.gateway.quotes.live.minutes import Minutes

RECALL_MAX: Final = 1_200
"""Quotes kept of a symbol in use: an hour of them, and less where many symbols share ``RECALL_TOTAL``."""

RECALL_TOTAL: Final = 60_000
_RECALL_MIN: Final = 60


class Board:
    def __init__(self) -> None:
        self.newest: dict[str, Quote] = {}
        self._recall: dict[str, deque[Quote]] = {}
        self._minutes: dict[str, Minutes] = {}

    def use(self, symbols: Iterable[str]) -> None:
        """Keep more than the newest quote of these from now on."""
        for symbol in symbols:
            if symbol not in self._recall:
                self._recall[symbol], self._minutes[symbol] = deque(), Minutes()

    def is_news(self, quote: Quote) -> bool:
        """Not what is known already, and not older; of one time the one with more volume."""
        known = self.newest.get(quote.symbol)
        if known is None or quote.at_ns > known.at_ns:
            return True
        return quote.at_ns == known.at_ns and quote.volume >= known.volume and quote != known

    def note(self, quotes: Iterable[Quote]) -> None:
        newest, recall = self.newest, self._recall
        for quote in quotes:
            if newest.get(quote.symbol) is quote:
                continue  # published on both channels
            newest[quote.symbol] = quote
            kept = recall.get(quote.symbol)
            if kept is not None:
                kept.append(quote)
                if len(kept) > max(min(RECALL_MAX, RECALL_TOTAL // len(recall)), _RECALL_MIN):
                    kept.popleft()
                self._minutes[quote.symbol].note(quote)

    def between(self, symbol: str, after_ns: int, until_ns: int) -> list[Quote] | None:
        """Quotes with after < at <= until, in order; None where memory does not reach back so far."""
        kept = self._recall.get(symbol)
        if not kept or kept[0].at_ns > after_ns:
            return None
        return [quote for quote in kept if after_ns < quote.at_ns <= until_ns]

    def minutes(self, symbol: str) -> Minutes | None:
        """Of a symbol in use."""
        return self._minutes.get(symbol)

    def interrupt(self) -> None:
        """Quotes may have been missed: what they would have said of the minutes is not known here."""
        for minutes in self._minutes.values():
            minutes.interrupt()

    def open_day(self, start_ns: int) -> None:
        """Forget what was before."""
        self.newest = {symbol: quote for symbol, quote in self.newest.items() if quote.at_ns >= start_ns}
        for kept in self._recall.values():
            while kept and kept[0].at_ns < start_ns:
                kept.popleft()
