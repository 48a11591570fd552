"""Recorded steps decided again: the same bytes over crashes, resends and late frames; a difference where it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common import wire
from common.kept import ANSWER_BYTES_MIN, digest_of
from common.redo import NewLife, RecordedTime, Redone, redo
from common.session import Session
from tests.common.chain import ACCOUNT, Chain, Decider, Node, TinyCore, core_of
from tests.common.test_kept import Historian, bars

NAMES = ("strategy.a", "strategy.b", "risk", "gateway", "state")


def again(node: Node, make_core: Callable[[str], TinyCore] | None = None, **contents: bytes) -> list[Redone]:
    def new_life(started: m.Started, market: RecordedTime) -> Session:
        session = Session(node.name, (make_core or node.make_core)(node.name), (ACCOUNT,), market, node.run)
        session.life = started.life
        return session

    life: NewLife = new_life
    return list(redo(node.journal, life, lambda digest: contents[f"d{digest}"], simulated=True))


def check(chain: Chain) -> None:
    for node in chain.nodes.values():
        steps = again(node)
        assert [step.recorded for step in steps] == node.journal
        for step in steps:
            assert step.is_identical, (node.name, step.index, wire.decode_plain(step.recorded), step.again)


def test_a_day_of_orders_is_decided_the_same() -> None:
    chain = Chain(*NAMES)
    for number in range(1, 6):
        chain.local("strategy.a", m.MinutePassed(number, {}))
        chain.local("strategy.b", m.MinutePassed(number, {}))
        chain.settle(4)
    assert len(chain.core("risk").approved) == 10  # type: ignore[attr-defined]
    check(chain)


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["minute", "mark", "wake", "deliver", "drop", "crash"]), st.integers(0, 2**16)),
    min_size=5,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_whatever_was_lost_and_whoever_died_it_is_decided_the_same(actions: list[tuple[str, int]]) -> None:
    chain = Chain(*NAMES)
    for number, (action, chosen) in enumerate(actions, 1):
        name = NAMES[chosen % len(NAMES)]
        links = [link for link, frames in chain.links.items() if frames]
        match action:
            case "minute":
                chain.local(NAMES[chosen % 2], m.MinutePassed(number, {}))
            case "mark":
                chain.local("gateway", m.MinutePassed(number, {}))
            case "wake":
                chain.mono_ns += 200_000_000
                chain.wake(name)
            case "crash":
                chain.crash(name)
            case "deliver" if links:
                for _ in range(chosen % 7):
                    if chain.links[links[chosen % len(links)]]:
                        chain.deliver(links[chosen % len(links)])
            case "drop" if links:
                chain.links[links[chosen % len(links)]].clear()
    chain.settle(12)
    check(chain)


def test_a_core_that_decides_otherwise_differs_at_that_step_and_not_before() -> None:
    class Late(Decider):
        def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
            outs = super().decide(message, now_ns)
            is_third = isinstance(message, m.SubmitOrder) and message.order.client_order_id == "a2"
            return [m.ApprovedOrder(message.order, now_ns + 1)] if is_third else outs  # type: ignore[union-attr]

    chain = Chain(*NAMES)
    for number in range(1, 6):
        chain.local("strategy.a", m.MinutePassed(number, {}))
        chain.settle(2)
    steps = again(chain.nodes["risk"], lambda name: Late())
    differing = [step for step in steps if not step.is_identical]
    assert len(differing) == 1
    step = wire.decode_step(differing[0].recorded)
    command = wire.decode_frame(bytes(step.input))
    assert isinstance(command, wire.Command) and b"a2" in bytes(command.body)


def test_a_core_that_says_nothing_any_more_differs() -> None:
    chain = Chain(*NAMES)
    chain.local("strategy.a", m.MinutePassed(1, {}))
    chain.settle(2)
    steps = again(chain.nodes["strategy.a"], lambda name: TinyCore())
    assert [step.is_identical for step in steps].count(False) == 1


def test_a_large_answer_is_taken_from_what_was_kept() -> None:
    node = Node("strategy.a", Historian)
    node.session.local(m.BrokerLink(ACCOUNT, True, ""))
    asked = next(wire.decode_frame(data) for to, data in node.session.out.frames if to == "quotes")
    assert isinstance(asked, wire.Query)
    body = wire.encode(bars(ANSWER_BYTES_MIN))
    node.session.frame(wire.encode(wire.Answer("quotes", asked.id, wire.Raw(body))), 0)
    node.journal = list(node.session.out.records)
    cores: list[Historian] = []

    def make(name: str) -> Historian:
        cores.append(Historian(name))
        return cores[-1]

    steps = again(node, make, **{f"d{digest_of(body)}": body})
    assert len(steps) == 3 and all(step.is_identical for step in steps)
    assert cores[0].decided[-1] == bars(ANSWER_BYTES_MIN)
    with pytest.raises(KeyError):
        again(node, make)


def test_an_answer_to_a_second_life_has_the_cause_it_had() -> None:
    """Ask ids are counted from the life, which only Started tells."""
    chain = Chain("strategy.a", "gateway")
    chain.crash("strategy.a")
    chain.local("strategy.a", m.BrokerLink(ACCOUNT, True, ""))
    chain.settle(4)
    inputs = [wire.decode_step(record) for record in chain.nodes["strategy.a"].journal]
    frames = [wire.decode_frame(bytes(step.input)) for step in inputs if not step.local]
    assert any(isinstance(frame, wire.Answer) for frame in frames)
    check(chain)


def test_a_journal_of_a_process_that_died_at_once_has_nothing_to_decide() -> None:
    node = Node("risk", core_of)
    node.journal = []
    assert again(node) == []
