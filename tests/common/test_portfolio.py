"""An account's book against a naive second book-keeper, over any story a broker can tell."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common import wire
from common.beijing import day_of
from common.fees import order_fee_e4
from common.orders import OrderRecord, Status
from common.portfolio import Book, Position
from tests.common.broker_stories import (
    CASH_E4,
    DAY,
    FEES,
    HELD,
    NEW,
    OPEN_NS,
    STOCK,
    SYMBOLS,
    T0_FUND,
    cancelled,
    fill,
    opening,
    order,
    stories,
    submitted,
)


def opened_book() -> Book:
    book = Book("main", FEES)
    book.apply(opening())
    return book


# -- the second book-keeper --------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Naive:
    """What the account must be after a story, each figure computed from all of it."""

    story: list[m.Message]

    @property
    def fills(self) -> list[m.OrderFilled]:
        first: dict[tuple[str, str], m.OrderFilled] = {}
        for event in self.story:
            if isinstance(event, m.OrderFilled):
                first.setdefault((event.client_order_id, event.fill_id), event)
        return list(first.values())

    @property
    def orders(self) -> dict[str, m.Order]:
        return {e.order.client_order_id: e.order for e in self.story if isinstance(e, m.OrderSubmitted)}

    def cash_e4(self) -> int:
        signs = {m.Side.BUY: -1, m.Side.SELL: 1}
        return CASH_E4 + sum(signs[f.side] * f.qty * f.price_e4 - f.fee_e4 for f in self.fills)

    def qty(self, symbol: str) -> int:
        signs = {m.Side.BUY: 1, m.Side.SELL: -1}
        return HELD.get(symbol, 0) + sum(signs[f.side] * f.qty for f in self.fills if f.symbol == symbol)

    def leaves(self, key: str) -> int:
        """Still to trade: nothing after a reject, after another end what the broker counted and has not told."""
        of_order = [e for e in self.story if getattr(e, "client_order_id", "") == key]
        filled = 0
        seen: set[str] = set()
        final: int | None = None
        for event in of_order:
            if isinstance(event, m.OrderFilled) and event.fill_id not in seen:
                seen.add(event.fill_id)
                filled += event.qty
            if final is None and filled < self.orders[key].qty:
                if isinstance(event, m.OrderCancelled | m.OrderExpired):
                    final = event.cum_qty
                elif isinstance(event, m.OrderRejected):
                    final = 0
        return max((self.orders[key].qty if final is None else final) - filled, 0)

    def frozen_qty(self, symbol: str) -> int:
        sells = [k for k, o in self.orders.items() if o.symbol == symbol and o.side is m.Side.SELL]
        return sum(self.leaves(key) for key in sells)

    def frozen_cash_e4(self) -> int:
        frozen_e4 = 0
        for key, asked in self.orders.items():
            leaves = self.leaves(key)
            if asked.side is m.Side.BUY and leaves:
                mine = [f for f in self.fills if f.client_order_id == key]
                rest_e4 = leaves * asked.price_e4
                all_e4 = sum(f.qty * f.price_e4 for f in mine) + rest_e4
                fee_e4 = order_fee_e4(asked.symbol, "buy", all_e4, day_of(OPEN_NS), FEES)
                frozen_e4 += rest_e4 + max(fee_e4 - sum(f.fee_e4 for f in mine), 0)
        return frozen_e4

    def closeable_qty(self, symbol: str) -> int:
        bought = sum(f.qty for f in self.fills if f.symbol == symbol and f.side is m.Side.BUY)
        locked = 0 if symbol == T0_FUND else bought
        return self.qty(symbol) - locked - self.frozen_qty(symbol)


def told(story: list[m.Message]) -> Book:
    book = Book("main", FEES)
    for event in story:
        book.apply(event)
    return book


def everything(book: Book) -> dict[str, object]:
    """All that can be read of a book, in order."""
    return {
        "cash": (book.cash_e4, book.frozen_cash_e4, book.available_cash_e4, book.total_value_e4),
        "opening": (book.trading_day, book.opening_cash_e4, book.opening_value_e4, book.link_up),
        "positions": list(book.positions.items()),
        "orders": list(book.orders.items()),
        "fills": book.fills,
        "open": [record.order.client_order_id for record in book.open_orders()],
    }


def restored(book: Book) -> Book:
    """A second book from the first one's snapshot, over the wire."""
    packed = wire.raw(book.snapshot("simulator", OPEN_NS))
    snapshot = wire.decode_answer(packed)
    assert isinstance(snapshot, m.AccountSnapshot)
    twin = Book("main", FEES)
    twin.restore(snapshot)
    return twin


