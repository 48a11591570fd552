"""The operator's word on an order whose outcome is unknown: what it does to the books, and what is not taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import SECOND_NS
from common.fees import fill_fee_e4
from common.orders import Status
from tests.services.gateway.stand import BANK, CASH_E4, DAY, FEES, MAIN, PRICE_E4, TEN_NS, Stand, outline
from tests.services.gateway.truth import EVERY_S, Scene

WHY = "电话问过柜台"


def resolve(status: str, qty: int = 0, price_e4: int = 0, *, key: str = "a1", same_as: str = "") -> m.ApprovedByDesk:
    return m.ApprovedByDesk(m.ResolveOrder(MAIN, key, status, qty, price_e4, same_as, "li", WHY), TEN_NS)


def unknown(qty: int = 1000, *, keeps_tags: bool = False, fills: int = 0) -> Scene:
    """An order the broker has under no name of ours (V1), or has lost; it told `fills` shares before."""
    scene = Scene()
    scene.truth.keeps_tags = keeps_tags
    scene.place(qty)
    if keeps_tags:
        if fills:
            scene.truth.fill("V1", fills)
            scene.hear(9)
        scene.truth.orders.clear()
        scene.truth.reports.clear()
    scene.hear(9)
    scene.tick(EVERY_S)
    scene.answer()
    assert scene.stand.status() is Status.UNKNOWN
    scene.said.clear()
    return scene


def test_cancelled_without_a_trade_gives_everything_back() -> None:
    scene = unknown(keeps_tags=True)
    assert scene.stand.book.frozen_cash_e4 > 0
    scene.say(resolve("cancelled"))
    assert scene.said == [
        m.OrderResolved(MAIN, "a1", "cancelled", 0, 0, 0, "", "", "li", WHY, scene.stand.market.now_ns)
    ]
    book = scene.stand.book
    record = book.orders["a1"]
    assert (record.status, record.reason, record.text, book.frozen_cash_e4) == (
        Status.CANCELLED,
        "RESOLVED",
        f"li：{WHY}",
        0,
    )
    assert book.cash_e4 == CASH_E4


@pytest.mark.parametrize("status", ["cancelled", "expired"])
@pytest.mark.parametrize("known", [0, 200])
def test_a_claimed_part_is_traded_at_the_average_that_was_said(status: str, known: int) -> None:
    scene = unknown(keeps_tags=True, fills=known)
    cash_e4, fee_e4 = scene.stand.book.cash_e4, scene.stand.book.orders["a1"].fee_e4
    scene.say(resolve(status, 500, 100_200))
    assert outline(scene.said) == ["OrderResolved a1", f"OrderFilled a1 {500 - known}"]
    book, record = scene.stand.book, scene.stand.book.orders["a1"]
    assert (record.status, record.cum_qty, record.is_settled, record.leaves_qty) == (Status(status), 500, True, 0)
    assert abs(record.cum_value_e4 - 500 * 100_200) < 500 and book.frozen_cash_e4 == 0
    paid_e4 = record.cum_value_e4 - known * PRICE_E4
    assert book.cash_e4 == cash_e4 - paid_e4 - (record.fee_e4 - fee_e4)
    assert book.positions[BANK].qty == 5500


def test_filled_is_the_whole_order() -> None:
    scene = unknown(keeps_tags=True)
    scene.say(resolve("filled", 1000, PRICE_E4))
    assert outline(scene.said) == ["OrderFilled a1 1000", "OrderResolved a1"]
    fee_e4 = fill_fee_e4(BANK, m.Side.BUY, 0, 1000 * PRICE_E4, DAY, FEES)
    assert scene.stand.status() is Status.FILLED
    assert scene.stand.book.cash_e4 == CASH_E4 - 1000 * PRICE_E4 - fee_e4


REFUSED: list[tuple[m.ApprovedByDesk, str]] = [
    (resolve("filled"), "BAD_RESOLVE"),  # no quantity
    (resolve("filled", 900, PRICE_E4), "BAD_RESOLVE"),  # not the whole
    (resolve("cancelled", 1000, PRICE_E4), "BAD_RESOLVE"),  # the whole
    (resolve("cancelled", 1100, PRICE_E4), "BAD_RESOLVE"),  # more than there is
    (resolve("cancelled", 100), "BAD_RESOLVE"),  # at no price
    (resolve("cancelled", -100, PRICE_E4), "BAD_RESOLVE"),
    (resolve("rejected", 100, PRICE_E4), "BAD_RESOLVE"),  # nothing trades of a rejected order
    (resolve("unknown"), "BAD_RESOLVE"),
    (resolve("lost"), "BAD_RESOLVE"),
    (resolve("cancelled", key="a2"), "UNKNOWN_ORDER"),
    (resolve("cancelled", same_as="foreign-V9"), "BAD_RESOLVE"),
    (resolve("cancelled", same_as="a1"), "BAD_RESOLVE"),
]


@pytest.mark.parametrize(("word", "reason"), REFUSED)
def test_what_cannot_be_true_is_refused_with_a_reason(word: m.ApprovedByDesk, reason: str) -> None:
    scene = unknown(keeps_tags=True)
    scene.say(word)
    [said] = scene.said
    assert isinstance(said, m.ResolveRejected) and (said.reason, said.operator) == (reason, "li")
    assert scene.stand.status() is Status.UNKNOWN and scene.stand.book.cash_e4 == CASH_E4


def test_less_than_the_broker_told_already_is_refused() -> None:
    scene = unknown(keeps_tags=True, fills=300)
    scene.say(resolve("cancelled", 200, PRICE_E4), resolve("cancelled"))
    assert [said.reason for said in scene.told(m.ResolveRejected)] == ["BAD_RESOLVE"] * 2
    scene.say(resolve("cancelled", 300))
    assert outline(scene.said[-1:]) == ["OrderResolved a1"], "what was told needs no price"
    assert scene.stand.book.orders["a1"].cum_value_e4 == 300 * PRICE_E4


def test_only_an_unknown_order_can_be_resolved_and_only_once() -> None:
    scene = unknown(keeps_tags=True)
    scene.place(100)
    scene.say(resolve("cancelled", key="a2"), resolve("cancelled"), resolve("filled", 1000, PRICE_E4))
    assert [said.reason for said in scene.told(m.ResolveRejected)] == ["NOT_UNKNOWN"] * 2
    assert scene.stand.status() is Status.CANCELLED and scene.stand.book.cash_e4 == CASH_E4


@given(st.integers(0, 9), st.integers(1, 10), st.integers(-5000, 5000))
def test_a_claim_counts_exactly_once(known: int, claimed: int, off_e4: int) -> None:
    """Cash, shares and the order's sums agree, whatever was known before."""
    scene = unknown(keeps_tags=True, fills=100 * known)
    qty = 100 * max(known, claimed)
    scene.say(resolve("filled" if qty == 1000 else "cancelled", qty, PRICE_E4 + off_e4))
    book, record = scene.stand.book, scene.stand.book.orders["a1"]
    if scene.told(m.ResolveRejected):
        assert record.status is Status.UNKNOWN
        return
    assert (record.cum_qty, record.leaves_qty, book.frozen_cash_e4) == (qty, 0, 0)
    assert book.cash_e4 == CASH_E4 - record.cum_value_e4 - record.fee_e4
    assert book.positions[BANK].qty == 5000 + qty


