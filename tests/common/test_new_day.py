"""What a session carries into the journal of a new day, and when that day begins."""

from __future__ import annotations

import pytest

from common import messages as m
from common import session_carry, wire
from tests.common.chain import ACCOUNT, NOON_NS, WAKE_NS, Chain, TinyCore
from tests.common.test_session import MINUTE, NAMES, SUBMIT, clock, command, fresh


def test_a_new_day_begins_with_where_everything_stood() -> None:
    chain = Chain(*NAMES)
    chain.settle()
    for _ in range(5):
        chain.local("strategy.a", MINUTE)
    chain.deliver_all()
    chain.local("strategy.a", MINUTE)  # on its way when the day changes
    before = {name: (chain.core(name).folded, chain.session(name).progress().sent) for name in NAMES}
    for name in NAMES:
        chain.nodes[name].roll()
        chain.crash(name)
        assert len(chain.nodes[name].journal) == 2, "what is carried over, and the new life"
        assert (chain.core(name).folded, chain.session(name).progress().sent) == before[name]
    assert [seq for _, seq, _ in chain.session("strategy.a").commands_out.sent["orders"].unacked][-1:] == [6]
    chain.settle()
    assert all(chain.core(name).folded == [f"a{n}" for n in range(6)] for name in NAMES)


def test_who_asks_for_what_was_before_the_day_gets_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_carry, "FRAMES_CARRIED", 2)
    chain = Chain(*NAMES)
    chain.settle()
    for number in range(9):
        chain.local("gateway", m.MinutePassed(number, {}))
        if number == 3:
            chain.deliver_all()
            chain.links.clear()
    chain.links.clear()
    chain.nodes["gateway"].roll()
    chain.crash("gateway")
    states = []
    for _ in range(30):
        chain.mono_ns += WAKE_NS
        for name in NAMES:
            chain.wake(name)
        states += chain.frames(wire.State)
        for link in [link for link, frames in chain.links.items() if frames]:
            while chain.links[link]:
                chain.deliver(link)
                states += chain.frames(wire.State)
    assert states
    assert all(chain.core(name).folded == [f"mark{n}" for n in range(9)] for name in NAMES)


def test_who_had_seen_all_goes_on_without_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_carry, "FRAMES_CARRIED", 1)
    chain = Chain(*NAMES)
    for number in range(3):
        chain.local("gateway", m.MinutePassed(number, {}))
    chain.settle()
    chain.nodes["gateway"].roll()
    chain.crash("gateway")
    stream = chain.session("state").events_in.streams["account", ACCOUNT]
    for _ in range(20):
        chain.mono_ns += WAKE_NS
        for name in NAMES:
            chain.wake(name)
        assert not chain.frames(wire.State)
        chain.deliver_all()
    chain.local("gateway", m.MinutePassed(3, {}))
    assert not chain.frames(wire.Fetch)
    chain.deliver_all()
    assert chain.core("state").folded == [f"mark{n}" for n in range(4)] and stream.seq == 4


def test_the_clock_of_a_new_day_waits_for_its_journal() -> None:
    core = TinyCore()
    session = fresh("risk", core)
    session.day_ends_ns = NOON_NS + 10
    session.frame(clock(1, 0, NOON_NS + 9), 0)
    assert not session.day_is_over
    session.frame(clock(2, 0, NOON_NS + 10), 0)
    session.frame(command("strategy.a", "orders", SUBMIT), 0, "strategy.a")
    assert session.day_is_over and session.market.now_ns == NOON_NS + 9 and session.number == 1
    assert [type(message).__name__ for message in core.decided] == ["MarketClock"]
    session.day_ends_ns = 2**62
    for peer, data in session.take_deferred():
        session.frame(data, 0, peer)
    assert [type(message).__name__ for message in core.decided] == ["MarketClock", "MarketClock", "SubmitOrder"]
    assert session.number == 2 and not session.day_is_over


def test_user_code_that_waits_ends_in_the_day_it_began_in() -> None:
    core = TinyCore()
    core.at_rest = False  # type: ignore[attr-defined]
    session = fresh("strategy.a", core)
    session.day_ends_ns = NOON_NS + 10
    session.frame(clock(1, 0, NOON_NS + 11), 0)
    assert session.number == 1 and not session.day_is_over
    core.at_rest = True  # type: ignore[attr-defined]
    assert session.day_is_over
