"""The shipped strategy host over the shipped quotes core, in one process: what is asked crosses the wire's encoding."""

from __future__ import annotations

from datetime import date
from typing import cast

from common import messages as m
from common import wire
from common.beijing import at
from services.gateway.quotes import pace
from services.gateway.quotes.core import QuotesCore
from services.gateway.quotes.feeds import Feed
from services.gateway.quotes.library import Library
from services.strategy.agenda import Agenda
from services.strategy.config import StrategyConfig
from services.strategy.host import StrategyHost
from services.strategy.market import Market
from services.strategy.orders import Orders
from services.strategy.providers.evaluate import answer
from services.strategy.providers.provider import Provider
from services.strategy.runtime import Runtime
from services.strategy.ticks import Ticks
from tests.jqdata.look_ahead_market import CALENDAR


class Answered(Runtime):
    """Its questions are answered by ``quotes`` at once, and what it subscribes to is published from then on."""

    quotes: QuotesCore
    provider: Provider
    provider_asked: list[m.AskProvider]

    def ask(self, query: m.Message) -> m.Message:
        if isinstance(query, m.AskProvider):
            self.provider_asked.append(query)
            return answer(self.provider, query)
        asked = wire.decode_message(wire.encode(query))
        for out in self.quotes.decide(asked, self.quotes.now_ns) if isinstance(asked, m.Subscribe) else ():
            self.quotes.apply(out)
        return wire.decode_answer(wire.encode(self.quotes.answer(asked, self.quotes.now_ns)))


class World:
    """One strategy in one market; ``go`` moves both through a day, never back."""

    def __init__(
        self, feed: Feed, day: date, library: type[Library] = Library, provider: Provider | None = None
    ) -> None:
        self.number = day.year * 10_000 + day.month * 100 + day.day
        self._quotes = QuotesCore([day], (), pace.parse("0"), lambda played: library(feed, CALENDAR, played))
        self.log: list[tuple[str, str, str]] = []
        config = StrategyConfig("main", "look", data_provider=provider.name if provider else "")
        self._rt = Answered(config, CALENDAR, lambda *line: self.log.append(line))
        self._rt.quotes = self._quotes
        self.asked = self._rt.provider_asked = []
        if provider is not None:
            self._rt.provider = provider
        self._market = Market(self._rt)
        orders = Orders(self._rt, self._market)
        self.host = StrategyHost(self._rt, self._market, orders, cast(Agenda, None), Ticks(100))
        self.host.starting = False
        self._rt.open_day(self.number)
        self._moved(at(day, "0:00"))

    def go(self, now_ns: int, logical_ns: int) -> None:
        """The market's time, and the time the running callback was due."""
        self._moved(now_ns)
        self._rt.now_ns, self._rt.logical_ns = now_ns, logical_ns

    def _moved(self, now_ns: int) -> None:
        if self._quotes.stage is not None:
            self._market.note(self._quotes.stage.due(now_ns))
        self._quotes.apply(m.ClockMoved(1, now_ns, self.number, 0, False))
