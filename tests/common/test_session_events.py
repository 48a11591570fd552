"""Events: gapless and in order for every listener, whoever was away, and whatever a publisher has lost."""

from __future__ import annotations

import pytest

from common import messages as m
from common import wire
from common.session_events import CATCH_UP_FRAMES
from tests.common.chain import ACCOUNT, NOON_NS, WAKE_NS, Chain, order

TOPIC = ("gateway", "state", "topic")
KEY = ("account", ACCOUNT)


def pair() -> Chain:
    chain = Chain("gateway", "state")
    chain.settle(3)
    return chain


def publish(chain: Chain, *numbers: int) -> None:
    for number in numbers:
        chain.local("gateway", m.MinutePassed(number, {}))


def marks(*numbers: int) -> list[str]:
    return [f"mark{number}" for number in numbers]


def codes(chain: Chain) -> list[str]:
    return [code for code, _ in chain.notes]


def stepped(chain: Chain) -> list[int]:
    """Numbers of the events that the listener stepped in this life."""
    return [e.minute_ns for e in chain.core("state").decided if isinstance(e, m.AccountMarked)]


def assert_equal(chain: Chain) -> None:
    assert chain.core("state").folded == chain.core("gateway").folded
    sent, seen = chain.session("gateway").progress().sent, chain.session("state").progress().seen
    assert seen[f"account/{ACCOUNT}"] == sent[f"account/{ACCOUNT}"]
    assert chain.session("state").events_in.lag == 0


# -- gaps and repeats --------------------------------------------------------------------------------------------------


def test_events_are_stepped_in_order_and_once() -> None:
    chain = pair()
    publish(chain, 1, 2, 3)
    chain.links[TOPIC].extend(list(chain.links[TOPIC]))
    chain.deliver_all()
    assert stepped(chain) == [1, 2, 3] and chain.frames(wire.Fetch) == []
    assert_equal(chain)


def test_a_gap_is_fetched_before_anything_behind_it_is_stepped() -> None:
    chain = pair()
    publish(chain, 1, 2, 3, 4)
    del chain.links[TOPIC][1]
    chain.deliver(TOPIC)
    chain.deliver(TOPIC)
    assert stepped(chain) == [1] and chain.session("state").events_in.lag == 2
    chain.deliver_all()
    assert stepped(chain) == [1, 2, 3, 4]
    assert_equal(chain)


def test_a_lost_last_event_is_missed_at_the_next_beat() -> None:
    chain = pair()
    publish(chain, 1)
    chain.links.clear()
    chain.settle(4)
    assert stepped(chain) == [1]
    assert_equal(chain)


def test_a_lost_catch_up_is_asked_for_again() -> None:
    chain = pair()
    publish(chain, 1, 2)
    chain.links[TOPIC].popleft()
    chain.deliver(TOPIC)
    chain.links.clear()
    chain.settle(5)
    assert stepped(chain) == [1, 2]


def test_a_long_gap_is_caught_up_in_parts_without_waiting_between_them() -> None:
    chain = pair()
    publish(chain, *range(2 * CATCH_UP_FRAMES + 10))
    chain.links.clear()
    chain.mono_ns += 3 * WAKE_NS
    chain.wake("gateway")
    chain.deliver_all()
    assert_equal(chain)


def test_what_cannot_be_read_is_not_asked_for_without_end() -> None:
    """A listener older than its publisher stands still, and does not keep both busy."""
    chain = pair()
    publish(chain, 1)
    stream = chain.session("gateway").events_out.streams[KEY]
    body = wire.raw(m.OrderDenied(order("a0"), "", "", "", "", 0, 0))
    stream.frames[0] = wire.encode(wire.Event("account", ACCOUNT, stream.epoch, 1, NOON_NS, "", body))
    chain.links.clear()
    chain.settle(5)
    assert 1 <= chain.session("state").bad_frames <= 5 and stepped(chain) == []


