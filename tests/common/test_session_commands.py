"""Commands: resent until acknowledged, stepped once, held while their receiver has not seen what their sender had."""

from __future__ import annotations

from typing import Any

from common import messages as m
from common import wire
from common.session_commands import HELD_MAX, HELD_MAX_OF_ONE
from common.streams import RESEND_MAX, Taken
from tests.common.chain import ACCOUNT, NOON_NS, WAKE_NS, Asker, Chain, Decider, Placer, order
from tests.common.samples import struct

LINE = ("strategy.a", "risk", "line")
MINUTE = m.MinutePassed(1, {})


def pair(*more: str) -> Chain:
    """A strategy and risk that have nothing to hear from a gateway unless it is named too."""
    chain = Chain("strategy.a", "risk", *more)
    chain.settle(3)
    return chain


def decider(chain: Chain) -> Decider:
    core = chain.core("risk")
    assert isinstance(core, Decider)
    return core


def asker(chain: Chain, name: str = "strategy.a") -> Asker:
    core = chain.core(name)
    assert isinstance(core, Asker)
    return core


def place(chain: Chain, count: int, name: str = "strategy.a") -> None:
    for _ in range(count):
        chain.local(name, MINUTE)


def pass_time(chain: Chain, *names: str, rounds: int = 3) -> None:
    for _ in range(rounds):
        chain.mono_ns += WAKE_NS
        for name in names:
            chain.wake(name)


def waiting(chain: Chain) -> list[wire.Command]:
    frames = [wire.decode_frame(data) for data in chain.links[LINE]]
    return [frame for frame in frames if isinstance(frame, wire.Command)]


def unacked(chain: Chain) -> int:
    return len(chain.session("strategy.a").commands_out.sent["orders"].unacked)


def command(seq: int, *, run: int = 1, oldest: int = 1, sender: str = "strategy.a", **other: Any) -> wire.Command:
    body = wire.raw(other.pop("message", m.SubmitOrder(order(f"{sender[-1]}{seq - 1}"))))
    after = other.pop("after", ("", 0))
    assert not other
    return wire.Command("orders", sender, run, seq, oldest, NOON_NS, "", *after, body)


def send(chain: Chain, *commands: wire.Command) -> None:
    for frame in commands:
        chain.session("risk").frame(wire.encode(frame), chain.mono_ns, frame.sender)
    chain.flush("risk")


# -- lost and repeated -----------------------------------------------------------------------------------------------


def test_a_lost_command_is_sent_again_and_those_behind_it_wait() -> None:
    chain = pair()
    place(chain, 3)
    chain.links[LINE].popleft()
    chain.deliver_all()
    assert decider(chain).approved == []
    chain.settle(5)
    assert decider(chain).approved == ["a0", "a1", "a2"] and unacked(chain) == 0


def test_a_repeated_command_is_acknowledged_again_and_not_stepped() -> None:
    chain = pair()
    place(chain, 1)
    chain.links[LINE].append(chain.links[LINE][0])
    chain.deliver_all()
    assert decider(chain).approved == ["a0"]
    chain.wake("risk")
    (ack,) = chain.frames(wire.Ack)
    assert ack == wire.Ack("orders", "risk", 1, 1)


def test_a_lost_acknowledgement_is_given_again() -> None:
    chain = pair()
    place(chain, 2)
    chain.deliver_all()
    chain.wake("risk")
    chain.links.clear()
    chain.settle(5)
    assert decider(chain).approved == ["a0", "a1"] and unacked(chain) == 0


def test_an_acknowledgement_leaves_only_after_its_command_is_on_record() -> None:
    chain = pair()
    place(chain, 1)
    data = chain.links[LINE].popleft()
    session = chain.session("risk")
    session.frame(data, 0, "strategy.a")
    assert session.out.records and not any(wire.decode_frame(d) for _, d in session.out.frames if d[1:3] == b"\xa1a")


def test_only_so_many_are_sent_again_at_once() -> None:
    chain = pair()
    place(chain, RESEND_MAX + 10)
    chain.deliver_all()
    chain.wake("risk")
    chain.deliver_all()
    place(chain, RESEND_MAX + 10)
    chain.links.clear()
    pass_time(chain, "strategy.a")
    assert len(waiting(chain)) == RESEND_MAX
    chain.settle(10)
    assert decider(chain).approved == asker(chain).placed


# -- restarts --------------------------------------------------------------------------------------------------------


def test_a_receiver_back_from_its_journal_steps_nothing_twice() -> None:
    chain = pair()
    place(chain, 2)
    chain.deliver(LINE)
    chain.crash("risk")
    chain.settle(5)
    assert decider(chain).approved == ["a0", "a1"]


