"""Delivery end to end: whatever is lost, repeated or killed, each command and event is stepped once and in order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common import messages as m
from common import session_carry, wire
from common.errors import WireError
from common.session import Session
from tests.common.chain import ACCOUNT, NOON_NS, WAKE_NS, Asker, Chain, Decider, Placer, TinyCore, order
from tests.common.samples import struct

STRATEGIES = ("strategy.a", "strategy.b")
NAMES = (*STRATEGIES, "risk", "gateway", "state")
MINUTE = m.MinutePassed(1, {})


def placed(chain: Chain, name: str) -> list[str]:
    core = chain.core(name)
    assert isinstance(core, Asker)
    return core.placed


def of(strategy: str, keys: list[str]) -> list[str]:
    return [key for key in keys if key.startswith(strategy.partition(".")[2])]


# -- any faults ----------------------------------------------------------------------------------------------------


class Faults(RuleBasedStateMachine):
    """Safety at every instant; liveness once the faults end."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = Chain(*NAMES)

    def link(self, which: int) -> tuple[str, str, str] | None:
        waiting = [link for link, frames in self.chain.links.items() if frames]
        return waiting[which % len(waiting)] if waiting else None

    @rule(name=st.sampled_from(STRATEGIES), count=st.integers(1, 3))
    def place(self, name: str, count: int) -> None:
        for _ in range(count):
            self.chain.local(name, MINUTE)

    @rule(number=st.integers(1, 1000))
    def publish(self, number: int) -> None:
        self.chain.local("gateway", m.MinutePassed(number, {}))

    @rule(which=st.integers(0, 30), count=st.integers(1, 6))
    def deliver(self, which: int, count: int) -> None:
        link = self.link(which)
        while link and count and self.chain.links[link]:
            self.chain.deliver(link)
            count -= 1

    @rule(which=st.integers(0, 30))
    def lose(self, which: int) -> None:
        if link := self.link(which):
            self.chain.links[link].popleft()

    @rule(which=st.integers(0, 30))
    def repeat(self, which: int) -> None:
        if link := self.link(which):
            self.chain.links[link].appendleft(self.chain.links[link][0])

    @rule(name=st.sampled_from(NAMES), waits=st.booleans())
    def wake(self, name: str, waits: bool) -> None:
        self.chain.mono_ns += WAKE_NS * (3 if waits else 0) + 1
        self.chain.wake(name)

    @rule()
    def all_arrives(self) -> None:
        self.chain.deliver_all()

    @rule(name=st.sampled_from(NAMES))
    def crash(self, name: str) -> None:
        self.chain.crash(name)
        assert self.chain.nodes[name].recovered == [], "recovery decides nothing"

    @precondition(lambda self: any(self.chain.links.values()))
    @rule(which=st.integers(0, 30))
    def crash_before_writing(self, which: int) -> None:
        """The step was made and is not on file: nothing of it may have left the process."""
        link = self.link(which)
        assert link is not None
        sender, receiver, kind = link
        data = self.chain.links[link].popleft()
        session = self.chain.session(receiver)
        session.frame(data, self.chain.mono_ns, sender if kind == "line" else "")
        self.chain.crash(receiver)

    @rule(name=st.sampled_from(NAMES), frames=st.sampled_from((1, 3, 256)), killed=st.booleans())
    def new_day(self, name: str, frames: int, killed: bool) -> None:
        """Recovery after it reads only what was carried over."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(session_carry, "FRAMES_CARRIED", frames)
            self.chain.nodes[name].roll()
        if killed:
            self.crash(name)

    @invariant()
    def each_once_and_in_order(self) -> None:
        chain = self.chain
        told = chain.core("gateway").folded
        risk = chain.core("risk")
        assert isinstance(risk, Decider)
        for name in STRATEGIES:
            asked = placed(chain, name)
            assert of(name, risk.approved) == asked[: len(of(name, risk.approved))]
            assert of(name, told) == asked[: len(of(name, told))]
        for name in (*STRATEGIES, "risk", "state"):
            assert chain.core(name).folded == told[: len(chain.core(name).folded)]

    def teardown(self) -> None:
        chain = self.chain
        chain.settle()
        told = chain.core("gateway").folded
        for name in STRATEGIES:
            assert of(name, told) == placed(chain, name), "an order was lost"
        for name in (*STRATEGIES, "risk", "state"):
            assert chain.core(name).folded == told, f"{name} missed events"
        assert_quiet(chain)
        assert [e.order.client_order_id for e in chain.nodes["gateway"].effects if isinstance(e, m.PlaceAtBroker)] == [
            key for key in told if not key.startswith("mark")
        ]
        for name in NAMES:
            chain.crash(name)
            assert chain.core(name).folded == told, f"the journal of {name} tells something else"


Faults.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestFaults = Faults.TestCase


def assert_quiet(chain: Chain) -> None:
    """Every position sent has been seen by everyone who listens, as the clock of a simulated day asks."""
    reports = {name: chain.session(name).progress() for name in chain.nodes}
    for report in reports.values():
        assert not report.busy
        for key, seq in report.sent.items():
            hearing = [r for r in reports.values() if key in r.seen]
            assert hearing or not seq or key.startswith("decisions/")
            assert all(r.seen[key] == seq for r in hearing), (key, seq, hearing)


# -- frames that are not taken ---------------------------------------------------------------------------------------


def fresh(name: str, core: TinyCore) -> Session:
    chain = Chain(name)
    chain.nodes[name].make_core = lambda _: core
    chain.crash(name)
    core.decided.clear()
    return chain.session(name)


def refused(session: Session) -> list[wire.Refused]:
    frames = [wire.decode_frame(data) for _, data in session.out.frames]
    return [frame for frame in frames if isinstance(frame, wire.Refused)]


def command(sender: str, channel: str, message: m.Message, seq: int = 1) -> bytes:
    return wire.encode(wire.Command(channel, sender, 1, seq, 1, NOON_NS, "", "", 0, wire.raw(message)))


SUBMIT = m.SubmitOrder(order("a0"))
PROGRESS = m.Progress("risk", 1, 1, {}, {}, 0, False)


@pytest.mark.parametrize(
    ("name", "peer", "data"),
    [
        ("risk", "strategy.b", command("strategy.a", "orders", SUBMIT)),
        ("risk", "operator.1", command("operator.1", "orders", SUBMIT)),
        ("risk", "strategy.a", command("strategy.a", "desk", m.Resume(ACCOUNT, "a"))),
        ("gateway", "strategy.a", command("strategy.a", "approved", m.ApprovedOrder(order("a0"), 0))),
        ("gateway", "risk", command("risk", "approved", SUBMIT)),
        ("gateway", "risk", wire.encode(wire.Query("approved", "risk", 1, wire.raw(m.ApprovedOrder(order("a0"), 0))))),
        ("gateway", "strategy.a", wire.encode(wire.Query("ask_risk", "strategy.a", 1, wire.raw(m.GetRisk(ACCOUNT))))),
        ("risk", "gateway", wire.encode(wire.Query("ask_risk", "gateway", 1, wire.raw(m.GetRisk(ACCOUNT))))),
        ("risk", "strategy.a", wire.encode(struct(wire.Event))),
        ("risk", "strategy.a", wire.encode(wire.Quoted("clock", 1, 0, wire.raw(struct(m.MarketClock))))),
        ("risk", "strategy.a", wire.encode(wire.Pace("strategy.a", wire.raw(PROGRESS)))),
        ("quotes", "strategy.a", wire.encode(wire.Pace("strategy.a", wire.raw(PROGRESS)))),
        ("gateway", "quotes", wire.encode(wire.Fetch("account", ACCOUNT, "quotes", 0))),
        ("gateway", "risk", wire.encode(wire.Fetch("decisions", ACCOUNT, "risk", 0))),
        ("gateway", "risk", wire.encode(wire.Fetch("account", "other", "risk", 0))),
        ("gateway", "risk", b"noise"),
    ],
    ids=lambda value: value if isinstance(value, str) else "frame",
)
def test_what_a_peer_may_not_send_is_counted_told_and_never_stepped(name: str, peer: str, data: bytes) -> None:
    core = Placer() if name == "gateway" else TinyCore()
    session = fresh(name, core)
    session.frame(data, 0, peer)
    assert core.decided == [] and session.bad_frames == 1 and not session.out.records
    assert [(r.reason, r.sender) for r in refused(session)] == [("BAD_FRAME", name)]
    assert [to for to, _ in session.out.frames] == [f"@{peer}"]
    (note,) = session.out.notes
    assert note[0] == "BAD_FRAME" and peer in note[1]


def test_an_order_published_as_a_quote_is_not_stepped() -> None:
    core = Decider()
    session = fresh("risk", core)
    session.frame(wire.encode(wire.Quoted("orders", 1, 0, wire.raw(SUBMIT))), 0)
    assert core.decided == [] and session.bad_frames == 1 and session.number == 0


def test_a_refusal_is_noted_and_not_answered() -> None:
    session = fresh("strategy.a", TinyCore())
    session.frame(wire.encode(wire.Refused("", "risk", 0, "BAD_FRAME", "why")), 0)
    assert session.out.notes == [("BAD_FRAME", "risk 未接收：why")] and not session.out.frames


# -- quotes and the clock --------------------------------------------------------------------------------------------


def clock(number: int, part: int, now_ns: int) -> bytes:
    return wire.encode(wire.Quoted("clock", number, part, wire.raw(m.MarketClock(number, now_ns, 20261120, "", True))))


def test_a_quote_is_taken_once_and_moves_the_market_forward_only() -> None:
    core = TinyCore()
    session = fresh("risk", core)
    for number, part, later in ((3, 0, 5), (3, 0, 6), (3, 1, 7), (2, 9, 9), (4, 0, 1)):
        session.frame(clock(number, part, NOON_NS + later), 0)
    assert [c.now_ns - NOON_NS for c in core.decided if isinstance(c, m.MarketClock)] == [5, 7, 1]
    assert session.market.now_ns == NOON_NS + 7 and session.progress().tick == 4
    assert session.out.records == [], "what changed nothing is not put on record"


class Ticker(TinyCore):
    """Quotes: publishes the clock with every minute."""

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        return [struct(m.QuoteBatch), struct(m.MarketClock)] if isinstance(message, m.MinutePassed) else []


def test_a_message_is_never_met_at_an_earlier_time_than_it_was_sent_at() -> None:
    """A process that just started has the time of its last record, until it hears the clock or somebody who has."""
    chain = Chain("strategy.a", "risk", "gateway", "state")
    chain.settle(3)
    later_ns = NOON_NS + 3_000_000_000
    chain.nodes["strategy.a"].market.advance(later_ns)
    chain.local("strategy.a", MINUTE)
    chain.deliver_all()
    assert {node.market.now_ns for node in chain.nodes.values()} == {later_ns}
    assert {wire.decode_step(chain.nodes[name].journal[-1]).now_ns for name in ("risk", "gateway")} == {later_ns}
    late_ns = later_ns + 1
    chain.nodes["gateway"].market.advance(late_ns)
    chain.crash("state", journal=False)
    chain.settle(3)
    assert chain.nodes["state"].market.now_ns == late_ns, "its snapshot tells the time too"


def test_an_operator_does_not_know_the_markets_time() -> None:
    """A day of the past or of the future is played at any hour."""
    chain = Chain("risk")
    body = wire.raw(m.Halt(ACCOUNT, False, False, "wang", ""))
    halt = wire.Command("desk", "operator.7", 1, 1, 1, NOON_NS + 10**18, "operator", "", 0, body)
    chain.session("risk").frame(wire.encode(halt), chain.mono_ns, "operator.7")
    assert isinstance(chain.core("risk").decided[-1], m.Halt)
    assert chain.nodes["risk"].market.now_ns == NOON_NS


def test_what_one_step_publishes_has_one_number_and_counts_its_parts() -> None:
    session = fresh("quotes", Ticker())
    session.local(MINUTE)
    session.local(MINUTE)
    sent = [(to, wire.decode_frame(data)) for to, data in session.out.frames]
    assert [(to, q.number, q.part) for to, q in sent if isinstance(q, wire.Quoted)] == [
        ("*market", 1, 0),
        ("*clock", 1, 1),
        ("*market", 2, 0),
        ("*clock", 2, 1),
    ]


class Sleeper(TinyCore):
    """Wants to be woken one nanosecond after noon, once."""

    wake_ns = NOON_NS + 1

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        super().decide(message, now_ns)
        if isinstance(message, m.Wake):
            self.wake_ns = 0
        return []


@pytest.mark.parametrize(("name", "wakes"), [("risk", 1), ("strategy.a", 0)])
def test_a_core_is_woken_when_due_and_a_simulated_strategy_only_by_its_turn(name: str, wakes: int) -> None:
    core = Sleeper()
    session = fresh(name, core)
    session.wake(0)
    assert core.decided == []
    session.frame(clock(1, 0, NOON_NS + 1), 0)
    session.wake(0)
    assert sum(isinstance(message, m.Wake) for message in core.decided) == wakes


# -- the record ------------------------------------------------------------------------------------------------------


def test_a_step_records_input_frames_and_effects_before_anything_else_can_happen() -> None:
    chain = Chain("gateway")
    session = chain.session("gateway")
    data = command("risk", "approved", m.ApprovedOrder(order("a0"), 5))
    session.frame(data, 0, "risk")
    (record,) = session.out.records
    step = wire.decode_step(record)
    assert (step.now_ns, step.local, bytes(step.input)) == (NOON_NS, False, data)
    (event,) = [wire.decode_frame(bytes(frame)) for frame in step.frames]
    assert isinstance(event, wire.Event) and event.cause == "risk/approved/1" and event.seq == 1
    assert [wire.decode_message(effect) for effect in step.effects] == [m.PlaceAtBroker(order("a0"))]
    assert session.out.effects == [m.PlaceAtBroker(order("a0"))]


def test_recovery_folds_and_never_decides() -> None:
    chain = Chain(*NAMES)
    chain.settle()
    for _ in range(5):
        chain.local("strategy.a", MINUTE)
    chain.settle()
    before = {name: chain.core(name).folded for name in NAMES}
    assert before["state"] == ["a0", "a1", "a2", "a3", "a4"]
    for name in NAMES:
        chain.crash(name)
        assert chain.nodes[name].recovered == []
        assert chain.core(name).folded == before[name]


def test_a_journal_of_another_format_is_not_guessed() -> None:
    with pytest.raises(WireError):
        wire.decode_step(b"\x93\x01\x02\x03")
