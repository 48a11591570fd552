"""What the gateway carries into a new day's journal: its books and all that is under way with the broker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common import wire
from common.beijing import SECOND_NS
from common.session_carry import carried
from tests.common.alike import state_of
from tests.services.gateway.stand import (
    BANK,
    MAIN,
    TEN_NS,
    TOMORROW,
    Stand,
    approved,
    cancel,
    clock,
    holding,
    outline,
    stated,
    the_day,
    traded,
)

ACTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), max_size=30)


def act(stand: Stand, what: int, which: int) -> list[m.Message]:
    key = f"a{which}"
    match what:
        case 0 | 1:
            return stand.say(approved(key))
        case 2:
            return stand.say(stated("accepted", key))
        case 3:
            leaves = stand.book.orders[key].leaves_qty if key in stand.book.orders else 0
            return stand.say(traded(f"f{key}{leaves}", 100, key)) if leaves else []
        case 4:
            return stand.say(cancel(key))
        case 5:
            cum_qty = stand.book.orders[key].cum_qty if key in stand.book.orders else 0
            return stand.say(stated("cancelled", key, cum_qty=cum_qty)) if key in stand.book.orders else []
        case 6:
            return stand.say(m.BrokerLink(MAIN, which > 0, ""))
        case 7:
            return stand.say(the_day(cash_e4=stand.book.cash_e4)) if stand.core.owed.get(MAIN) else []
        case 8:
            return stand.say(m.MinutePassed(which * 60, {BANK: 100_000 + which}))
        case 10:
            return stand.say(m.ApprovedByDesk(m.Reconcile(MAIN, "op"), TEN_NS))
        case 11:
            stand.market.advance(stand.market.now_ns + 3 * SECOND_NS)
            day = the_day(cash_e4=stand.book.cash_e4 + 2_000_000, at_ns=stand.market.now_ns)
            return stand.say(day) if stand.core.owed.get(MAIN) else []
        case 12:
            halted = m.TradingHalted(MAIN, which == 1, "op", "", TEN_NS)
            return stand.say(halted if which else m.TradingResumed(MAIN, "op", "op", "", TEN_NS))
    return stand.say(stated("unknown", key)) if key in stand.book.orders else []


def rolled(stand: Stand) -> Stand:
    """One that reads the journal of the new day, without a new life."""
    other = Stand([carried(stand.session, "2026-11-23")], start=False)
    other.market.advance(stand.market.now_ns)
    return other


@given(before=ACTS, after=ACTS)
def test_it_goes_on_as_if_nothing_had_been(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    stand = Stand().open(holdings=[holding(BANK, 500)])
    for step in before:
        act(stand, *step)
    other = rolled(stand)
    assert state_of(other.core) == state_of(stand.core)
    assert [act(other, *step) for step in after] == [act(stand, *step) for step in after]
    assert state_of(other.core) == state_of(stand.core)


def test_orders_of_yesterday_are_not_carried_for_ever() -> None:
    stand = Stand().open()
    stand.say(approved("a1"), stated("rejected", "a1"), clock(TOMORROW), the_day(trading_day=TOMORROW))
    step = wire.decode_step(carried(stand.session, "2026-11-24"))
    [core] = [wire.decode_message(raw) for raw in step.effects]
    assert isinstance(core, m.GatewayCarried) and core.handed == [] and core.book.orders == []


def test_killed_after_the_roll_an_order_under_way_is_settled_by_the_brokers_day() -> None:
    stand = Stand().open()
    stand.say(approved("a1"), approved("a2"))
    again = Stand([carried(stand.session, "2026-11-23")], now_ns=stand.market.now_ns + SECOND_NS)
    assert outline(again.say(m.BrokerLink(MAIN, True, ""))) == ["BrokerLinkChanged", "AskBroker"]
    outs = outline(again.say(the_day(orders=[stated("accepted", "a1")])))
    assert outs == ["OrderAccepted a1", "PlaceAtBroker a2"]
