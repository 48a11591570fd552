"""The small interface through which the gateway knows a broker; only a back-end knows which one is in use."""

from __future__ import annotations

from typing import Protocol

from common import messages as m

BrokerRequest = m.PlaceAtBroker | m.CancelAtBroker | m.AskBroker
BrokerReport = m.BrokerOrder | m.BrokerFill | m.BrokerCancelRefused | m.BrokerDay | m.BrokerLink


class Broker(Protocol):
    """Requests go in and are never answered directly: what becomes of them comes out of ``reports``, in order."""

    def start(self) -> None:
        """Open the back-end; its first report is a ``BrokerLink``. Raises ConfigError where it can not start."""

    def request(self, request: BrokerRequest) -> None:
        """Hand over one request; returns at once.

        Each ``AskBroker`` is answered by one ``BrokerDay`` that knows every request made before it and every report
        made before it, or the link is told to be down and no answer to it comes any more. Nothing is placed while one
        is awaited, unless it is a ``look``: what is placed then may be on the list or not. The day is of one moment:
        where the SDK gives its parts one by one, orders and trades are read before and after cash and positions, until
        both readings agree. ``complete`` is for a back-end to prove (see ``BrokerDay``); in doubt it is False.
        """

    def reports(self) -> list[BrokerReport]:
        """Everything the broker said since the last call, in the order it said it."""

    def close(self) -> None:
        """Let go of the broker; what rests there stays there."""


class SimulatedMarket(Protocol):
    """What a back-end that matches by itself wants to be told by the gateway process."""

    def on_clock(self, now_ns: int, trading_day: int) -> None:
        """Market time moved; at the close day orders end."""

    def on_quotes(self, quotes: tuple[m.Quote, ...], now_ns: int) -> None:
        """New quotes, in market order: rest and match."""

    def wants(self) -> list[str]:
        """Symbols it needs quotes for before it can answer (an order for a symbol without a quote)."""
