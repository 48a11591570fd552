"""The world's market: a few symbols at steady prices, as a feed of a simulated day and as quotes in real time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from common import messages as m
from common.beijing import SECOND_NS, at
from common.instruments import limit_prices_e4
from services.gateway.quotes.bars import Bar, to_columns
from services.gateway.quotes.feeds import NEVER_ENDS, ExDay
from sim.world_broker import PRICES_E4
from sim.world_time import DAY, START


class SteadyFeed:
    """One day of quotes, from the start of the world on: each symbol every second, one after the other."""

    remarks: Sequence[str] = ()

    def __init__(self, seconds: int) -> None:
        begin_ns, apart_ns = at(DAY, START), SECOND_NS // len(PRICES_E4)
        self._quotes = {
            symbol: [quote(symbol, begin_ns + i * apart_ns + second * SECOND_NS) for second in range(seconds)]
            for i, symbol in enumerate(PRICES_E4)
        }

    def days(self) -> list[date] | None:
        return [DAY]

    def instrument(self, symbol: str) -> m.Instrument | None:
        return instrument(symbol) if symbol in PRICES_E4 else None

    def instruments(self) -> list[m.Instrument]:
        return [instrument(symbol) for symbol in PRICES_E4]

    def day_quotes(self, symbol: str, day: date) -> list[m.Quote]:
        return self._quotes.get(symbol, []) if day == DAY else []

    def recorded_minutes(self, symbol: str, day: date) -> list[Bar] | None:
        return None

    def minute_bars(self, symbol: str, day: date) -> list[Bar]:
        return []

    def daily_columns(self, symbols: Sequence[str], last_day: date, count: int) -> list[m.BarColumns]:
        return [to_columns(symbol, []) for symbol in symbols]

    def ex_days(self, symbol: str) -> list[ExDay]:
        return []


class LiveMarket:
    """Stands in for the quotes process of a live day, whose feed is a vendor's terminal: a quote of each symbol every
    second of wall-clock time and on request. It keeps nothing that a restart could lose. In a simulated day the shipped
    quotes process plays ``SteadyFeed`` instead."""

    journals_all = False
    busy = False

    def __init__(self) -> None:
        self.wake_ns, self._tick = 1, 0

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        if not isinstance(message, m.Wake):
            return []
        return [m.QuoteBatch(self._tick + 1, now_ns, tuple(quote(s, now_ns) for s in PRICES_E4), True)]

    def apply(self, message: m.Message) -> None:
        if isinstance(message, m.QuoteBatch):
            self._tick += 1
            self.wake_ns = message.at_ns + SECOND_NS

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal("NOT_SUPPORTED", "")

    def carry(self, now_ns: int) -> list[m.Message]:
        return []

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        match query:
            case m.Subscribe(symbols=symbols):
                return m.Quotes([quote(s, now_ns) for s in symbols if s in PRICES_E4], [])
            case m.GetInstruments(symbols=symbols):
                return m.Instruments([instrument(s) for s in symbols])
        return m.Refusal("NOT_SUPPORTED", "")


def instrument(symbol: str) -> m.Instrument:
    return m.Instrument(symbol, symbol, "stock", 20000101, NEVER_ENDS, False)


def quote(symbol: str, at_ns: int) -> m.Quote:
    price_e4 = PRICES_E4[symbol]
    down_e4, up_e4 = limit_prices_e4(symbol, price_e4, DAY)
    bids, asks = ((price_e4 - 100, 100_000),), ((price_e4, 100_000),)
    return m.Quote(
        symbol, at_ns, price_e4, price_e4, price_e4, price_e4, price_e4, down_e4, up_e4,
        10**6, 10**12, 0, 0, False, bids, asks,
    )  # fmt: skip


def market_time_of(message: m.Message) -> int:
    """The market time a message of quotes tells; 0 for any other message."""
    match message:
        case m.QuoteBatch(at_ns=at_ns):
            return at_ns
        case m.MarketClock(now_ns=now_ns) | m.MarketDayEnded(now_ns=now_ns):
            return now_ns
    return 0
