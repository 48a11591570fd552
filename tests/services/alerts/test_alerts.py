"""What a person gets to read, when, and how often: stories of events, postings and restarts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import at
from services.alerts.core import (
    BACK_OFF_MAX_NS,
    BACK_OFF_NS,
    INTERVAL_NS,
    LINES_MAX,
    MAY_REPEAT,
    OF_A_KIND_MAX,
    AlertsCore,
    Memory,
)
from services.alerts.letters import compose
from services.alerts.words import Line, line_of
from tests.services.risk.driving import ACCOUNT, DAY, SECOND_NS, Stack

NOW_NS = at(DAY, "10:30:05")
MINUTE_NS = 60 * SECOND_NS


def alert(code: str, text: str = "文字", source: str = "demo") -> m.AlertRaised:
    return m.AlertRaised(ACCOUNT, source, code, text, NOW_NS)


class Follower:
    """One life of the process after the other over one memory; ``robot`` says whether a posting is taken."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.mono_ns, self.seq = 10**12, 0
        self.posts: list[tuple[int, str]] = []
        self.works = True
        self.start()

    def start(self) -> None:
        self.core = AlertsCore(self.memory, "账户 main")

    def hear(self, *events: m.Message) -> None:
        for event in events:
            self.seq += 1
            self.core.position = ("decisions", ACCOUNT, 1, self.seq)
            self.core.apply(event)
            assert self.core.decide(event, NOW_NS) == []

    def passes(self, seconds: float) -> None:
        """Look ten times a second, as the loop does."""
        end_ns = self.mono_ns + round(seconds * SECOND_NS)
        while self.mono_ns < end_ns:
            if self.core.due_ns(self.mono_ns) == 0:
                text = self.core.take()
                if self.works:
                    self.posts.append((self.mono_ns, text))
                    self.core.posted(self.mono_ns)
                else:
                    self.core.failed(self.mono_ns)
            self.mono_ns += SECOND_NS // 10

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.posts]


def test_an_alert_is_posted_at_once() -> None:
    follower = Follower()
    follower.hear(alert("TASKS_MISSED", "停机期间错过、不再补运行：trade"))
    follower.passes(0.1)
    assert follower.texts == ["账户 main 1 条告警\n10:30:05 [TASKS_MISSED] demo 停机期间错过、不再补运行：trade"]


def test_what_comes_within_three_seconds_is_one_message() -> None:
    follower = Follower()
    follower.hear(alert("A"))
    follower.passes(1)
    follower.hear(alert("B"), alert("C"))
    follower.passes(10)
    assert [text.splitlines()[0] for text in follower.texts] == ["账户 main 1 条告警", "账户 main 2 条告警"]
    assert follower.posts[1][0] - follower.posts[0][0] >= INTERVAL_NS


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 90)), max_size=12))
def test_never_more_than_twenty_a_minute_and_none_forgotten(bursts: list[tuple[int, int]]) -> None:
    follower, told = Follower(), 0
    for number, (count, tenths) in enumerate(bursts):
        follower.hear(*(alert(f"CODE{number}_{line}") for line in range(count)))
        told += count
        follower.passes(tenths / 10)
    follower.passes(120)
    times = [mono_ns for mono_ns, _ in follower.posts]
    assert all(sum(0 <= other - first < MINUTE_NS for other in times) <= 20 for first in times)
    lines = [line for text in follower.texts for line in text.splitlines() if "[CODE" in line]
    assert len(lines) == len(set(lines)) == told
    assert not follower.core.has_more


def test_a_flood_of_one_kind_keeps_out_nobody() -> None:
    follower = Follower()
    follower.hear(*(alert("DENIED", f"第 {number} 笔") for number in range(10_000)), alert("OTHER"))
    follower.passes(30)
    (text,) = follower.texts
    assert text.splitlines()[0] == "账户 main 10001 条告警"
    assert len(text.splitlines()) == 1 + OF_A_KIND_MAX + 1
    assert f"（同类另有 {10_000 - OF_A_KIND_MAX} 条）" in text and "[OTHER]" in text


def test_the_queue_has_a_limit_and_what_found_no_room_is_told() -> None:
    follower = Follower()
    follower.works = False
    follower.hear(*(alert(f"CODE{number}") for number in range(LINES_MAX + 7)))
    follower.passes(1)
    follower.works = True
    follower.passes(300)
    assert sum("另有 7 条因积压过多未发送" in text for text in follower.texts) == 1
    assert sum("[CODE" in line for text in follower.texts for line in text.splitlines()) == LINES_MAX