# -- late joiners ------------------------------------------------------------------------------------------------------


def test_a_late_joiner_starts_from_the_snapshot() -> None:
    chain = pair()
    publish(chain, 1, 2)
    chain.settle(3)
    chain.crash("state", journal=False)
    publish(chain, 3)
    chain.settle(3)
    publish(chain, 4)
    chain.settle(3)
    assert stepped(chain) == [4] and chain.core("state").folded == marks(1, 2, 3, 4)
    assert_equal(chain)


def test_events_that_arrive_before_the_snapshot_are_neither_lost_nor_doubled() -> None:
    """Subscribe first, then ask: what the snapshot holds already is dropped, what follows it is fetched."""
    chain = Chain("gateway", "state")
    chain.wake("state")
    chain.deliver(("state", "gateway", "line"))
    (snapshot,) = list(chain.links["gateway", "state", "reply"])
    publish(chain, 1, 2)
    while chain.links[TOPIC]:
        chain.deliver(TOPIC)
    assert stepped(chain) == []
    assert snapshot in chain.links["gateway", "state", "reply"]
    chain.settle(4)
    assert stepped(chain) == [1, 2]
    assert_equal(chain)


def test_a_listener_back_from_its_journal_fetches_what_it_missed() -> None:
    chain = pair()
    publish(chain, 1, 2)
    chain.settle(3)
    chain.crash("state")
    publish(chain, 3)
    chain.links.clear()
    publish(chain, 4)
    chain.settle(3)
    assert stepped(chain) == [3, 4] and chain.core("state").folded == marks(1, 2, 3, 4)


def test_a_listener_too_far_behind_takes_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.streams.EVENTS_KEPT_MAX", 3)
    chain = pair()
    publish(chain, 1)
    chain.deliver_all()
    publish(chain, *range(2, 9))
    chain.links.clear()
    chain.settle(4)
    assert stepped(chain) == [1] and chain.core("state").folded == marks(*range(1, 9))
    assert_equal(chain)


# -- a publisher that restarts -----------------------------------------------------------------------------------------


def test_numbers_go_on_over_the_epochs_of_a_publisher_with_its_journal() -> None:
    chain = pair()
    publish(chain, 1, 2)
    chain.deliver_all()
    for number in (3, 4):
        chain.crash("gateway")
        publish(chain, number)
        chain.settle(3)
    assert stepped(chain) == [1, 2, 3, 4] and codes(chain) == []
    followed = chain.session("state").events_in.streams[KEY]
    assert (followed.seq, followed.epoch) == (4, 3)
    assert_equal(chain)


def test_a_beat_of_a_restarted_publisher_is_agreed_on_once() -> None:
    chain = pair()
    publish(chain, 1)
    chain.deliver_all()
    chain.crash("gateway")
    chain.settle(4)
    chain.wake("gateway")
    chain.deliver_all()
    for _ in range(10):
        chain.mono_ns += 3 * WAKE_NS
        chain.wake("gateway")
        chain.wake("state")
        assert chain.frames(wire.Fetch) == []
        chain.deliver_all()
    assert stepped(chain) == [1] and codes(chain) == []


def lose_newest(chain: Chain, count: int) -> None:
    """A power loss: the newest records of the publisher were never on the disk."""
    del chain.nodes["gateway"].journal[-count:]
    chain.crash("gateway")


def test_a_listener_ahead_of_its_publisher_takes_the_snapshot_and_notes_it() -> None:
    chain = pair()
    publish(chain, 1, 2, 3)
    chain.settle(3)
    lose_newest(chain, 2)
    chain.settle(4)
    assert codes(chain) == ["STREAM_AHEAD"] and "第 3 条" in chain.notes[0][1]
    assert chain.core("state").folded == marks(1)
    publish(chain, 4)
    chain.settle(3)
    assert_equal(chain)


