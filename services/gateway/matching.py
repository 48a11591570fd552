"""The gateway's hands where its broker matches by itself: the simulator, and every account in dry_run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from common import messages as m
from common.beijing import day_of
from common.session import Session
from services.gateway.brokers import Broker, BrokerReport, SimulatedMarket
from services.gateway.desk import Desk, always


class Matcher(Broker, SimulatedMarket, Protocol):
    """A broker with an exchange of its own."""

    @property
    def resume_from_ns(self) -> int:
        """Market time of the last quote that every resting order has met; 0 where none rests."""

    def said(self) -> list[BrokerReport]:
        """What it has said by now; the order accepted last may still meet the book."""

    def resting_symbols(self) -> list[str]: ...

    def caught_up(self) -> None:
        """The quotes missed have all been handed in."""

    def no_quote(self, symbol: str) -> None:
        """Nobody quotes this symbol."""

    def end_day(self) -> None:
        """Nothing more happens on this day."""


def day_number(now_ns: int) -> int:
    return int(day_of(now_ns).strftime("%Y%m%d"))


class MatchingDesk(Desk):
    """Also hands the broker the market, and after a restart first what the market did meanwhile.

    ``trading_day_of`` tells the trading day of a market time: a simulated market has no clock outside of one.
    """

    def __init__(
        self,
        broker: Matcher,
        session: Session,
        *,
        marked_ns: int,
        sync_orders: bool,
        complete: Callable[[m.ProcessStatus], m.ProcessStatus],
        is_marked: Callable[[int], bool] = always,
        trading_day_of: Callable[[int], int] = day_number,
    ) -> None:
        super().__init__(
            broker, session, marked_ns=marked_ns, sync_orders=sync_orders, complete=complete, is_marked=is_marked
        )
        self.broker, self._trading_day_of = broker, trading_day_of
        if session.number:
            # The broker starts without a clock, so what quotes told last is to be heard again.
            session.number, session.part = session.number - 1, -1
        missed = broker.resting_symbols()
        self._answers_awaited = len(missed)
        for symbol in missed:
            # One by one: a whole day of a dozen symbols does not fit into one frame.
            session.ask("quotes", m.GetTicks([symbol], broker.resume_from_ns, 2**62))

    # -- what the session steps ------------------------------------------------------------------------------------

    def hear(self, message: m.Message, now_ns: int) -> None:
        match message:
            case m.QuoteBatch(at_ns=at_ns, quotes=quotes):
                self._clock(at_ns)
                self._quotes(quotes, at_ns)
                self.minute(at_ns)
            case m.MarketClock(now_ns=at_ns):
                self._clock(at_ns)
                self.minute(at_ns)
            case m.MarketDayEnded(now_ns=at_ns):
                self._clock(at_ns)
                self.minute(at_ns)
                self.broker.end_day()
            case m.Ticks(quotes=quotes):
                for quote in quotes:
                    self._quotes((quote,), quote.at_ns)
                self._caught_up()
            case m.Refusal() if self._answers_awaited:
                self._caught_up()  # no day is open, or quotes has no ticks: nobody knows what the market passed
            case m.Quotes(quotes=quotes, unknown=unknown):
                super().hear(message, now_ns)
                self.broker.on_quotes(tuple(quotes), now_ns)
                for symbol in unknown:
                    self.broker.no_quote(symbol)
            case _:
                super().hear(message, now_ns)

    def _caught_up(self) -> None:
        self._answers_awaited -= 1
        if not self._answers_awaited:
            self.broker.caught_up()

    def _clock(self, now_ns: int) -> None:
        self.broker.on_clock(now_ns, self._trading_day_of(now_ns))

    def _quotes(self, quotes: tuple[m.Quote, ...], now_ns: int) -> None:
        self.note_prices(quotes)
        self.broker.on_quotes(quotes, now_ns)

    # -- effects ---------------------------------------------------------------------------------------------------

    def told(self) -> list[BrokerReport]:
        """Acceptances are told at once, before what the order then met."""
        return self.broker.said() or self.broker.reports()

    def settle(self) -> None:
        """Ask for quotes of what the broker waits for; an order for such a symbol is answered when they are here."""
        if wanted := self.broker.wants():
            self.subscribe(wanted)
