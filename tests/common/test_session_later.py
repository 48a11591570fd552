"""Answers that take work: who waits for them, who does not ask twice, and what leaves no record."""

from __future__ import annotations

from common import messages as m
from common import wire
from common.clock import MarketTime
from common.session import Session
from common.session_later import CROSSING_NS, LATER
from common.session_out import RESEND_NS

ASK = m.GetSectors()


class Slow:
    """Answers later, and publishes whatever it is woken with."""

    journals_all = False
    busy = False
    wake_ns = 0

    def __init__(self) -> None:
        self.outs: list[m.Message] = []
        self.asked = 0

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        outs, self.outs = self.outs, []
        return outs

    def apply(self, message: m.Message) -> None: ...

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        self.asked += 1
        return LATER

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal("", "")

    def carry(self, now_ns: int) -> list[m.Message]:
        return []


def opened() -> tuple[Session, Slow]:
    core = Slow()
    return Session("quotes", core, ("main",), MarketTime(simulated=True), 1), core


def ask(session: Session, asker: str, number: int, mono_ns: int = 0, query: m.Message = ASK) -> None:
    session.frame(wire.encode(wire.Query("ask_quotes", asker, number, wire.raw(query))), mono_ns, asker)


def answers(session: Session) -> list[tuple[str, int, m.Message]]:
    found = []
    for to, data in session.out.frames:
        frame = wire.decode_frame(data)
        assert isinstance(frame, wire.Answer)
        found.append((to, frame.id, wire.decode_answer(frame.body)))
    session.out.frames.clear()
    return found


def test_nothing_is_sent_until_the_work_is_done() -> None:
    session, _ = opened()
    ask(session, "strategy.a", 7)
    assert answers(session) == []
    (job,) = session.later.jobs()
    assert job.query == ASK and session.later.jobs() == []
    session.later.done(job, m.Sectors(["一"]), 0)
    assert answers(session) == [("@strategy.a", 7, m.Sectors(["一"]))]


def test_all_who_ask_the_same_are_answered_by_one_job() -> None:
    session, _ = opened()
    for number, asker in enumerate(("strategy.a", "strategy.b", "operator.1")):
        ask(session, asker, number)
    ask(session, "strategy.a", 9, query=m.GetMembers("一", 0))
    first, second = session.later.jobs()
    session.later.done(first, m.Sectors([]), 0)
    assert [(to, number) for to, number, _ in answers(session)] == [
        ("@strategy.a", 0),
        ("@strategy.b", 1),
        ("@operator.1", 2),
    ]
    session.later.done(second, m.Members("一", [], []), 0)
    assert [number for _, number, _ in answers(session)] == [9]


def test_one_who_asks_again_is_answered_once() -> None:
    session, core = opened()
    for tries in range(5):
        ask(session, "strategy.a", 7, tries * RESEND_NS)
    assert core.asked == 1
    (job,) = session.later.jobs()
    session.later.done(job, m.Sectors([]), 5 * RESEND_NS)
    ask(session, "strategy.a", 7, 5 * RESEND_NS + CROSSING_NS)
    assert len(answers(session)) == 1 and session.later.jobs() == [], "it crossed the answer on its way"
    ask(session, "strategy.a", 7, 5 * RESEND_NS + CROSSING_NS + 1)
    assert len(session.later.jobs()) == 1, "the answer was lost, it seems"
    ask(session, "strategy.a", 8, 5 * RESEND_NS)
    assert session.later.jobs() == [], "the same is in work"


def test_a_subscription_that_waits_is_stepped_once() -> None:
    session, core = opened()
    core.outs = [m.SymbolsPublished(["600000.XSHG"])]
    for _ in range(3):
        ask(session, "strategy.a", 1, query=m.Subscribe(["600000.XSHG"]))
    assert len(session.out.records) == 1


def test_an_answer_above_the_limit_is_a_refusal() -> None:
    session, _ = opened()
    ask(session, "strategy.a", 1)
    (job,) = session.later.jobs()
    session.later.done(job, m.Sectors(["x" * 1000] * (wire.FRAME_BYTES_MAX // 1000)), 0)
    ((_, _, refusal),) = answers(session)
    assert isinstance(refusal, m.Refusal) and "请分批查询" in refusal.text


def test_work_nobody_asked_for_is_answered_to_nobody() -> None:
    session, _ = opened()
    ask(session, "strategy.a", 1)
    (job,) = session.later.jobs()
    session.later.done(job, m.Sectors([]), 0)
    session.later.done(job, m.Sectors([]), 0)
    assert len(answers(session)) == 1


def test_quotes_and_the_time_leave_no_record_by_themselves() -> None:
    session, core = opened()
    clock = m.MarketClock(1, 1, 20261120, "", False)
    core.outs = [clock]
    session.local(m.Wake())
    core.outs = [m.QuoteBatch(2, 1, (), True), m.MarketSlice(2, 1, (), True)]
    session.local(m.QuotesCame(1, ()))
    assert session.out.records == [] and len(session.out.frames) == 3
    core.outs = [clock, m.ClockMoved(1, 1, 20261120, 0, False)]
    session.local(m.Wake())
    assert len(session.out.records) == 1, "what is more than a quote is on record"
