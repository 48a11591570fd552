"""A broker with an exchange behind it, for one account: takes orders, matches them against quotes, keeps its own books.

``decide``, ``quoted`` and ``clock`` say what happens next as a list of events and change nothing; ``apply`` folds one
event. Folding the recorded events again gives the same broker, its day and its resting orders included.
"""

from __future__ import annotations

from datetime import date

from common import messages as m
from common.beijing import at, day_of
from common.fees import FeeSchedule
from common.orders import Status
from common.reasons import Reason, text_of
from common.sessions import Phase, can_cancel, is_continuous, phase_at
from sim.exchange_book import Book, LiveOrder
from sim.exchange_draft import Draft, Event, stated
from sim.exchange_entry import refusal_before_quote, refusal_on_quote
from sim.exchange_ledger import Ledger, Position
from sim.exchange_matching import allot, is_queued
from sim.exchange_shelf import Market, Shelf

__all__ = ["Event", "Exchange"]

# Brokers and the exchange take cancels in these parts of the day; in the pauses nothing trades, so one acts at once.
_CANCEL_IN_PAUSES = frozenset({Phase.PRE_OPEN, Phase.PAUSE, Phase.LUNCH})
# The closing print arrives a moment after 15:00; what rests later than this never trades.
_DAY_ENDS = "15:00:05"
_STATUS = {status.value: status for status in Status}