# -- the order that came back as a stranger --------------------------------------------------------------------------


def test_an_order_that_came_back_without_its_tag_takes_over_what_became_of_the_stranger() -> None:
    scene = unknown()
    scene.truth.fill("V1", 1000)
    scene.hear(9)
    before = scene.stand.book.cash_e4, scene.stand.book.positions[BANK].qty
    scene.say(resolve("filled", same_as="foreign-V1"))
    assert outline(scene.said[-1:]) == ["OrderResolved a1"]
    book, record = scene.stand.book, scene.stand.book.orders["a1"]
    assert (record.status, record.cum_qty, record.avg_price_e4, record.venue_order_id) == (
        Status.FILLED,
        1000,
        PRICE_E4,
        "V1",
    )
    assert (book.cash_e4, book.positions[BANK].qty) == before, "its trades were in the books already"
    assert book.frozen_cash_e4 == 0
    scene.settle()
    assert scene.told(m.BooksDiffer) == [] and scene.stand.core.looks[MAIN].differing == []
    assert len(scene.told(m.OrderFilled)) == 1


@pytest.mark.parametrize("tags_are_back", [True, False])
def test_whatever_the_broker_lists_later_the_trade_counts_once(tags_are_back: bool) -> None:
    scene = unknown()
    scene.truth.fill("V1", 400)
    scene.truth.cancel("V1")
    scene.hear(9)
    scene.say(resolve("cancelled", same_as="foreign-V1"))
    if tags_are_back:
        row, fill = scene.truth.orders["V1"], scene.truth.fills[0]
        scene.truth.orders["V1"] = _tagged(row)
        scene.truth.fills = [_tagged(fill)]
    scene.settle()
    assert len(scene.told(m.OrderFilled)) == 1 and scene.told(m.BooksDiffer) == []
    assert scene.stand.book.cash_e4 == scene.truth.cash_e4


