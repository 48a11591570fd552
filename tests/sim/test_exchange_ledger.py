"""Whatever is ordered and quoted: no debts, no share sold twice, no fen lost, nothing filled that was not there."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.beijing import at
from common.fees import FeeSchedule
from common.portfolio import Book
from common.wire import decode_message, encode
from sim.exchange import Event, Exchange
from tests.sim.exchange_stage import DAY, a_quote

BANK, STAR, GOLD = "600000.XSHG", "688001.XSHG", "518880.XSHG"
SYMBOLS = (BANK, STAR, GOLD)
CASH_E4 = 60_000 * 10_000
START_QTY = 700
TIMES = ("8:50", "9:16", "9:22", "9:25", "9:27", "9:30", "9:31", "11:29:57", "12:00", "13:00", "14:30", "14:56:59")
TIMES = (*TIMES, "14:57:02", "14:59", "15:00:01", "15:00:06")
OPEN_AND_LATER = ("9:31", "9:45", "10:00", "10:01", "10:30", "14:00")

prices = st.integers(95, 105).map(lambda dime: dime / 10)
sizes = st.sampled_from([1, 18, 100, 250, 900])


@st.composite
def quotes(draw: st.DrawFn) -> dict[str, object]:
    """What is new in a quote: a book around a price or none, and what traded."""
    last = draw(prices)
    has_book = draw(st.booleans())
    step = 1000
    middle = round(last * 10_000)
    levels = draw(st.lists(sizes, min_size=0, max_size=3))
    asks = tuple((middle + step * (i + 1), qty) for i, qty in enumerate(levels)) if has_book else ()
    bids = (
        tuple((middle - step * i, qty) for i, qty in enumerate(draw(st.lists(sizes, max_size=3)))) if has_book else ()
    )
    known = draw(st.booleans())
    traded = (min(last, draw(prices)), max(last, draw(prices))) if known else (0, 0)
    return {"last": last, "bids": bids, "asks": asks, "traded": traded, "rise": draw(st.sampled_from([0, 0, 40, 700]))}


places = st.tuples(
    st.just("place"), st.sampled_from(SYMBOLS), st.sampled_from(m.Side), st.sampled_from([1, 100, 200, 250, 900]),
    prices, st.sampled_from(m.OrderType),
)  # fmt: skip
acts = st.one_of(
    places,
    st.tuples(st.just("quote"), st.sampled_from(SYMBOLS), quotes()),
    st.tuples(st.just("cancel"), st.integers(1, 12)),
    st.tuples(st.just("reload")),
)
days = st.lists(st.tuples(st.integers(0, 2), acts), max_size=40)


@dataclass
class Witness:
    """An exchange, the desk's own book beside it, and what the market offered in the current interval."""

    exchange: Exchange
    book: Book
    times: tuple[str, ...]
    record: list[Event] = field(default_factory=list)
    volume: dict[str, int] = field(default_factory=dict)
    offered: dict[str, int] = field(default_factory=dict)
    fills: list[m.BrokerFill] = field(default_factory=list)
    hour: int = 0
    placed: int = 0

    def act(self, step: int, act: tuple) -> None:
        if step and self.hour + step < len(self.times):
            self.hour += step
            self.keep(self.exchange.clock(self.now_ns, 20261120))
        match act:
            case ("place", symbol, side, qty, price, kind):
                self.placed += 1
                order = m.Order(
                    f"a{self.placed}", "main", "s", symbol, side, kind, qty, round(price * 10_000), self.now_ns, 0
                )
                self.book.apply(m.OrderSubmitted(order, 0, self.now_ns))
                self.keep(self.exchange.decide(m.PlaceAtBroker(order), self.now_ns))
                self.keep(self.exchange.met())
            case ("cancel", which):
                self.keep(self.exchange.decide(m.CancelAtBroker("main", f"a{which}", ""), self.now_ns))
            case ("quote", symbol, new):
                self.quote(symbol, **new)
            case ("reload",):
                twin = Exchange("main", 0, FeeSchedule())
                for event in self.record:
                    twin.apply(decode_message(encode(event)))  # type: ignore[arg-type]
                assert twin.statement(1) == self.exchange.statement(1)
                self.exchange = twin

    @property
    def now_ns(self) -> int:
        return at(DAY, self.times[self.hour])

    def quote(self, symbol: str, last: float, bids: tuple, asks: tuple, traded: tuple, rise: int) -> None:
        self.volume[symbol] = self.volume.get(symbol, 0) + rise
        quote = a_quote(
            self.times[self.hour], last, self.volume[symbol], symbol=symbol, bids=bids, asks=asks, traded=traded
        )
        events = self.exchange.quoted(quote, self.now_ns)
        if events:
            self.offered[symbol] = rise + sum(qty for _, qty in (*bids, *asks))
        self.keep(events)

    def keep(self, events: list[Event]) -> None:
        for event in events:
            self.exchange.apply(event)
            self.record.append(event)
            if isinstance(event, m.BrokerFill):
                self.fills.append(event)
                self.offered[event.symbol] -= event.qty
            for heard in as_the_desk_hears(event):
                self.book.apply(heard)
        self.check()

    def check(self) -> None:
        ledger = self.exchange.ledger
        assert ledger.available_e4 >= 0
        assert all(p.sellable_qty >= 0 and p.frozen_qty >= 0 for p in ledger.positions.values())
        assert all(left >= 0 for left in self.offered.values())
        paid_e4 = sum(f.qty * f.price_e4 * (1 if f.side is m.Side.BUY else -1) + f.fee_e4 for f in self.fills)
        assert ledger.cash_e4 == CASH_E4 - paid_e4
        assert (self.book.cash_e4, self.book.frozen_cash_e4) == (ledger.cash_e4, ledger.frozen_e4)
        for symbol in SYMBOLS:
            bought = sum(f.qty * (1 if f.side is m.Side.BUY else -1) for f in self.fills if f.symbol == symbol)
            held = ledger.positions.get(symbol)
            assert (held.qty if held else 0) == START_QTY + bought
            assert self.book.closeable_qty(symbol) == ledger.sellable_qty(symbol)


