"""The simulated broker as a back-end: what it says is on its own file before anybody hears it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from common import messages as m
from common.beijing import day_of
from common.errors import ConfigError, JournalUnwritable
from common.fees import FeeSchedule
from services.gateway.brokers import BrokerReport, BrokerRequest
from services.gateway.brokers.simulator.record import Record
from sim.exchange import Event, Exchange

_OrderRequest = m.PlaceAtBroker | m.CancelAtBroker
_SAID = (m.BrokerOrder, m.BrokerFill, m.BrokerCancelRefused)


class Simulator:
    """Implements ``Broker`` and ``SimulatedMarket`` for one account, whose day and orders outlive the process.

    After a restart with resting orders every answer waits for ``caught_up``: the quotes of ``resting_symbols`` after
    ``resume_from_ns`` come first, through ``on_quotes``, so that what the market passed meanwhile is filled. An order
    for a symbol without a quote since the start waits for one; ``wants`` names the symbol. A new account starts with
    ``initial_cash_e4``. Only ``reports`` raises JournalUnwritable: what the record refuses is not said, and written
    down again by the next call.
    """

    def __init__(self, path: Path, account: str, initial_cash_e4: int, fees: FeeSchedule) -> None:
        self._path, self._account = path, account
        self._exchange = Exchange(account, initial_cash_e4, fees)
        self._record = Record(path, account)
        self._now_ns = self._trading_day = 0  # as the gateway's clock last said; 0 until it did since the start
        self._is_catching_up = self._is_late = False  # late: the record refused the day that has begun
        self._missed: list[m.Quote] = []
        self._stale: set[str] = set()  # quoted by the record only: their market may have gone on meanwhile
        self._early: dict[str, m.Quote] = {}  # quotes of a day the clock has not opened yet
        self._held: list[BrokerRequest] = []  # requests that came before the day and its market were known
        self._waiting: dict[str, list[_OrderRequest]] = {}  # by symbol: orders without a quote, and cancels of them
        self._asked = 0  # statements asked for and not given yet
        self._on_file: dict[str, m.Quote] = {}  # the last quote of each symbol that the record holds
        self._unsaid: list[BrokerReport] = []  # not on the record yet
        self._out: list[BrokerReport] = []

    # -- Broker --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Raises ConfigError where the record is damaged or of another account."""
        for event in self._record.open():
            if isinstance(event, m.BrokerDay) and event.account != self._account:
                raise ConfigError(f"{self._path} 属于账户 {event.account}，不是 {self._account}")
            self._apply(event)
        self._meet()
        self._stale = set(self._exchange.markets)
        self._is_catching_up = bool(self._exchange.resting_symbols())
        self._out.append(m.BrokerLink(self._account, True, "模拟柜台已连接"))

    def request(self, request: BrokerRequest) -> None:
        if self._trading_day and not self._is_catching_up and not self._is_late:
            self._handle(request)
            self._commit_now_or_later()
        else:
            self._held.append(request)

    def said(self) -> list[BrokerReport]:
        """What it has said by now. The order accepted last meets the book when all ``reports`` are asked for."""
        out, self._out = self._out, []
        return out

    def reports(self) -> list[BrokerReport]:
        if self._is_late:
            self._see_time()
        self._meet()
        self._commit()
        return self.said()

    def close(self) -> None:
        self._record.close()

    # -- SimulatedMarket -----------------------------------------------------------------------------------------

    def on_clock(self, now_ns: int, trading_day: int) -> None:
        self._meet()
        self._now_ns, self._trading_day = now_ns, trading_day
        if not self._is_catching_up:
            self._see_time_now_or_later()

    def on_quotes(self, quotes: tuple[m.Quote, ...], now_ns: int) -> None:
        if self._is_catching_up:
            self._missed.extend(quotes)
            return
        self._meet()
        self._now_ns = max(self._now_ns, now_ns)
        for quote in quotes:
            self._see_quote(quote, self._now_ns)
        self._commit_now_or_later()

    def wants(self) -> list[str]:
        return sorted(self._waiting)

    def end_day(self) -> None:
        """Write down the last quotes of what is held, so that the account's file also tells what it is worth."""
        for symbol in sorted(symbol for symbol, held in self._exchange.ledger.positions.items() if held.qty):
            self._put_quote_on_file(symbol)
        self._commit_now_or_later()

    def no_quote(self, symbol: str) -> None:
        """Nobody quotes this symbol: what waited for it is rejected."""
        self._stale.discard(symbol)
        self._decide_waiting(symbol)
        self._commit_now_or_later()

    # -- after a restart -----------------------------------------------------------------------------------------

    @property
    def resume_from_ns(self) -> int:
        """Market time of the last quote that every resting order has met; 0 where none rests."""
        markets = [self._exchange.markets[symbol] for symbol in self.resting_symbols()]
        return min((market.quote.at_ns for market in markets), default=0)

    def resting_symbols(self) -> list[str]:
        return self._exchange.resting_symbols()

    def caught_up(self) -> None:
        """The quotes missed have all been handed in, in whatever order: match them, then go on with the day."""
        if not self._is_catching_up:
            return
        self._is_catching_up = False
        missed, self._missed = sorted(self._missed, key=_time), []
        self._stale -= {quote.symbol for quote in missed}
        for quote in missed:
            market = self._exchange.markets.get(quote.symbol)
            # What was matched before the restart may be handed in again.
            if market is None or quote.at_ns > market.quote.at_ns:
                self._see_quote(quote, quote.at_ns)
        if self._trading_day:
            self._see_time_now_or_later()
        self._commit_now_or_later()

    # -- time and quotes -----------------------------------------------------------------------------------------

    def _see_time(self) -> None:
        """Close or open the day; the first time after a start also lets the requests in that came before it."""
        self._is_late = True
        events = self._exchange.clock(self._now_ns, self._trading_day)
        if events and isinstance(events[-1], m.BrokerDay):
            self._open_day(events)
        else:
            self._keep(events)
        self._is_late = False
        for symbol in [s for s in self._waiting if not self._still_waits(s)]:
            self._decide_waiting(symbol)
        held, self._held = self._held, []
        for request in held:
            self._handle(request)

    def _see_time_now_or_later(self) -> None:
        with contextlib.suppress(JournalUnwritable):
            self._see_time()
            self._commit()

    def _open_day(self, events: list[Event]) -> None:
        """The statement at the end of ``events`` replaces the record; the ends of old orders before it are reported."""
        day = events[-1]
        assert isinstance(day, m.BrokerDay), f"a day opens with {day}"
        self._record.start_day(day)
        self._on_file.clear()
        self._stale.clear()
        for event in events:
            self._apply(event)
        self._say(events[:-1])
        early, self._early = self._early, {}
        for quote in early.values():
            self._see_quote(quote, self._now_ns)

    def _see_quote(self, quote: m.Quote, now_ns: int) -> None:
        if _day_number(quote.at_ns) > self._exchange.trading_day:
            self._early[quote.symbol] = quote
            return
        self._stale.discard(quote.symbol)
        events = self._exchange.quoted(quote, now_ns)
        if self._exchange.rests(quote.symbol):
            self._keep(events)
        else:
            for event in events:
                self._exchange.apply(event)
        if quote.symbol in self._waiting and quote.symbol in self._exchange.markets:
            self._decide_waiting(quote.symbol)

    # -- requests ------------------------------------------------------------------------------------------------

    def _handle(self, request: BrokerRequest) -> None:
        match request:
            case m.AskBroker():
                self._asked += 1
            case m.PlaceAtBroker() if self._awaits_quote(request.order):
                self._waiting.setdefault(request.order.symbol, []).append(request)
            case m.CancelAtBroker() if symbol := self._symbol_waited_for(request.client_order_id):
                self._waiting[symbol].append(request)
            case m.PlaceAtBroker() | m.CancelAtBroker():
                self._decide(request)

    def _decide(self, request: _OrderRequest) -> None:
        self._meet()
        if isinstance(request, m.PlaceAtBroker):
            self._put_quote_on_file(request.order.symbol)
        self._keep(self._exchange.decide(request, self._now_ns))

    def _meet(self) -> None:
        if events := self._exchange.met():
            self._keep(events)

    def _symbol_waited_for(self, client_order_id: str) -> str:
        for symbol, requests in self._waiting.items():
            if any(isinstance(r, m.PlaceAtBroker) and r.order.client_order_id == client_order_id for r in requests):
                return symbol
        return ""

    def _still_waits(self, symbol: str) -> bool:
        """False once the market has closed on the order: it needs no quote any more."""
        first = self._waiting[symbol][0]
        assert isinstance(first, m.PlaceAtBroker), "a cancel waits behind its order"
        return self._awaits_quote(first.order)

    def _awaits_quote(self, order: m.Order) -> bool:
        return self._exchange.awaits_quote(order, self._now_ns, anew=order.symbol in self._stale)

    def _decide_waiting(self, symbol: str) -> None:
        for request in self._waiting.pop(symbol, []):
            self._decide(request)

    # -- the record ----------------------------------------------------------------------------------------------

    def _put_quote_on_file(self, symbol: str) -> None:
        """An order is folded against the quote it met, whose traded volume is told from the quote before."""
        market = self._exchange.markets.get(symbol)
        if market is None or self._on_file.get(symbol) is market.quote:
            return
        before = [market.previous] if market.previous is not None else []
        self._record.append(m.Ticks([*before, market.quote]))
        self._on_file[symbol] = market.quote

    def _keep(self, events: list[Event]) -> None:
        for event in events:
            if type(event) is not m.BrokerCancelRefused:
                self._record.append(event)
            self._apply(event)
        self._say(events)

    def _apply(self, event: Event) -> None:
        self._exchange.apply(event)
        if type(event) is m.Ticks:
            for quote in event.quotes:
                self._on_file[quote.symbol] = quote

    def _say(self, events: list[Event]) -> None:
        self._unsaid += [event for event in events if isinstance(event, _SAID)]

    def _commit(self) -> None:
        """Write down, then speak. A statement waits while an order waits for a quote: it could not name it."""
        if self._asked:
            self._meet()
        self._record.commit()
        if self._unsaid:
            self._out += self._unsaid
            self._unsaid.clear()
        if self._asked and not self._waiting:
            self._out += [self._exchange.statement(self._now_ns)] * self._asked
            self._asked = 0

    def _commit_now_or_later(self) -> None:
        try:  # suppress() takes longer than the write
            self._commit()
        except JournalUnwritable:
            return


def _time(quote: m.Quote) -> int:
    return quote.at_ns


def _day_number(at_ns: int) -> int:
    day = day_of(at_ns)
    return day.year * 10_000 + day.month * 100 + day.day
