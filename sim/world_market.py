"""The world's quotes process: a few symbols at steady prices, told every second and on request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from common import messages as m
from common.beijing import SECOND_NS
from common.instruments import limit_prices_e4
from sim.world_broker import PRICES_E4


class MarketCore:
    """Keeps nothing that a restart could lose."""

    journals_all = False
    busy = False

    def __init__(self, day: date, now_ns: Callable[[], int]) -> None:
        self.day, self.wake_ns, self._tick = day, 1, 0
        self._limits = {symbol: limit_prices_e4(symbol, price_e4, day) for symbol, price_e4 in PRICES_E4.items()}

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        if not isinstance(message, m.Wake):
            return []
        return [m.QuoteBatch(self._tick + 1, now_ns, tuple(self._quote(s, now_ns) for s in PRICES_E4), True)]

    def apply(self, message: m.Message) -> None:
        if isinstance(message, m.QuoteBatch):
            self._tick += 1
            self.wake_ns = message.at_ns + SECOND_NS

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal("NOT_SUPPORTED", "")

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        match query:
            case m.Subscribe(symbols=symbols):
                return m.Quotes([self._quote(s, now_ns) for s in symbols if s in PRICES_E4], [])
            case m.GetInstruments(symbols=symbols):
                return m.Instruments([m.Instrument(s, s, "stock", 20000101, 0, False) for s in symbols])
        return m.Refusal("NOT_SUPPORTED", "")

    def _quote(self, symbol: str, now_ns: int) -> m.Quote:
        price_e4 = PRICES_E4[symbol]
        down_e4, up_e4 = self._limits[symbol]
        bids, asks = ((price_e4 - 100, 100_000),), ((price_e4, 100_000),)
        return m.Quote(
            symbol, now_ns, price_e4, price_e4, price_e4, price_e4, price_e4, down_e4, up_e4,
            10**6, 10**12, 0, 0, False, bids, asks,
        )  # fmt: skip
