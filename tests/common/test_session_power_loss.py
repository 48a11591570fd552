"""What a power loss takes from a process's record: numbers are not used for others, and nothing is decided blindly."""

from __future__ import annotations

from common import messages as m
from tests.common.chain import ACCOUNT
from tests.common.test_session_commands import LINE, asker, command, decider, pair, place, send, unacked


def test_what_is_sent_after_a_power_loss_is_not_taken_for_what_was_lost() -> None:
    """The first order of the new life leaves before the receiver could say how many of the old one it has taken."""
    chain = pair()
    place(chain, 3)
    chain.settle(3)
    del chain.nodes["strategy.a"].journal[-2:]
    chain.crash("strategy.a")
    place(chain, 1)
    chain.settle(5)
    assert decider(chain).approved == ["a0", "a1", "a2", "a1"] and unacked(chain) == 0


def test_what_an_earlier_life_left_goes_first_and_a_third_life_goes_on() -> None:
    chain = pair()
    place(chain, 2)
    chain.links.clear()
    for count in (2, 3):
        chain.crash("strategy.a")
        place(chain, 1)
        chain.links[LINE].clear()
        assert unacked(chain) == 1 + count
    chain.settle(8)
    assert decider(chain).approved == asker(chain).placed == ["a0", "a1", "a2", "a3"] and unacked(chain) == 0


def test_what_many_lives_left_is_settled_without_waiting_for_a_beat_each() -> None:
    chain = pair()
    for _ in range(5):
        place(chain, 1)
        chain.settle(3)
        chain.crash("strategy.a")  # its record of what was acknowledged ends with it
    assert unacked(chain) == 5
    place(chain, 1)
    for name in ("strategy.a", "risk", "strategy.a"):
        chain.wake(name)
        chain.deliver_all()
    assert decider(chain).approved == asker(chain).placed and len(decider(chain).approved) == 6


def test_a_sender_that_forgot_that_an_earlier_life_was_done_is_told_so() -> None:
    """Its last life began a run of its own, which says that all before it was taken; its record of that is lost."""
    chain = pair()
    place(chain, 1)
    chain.settle(3)
    chain.crash("strategy.a")
    place(chain, 1)
    chain.settle(5)
    del chain.nodes["strategy.a"].journal[-1:]
    chain.crash("strategy.a")
    assert unacked(chain) == 1
    place(chain, 1)
    chain.settle(8)
    assert decider(chain).approved == ["a0", "a1", "a1"] and unacked(chain) == 0


def test_after_a_start_no_order_is_stepped_before_the_publisher_has_said_how_far_it_is() -> None:
    """This side may have forgotten, in a power loss, that it decided about the order; the stream will tell."""
    chain = pair("gateway")
    chain.local("gateway", m.MinutePassed(7, {}))
    chain.settle(3)
    chain.local("gateway", m.MinutePassed(8, {}))
    chain.links["gateway", "risk", "topic"].clear()
    chain.deliver_all()
    chain.crash("risk")
    send(chain, command(1, after=(f"account/{ACCOUNT}", 1)))
    chain.wake("risk")
    assert [type(message) for message in decider(chain).decided] == [m.Started] and chain.session("risk").busy
    chain.deliver_all()
    stepped = [type(message).__name__ for message in decider(chain).decided]
    assert stepped == ["Started", "AccountMarked", "SubmitOrder", "OrderSubmitted"]


def test_an_approval_sent_again_waits_until_a_restarted_gateway_has_heard_of_the_halt() -> None:
    chain = pair("gateway")
    place(chain, 1)
    chain.deliver(LINE)
    chain.crash("gateway")
    assert [type(message) for message in chain.core("gateway").decided] == [m.Started], (
        "the approval was lost with its life"
    )
    chain.local("risk", m.Halt(ACCOUNT, False, False, "me", "why"))
    chain.links["risk", "gateway", "topic"].clear()
    chain.settle(8)
    stepped = [type(message).__name__ for message in chain.core("gateway").decided]
    assert stepped.index("TradingHalted") < stepped.index("ApprovedOrder")
