"""What risk carries into a new day's journal: everything, so that the next decision is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common import wire
from common.beijing import SECOND_NS
from common.orders import Status
from tests.common.alike import state_of
from tests.services.risk.driving import ACCOUNT, PUFA, TRADING_DAY, WANKE, Stack, e4, holding, limits

ACTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), max_size=40)
OF_ONE_STEP = {"fresh", "returned"}  # says something of the message in hand only
BUSY = limits(daily_trades_max=12, daily_cancels_max=3, position_ratio_max_bp=9_000, order_value_max_e4=e4(50_000))


def act(stack: Stack, what: int, which: int) -> None:
    stack.now_ns += SECOND_NS
    symbol = (PUFA, WANKE)[which % 2]
    open_orders = [r for r in stack.core.desks[ACCOUNT].book.open_orders() if r.status is not Status.CREATED]
    order = open_orders[which % len(open_orders)].order if open_orders else None
    match what:
        case 0:
            stack.place("buy", 100 * (which + 1), 10, symbol)  # on its way
        case 1:
            stack.feed(m.SubmitOrder(stack.order("buy", 100 * (which + 1), 10, symbol)))
        case 2:
            sold = stack.submit(stack.order("sell", 100, 10 + which, symbol))
            if isinstance(sold, m.ApprovedOrder):
                stack.feed(m.OrderSubmitted(sold.order, stack.now_ns, stack.now_ns))
        case 3 if order:
            stack.fill(order, qty=min(100, stack.core.desks[ACCOUNT].book.orders[order.client_order_id].leaves_qty))
        case 4 if order:
            stack.end(order, stack.core.desks[ACCOUNT].book.orders[order.client_order_id].cum_qty)
        case 5 if order:
            stack.cancel(order)
        case 6:
            stack.feed(m.Halt(ACCOUNT, which % 2 == 0, which == 3, "op", "why"))
        case 7:
            stack.feed(m.Resume(ACCOUNT, "op"))
        case 8 if order:
            stack.feed(m.OrderUnknown(ACCOUNT, order.client_order_id, "?", stack.now_ns))
        case 9:
            prices = {PUFA: e4(5 + which), WANKE: e4(10)}
            stack.feed(m.AccountMarked(ACCOUNT, stack.now_ns, prices))
        case 10:
            stack.feed(m.StrategySilent("demo", SECOND_NS))
        case 11:
            stack.feed(m.StrategyLeft(("demo", "other")[which % 2]))
        case 12:
            stack.feed(m.StrategyHeard("demo"))


@given(before=ACTS, after=ACTS)
def test_the_next_decisions_are_those_of_one_that_went_on(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    stack = Stack(BUSY, inspect_every_ns=SECOND_NS)
    stack.open_day(500_000, holding(PUFA, 3000, 10), holding(WANKE, 500, 10))
    for step in before:
        act(stack, *step)
    rolled = Stack(BUSY, inspect_every_ns=SECOND_NS)
    rolled.record = [wire.decode_message(wire.encode(event)) for event in stack.core.carry(stack.now_ns)]
    carried = len(rolled.record)
    rolled.restart()
    assert state_of(rolled.core, but=OF_ONE_STEP) == state_of(stack.core, but=OF_ONE_STEP)
    rolled.now_ns, rolled.made, rolled.fills = stack.now_ns, stack.made, stack.fills
    for step in after:
        for one in (stack, rolled):
            act(one, *step)
    assert rolled.record[carried:] == stack.record[len(stack.record) - len(rolled.record) + carried :]
    assert state_of(rolled.core, but=OF_ONE_STEP) == state_of(stack.core, but=OF_ONE_STEP)


def test_a_halt_and_a_denial_outlive_the_roll() -> None:
    stack = Stack(limits(order_value_max_e4=e4(500)))
    stack.open_day()
    denied = stack.order("buy", 100, 10)
    first = stack.submit(denied)
    stack.feed(m.Halt(ACCOUNT, False, False, "op", "why"))
    stack.roll()
    assert stack.submit(denied) == first
    assert stack.core.desks[ACCOUNT].book.trading_day == TRADING_DAY
    assert stack.core.desks[ACCOUNT].halt is not None