@pytest.mark.parametrize("new", [1, 2, 3, 4])
def test_numbers_that_were_given_twice_are_noticed_also_when_the_publisher_has_gone_past(new: int) -> None:
    """It lost 2 and 3, and before the listener hears of it gives 2, 3, 4 … to other events."""
    chain = pair()
    publish(chain, 1, 2, 3)
    chain.settle(3)
    lose_newest(chain, 2)
    publish(chain, *range(100, 100 + new))
    chain.links.clear()
    publish(chain, 200)
    chain.settle(5)
    assert codes(chain) == ["STREAM_AHEAD"]
    assert chain.core("state").folded == marks(1, *range(100, 100 + new), 200)
    assert_equal(chain)


def test_they_are_noticed_over_two_restarts_that_nobody_heard_of() -> None:
    chain = pair()
    publish(chain, 1, 2, 3)
    chain.settle(3)
    lose_newest(chain, 2)
    publish(chain, 102, 103)
    chain.crash("gateway")
    chain.links.clear()
    publish(chain, 104)
    chain.settle(5)
    assert codes(chain) == ["STREAM_AHEAD"]
    assert chain.core("state").folded == marks(1, 102, 103, 104)
    assert_equal(chain)


def test_they_are_noticed_also_when_nothing_follows() -> None:
    chain = pair()
    publish(chain, 1, 2)
    chain.settle(3)
    lose_newest(chain, 1)
    publish(chain, 102)
    chain.crash("gateway")
    chain.links.clear()
    chain.settle(5)
    assert chain.core("state").folded == marks(1, 102)
    assert_equal(chain)


@pytest.mark.parametrize("new", [0, 1, 2, 5])
def test_a_publisher_without_its_journal_is_followed_from_its_snapshot(new: int) -> None:
    chain = pair()
    publish(chain, 1, 2)
    chain.settle(3)
    chain.crash("gateway", journal=False)
    publish(chain, *range(10, 10 + new))
    chain.links.clear()
    chain.settle(5)
    assert codes(chain) == ["STREAM_AHEAD"] and chain.core("state").folded == marks(*range(10, 10 + new))
    publish(chain, 99)
    chain.settle(3)
    assert_equal(chain)


def test_what_a_listener_started_over_from_is_on_its_record() -> None:
    chain = pair()
    publish(chain, 1, 2, 3)
    chain.settle(3)
    lose_newest(chain, 2)
    chain.settle(4)
    publish(chain, 9)
    chain.settle(3)
    chain.crash("state")
    assert chain.core("state").folded == marks(1, 9)
    chain.settle(3)
    assert codes(chain) == ["STREAM_AHEAD"]
    assert_equal(chain)


# -- accounts ----------------------------------------------------------------------------------------------------------


def test_an_event_of_an_account_that_nobody_trades_stops_nothing() -> None:
    """A halt of a misspelt account must not take risk down."""
    chain = Chain("risk", "state")
    chain.settle(3)
    halt = wire.raw(m.Halt("mian", False, False, "o", "why"))
    command = wire.Command("desk", "operator.1", 1, 1, 1, NOON_NS, "", "", 0, halt)
    chain.session("risk").frame(wire.encode(command), 0, "operator.1")
    chain.settle(3)
    assert chain.session("risk").bad_frames == 0
    assert f"decisions/{ACCOUNT}" in chain.session("risk").progress().sent
    assert "decisions/mian" not in chain.session("risk").progress().sent, "nobody's report could ever match it"
    chain.crash("risk")
    chain.settle(3)
    assert chain.session("state").progress().seen[f"decisions/{ACCOUNT}"] == 0


def test_events_of_other_accounts_are_not_stepped() -> None:
    chain = pair()
    body = wire.raw(m.AccountMarked("other", 1, {}))
    chain.session("state").frame(wire.encode(wire.Event("account", "other", 1, 1, NOON_NS, "", body)), 0)
    assert stepped(chain) == [] and chain.session("state").bad_frames == 0
