"""The life of an order: every event in every status, final states that stay, fills that come late."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.orders import FINAL, LIFE, OrderEvent, OrderRecord, Status, record_of

S = Status
QTY = 1000
ORDER = m.Order("id1", "main", "demo", "600000.XSHG", m.Side.BUY, m.OrderType.LIMIT, QTY, 100_000, 1_000, 9_000)


def fill(fill_id: str = "f1", qty: int = 300, price_e4: int = 99_000, fee_e4: int = 50_000) -> m.OrderFilled:
    return m.OrderFilled("main", "id1", "v1", fill_id, "600000.XSHG", m.Side.BUY, qty, price_e4, fee_e4, 5_000)


def cancelled(cum_qty: int = 0) -> m.OrderCancelled:
    return m.OrderCancelled("main", "id1", cum_qty, "CANCELLED_BY_USER", "已按要求撤单", 6_000)


EVENTS: dict[str, OrderEvent] = {
    "submitted": m.OrderSubmitted(ORDER, 1_000, 2_000),
    "accepted": m.OrderAccepted("main", "id1", "v1", 3_000),
    "filled": fill(),
    "cancelled": cancelled(),
    "rejected": m.OrderRejected("main", "id1", "BROKER_REJECTED", "券商拒绝", 6_000),
    "expired": m.OrderExpired("main", "id1", 0, "DAY_ENDED", "收盘", 6_000),
    "unknown": m.OrderUnknown("main", "id1", "没有答复", 6_000),
    "denied": m.OrderDenied(ORDER, "HALTED", "交易已暂停", "", "", 0, 6_000),
}

# Written apart from the code. Columns: submitted accepted filled cancelled rejected expired unknown denied; - is no.
TABLE = """
created           submitted accepted partially_filled cancelled rejected expired unknown denied
submitted         -         accepted partially_filled cancelled rejected expired unknown -
accepted          -         accepted partially_filled cancelled rejected expired unknown -
partially_filled  -         partially_filled partially_filled cancelled rejected expired unknown -
unknown           -         accepted partially_filled cancelled rejected expired unknown -
filled            -         -        -         -         -        -       -       -
cancelled         -         -        cancelled -         -        -       -       -
rejected          -         -        rejected  -         -        -       -       -
expired           -         -        expired   -         -        -       -       -
denied            submitted -        -         -         -        -       -       -
"""
CASES = [
    (row.split()[0], name, after)
    for row in TABLE.strip().splitlines()
    for name, after in zip(EVENTS, row.split()[1:], strict=True)
]


def record(status: Status) -> OrderRecord:
    """A record as it stands when it has come to a status."""
    filled = {S.PARTIALLY_FILLED: 100, S.FILLED: QTY}.get(status, 0)
    return OrderRecord(
        ORDER, status, cum_qty=filled, cum_value_e4=filled * 99_000, fill_ids={"f0"} if filled else set()
    )


@pytest.mark.parametrize(("status", "event", "after"), CASES)
def test_every_event_in_every_status(status: str, event: str, after: str) -> None:
    folded = record(Status(status))
    before = copy.deepcopy(folded)
    changed = folded.apply(EVENTS[event])
    if after == "-":
        assert not changed and folded == before, "what is not allowed changes nothing"
    else:
        assert changed and folded.status == after and folded.updated_ns == EVENTS[event].at_ns


def test_the_table_is_complete() -> None:
    assert {status for status, _, _ in CASES} == set(Status) == set(LIFE)
    assert set(Status) - FINAL == {S.CREATED, S.SUBMITTED, S.ACCEPTED, S.PARTIALLY_FILLED, S.UNKNOWN}


def test_a_life() -> None:
    life = OrderRecord(ORDER)
    for event in (EVENTS["submitted"], EVENTS["accepted"], fill("f1", 300, 99_000), fill("f2", 700, 100_000, 7)):
        assert not life.is_final
        assert life.apply(event)
    assert (life.status, life.venue_order_id, life.cum_qty, life.leaves_qty) == (S.FILLED, "v1", 1000, 0)
    assert (life.cum_value_e4, life.fee_e4, life.avg_price_e4) == (99_700_000, 50_007, 99_700)
    assert life.is_settled


def test_the_average_price_is_rounded_half_up() -> None:
    life = OrderRecord(ORDER)
    assert life.avg_price_e4 == 0
    life.apply(fill("f1", 100, 100_001))
    life.apply(fill("f2", 100, 100_000))
    assert life.avg_price_e4 == 100_001


def test_a_fill_told_twice_counts_once() -> None:
    life = record(S.ACCEPTED)
    assert life.apply(fill("f1")) and not life.apply(fill("f1", qty=999))
    assert life.cum_qty == 300 and life.fee_e4 == 50_000


@pytest.mark.parametrize("end", [cancelled(500), m.OrderExpired("main", "id1", 500, "DAY_ENDED", "收盘", 6_000)])
def test_fills_may_trail_the_end(end: OrderEvent) -> None:
    life = record(S.PARTIALLY_FILLED)
    life.apply(end)
    status = life.status
    assert life.is_final and not life.is_settled and life.leaves_qty == 400, "100 of 500 have arrived"
    assert life.apply(fill("f1", 300)) and life.leaves_qty == 100 and not life.is_settled
    assert life.apply(fill("f2", 100)) and life.leaves_qty == 0 and life.is_settled
    assert life.status == status and life.cum_qty == 500 and life.reason == end.reason  # type: ignore[union-attr]


def test_an_end_stays_even_if_late_fills_complete_the_order() -> None:
    life = record(S.PARTIALLY_FILLED)
    life.apply(cancelled(100))
    assert life.apply(fill("f1", 900)) and life.cum_qty == QTY
    assert life.status is S.CANCELLED and life.leaves_qty == 0 and life.is_settled


def test_more_than_the_order_is_a_bug_and_stops() -> None:
    life = record(S.PARTIALLY_FILLED)
    with pytest.raises(AssertionError, match="overfill of id1"):
        life.apply(fill("f1", 901))


def test_a_fill_ends_what_was_unknown() -> None:
    life = record(S.SUBMITTED)
    life.apply(EVENTS["unknown"])
    assert life.status is S.UNKNOWN and life.text == "没有答复" and not life.is_final and life.leaves_qty == QTY
    assert life.apply(fill("f1", QTY)) and life.status is S.FILLED


def test_an_order_that_traded_before_it_was_unknown_is_accepted_as_partly_filled() -> None:
    life = record(S.PARTIALLY_FILLED)
    life.apply(EVENTS["unknown"])
    assert life.apply(EVENTS["accepted"]) and life.status is S.PARTIALLY_FILLED


FILLS = st.builds(fill, st.sampled_from(["f1", "f2", "f3", "f4"]), st.integers(1, QTY // 4))
ENDS = st.builds(cancelled, st.integers(0, QTY))
ANY_EVENT = st.one_of(FILLS, ENDS, st.sampled_from([e for n, e in EVENTS.items() if n not in ("filled", "cancelled")]))


@given(st.lists(ANY_EVENT, max_size=15))
def test_any_story_keeps_the_books_straight(events: list[OrderEvent]) -> None:
    life = OrderRecord(ORDER)
    taken: dict[str, m.OrderFilled] = {}
    for event in events:
        before = copy.deepcopy(life)
        changed = life.apply(event)
        assert changed or life == before
        goes_on = before.status is S.DENIED and isinstance(event, m.OrderSubmitted)
        assert before.status not in FINAL or goes_on or life.status is before.status, "an end stays"
        if isinstance(event, m.OrderFilled) and changed:
            assert taken.setdefault(event.fill_id, event) is event
        assert life.cum_qty == sum(f.qty for f in taken.values()) and 0 <= life.leaves_qty <= QTY
        assert life.cum_value_e4 == sum(f.qty * f.price_e4 for f in taken.values())
        assert life.fee_e4 == sum(f.fee_e4 for f in taken.values()) and life.fill_ids == set(taken)
    assert record_of(life.state(), list(taken.values())) == life