def test_a_failed_posting_is_tried_again_later_each_time() -> None:
    follower = Follower()
    follower.works = False
    follower.hear(alert("A"))
    waits = []
    for _ in range(9):
        follower.passes(0.1)
        wait_ns = follower.core.due_ns(follower.mono_ns)
        assert wait_ns is not None
        waits.append(wait_ns + SECOND_NS // 10)
        follower.passes(wait_ns / SECOND_NS)
    assert waits[:4] == [BACK_OFF_NS, 2 * BACK_OFF_NS, 4 * BACK_OFF_NS, 8 * BACK_OFF_NS]
    assert waits[-1] == BACK_OFF_MAX_NS
    follower.works = True
    follower.hear(alert("B"))
    follower.passes(400)
    assert [text.splitlines()[0] for text in follower.texts] == ["账户 main 1 条告警"] * 2, "the same, then the next"


def test_what_happened_while_it_was_down_is_one_message() -> None:
    follower = Follower()
    follower.hear(alert("BEFORE"))
    follower.passes(5)
    follower.start()
    follower.hear(*(alert(f"DOWN{number}", "很长的说明" * 20) for number in range(60)))
    follower.passes(60)
    assert len(follower.texts) == 1, "it waits until it has caught up"
    follower.core.caught_up()
    follower.passes(60)
    (_, down) = follower.texts
    assert down.startswith("账户 main 告警程序停机期间发生 60 条\n")
    assert "BEFORE" not in down and "未列出：" in down
    follower.hear(alert("AFTER"))
    follower.passes(5)
    assert follower.texts[2].startswith("账户 main 1 条告警")


def test_what_the_life_before_did_not_get_rid_of_is_told_apart() -> None:
    follower = Follower()
    follower.hear(alert("A"))
    follower.passes(0.1)
    follower.hear(alert("B"))
    follower.start()
    follower.hear(alert("C"))
    follower.core.caught_up()
    follower.passes(5)
    assert follower.texts[1].startswith("账户 main 告警程序停机期间发生 1 条，此前未发送 1 条\n")


def test_a_posting_of_which_nobody_knows_is_made_again_and_says_so() -> None:
    follower = Follower()
    follower.hear(alert("A"))
    for _ in range(2):
        follower.core.take()  # killed before the answer
        follower.start()
    follower.core.caught_up()
    follower.passes(5)
    (text,) = follower.texts
    assert text.startswith(f"{MAY_REPEAT}账户 main 1 条告警")
    follower.start()
    follower.core.caught_up()
    follower.passes(60)
    assert len(follower.texts) == 1


def test_nothing_is_said_where_nothing_happened() -> None:
    follower = Follower()
    follower.hear(m.AccountMarked(ACCOUNT, NOW_NS, {}))
    follower.start()
    follower.core.caught_up()
    follower.passes(600)
    assert follower.posts == []
    assert follower.memory.streams == {("decisions", ACCOUNT): (1, 1)}


LINES = st.lists(
    st.builds(
        Line,
        st.just(NOW_NS),
        st.text("ABC_", min_size=1, max_size=40),
        st.text(max_size=64),
        st.just(ACCOUNT),
        st.text(max_size=600),
    ),
    min_size=1,
    max_size=60,
)


@given(LINES, st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_a_message_fits_and_counts_all(lines: list[Line], more: int, lost: int, whole: bool) -> None:
    text, told = compose("账户 main 的告警", lines, {lines[0].kind: more}, lost, whole=whole)
    assert len(text.encode("utf-8")) <= 2048 - len(MAY_REPEAT.encode())
    assert told >= 1 and (told == len(lines) or not whole)


def test_every_word_a_person_reads() -> None:
    order = Stack().order("buy", 100, 10)
    denied = m.OrderDenied(order, "HALTED", "风控拒单 HALTED：交易已暂停", "", "", 0, NOW_NS)
    key = order.client_order_id
    told: list[tuple[m.Message, str, str]] = [
        (
            m.TradingHalted(ACCOUNT, False, "operator.7", "演练", NOW_NS),
            "TRADING_HALTED",
            "交易已被 operator.7 暂停：演练",
        ),
        (m.TradingHalted(ACCOUNT, True, "operator.7", "", NOW_NS), "TRADING_HALTED", "买入已被 operator.7 暂停"),
        (
            m.TradingResumed(ACCOUNT, "operator.8", "operator.7", "演练", NOW_NS),
            "TRADING_RESUMED",
            "交易已由 operator.8 恢复（此前由 operator.7 暂停：演练）",
        ),
        (m.TradingResumed(ACCOUNT, "operator.8", "", "", NOW_NS), "TRADING_RESUMED", "交易已由 operator.8 恢复"),
        (denied, "HALTED", f"风控拒单 HALTED：交易已暂停 {order.symbol}"),
        (
            m.OrderRejected(ACCOUNT, key, "BROKER_REJECTED", "", NOW_NS),
            "ORDER_REJECTED",
            f"委托 {key} 被拒绝 [BROKER_REJECTED]：券商拒绝",
        ),
        (m.OrderUnknown(ACCOUNT, key, "没有应答", NOW_NS), "ORDER_UNKNOWN", f"委托 {key} 结果未知：没有应答"),
        (
            m.OrderExpired(ACCOUNT, key, 0, "EXPIRED", "委托未到达券商，不再发出", NOW_NS),
            "ORDER_EXPIRED",
            f"委托 {key} 失效 [EXPIRED]：委托未到达券商，不再发出",
        ),
        (m.BrokerLinkChanged(ACCOUNT, False, "超时", NOW_NS), "BROKER_DOWN", "券商连接中断：超时"),
        (m.BrokerLinkChanged(ACCOUNT, True, "", NOW_NS), "BROKER_UP", "券商连接恢复："),
    ]
    for event, code, text in told:
        line = line_of(event)
        assert line is not None and (line.code, line.text, line.account) == (code, text, ACCOUNT)
    for event in (
        m.OrderExpired(ACCOUNT, key, 0, "DAY_ENDED", "", NOW_NS),
        m.OrderAccepted(ACCOUNT, key, "v", NOW_NS),
        m.OrderCancelled(ACCOUNT, key, 0, "CANCELLED_BY_USER", "", NOW_NS),
    ):
        assert line_of(event) is None