class Exchange:
    """One account at the simulated broker. ``trading_day`` is 0 until the first day is opened by ``clock``."""

    def __init__(self, account: str, cash_e4: int, fees: FeeSchedule) -> None:
        self.account, self.fees = account, fees
        self.ledger = Ledger(cash_e4, fees)
        self.trading_day = 0
        self.markets: dict[str, Market] = {}
        self.orders: dict[str, LiveOrder] = {}
        self.fills: list[m.BrokerFill] = []
        self._day: date | None = None
        self._ends_ns = 0
        self._books: dict[str, Book] = {}
        self._venue_ids: dict[str, str] = {}  # client_order_id -> its latest order; a broker does not tell doubles
        self._asked: m.Order | None = None
        self._arrived: LiveOrder | None = None  # accepted last, while nothing else has happened since

    # -- what can be asked ---------------------------------------------------------------------------------------

    def statement(self, now_ns: int) -> m.BrokerDay:
        """Everything of the day, as a broker's query gives it."""
        return m.BrokerDay(
            account=self.account,
            trading_day=self.trading_day,
            orders=[stated(o, o.status, o.cum_qty, o.reason, o.updated_ns) for o in self.orders.values()],
            fills=list(self.fills),
            cash_e4=self.ledger.cash_e4,
            holdings=self._holdings(),
            complete=True,
            at_ns=now_ns,
        )

    def rests(self, symbol: str) -> bool:
        return bool(self._books.get(symbol))

    def resting_symbols(self) -> list[str]:
        return sorted(symbol for symbol, book in self._books.items() if book)

    def awaits_quote(self, order: m.Order, now_ns: int, *, anew: bool = False) -> bool:
        """Whether only a quote of its symbol can tell what becomes of the order; `anew`: the one known is too old."""
        return (anew or order.symbol not in self.markets) and refusal_before_quote(order, self._day, now_ns) is None

    # -- what happens next ---------------------------------------------------------------------------------------

    def decide(self, request: m.PlaceAtBroker | m.CancelAtBroker, now_ns: int) -> list[Event]:
        """The answer to a request; an order that is accepted meets the book with ``met``."""
        match request:
            case m.PlaceAtBroker():
                return self._place(request, now_ns)
            case m.CancelAtBroker():
                return [self._cancel(request, now_ns)]

    def met(self) -> list[Event]:
        """What the order that was accepted last gets from the book, and its end; nothing where it has met it before."""
        live = self._arrived
        if live is None:
            return []
        market = self.markets[live.order.symbol]
        if not is_continuous(live.phase) or is_queued(live.phase, market):
            return []
        draft = self._draft(live.entered_ns)
        shelf = Shelf(market.quote, market.traded, market.taken)
        draft.trade(live, shelf.from_book(live.order.side, live.order.price_e4, live.order.qty))
        return draft.events

    def quoted(self, quote: m.Quote, now_ns: int) -> list[Event]:
        """A quote with the fills and ends it causes; nothing where it is a repeat, older, or of another day."""
        market = self.markets.get(quote.symbol)
        if day_of(quote.at_ns) != self._day or (market is not None and not market.is_news(quote)):
            return []
        draft = self._draft(now_ns, m.Ticks([quote]))
        if market is not None and self.rests(quote.symbol):
            for live, takes in allot(market, quote, self._books[quote.symbol]):
                draft.trade(live, takes)
        return draft.events

    def clock(self, now_ns: int, trading_day: int) -> list[Event]:
        """Orders end at the close; a new trading day starts with a statement that unlocks yesterday's purchases."""
        is_new_day = trading_day != self.trading_day
        if not is_new_day and (now_ns < self._ends_ns or not any(self._books.values())):
            return []
        events: list[Event] = [
            stated(live, Status.EXPIRED, live.cum_qty, Reason.DAY_ENDED, now_ns)
            for live in self.orders.values()
            if not live.is_final
        ]
        if is_new_day:
            events.append(self._unlocked(now_ns, trading_day))
        return events

    # -- what changes it -----------------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        self._arrived = None
        match event:
            case m.PlaceAtBroker():
                self._asked = event.order
            case m.BrokerOrder():
                self._fold_order(event)
            case m.BrokerFill():
                self._fold_fill(event)
            case m.Ticks():
                for quote in event.quotes:
                    self._fold_quote(quote)
            case m.BrokerDay():
                self._open_day(event)
            case m.BrokerCancelRefused():
                pass

    # -- deciding ------------------------------------------------------------------------------------------------

    def _place(self, request: m.PlaceAtBroker, now_ns: int) -> list[Event]:
        order, phase = request.order, phase_at(now_ns)
        live = LiveOrder(order, str(len(self.orders) + 1), now_ns, phase)
        market = self.markets.get(order.symbol)
        refusal = self._refusal(order, market, now_ns)
        if refusal is not None or market is None:
            return [request, stated(live, Status.REJECTED, 0, refusal or Reason.NO_QUOTE, now_ns)]
        return [request, stated(live, Status.ACCEPTED, 0, "", now_ns)]

    def _refusal(self, order: m.Order, market: Market | None, now_ns: int) -> str | None:
        if order.account != self.account:
            return Reason.UNKNOWN_ACCOUNT
        early = refusal_before_quote(order, self._day, now_ns)
        if early is not None or market is None or self._day is None:
            return early
        return refusal_on_quote(order, market.quote, self.ledger, self._day, now_ns)

    def _cancel(self, request: m.CancelAtBroker, now_ns: int) -> Event:
        live = self.orders.get(request.venue_order_id or self._venue_ids.get(request.client_order_id, ""))
        # Numbers start again every day: a cancel of yesterday's order must not hit today's of the same number.
        if live is None or live.order.client_order_id != request.client_order_id:
            return self._refused(request, Reason.UNKNOWN_ORDER, now_ns)
        if live.is_final:
            return self._refused(request, Reason.ORDER_CLOSED, now_ns)
        phase = phase_at(now_ns)
        if not can_cancel(phase) and phase not in _CANCEL_IN_PAUSES:
            return self._refused(request, Reason.CANCEL_NOT_ALLOWED, now_ns)
        return stated(live, Status.CANCELLED, live.cum_qty, Reason.CANCELLED_BY_USER, now_ns)

    def _refused(self, request: m.CancelAtBroker, code: str, now_ns: int) -> m.BrokerCancelRefused:
        return m.BrokerCancelRefused(self.account, request.client_order_id, code, text_of(code), now_ns)

    def _draft(self, now_ns: int, *first: Event) -> Draft:
        spare_e4, fills_made = self.ledger.available_e4, len(self.fills)
        return Draft([*first], self.trading_day, self._day, now_ns, self.fees, fills_made, spare_e4)

    def _unlocked(self, now_ns: int, trading_day: int) -> m.BrokerDay:
        """The statement a day starts with: nothing in it was bought today."""
        held = [m.Holding(h.symbol, h.qty, 0, h.cost_e4, h.last_price_e4, h.opened_ns) for h in self._holdings()]
        return m.BrokerDay(self.account, trading_day, [], [], self.ledger.cash_e4, held, True, now_ns)

    # -- folding -------------------------------------------------------------------------------------------------

    def _fold_order(self, said: m.BrokerOrder) -> None:
        live = self.orders.get(said.venue_order_id)
        if live is None:
            self._enter(said)
            return
        live.status, live.reason, live.updated_ns = _STATUS[said.status], said.reason, said.at_ns
        if live.is_final:
            self._books[live.order.symbol].remove(live)
            self.ledger.hold_back(live, 0, self._today())
            self.ledger.forget_if_sold(live.order.symbol)

    def _enter(self, said: m.BrokerOrder) -> None:
        order = self._asked
        assert order is not None and order.client_order_id == said.client_order_id, f"{said} was never asked for"
        live = LiveOrder(order, said.venue_order_id, said.at_ns, phase_at(said.at_ns))
        live.status, live.reason, live.updated_ns = _STATUS[said.status], said.reason, said.at_ns
        self.orders[live.venue_order_id] = live
        self._venue_ids[order.client_order_id] = live.venue_order_id
        if not live.is_final:
            self.ledger.hold_back(live, order.qty, self._today())
            book = self._books.setdefault(order.symbol, Book())
            book.add(live, queued=is_queued(live.phase, self.markets[order.symbol]))
            self._arrived = live

    def _fold_fill(self, fill: m.BrokerFill) -> None:
        live = self.orders[fill.venue_order_id]
        self.fills.append(fill)
        self.ledger.settle(fill, self._today())
        live.cum_qty += fill.qty
        live.cum_value_e4 += fill.qty * fill.price_e4
        live.fee_e4 += fill.fee_e4
        live.status, live.updated_ns = Status.PARTIALLY_FILLED, fill.at_ns
        self.ledger.hold_back(live, live.leaves_qty, self._today())
        taken = self.markets[fill.symbol].taken
        taken[fill.price_e4] = taken.get(fill.price_e4, 0) + fill.qty

    def _fold_quote(self, quote: m.Quote) -> None:
        market = self.markets.get(quote.symbol)
        if market is None:
            market = self.markets[quote.symbol] = Market(quote)
        else:
            market.turn_to(quote)
        if market.is_continuous and self.rests(quote.symbol):
            self._books[quote.symbol].release()

    def _open_day(self, day: m.BrokerDay) -> None:
        self.trading_day = day.trading_day
        self._day = date(day.trading_day // 10_000, day.trading_day // 100 % 100, day.trading_day % 100)
        self._ends_ns = at(self._day, _DAY_ENDS)
        self.ledger.open_day(day.cash_e4, day.holdings, self._day)
        self.markets, self.orders, self.fills = {}, {}, []
        self._books, self._venue_ids, self._asked = {}, {}, None

    def _today(self) -> date:
        assert self._day is not None, "no day is open"
        return self._day

    def _holdings(self) -> list[m.Holding]:
        """Positions at the last price known of each."""
        return [
            m.Holding(p.symbol, p.qty, p.today_qty, p.cost_e4, self._last_e4(p), p.opened_ns)
            for p in self.ledger.positions.values()
            if p.qty
        ]

    def _last_e4(self, position: Position) -> int:
        market = self.markets.get(position.symbol)
        return (market.quote.last_price_e4 if market else 0) or position.last_price_e4