@given(stories())
def test_the_book_is_what_the_naive_book_keeper_finds(story: list[m.Message]) -> None:
    book, naive = told(story), Naive(story)
    assert book.cash_e4 == naive.cash_e4()
    assert book.frozen_cash_e4 == naive.frozen_cash_e4()
    assert book.fills == naive.fills
    for symbol in SYMBOLS:
        position = book.positions.get(symbol, Position(symbol))
        assert position.qty == naive.qty(symbol)
        assert position.frozen_qty == naive.frozen_qty(symbol)
        assert book.closeable_qty(symbol) == naive.closeable_qty(symbol) >= 0
    assert {r.order.client_order_id for r in book.open_orders()} == {k for k in naive.orders if naive.leaves(k)}


@given(stories())
def test_money_is_neither_made_nor_lost(story: list[m.Message]) -> None:
    """Cash spent is in what was bought, in fees, or came from what was sold."""
    book = told(story)
    paid_e4 = sum(f.qty * f.price_e4 for f in book.fills if f.side is m.Side.BUY)
    got_e4 = sum(f.qty * f.price_e4 for f in book.fills if f.side is m.Side.SELL)
    fees_e4 = sum(f.fee_e4 for f in book.fills)
    assert book.cash_e4 + paid_e4 - got_e4 + fees_e4 == CASH_E4
    assert all(p.cost_e4 >= 0 and (p.qty or not p.cost_e4) for p in book.positions.values())


@given(stories())
def test_nothing_stays_reserved_when_all_orders_have_ended(story: list[m.Message]) -> None:
    book = told(story)
    for record in list(book.orders.values()):
        book.apply(cancelled(record.order, record.cum_qty))
        if leaves := record.leaves_qty:
            book.apply(fill(record.order, "last", leaves, record.order.price_e4))
    assert book.open_orders() == [] and book.frozen_cash_e4 == 0
    assert all(p.frozen_qty == 0 for p in book.positions.values())


@given(stories(), st.integers(0, 25))
def test_a_book_from_a_snapshot_is_the_same_and_stays_the_same(story: list[m.Message], cut: int) -> None:
    book = told(story[: cut + 1])
    twin = restored(book)
    assert everything(twin) == everything(book)
    for event in story[cut + 1 :]:
        book.apply(event)
        twin.apply(event)
    assert everything(twin) == everything(book)


# -- single rules ------------------------------------------------------------------------------------------------------


def test_shares_bought_today_are_locked_until_tomorrow() -> None:
    book = opened_book()
    bought = order("b")
    book.apply(submitted(bought))
    book.apply(fill(bought, "f", 1_000, 100_000))
    assert (book.positions[STOCK].qty, book.closeable_qty(STOCK)) == (3_000, 2_000)
    held = [position.holding() for position in book.positions.values()]
    overnight = [m.Holding(h.symbol, h.qty, 0, h.cost_e4, h.last_price_e4, h.opened_ns) for h in held]
    book.apply(m.TradingDayOpened("main", DAY + 3, book.cash_e4, overnight, OPEN_NS))
    assert book.closeable_qty(STOCK) == 3_000 and book.orders == {} and book.fills == []


def test_a_sale_under_t1_takes_older_shares_only() -> None:
    book = opened_book()
    bought, sold = order("b"), order("s", side=m.Side.SELL, qty=2_000)
    for event in (submitted(bought), fill(bought, "f", 1_000, 100_000), submitted(sold)):
        book.apply(event)
    assert book.closeable_qty(STOCK) == 0, "all that may be sold stands in an order"
    book.apply(fill(sold, "g", 2_000, 100_000))
    position = book.positions[STOCK]
    assert (position.qty, position.today_qty, position.closeable_qty, position.frozen_qty) == (1_000, 1_000, 0, 0)


def test_a_gold_fund_may_be_sold_on_the_day_it_was_bought() -> None:
    book = opened_book()
    bought, sold = order("b", T0_FUND), order("s", T0_FUND, m.Side.SELL, 11_000)
    for event in (submitted(bought), fill(bought, "f", 1_000, 50_000)):
        book.apply(event)
    assert book.closeable_qty(T0_FUND) == 11_000
    for event in (submitted(sold), fill(sold, "g", 11_000, 50_000)):
        book.apply(event)
    assert (book.positions[T0_FUND].qty, book.positions[T0_FUND].today_qty, book.closeable_qty(T0_FUND)) == (0, 0, 0)
    assert book.positions[T0_FUND].cost_e4 == 0


def test_an_open_sale_freezes_its_shares_until_it_ends() -> None:
    book = opened_book()
    sold = order("s", side=m.Side.SELL, qty=1_500)
    book.enter(sold)
    assert book.closeable_qty(STOCK) == 500
    book.apply(submitted(sold))
    book.apply(fill(sold, "f", 200, 100_000))
    assert book.closeable_qty(STOCK) == 500 and book.positions[STOCK].frozen_qty == 1_300
    book.apply(cancelled(sold, 300))
    assert book.positions[STOCK].frozen_qty == 100 and book.closeable_qty(STOCK) == 1_700, "100 sold and not told yet"
    book.apply(fill(sold, "g", 100, 100_000))
    assert book.positions[STOCK].frozen_qty == 0 and book.closeable_qty(STOCK) == 1_700


