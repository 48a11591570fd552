"""Orders without an answer, or that come back under no name of ours: looked up, held as unknown, never sent again."""

from __future__ import annotations

import pytest

from common import messages as m
from common.beijing import SECOND_NS
from common.orders import Status
from tests.services.gateway.stand import MAIN, Stand, approved, outline, stated, the_day, traded
from tests.services.gateway.truth import Scene


def test_an_order_without_an_answer_is_looked_up_and_found() -> None:
    """Accepted, and the answer lost."""
    scene = Scene()
    scene.place(300)
    scene.truth.reports.clear()
    assert scene.stand.core.wake_ns == scene.truth.now_ns + 3 * SECOND_NS
    scene.tick(3)
    assert scene.asked == 1 and scene.stand.core.wake_ns == 0
    scene.answer()
    assert scene.stand.status("a1") is Status.ACCEPTED and scene.stand.core.wake_ns == 0


def test_an_order_that_was_answered_is_not_looked_up() -> None:
    scene = Scene()
    scene.place(300)
    scene.hear()
    assert scene.stand.core.wake_ns == 0
    scene.tick(3)
    assert scene.asked == 0


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("tag", ["", "a"])
def test_an_order_whose_tag_was_dropped_or_cut_is_unknown_and_never_sent_again(tag: str, complete: bool) -> None:
    """It came back as a stranger; whatever the list claims to be, ours may be that one."""
    scene = Scene()
    scene.truth.keeps_tags = False
    scene.place(300)
    row = scene.truth.orders["V1"]
    if tag:
        scene.truth.orders["V1"] = row = m.BrokerOrder(
            *(MAIN, tag, *(getattr(row, f) for f in row.__struct_fields__[2:]))
        )
        scene.truth.reports = [row]
    scene.hear()
    scene.tick(3)
    scene.say(scene.truth.statement(complete=complete))
    assert scene.stand.status("a1") is Status.UNKNOWN
    stranger = tag or "foreign-V1"
    assert scene.stand.status(stranger) is Status.ACCEPTED
    scene.stand = scene.stand.again(now_ns=scene.truth.now_ns)
    scene.say(m.BrokerLink(MAIN, True, ""), scene.truth.statement(complete=complete))
    assert scene.stand.status("a1") is Status.UNKNOWN
    assert len(scene.told(m.PlaceAtBroker)) == 1


def test_a_stranger_that_looks_like_ours_is_looked_into_at_once() -> None:
    scene = Scene()
    scene.truth.keeps_tags = False
    scene.place(300)
    scene.truth.by_hand(m.Side.BUY, 400)
    scene.truth.reports.reverse()
    scene.hear()
    assert scene.asked == 0, "another quantity"
    scene.hear()
    assert scene.asked == 1
    scene.answer()
    assert scene.stand.status("a1") is Status.UNKNOWN


def test_killed_before_the_answer_an_order_whose_tag_was_dropped_is_not_sent_again() -> None:
    """The record says submitted, and a complete list without the tag must not pass for "it never arrived"."""
    stand = Stand().open()
    stand.say(approved())
    stand = stand.again()
    outs = stand.say(m.BrokerLink(MAIN, True, ""), the_day([stated("accepted", "", venue="77")]))
    assert outline(outs)[2:] == ["OrderSubmitted foreign-77", "OrderAccepted foreign-77", "OrderUnknown a1"]


def test_orders_that_come_back_with_one_cut_tag_stay_two() -> None:
    stand = Stand().open()
    cut = [stated("filled", "a", cum_qty=1000, venue=venue) for venue in ("71", "72")]
    fills = [traded("f1", 1000, "a", venue="71"), traded("f2", 1000, "a", venue="72")]
    stand.say(approved("a1"), approved("a2"), cut[0], cut[1], *fills)
    assert [(key, r.cum_qty) for key, r in stand.book.orders.items()] == [
        ("a1", 0),
        ("a2", 0),
        ("a", 1000),
        ("foreign-72", 1000),
    ]


def test_an_order_known_by_its_number_keeps_its_name_when_the_tag_is_missing_later() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"))
    outs = stand.say(traded("f1", 400, "", venue="Va1"), stated("cancelled", "", venue="Va1", cum_qty=400))
    assert outline(outs) == ["OrderFilled a1 400", "OrderCancelled a1 400 CANCELLED_BY_USER"]


def test_a_cut_tag_that_is_another_orders_name_is_not_that_order() -> None:
    stand = Stand().open()
    stand.say(approved("a1"), approved("a12", qty=700))
    stand.say(stated("accepted", "a1", venue="71", qty=700))
    assert (stand.status("a1"), stand.status("foreign-71")) == (Status.SUBMITTED, Status.ACCEPTED)


def test_an_order_entered_elsewhere_is_never_cancelled() -> None:
    scene = Scene()
    scene.truth.by_hand(m.Side.BUY, 100)
    scene.hear()
    scene.say(m.ApprovedCancel(MAIN, "foreign-V1", 2**62, 0))
    assert outline(scene.said[-1:]) == ["CancelRejected foreign-V1 FOREIGN_ORDER"]
