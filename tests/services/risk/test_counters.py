"""Whatever happens in a day, the counters kept order by order are those of a count from scratch."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.beijing import SECOND_NS, day_of
from common.instruments import rules_of
from common.orders import Status
from services.risk.counters import Counters, counted
from services.risk.limits import Desk
from services.risk.rules import first_denial
from tests.services.risk.driving import ACCOUNT, MAOTAI, PUFA, STAR, WANKE, WIDE, Stack, e4, holding, limits

SYMBOLS = (PUFA, WANKE, MAOTAI, STAR)
TIGHT = limits(
    order_value_max_e4=e4(60_000),
    daily_trade_value_max_e4=e4(300_000),
    daily_trades_max=8,
    stock_count_max=3,
    position_ratio_max_bp=2000,
    min_buy_order_value_e4=e4(1000),
    daily_cancels_max=4,
    cancel_interval_min_ns=SECOND_NS,
    cancels_per_order_max=2,
    order_volume_max=5000,
)
NAMES = (
    *("place", "place", "place", "submitted", "accepted", "fill", "fill", "late_fill", "cancel", "cancelled"),
    *(
        "rejected",
        "expired",
        "unknown",
        "unknown",
        "resolved",
        "adjusted",
        "differ",
        "mark",
        "halt",
        "resume",
        "by_hand",
        "snapshot",
        "restart",
        "repeat",
    ),
)
MOVES = st.tuples(
    st.sampled_from(NAMES),
    st.integers(0, 50),
    st.integers(1, 60),
    st.integers(500, 3000),
    st.booleans(),
)


def play(stack: Stack, moves: list[tuple[str, int, int, int, bool]]) -> None:
    for move, which, hundreds, cents, flag in moves:
        stack.now_ns += SECOND_NS // 2
        _step(stack, move, which, hundreds * 100, cents / 100, flag)


def _step(stack: Stack, move: str, which: int, qty: int, price: float, flag: bool) -> None:
    desk = stack.core.desks[ACCOUNT]
    if move == "place":
        stack.place("buy" if flag else "sell", qty, price, SYMBOLS[which % len(SYMBOLS)])
    elif move == "mark":
        stack.feed(m.AccountMarked(ACCOUNT, stack.now_ns, {SYMBOLS[which % len(SYMBOLS)]: e4(price)}))
    elif move == "halt":
        stack.feed(m.Halt(ACCOUNT, flag, which % 2 == 0, "operator.1", ""))
    elif move == "resume":
        stack.feed(m.Resume(ACCOUNT, "operator.1"))
    elif move == "by_hand":
        stack.fills += 1
        fill = m.OrderFilled(
            ACCOUNT, "", f"v{which}", f"f{stack.fills}", PUFA, m.Side.BUY, qty, e4(price), 0, stack.now_ns
        )
        stack.feed(fill)
    elif move in ("adjusted", "differ"):
        held = desk.book.positions.get(SYMBOLS[which % len(SYMBOLS)])
        ours = held.qty if held else 0
        rows = [m.BookRow("", 0, qty * 100), m.BookRow(SYMBOLS[which % len(SYMBOLS)], ours, 0 if flag else ours + qty)]
        adjusted = m.BooksAdjusted(ACCOUNT, rows, "li", "", stack.now_ns)
        stack.feed(adjusted if move == "adjusted" else m.BooksDiffer(ACCOUNT, rows, stack.now_ns))
    elif move == "snapshot":
        stack.feed(desk.book.snapshot("simulator", stack.now_ns))
    elif move == "restart":
        stack.restart()
    elif desk.book.orders:
        record = list(desk.book.orders.values())[which % len(desk.book.orders)]
        _touch(stack, move, record, min(qty, record.order.qty - record.cum_qty), price)


def _touch(stack: Stack, move: str, record: Any, qty: int, price: float) -> None:
    order, key, now_ns = record.order, record.order.client_order_id, stack.now_ns
    match move:
        case "submitted":
            stack.feed(m.OrderSubmitted(order, now_ns, now_ns))
        case "accepted":
            stack.feed(m.OrderAccepted(ACCOUNT, key, "v", now_ns))
        case "fill" | "late_fill" if qty and (move == "late_fill") == record.is_final and record.leaves_qty:
            stack.fill(order, min(qty, record.leaves_qty), price, fee=5)
        case "cancel":
            stack.cancel(order)
        case "cancelled":
            stack.end(order, cum_qty=record.cum_qty + qty // 200 * 100)
        case "expired":
            stack.feed(m.OrderExpired(ACCOUNT, key, record.cum_qty, "DAY_ENDED", "", now_ns))
        case "rejected" if not record.cum_qty:
            stack.feed(m.OrderRejected(ACCOUNT, key, "BROKER_REJECTED", "", now_ns))
        case "unknown":
            stack.feed(m.OrderUnknown(ACCOUNT, key, "", now_ns))
        case "resolved" if record.status is Status.UNKNOWN:
            sums = (record.cum_qty, record.cum_value_e4, record.fee_e4)
            stack.feed(m.OrderResolved(ACCOUNT, key, "cancelled", *sums, "v", "", "li", "", now_ns))
        case "repeat":
            assert stack.feed(m.SubmitOrder(order)) == []


def opened(risk: Any) -> Stack:
    stack = Stack(risk)
    stack.open_day(300_000, holding(PUFA, 3000, 10), holding(WANKE, 2500, 20, today=500), holding(STAR, 250, 30))
    return stack


def check_counters(desk: Desk) -> None:
    """The definitions of the rules, in plain words over the whole day."""
    counters, book = desk.counters, desk.book
    records = list(book.orders.values())
    ours = [r for r in records if r.status is not Status.DENIED and (r.leaves_qty or r.cum_qty)]
    by_hand = {fill.venue_order_id for fill in book.fills if fill.client_order_id not in book.orders}
    assert counters.trades == len(ours) + len(by_hand)
    assert counters.filled_e4 == sum(fill.qty * fill.price_e4 for fill in book.fills)
    assert counters.open_e4 == sum(r.leaves_qty * r.order.price_e4 for r in records)
    assert counters.held == {p.symbol for p in book.positions.values() if p.qty > 0}
    buys = [r for r in records if r.order.side is m.Side.BUY and r.leaves_qty]
    assert counters.open_buys_e4.keys() == {r.order.symbol for r in buys}
    for symbol, value_e4 in counters.open_buys_e4.items():
        assert value_e4 == sum(r.leaves_qty * r.order.price_e4 for r in buys if r.order.symbol == symbol)
    unknown = {(r.order.symbol, r.order.side) for r in records if r.status is Status.UNKNOWN}
    assert counters.unknown.keys() == unknown
    assert counters == counted(book)


def state(desk: Desk) -> tuple[Any, ...]:
    book = desk.book
    return (
        desk.counters,
        desk.cancels,
        desk.denied,
        desk.halt,
        book.snapshot("", 0),
        book.frozen_cash_e4,
        {symbol: position.frozen_qty for symbol, position in book.positions.items()},
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVES, max_size=60), st.sampled_from([TIGHT, WIDE]))
def test_counters_are_those_of_a_count_from_scratch(moves: list[tuple[str, int, int, int, bool]], risk: Any) -> None:
    stack = opened(risk)
    for move in moves:
        play(stack, [move])
        check_counters(stack.core.desks[ACCOUNT])
    assert stack.core.desks[ACCOUNT].counters == counted(stack.core.desks[ACCOUNT].book)


@settings(max_examples=150, deadline=None)
@given(st.lists(MOVES, max_size=60))
def test_a_restart_rebuilds_the_same_desk(moves: list[tuple[str, int, int, int, bool]]) -> None:
    stack = opened(TIGHT)
    play(stack, moves)
    before = state(stack.core.desks[ACCOUNT])
    stack.restart()
    assert state(stack.core.desks[ACCOUNT]) == before


@settings(max_examples=300, deadline=None)
@given(
    st.lists(MOVES, max_size=25),
    st.sampled_from(["buy", "sell"]),
    st.integers(1, 12_000),
    st.integers(500, 3000),
    st.sampled_from(SYMBOLS),
)
def test_the_largest_quantity_passes_and_one_lot_more_does_not(
    moves: list[tuple[str, int, int, int, bool]], side: str, qty: int, cents: int, symbol: str
) -> None:
    stack = opened(TIGHT)
    play(stack, moves)
    stack.feed(m.Resume(ACCOUNT, "operator.1"))
    order = stack.order(side, qty, cents / 100, symbol)
    denied = stack.core.decide(m.SubmitOrder(order), stack.now_ns)[0]
    if not isinstance(denied, m.OrderDenied) or not denied.value:
        return
    assert denied.text.endswith(f"可下 {denied.largest_qty:,} 股）")
    desk = stack.core.desks[ACCOUNT]
    if denied.largest_qty:
        largest = stack.order(side, denied.largest_qty, cents / 100, symbol)
        assert first_denial(largest, desk) is None
    step = rules_of(symbol, day_of(stack.now_ns)).step
    for more in range(1, 4):
        beyond = stack.order(side, _next_lot(desk, order, denied.largest_qty, more, step), cents / 100, symbol)
        assert first_denial(beyond, desk) is not None


def _next_lot(desk: Desk, order: m.Order, qty: int, more: int, step: int) -> int:
    """The `more`-th quantity above `qty` that the exchange takes (ashare_rules 3)."""
    if order.side is m.Side.BUY:
        least = rules_of(order.symbol, day_of(order.created_ns)).min_buy_qty
        return max(qty + more * step, least) if qty else least + (more - 1) * step
    return (qty // step + more) * step if step > 1 else max(qty + more, 200)


@settings(max_examples=150, deadline=None)
@given(st.lists(MOVES, max_size=40))
def test_no_sale_is_denied_for_what_the_account_holds(moves: list[tuple[str, int, int, int, bool]]) -> None:
    stack = opened(limits(position_ratio_max_bp=1, stock_count_max=1, min_buy_order_value_e4=e4(10**6)))
    play(stack, moves)
    said = [fact.reason for fact in stack.record if isinstance(fact, m.OrderDenied) and fact.order.side is m.Side.SELL]
    assert not set(said) & {"MAX_POSITION_RATIO", "MAX_STOCK_COUNT", "MIN_BUY_ORDER_VALUE", "CASH_NOT_ENOUGH"}


def test_a_new_account_has_counted_nothing() -> None:
    assert opened(WIDE).core.desks[ACCOUNT].counters == Counters(held={PUFA, WANKE, STAR})