def test_a_stranger_is_not_taken_for_two_orders_nor_before_its_end() -> None:
    scene = unknown()
    scene.place(1000)
    scene.tick(EVERY_S)
    scene.hear(9)
    scene.answer()
    scene.say(resolve("filled", same_as="foreign-V1"))
    assert scene.said[-1].reason == "BAD_RESOLVE", "it still rests"  # type: ignore[attr-defined]
    scene.truth.cancel("V1")
    scene.hear(9)
    scene.say(resolve("filled", same_as="foreign-V1"))
    assert scene.said[-1].reason == "BAD_RESOLVE", "it was cancelled"  # type: ignore[attr-defined]
    scene.say(resolve("cancelled", same_as="foreign-V1"))
    assert outline(scene.said[-1:]) == ["OrderResolved a1"]
    scene.say(resolve("cancelled", key="a2", same_as="foreign-V1"))
    assert scene.said[-1].reason == "BAD_RESOLVE"  # type: ignore[attr-defined]


# -- the broker speaks after all ---------------------------------------------------------------------------------


def test_a_claim_the_broker_confirms_later_counts_once() -> None:
    scene = unknown(keeps_tags=True)
    scene.say(resolve("filled", 1000, PRICE_E4))
    asked = scene.stand.book.orders["a1"].order
    scene.truth.take(asked)
    scene.truth.fill("V1", 1000)
    scene.truth.cash_e4 = scene.stand.book.cash_e4
    scene.hear(9)
    scene.settle()
    assert scene.told(m.BooksDiffer) == [] and len(scene.told(m.OrderFilled)) == 1


def test_a_claim_the_broker_contradicts_is_found_by_the_next_looks() -> None:
    scene = unknown(keeps_tags=True)
    scene.say(resolve("cancelled", 500, PRICE_E4))
    asked = scene.stand.book.orders["a1"].order
    scene.truth.take(asked)
    scene.truth.fill("V1", 1000)
    scene.hear(9)
    scene.settle()
    assert {row.symbol: row.difference for row in scene.told(m.BooksDiffer)[-1].rows}[BANK] == 500
    assert scene.stand.core.looks[MAIN].told
    assert scene.stand.book.orders["a1"].cum_qty == 500, "and never more than the order had"


def test_an_order_said_to_be_cancelled_that_traded_after_all_is_told_as_traded() -> None:
    scene = unknown(keeps_tags=True)
    scene.say(resolve("cancelled"))
    scene.truth.take(scene.stand.book.orders["a1"].order)
    scene.truth.fill("V1", 1000)
    scene.hear(9)
    scene.settle()
    assert scene.stand.book.positions[BANK].qty == 6000 and scene.told(m.BooksDiffer) == []


def test_a_resolved_order_stays_resolved_over_a_restart() -> None:
    scene = unknown(keeps_tags=True)
    scene.say(resolve("cancelled", 500, PRICE_E4))
    before = scene.stand.book.snapshot("", 0)
    stand: Stand = scene.stand.again(now_ns=TEN_NS + 60 * SECOND_NS)
    assert stand.book.snapshot("", 0) == before


def _tagged(row: Any) -> Any:
    fields = {name: getattr(row, name) for name in row.__struct_fields__} | {"client_order_id": "a1"}
    return type(row)(**fields)