def test_a_sender_back_from_its_journal_first_sends_its_oldest_only() -> None:
    chain = pair()
    place(chain, 5)
    chain.deliver(LINE)
    chain.links.clear()
    chain.crash("strategy.a")
    chain.links[LINE].clear()
    pass_time(chain, "strategy.a", rounds=10)
    assert {frame.seq for frame in waiting(chain)} == {1}
    chain.settle(5)
    assert decider(chain).approved == asker(chain).placed == ["a0", "a1", "a2", "a3", "a4"]
    place(chain, 1)
    chain.settle(3)
    assert decider(chain).approved[-1] == "a5" and unacked(chain) == 0


def test_a_sender_that_lost_its_journal_is_counted_anew() -> None:
    chain = pair()
    place(chain, 3)
    chain.settle(3)
    chain.crash("strategy.a", journal=False)
    place(chain, 2)
    chain.settle(3)
    assert decider(chain).approved == ["a0", "a1", "a2", "a0", "a1"] and unacked(chain) == 0
    assert chain.session("risk").progress().seen["orders<strategy.a#2"] == 2


def test_what_is_left_in_a_queue_of_a_life_that_ended_is_not_taken_for_new() -> None:
    """The inbox reads the old link and the new one in turns: frames of two lives can interleave."""
    chain = pair()
    new = [command(1, run=2, message=m.SubmitOrder(order("n0"))), command(2, run=2, message=m.SubmitOrder(order("n1")))]
    send(chain, command(1), new[0], command(2), new[1], command(1), command(3))
    chain.settle(3)
    assert decider(chain).approved == ["a0", "n0", "n1"]
    chain.crash("risk")
    send(chain, command(1), command(2))
    assert decider(chain).approved == ["a0", "n0", "n1"]


def test_a_receiver_that_lost_its_journal_starts_from_the_oldest_it_can_get() -> None:
    """What is sent again says anew which one is the oldest: the frame as first sent names one long acknowledged."""
    chain = pair()
    place(chain, 2)
    chain.deliver_all()
    place(chain, 1)  # its frame says that 1 is not acknowledged
    chain.links[LINE].clear()
    chain.wake("risk")
    chain.deliver_all()
    assert unacked(chain) == 1
    chain.crash("risk", journal=False)
    chain.settle(5)
    assert decider(chain).approved == ["a2"] and unacked(chain) == 0


def test_a_sender_that_lost_its_newest_commands_does_not_use_their_numbers_again() -> None:
    chain = pair()
    place(chain, 3)
    chain.settle(3)
    del chain.nodes["strategy.a"].journal[-2:]
    chain.crash("strategy.a")
    chain.settle(5)
    assert [code for code, _ in chain.notes] == ["COMMANDS_LOST"]
    place(chain, 1)
    chain.settle(3)
    assert decider(chain).approved == ["a0", "a1", "a2", "a1"]


# -- what stands on an event -------------------------------------------------------------------------------------------


def ahead(strategy: str = "strategy.a") -> Chain:
    """The strategy has seen one event that risk has not."""
    chain = pair("gateway", strategy)
    chain.local("gateway", m.MinutePassed(7, {}))
    chain.links["gateway", "risk", "topic"].clear()
    chain.deliver_all()
    assert chain.core(strategy).folded == ["mark7"] and chain.core("risk").folded == []
    return chain


def test_an_order_waits_until_its_receiver_has_seen_what_its_sender_had() -> None:
    chain = ahead()
    place(chain, 2)
    chain.deliver_all()
    assert decider(chain).approved == [] and chain.session("risk").busy
    pass_time(chain, "gateway")
    chain.deliver_all()
    assert decider(chain).approved == ["a0", "a1"] and decider(chain).saw == [1, 1]
    assert not chain.session("risk").busy


def test_an_order_that_waited_too_long_is_stepped_as_expired() -> None:
    chain = ahead()
    asker(chain).expire_ns = NOON_NS + 5
    place(chain, 1)
    chain.deliver_all()
    chain.nodes["risk"].market.advance(NOON_NS + 5)
    chain.wake("risk")
    assert chain.session("risk").busy
    chain.nodes["risk"].market.advance(NOON_NS + 6)
    chain.wake("risk")
    assert isinstance(decider(chain).decided[-1], m.SubmitOrder) and decider(chain).approved == []


def test_a_cancel_does_not_wait_for_events_but_for_the_order_before_it() -> None:
    chain = pair("gateway")
    cancel = m.CancelOrder(ACCOUNT, "a0", "a", 2**62)
    send(chain, command(1, message=cancel, after=("", 0)))
    assert decider(chain).decided[-1] == cancel
    send(chain, command(2, after=(f"account/{ACCOUNT}", 1)), command(3, message=cancel))
    assert decider(chain).decided.count(cancel) == 1 and chain.session("risk").busy
    decider(chain).decided.clear()
    chain.local("gateway", m.MinutePassed(1, {}))
    chain.deliver_all()
    stepped = [type(message).__name__ for message in decider(chain).decided]
    assert stepped == ["AccountMarked", "SubmitOrder", "CancelOrder", "OrderSubmitted"]