def as_the_desk_hears(event: Event) -> list[m.Message]:
    match event:
        case m.BrokerFill():
            names = ("account", "client_order_id", "venue_order_id", "fill_id", "symbol", "side", "qty", "price_e4")
            return [m.OrderFilled(*(getattr(event, name) for name in names), event.fee_e4, event.at_ns)]
        case m.BrokerOrder(status="accepted"):
            return [m.OrderAccepted("main", event.client_order_id, event.venue_order_id, event.at_ns)]
        case m.BrokerOrder(status="rejected"):
            return [m.OrderRejected("main", event.client_order_id, event.reason, event.text, event.at_ns)]
        case m.BrokerOrder(status="cancelled" | "expired"):
            ended = m.OrderCancelled if event.status == "cancelled" else m.OrderExpired
            return [ended("main", event.client_order_id, event.cum_qty, event.reason, event.text, event.at_ns)]
    return []


def witness(times: tuple[str, ...]) -> Witness:
    holdings = [m.Holding(symbol, START_QTY, 0, START_QTY * 100_000, 100_000, 0) for symbol in SYMBOLS]
    now_ns = at(DAY, times[0])
    seen = Witness(Exchange("main", 0, FeeSchedule()), Book("main", FeeSchedule()), times)
    seen.book.apply(m.TradingDayOpened("main", 20261120, CASH_E4, holdings, now_ns))
    seen.keep([m.BrokerDay("main", 20261120, [], [], CASH_E4, holdings, True, now_ns)])
    for symbol in SYMBOLS:
        seen.quote(symbol, 10.0, (), (), (0, 0), 0)
    return seen


@given(days)
@settings(max_examples=300)
def test_books_hold_through_a_whole_day(day: list) -> None:
    seen = witness(TIMES)
    for step, act in day:
        seen.act(step, act)


@given(days)
@settings(max_examples=300)
def test_books_hold_in_continuous_trading(day: list) -> None:
    seen = witness(OPEN_AND_LATER)
    for step, act in day:
        seen.act(step, act)


@given(st.integers(0, 2), st.integers(0, 40))
def test_a_sale_that_cannot_pay_its_fees_makes_no_debt(cash_yuan: int, shown: int) -> None:
    exchange = Exchange("main", 0, FeeSchedule())
    holding = m.Holding(STAR, 300, 0, 3_000_000, 10_000, 0)
    exchange.apply(m.BrokerDay("main", 20261120, [], [], cash_yuan * 10_000, [holding], True, at(DAY, "9:00")))
    quote = a_quote("10:00", 1.0, 0, symbol=STAR, bids=((10_000, shown),), limits=(0, 0))
    exchange.apply(m.Ticks([quote]))
    order = m.Order("a", "main", "s", STAR, m.Side.SELL, m.OrderType.LIMIT, 300, 10_000, 0, 0)
    for event in exchange.decide(m.PlaceAtBroker(order), at(DAY, "10:00:01")):
        exchange.apply(event)
    for event in exchange.met():
        exchange.apply(event)
    assert exchange.ledger.cash_e4 >= 0
    assert bool(exchange.fills) == (shown > 0 and shown + cash_yuan >= 5)
