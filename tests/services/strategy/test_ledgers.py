"""Whatever happens to orders, the ledgers are parts of the account: nothing is in two of them, nothing appears."""

from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.beijing import at
from common.fees import FeeSchedule, fill_fee_e4
from common.portfolio import Book
from services.strategy.ids import OrderIds
from services.strategy.sub_opening import adopted
from services.strategy.sub_state import Lot, Opening, SubsState, Transfer
from services.strategy.subs import Subs
from tests.services.strategy.desk import ACCOUNT, CALENDAR, ETF, FRIDAY, STRATEGY, A, B, holding, number_of

SUBS = 3
CASH_E4 = 3_000_000_000
SYMBOLS = (A, B, ETF)
FEES = FeeSchedule()

# What may happen next: its kind, a sub-account (SUBS: another strategy, SUBS + 1: by hand), a security, a number.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "fill", "cancel", "deny", "move", "mark", "snapshot", "day"]),
        st.integers(0, SUBS + 1),
        st.sampled_from(SYMBOLS),
        st.integers(1, 30),
    ),
    max_size=60,
)


class Town:
    """An account, its sub-accounts, and a broker that does what it is told."""

    def __init__(self) -> None:
        self.day, self.numbers = FRIDAY, 0
        self.now_ns = at(self.day, "9:00")
        self.book = Book(ACCOUNT, FEES)
        self.subs = Subs(self.book, STRATEGY)
        self.book.apply(self.opened(20_000_000_000, [holding(A, 700), holding(B, 50)]))
        openings = tuple(Opening("stock", CASH_E4, CASH_E4) for _ in range(SUBS))
        self.subs.divide(self.subs.divided(openings, ()), self.now_ns)

    def opened(self, cash_e4: int, held: list[m.Holding]) -> m.TradingDayOpened:
        return m.TradingDayOpened(ACCOUNT, number_of(self.day), cash_e4, held, self.now_ns)

    def order(self, sub: int, symbol: str, side: m.Side, qty: int) -> None:
        """As a strategy orders: no more than the sub-account and the account allow."""
        self.numbers += 1
        price_e4 = 100_000 + self.numbers * 100
        ids = OrderIds("sim/demo", number_of(self.day), "trade", self.numbers, "")
        key = ids.next(sub if sub < SUBS else None)
        if side is m.Side.SELL:
            free = self.subs.closeable_qty(symbol, sub) if sub < SUBS else self.nobodys(symbol)
            qty = min(qty, free)
        elif sub < SUBS:
            qty = min(qty, max(self.subs.free_cash_e4(sub) - 100_000, 0) * 9 // (price_e4 * 10))
        if qty <= 0:
            return
        strategy = STRATEGY if sub < SUBS else "other" if sub == SUBS else "foreign"
        order = m.Order(key, ACCOUNT, strategy, symbol, side, m.OrderType.LIMIT, qty, price_e4, self.now_ns, 0)
        if sub < SUBS:
            self.subs.enter(order)
        if self.numbers % 4:
            self.subs.fold(m.OrderSubmitted(order, self.now_ns, self.now_ns))

    def nobodys(self, symbol: str) -> int:
        """What may be sold without taking anything from a sub-account."""
        claimed = sum(b.positions[symbol].qty for b in self.books if symbol in b.positions)
        return max(self.book.closeable_qty(symbol) - claimed, 0)

    @property
    def books(self) -> list[Book]:
        return [ledger.book for ledger in self.subs.ledgers]

    def step(self, kind: str, sub: int, symbol: str, number: int) -> None:
        open_ = self.book.open_orders()
        record = open_[number % len(open_)] if open_ else None
        match kind:
            case "buy" | "sell":
                self.order(sub, symbol, m.Side(kind), number * 100)
            case "fill" if record is not None:
                self.fill(record.order, min(record.leaves_qty, number * 50))
            case "cancel" if record is not None and not record.is_final:
                key = record.order.client_order_id
                self.subs.fold(m.OrderCancelled(ACCOUNT, key, record.cum_qty, "CANCELLED_BY_USER", "", self.now_ns))
            case "deny" if record is not None and not record.is_final and not record.cum_qty:
                self.subs.fold(m.OrderDenied(record.order, "HALTED", "", "", "", 0, self.now_ns))
            case "move":
                cash_e4 = min(number * 7_777, self.subs.book(sub % SUBS).available_cash_e4)
                self.numbers += 1
                self.subs.move(Transfer(f"t{self.numbers}", sub % SUBS, number % SUBS, cash_e4), self.now_ns)
            case "mark":
                self.subs.fold(m.AccountMarked(ACCOUNT, self.now_ns, {symbol: 100_000 + number * 100}))
            case "snapshot":
                self.subs.restore(self.book.snapshot("simulator", self.now_ns))
            case "day":
                self.next_day()

    def fill(self, order: m.Order, qty: int) -> None:
        self.numbers += 1
        fee_e4 = fill_fee_e4(order.symbol, order.side, 0, qty * order.price_e4, self.day, FEES)
        key = order.client_order_id
        self.subs.fold(
            m.OrderFilled(
                ACCOUNT,
                key,
                "v",
                f"F{self.numbers}",
                order.symbol,
                order.side,
                qty,
                order.price_e4,
                fee_e4,
                self.now_ns,
            )
        )

    def next_day(self) -> None:
        self.day = CALENDAR.following(self.day)
        self.now_ns = at(self.day, "9:00")
        held = [
            m.Holding(p.symbol, p.qty, 0, p.cost_e4, p.last_price_e4, p.opened_ns)
            for p in self.book.positions.values()
            if p.qty
        ]
        closings = [ledger.closing() for ledger in self.subs.ledgers]
        self.subs.fold(self.opened(self.book.cash_e4, held))
        state = self.subs.state
        assert state is not None and list(state.openings) == closings and self.subs.is_unchecked
        openings, lines = adopted(closings, state.before or {}, {h.symbol: h.qty for h in held}, {})
        assert lines == [] and list(openings) == closings  # nothing happened over night
        self.subs.adopt(openings)


def check(town: Town) -> None:
    books, account = town.books, town.book
    assert sum(book.cash_e4 for book in books) <= account.cash_e4
    assert sum(book.frozen_cash_e4 for book in books) <= account.frozen_cash_e4
    for symbol in SYMBOLS:
        parts = [book.positions[symbol] for book in books if symbol in book.positions]
        whole = account.positions.get(symbol)
        assert all(part.qty >= 0 and part.frozen_qty >= 0 for part in parts)
        assert sum(part.qty for part in parts) <= (whole.qty if whole else 0)
        assert sum(part.today_qty for part in parts) <= (whole.today_qty if whole else 0)
        assert {part.last_price_e4 for part in parts if part.qty} <= {whole.last_price_e4 if whole else 0}


def seen(subs: Subs) -> list[object]:
    """All of every ledger, the order of its dicts apart."""
    return [
        (
            ledger.inout_e4,
            ledger.book.cash_e4,
            ledger.book.frozen_cash_e4,
            {s: p for s, p in ledger.book.positions.items() if p.qty or p.frozen_qty},
            {key: record.state() for key, record in ledger.book.orders.items()},
            [fill.fill_id for fill in ledger.book.fills],
        )
        for ledger in subs.ledgers
    ]


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_they_are_parts_of_the_account_at_every_event(events: list[tuple[str, int, str, int]]) -> None:
    """What others buy, and what was there before, is in the account and in none of them; they are the rest of it."""
    town = Town()
    for event in events:
        town.step(*event)
        check(town)


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_a_restart_at_any_event_folds_the_same(events: list[tuple[str, int, str, int]]) -> None:
    """From the kept state and the account's book alone, as after a kill."""
    town = Town()
    for event in events:
        town.step(*event)
        again = Subs(Book(ACCOUNT, FEES), STRATEGY)
        again.load(town.subs.state)
        again.restore(town.book.snapshot("simulator", town.now_ns))
        assert seen(again) == seen(town.subs)


LOTS = st.lists(st.integers(0, 5000), min_size=2, max_size=5)


@given(LOTS, st.integers(0, 20_000), st.integers(0, 20_000), st.integers(500_000_000, 3 * 10**9))
def test_the_ledgers_never_claim_more_than_there_is(claims: list[int], rest: int, now: int, ratio_e9: int) -> None:
    openings = [Opening("stock", 0, 0, (Lot(A, qty, qty * 7, 100_000, 0),) if qty else ()) for qty in claims]
    before = {A: sum(claims) + rest}
    made, lines = adopted(openings, before, {A: now}, {A: ratio_e9})
    owned = [sum(lot.qty for lot in opening.lots) for opening in made]
    assert sum(owned) <= max(now, 0) and all(qty >= 0 for qty in owned)
    assert (owned != claims) <= bool(lines)
    if ratio_e9 == 10**9 and sum(claims) <= now:
        assert owned == claims


def test_state_of_an_account_that_was_never_divided_is_none() -> None:
    subs = Subs(Book(ACCOUNT, FEES), STRATEGY)
    assert (subs.state, subs.ledgers, subs.is_live, subs.is_behind, subs.is_unchecked) == (
        None,
        (),
        False,
        False,
        False,
    )
    subs.load(SubsState(20261120, (Opening("stock", 1, 1),) * 2))
    assert len(subs.ledgers) == 2 and not subs.is_live
