"""A halt reaches what risk had approved before it and what still waits on its way to the broker."""

from __future__ import annotations

import pytest

from common import messages as m
from common.beijing import SECOND_NS
from common.orders import Status
from tests.services.gateway.stand import MAIN, TEN_NS, Stand, approved, cancel, order, outline, stated, the_day

HALT = m.TradingHalted(MAIN, False, "operator.7", "演练", TEN_NS)
BUYS = m.TradingHalted(MAIN, True, "operator.7", "", TEN_NS)
RESUME = m.TradingResumed(MAIN, "operator.7", "operator.7", "演练", TEN_NS + 5 * SECOND_NS)
LATER_NS = TEN_NS + 9 * SECOND_NS


def report(*, halted: bool, buys_only: bool = False) -> m.RiskReport:
    return m.RiskReport(MAIN, halted, buys_only, "operator.7", "演练", [], {})


def test_what_was_approved_before_the_halt_is_not_placed_any_more() -> None:
    stand = Stand().open()
    outs = stand.say(HALT, approved())
    assert outs == [m.OrderExpired(MAIN, "a1", 0, "HALTED", "交易已暂停", TEN_NS, order())]
    assert outline(stand.say(cancel())) == ["CancelRejected a1 ORDER_CLOSED"]
    assert stand.again().open().say(approved()) == [], "the same id is answered once"


def test_orders_that_waited_for_the_brokers_link_are_not_placed_either() -> None:
    stand = Stand().open()
    stand.say(m.BrokerLink(MAIN, False, "超时"))
    assert not stand.core.takes(approved(), TEN_NS)
    stand.say(HALT)
    stand.open()
    assert stand.core.takes(approved(), TEN_NS)
    assert outline(stand.say(approved())) == ["OrderExpired a1 0 HALTED"]


def test_what_was_submitted_and_never_arrived_is_not_placed_after_a_halt() -> None:
    stand = Stand().open()
    stand.say(approved())
    again = Stand(stand.records)
    again.say(HALT)
    outs = again.say(m.BrokerLink(MAIN, True, ""), the_day())
    assert "OrderExpired a1 0 HALTED" in outline(outs)
    assert not any(isinstance(out, m.PlaceAtBroker) for out in outs)


def test_what_rests_there_is_cancelled_as_ever() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"))
    assert outline(stand.say(HALT, cancel())) == ["CancelAtBroker a1"]
    assert stand.status() is Status.ACCEPTED


def test_a_halt_of_buys_lets_sells_pass() -> None:
    stand = Stand().open()
    assert outline(stand.say(BUYS, approved("s1", side=m.Side.SELL))) == ["OrderSubmitted s1", "PlaceAtBroker s1"]
    assert outline(stand.say(approved("b1"))) == ["OrderExpired b1 0 HALTED"]


def test_orders_approved_after_the_resume_are_placed_also_where_it_is_heard_late() -> None:
    stand = Stand().open()
    stand.say(HALT)
    late = m.ApprovedOrder(order("a2"), LATER_NS)
    assert outline(stand.say(late)) == ["OrderSubmitted a2", "PlaceAtBroker a2"]
    stand.say(RESUME)
    assert outline(stand.say(approved("a3"))) == ["OrderSubmitted a3", "PlaceAtBroker a3"]


def test_it_is_remembered_over_a_restart() -> None:
    stand = Stand().open()
    stand.say(HALT)
    assert outline(stand.again().open().say(approved())) == ["OrderExpired a1 0 HALTED"]


@pytest.mark.parametrize(
    ("halted", "said"), [(True, ["OrderExpired a1 0 HALTED"]), (False, ["OrderSubmitted a1", "PlaceAtBroker a1"])]
)
def test_a_late_joiner_hears_of_it_by_the_snapshot(halted: bool, said: list[str]) -> None:
    stand = Stand().open()
    stand.say(HALT, report(halted=halted))
    assert outline(stand.say(approved())) == said