def test_a_buy_on_its_way_reserves_its_price_and_fees() -> None:
    book = opened_book()
    record = book.enter(order("b", qty=1_000, price_e4=100_000))
    # 10,000 yuan at 0.03 % is under the least commission of 5 yuan; 0.001 % transfer fee is 0.10 yuan.
    assert book.frozen_cash_e4 == 100_000_000 + 50_000 + 1_000
    assert book.available_cash_e4 == CASH_E4 - 100_051_000
    assert book.enter(record.order) is record and book.frozen_cash_e4 == 100_051_000, "entered twice, reserved once"


def test_a_denied_order_reserves_nothing_even_if_its_symbol_is_unknown() -> None:
    book = opened_book()
    book.apply(m.OrderDenied(order("x", "999999.XSHG", m.Side.SELL), "UNKNOWN_SYMBOL", "", "", "", 0, OPEN_NS))
    assert book.orders["x"].status is Status.DENIED and book.open_orders() == []
    assert "999999.XSHG" not in book.positions


def test_a_denied_order_that_went_out_after_all_is_booked() -> None:
    """Risk lost its denial with the power, was asked again, and approved."""
    book, asked = opened_book(), order("b", qty=1_000, price_e4=100_000)
    book.apply(m.OrderDenied(asked, "NOT_READY", "尚未取得账户状态", "", "", 0, OPEN_NS))
    book.apply(m.OrderSubmitted(asked, OPEN_NS, OPEN_NS))
    assert book.frozen_cash_e4 == 100_051_000 and book.orders["b"].text == ""
    fill = m.OrderFilled("main", "b", "v1", "f1", asked.symbol, m.Side.BUY, 1_000, 100_000, 51_000, OPEN_NS)
    book.apply(fill)
    assert book.orders["b"].status is Status.FILLED and book.fills == [fill]


def test_an_order_that_expired_before_the_broker_is_booked_and_frees_what_it_held() -> None:
    book = opened_book()
    asked = order("e")
    book.enter(asked)
    book.apply(m.OrderExpired("main", "e", 0, "EXPIRED", "", OPEN_NS, asked))
    assert book.orders["e"].status is Status.EXPIRED and book.frozen_cash_e4 == 0
    other = order("never-entered")
    book.apply(m.OrderExpired("main", "never-entered", 0, "EXPIRED", "", OPEN_NS, other))
    assert book.orders["never-entered"].order == other and book.frozen_cash_e4 == 0


def test_what_is_on_its_way_stays_reserved_over_a_snapshot_that_does_not_know_it() -> None:
    book = opened_book()
    known, unknown = order("k"), order("u")
    book.apply(submitted(known))
    snapshot = book.snapshot("simulator", OPEN_NS)
    frozen_e4 = book.frozen_cash_e4
    book.enter(unknown)
    book.restore(snapshot)
    assert [r.order.client_order_id for r in book.open_orders()] == ["k", "u"]
    assert book.frozen_cash_e4 == 2 * frozen_e4
    assert book.orders["u"] == OrderRecord(unknown, updated_ns=OPEN_NS)


def test_fills_told_before_their_order_count_once() -> None:
    """An order entered in the broker's own program: its trade may be called back before its state."""
    book = opened_book()
    foreign = order("foreign-7")
    early = fill(foreign, "t1", 400, 100_000, 50_000)
    for event in (early, early, submitted(foreign), early, fill(foreign, "t2", 600, 100_000, 0)):
        book.apply(event)
    assert (book.positions[STOCK].qty, book.cash_e4) == (3_000, CASH_E4 - 100_050_000)
    assert book.orders["foreign-7"].status is Status.FILLED and book.open_orders() == []
    assert [f.fill_id for f in book.fills] == ["t1", "t2"]


def test_prices_value_the_account() -> None:
    book = opened_book()
    assert book.total_value_e4 == book.opening_value_e4 == CASH_E4 + 12_000 * 100_000
    book.apply(m.AccountMarked("main", OPEN_NS, {STOCK: 110_000, NEW: 5}))
    assert book.positions_value_e4 == 2_000 * 110_000 + 10_000 * 100_000 and NEW not in book.positions
    bought = order("b")
    book.apply(submitted(bought))
    book.apply(fill(bought, "f", 100, 120_000))
    assert book.positions[STOCK].last_price_e4 == 120_000
    assert book.opening_value_e4 == CASH_E4 + 12_000 * 100_000


@pytest.mark.parametrize("sold", [700, 2_000])
def test_a_sale_takes_its_share_of_the_cost(sold: int) -> None:
    book = opened_book()
    asked = order("s", side=m.Side.SELL, qty=sold)
    book.apply(submitted(asked))
    book.apply(fill(asked, "f", sold, 100_000, 7))
    assert book.positions[STOCK].cost_e4 == 90_000 * (2_000 - sold)
    assert book.cash_e4 == CASH_E4 + sold * 100_000 - 7
