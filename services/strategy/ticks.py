"""`handle_tick`: the newest quote of each subscribed code, handed to user code as soon as it is free for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from common.messages import Quote

HANDLE_TICK = "handle_tick"


class Ticks:
    """What waits for `handle_tick`: one quote a code, the newest, in the order in which the codes were first heard of.

    A quote that a newer one replaces before it was handed over is counted in ``passed_over``. The counts are the day's.
    """

    def __init__(self, most: int) -> None:
        """``most``: how many codes may be subscribed (``TICK_SUBSCRIPTION_LIMIT``)."""
        self._most = most
        self.defined = False  # whether the strategy has a `handle_tick`
        self.symbols: dict[str, None] = {}
        self.handed = self.passed_over = 0
        self._waiting: dict[str, Quote] = {}
        self._heard: dict[str, Quote] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def subscribe(self, symbols: Sequence[str]) -> None:
        """ValueError, with nothing subscribed, above the limit."""
        wanted = self.symbols | dict.fromkeys(symbols)
        if len(wanted) > self._most:
            raise ValueError(f"订阅 {len(wanted)} 只，超过上限 {self._most} 只（TICK_SUBSCRIPTION_LIMIT）")
        self.symbols = wanted

    def unsubscribe(self, symbols: Sequence[str] | None) -> None:
        """None: all of them."""
        for symbol in list(self.symbols) if symbols is None else symbols:
            for where in (self.symbols, self._waiting, self._heard):
                where.pop(symbol, None)

    def note(self, quotes: Iterable[Quote]) -> None:
        """Keep the newest of what was published; what is published again after a restart of quotes is no news."""
        if not self.defined or not self.symbols:
            return
        newest: dict[str, list[Quote]] = {}
        for quote in quotes:
            if quote.symbol in self.symbols:
                newest.setdefault(quote.symbol, []).append(quote)
        for symbol, found in newest.items():
            quote, before = found[-1], self._heard.get(symbol)
            if before is not None and (quote.at_ns < before.at_ns or quote == before):
                continue
            self.passed_over += len(found) - 1 + (symbol in self._waiting)
            self._waiting[symbol] = self._heard[symbol] = quote

    def take(self) -> Quote | None:
        """The next one to hand over."""
        if not self._waiting:
            return None
        self.handed += 1
        return self._waiting.pop(next(iter(self._waiting)))

    def end_day(self) -> str:
        """A line about the day, "" where nothing was handed over; what still waits is passed over."""
        passed_over = self.passed_over + len(self._waiting)
        said = f"handle_tick 今日运行 {self.handed:,} 次，策略来不及处理而略过的快照 {passed_over:,} 个"
        nothing = not self.handed and not passed_over
        self.handed = self.passed_over = 0
        self._waiting.clear()
        self._heard.clear()
        return "" if nothing else said