def test_what_is_held_of_one_sender_holds_up_no_other_and_keeps_its_order() -> None:
    chain = Chain("risk", "gateway")
    chain.settle(3)
    late = (f"account/{ACCOUNT}", 1)
    send(chain, command(1, after=late), command(2), command(1, sender="strategy.b"), command(3))
    send(chain, command(2, sender="strategy.b", after=late), command(3, sender="strategy.b"))
    assert decider(chain).approved == ["b0"]
    chain.local("gateway", m.MinutePassed(1, {}))
    chain.deliver_all()
    approved = decider(chain).approved
    assert [key for key in approved if key[0] == "a"] == ["a0", "a1", "a2"]
    assert [key for key in approved if key[0] == "b"] == ["b0", "b1", "b2"]


def test_a_held_command_that_is_sent_again_is_held_once() -> None:
    chain = ahead()
    place(chain, 2)
    chain.deliver_all()
    for _ in range(5):
        pass_time(chain, "strategy.a")
        chain.deliver_all()
    assert len(chain.session("risk").commands_in.held) == 2


def test_no_more_than_the_limit_is_held_and_the_rest_comes_again() -> None:
    chain = Chain("risk")
    inbox = chain.session("risk").commands_in
    inbox.held = [(command(seq, sender="strategy.z"), b"") for seq in range(2, HELD_MAX + 1)]
    inbox.held.append((command(HELD_MAX + 1, sender="strategy.z"), b""))
    inbox.taken["strategy.z", "orders"] = Taken(run=1)
    send(chain, command(5), command(1))
    assert len(inbox.held) == HELD_MAX and decider(chain).approved == []
    inbox.held.clear()
    send(chain, command(1))
    assert decider(chain).approved == ["a0"]


def test_what_one_sender_holds_leaves_room_for_the_others() -> None:
    chain = Chain("risk")
    inbox = chain.session("risk").commands_in
    send(chain, *(command(seq, sender="strategy.z") for seq in range(2, HELD_MAX_OF_ONE + 10)))
    assert len(inbox.held) == HELD_MAX_OF_ONE
    send(chain, command(2), command(1))
    assert decider(chain).approved == ["a0", "a1"]


# -- a core that is not ready ------------------------------------------------------------------------------------------


def test_what_a_core_does_not_take_yet_stays_with_its_sender() -> None:
    chain = Chain("risk", "gateway")
    gateway = chain.core("gateway")
    assert isinstance(gateway, Placer)
    gateway.closed = True
    chain.settle(3)
    send(chain, command(1), command(2))
    chain.settle(5)
    assert gateway.folded == [] and len(chain.session("risk").commands_out.sent["approved"].unacked) == 2
    gateway.closed = False
    chain.settle(3)
    assert gateway.folded == ["a0", "a1"] and not chain.session("risk").commands_out.sent["approved"].unacked


# -- what cannot be read -----------------------------------------------------------------------------------------------


def test_a_command_that_cannot_be_read_is_refused_and_does_not_block_the_next() -> None:
    chain = pair()
    bad = command(2, message=struct(m.Halt))
    send(chain, command(1), bad, command(3))
    assert decider(chain).approved == ["a0", "a2"] and chain.session("risk").bad_frames == 1
    send(chain, bad)
    assert chain.session("risk").bad_frames == 1, "it was answered and is not read again"
    chain.wake("risk")
    assert chain.frames(wire.Ack)[-1] == wire.Ack("orders", "risk", 1, 3)


def test_a_command_from_the_future_that_cannot_be_read_is_never_held() -> None:
    chain = pair("gateway")
    bad = command(3, message=struct(m.Halt))
    late = (f"account/{ACCOUNT}", 1)
    send(chain, command(1, after=late), bad, command(2), bad)
    chain.wake("risk")
    assert chain.session("risk").bad_frames == 2 and len(chain.session("risk").commands_in.held) == 2
    chain.local("gateway", m.MinutePassed(1, {}))
    chain.deliver_all()
    send(chain, bad, command(4))
    assert decider(chain).approved == ["a0", "a1", "a3"]


def test_numbers_that_contradict_each_other_are_refused() -> None:
    chain = pair()
    send(chain, command(1, oldest=2), command(0, oldest=0), command(1, oldest=-5))
    assert decider(chain).approved == [] and chain.session("risk").bad_frames == 3
    send(chain, command(1))
    assert decider(chain).approved == ["a0"]


def test_only_the_receiver_acknowledges() -> None:
    chain = pair()
    place(chain, 1)
    session = chain.session("strategy.a")
    session.frame(wire.encode(wire.Ack("orders", "gateway", 1, 1)), 0)
    session.frame(wire.encode(wire.Ack("orders", "risk", 2, 1)), 0)
    session.frame(wire.encode(wire.Ack("approved", "gateway", 1, 1)), 0)
    assert unacked(chain) == 1 and session.bad_frames == 1
    session.frame(wire.encode(wire.Ack("orders", "risk", 1, 1)), 0)
    assert unacked(chain) == 0
