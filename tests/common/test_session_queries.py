"""Queries: asked until answered, answered once, and never by somebody else or to somebody else."""

from __future__ import annotations

from common import messages as m
from common import wire
from common.session_queries import QUERY_LIMIT_NS
from tests.common.chain import ACCOUNT, WAKE_NS, Chain
from tests.common.samples import struct


def test_a_query_is_asked_again_and_its_answer_stepped_once() -> None:
    chain = Chain("strategy.a", "gateway")
    chain.settle()
    core = chain.core("strategy.a")
    core.decided.clear()
    chain.local("strategy.a", m.BrokerLink(ACCOUNT, True, ""))
    assert chain.session("strategy.a").busy
    chain.links.clear()  # the question is lost
    for _ in range(5):
        chain.mono_ns += WAKE_NS
        chain.wake("strategy.a")
    asked = chain.frames(wire.Query)
    assert len(asked) == 1 and len({q.id for q in asked if isinstance(q, wire.Query)}) == 1
    chain.wake("gateway")
    line = ("strategy.a", "gateway", "line")
    chain.links[line].extend(list(chain.links[line]))
    chain.deliver_all()
    assert sum(isinstance(message, m.Rows) for message in core.decided) == 1
    assert not chain.session("strategy.a").busy


def test_a_query_without_an_answer_ends_after_its_limit_in_live_trading() -> None:
    chain = Chain("strategy.a")
    chain.session("strategy.a").market.simulated = False
    chain.local("strategy.a", m.BrokerLink(ACCOUNT, True, ""))
    chain.wake("strategy.a")
    chain.mono_ns += QUERY_LIMIT_NS - 1
    chain.wake("strategy.a")
    assert chain.core("strategy.a").answers == []
    chain.mono_ns += 1
    chain.wake("strategy.a")
    assert [a.reason for a in chain.core("strategy.a").answers if isinstance(a, m.Refusal)] == ["NOT_READY"]
    assert not chain.session("strategy.a").busy


def test_in_a_simulated_day_a_query_waits_for_its_answer() -> None:
    chain = Chain("strategy.a")
    chain.local("strategy.a", m.BrokerLink(ACCOUNT, True, ""))
    for _ in range(200):
        chain.mono_ns += WAKE_NS
        chain.wake("strategy.a")
    assert chain.core("strategy.a").answers == [] and chain.session("strategy.a").busy


def test_an_answer_to_a_former_life_is_not_taken() -> None:
    chain = Chain("strategy.a", "gateway")
    chain.settle()
    link = m.BrokerLink(ACCOUNT, True, "")
    chain.local("strategy.a", link)
    chain.deliver(("strategy.a", "gateway", "line"))
    late = chain.links["gateway", "strategy.a", "reply"].copy()
    chain.crash("strategy.a")
    chain.local("strategy.a", link)
    decided = chain.core("strategy.a").decided
    decided.clear()
    for data in late:
        chain.session("strategy.a").frame(data, chain.mono_ns)
    assert decided == [] and chain.session("strategy.a").busy


def test_an_answer_that_cannot_be_read_or_comes_from_another_leaves_the_query_open() -> None:
    chain = Chain("strategy.a", "gateway")
    chain.settle()
    session = chain.session("strategy.a")
    chain.local("strategy.a", m.BrokerLink(ACCOUNT, True, ""))
    (query,) = chain.frames(wire.Query)
    assert isinstance(query, wire.Query)
    session.frame(wire.encode(wire.Answer("gateway", query.id, wire.raw(struct(m.SubmitOrder)))), 0)
    session.frame(wire.encode(wire.Answer("state", query.id, wire.raw(m.Rows([], [])))), 0)
    assert session.bad_frames == 2 and session.busy
    chain.settle()
    assert not session.busy


def test_an_answer_above_the_limit_is_a_refusal_that_says_so() -> None:
    chain = Chain("strategy.a", "gateway")
    chain.settle()
    chain.core("gateway").folded = ["x" * 1000] * (wire.FRAME_BYTES_MAX // 1000)
    chain.local("strategy.a", m.BrokerLink(ACCOUNT, True, ""))
    chain.deliver_all()
    (refusal,) = chain.core("strategy.a").answers
    assert isinstance(refusal, m.Refusal) and "请分批查询" in refusal.text


def test_the_status_of_a_process_is_answered_by_its_session() -> None:
    chain = Chain("risk", "gateway")
    query = wire.encode(wire.Query("ask_risk", "operator.1", 3, wire.raw(m.GetStatus())))
    session = chain.session("risk")
    session.frame(query, 0, "operator.1")
    (answer,) = [wire.decode_frame(data) for to, data in session.out.frames if to == "@operator.1"]
    assert isinstance(answer, wire.Answer) and answer.id == 3
    status = wire.decode_answer(answer.body)
    assert isinstance(status, m.ProcessStatus) and (status.name, status.run, status.bad_frames) == ("risk", 1, 0)
