"""Our book against the broker's after a crash at any point: nothing placed twice, one true end for every order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import SECOND_NS, day_of
from common.fees import order_fee_e4
from common.orders import FINAL, Status
from services.gateway.reconcile import before_its_end, opened
from tests.services.gateway.stand import (
    AIRPORT,
    BANK,
    CASH_E4,
    FEES,
    MAIN,
    PRICE_E4,
    TEN_NS,
    TOMORROW,
    Stand,
    approved,
    cancel,
    holding,
    outline,
    stated,
    the_day,
    traded,
)
from tests.sim.exchange_stage import Stage, a_quote, levels

LINK = m.BrokerLink(MAIN, True, "")
LATE_NS = TEN_NS + 61 * SECOND_NS
F1, F2 = traded("f1", 400), traded("f2", 600)

# How far the record of the killed life had come: what had been stepped and was on file.
RECORDS: dict[str, list[m.Message]] = {
    "nothing": [],
    "submitted": [approved()],
    "accepted": [approved(), stated("accepted")],
    "partly filled": [approved(), stated("accepted"), F1],
    "filled before it was accepted": [approved(), F1, F2],
    "filled": [approved(), stated("accepted"), F1, F2, stated("filled", cum_qty=1000)],
    "closed with a fill on its way": [approved(), stated("accepted"), stated("cancelled", cum_qty=400)],
    "unknown": [approved(), stated("unknown")],
}
# What became of the order at the broker meanwhile: its row and its trades.
BROKERS: dict[str, tuple[m.BrokerOrder, list[m.BrokerFill]]] = {
    "resting": (stated("accepted"), []),
    "partly filled": (stated("partially_filled", cum_qty=400), [F1]),
    "filled": (stated("filled", cum_qty=1000), [F1, F2]),
    "cancelled": (stated("cancelled", reason="CANCELLED_BY_USER"), []),
    "cancelled after a fill": (stated("cancelled", cum_qty=400), [F1]),
    "expired": (stated("expired", cum_qty=400), [F1]),
    "rejected": (stated("rejected", reason="NO_QUOTE"), []),
}
FILLED_HERE = {"nothing": 0, "submitted": 0, "accepted": 0, "partly filled": 400, "unknown": 0}
FILLED_HERE |= {"filled before it was accepted": 1000, "filled": 1000, "closed with a fill on its way": 400}


def fits(record: str, broker: str) -> bool:
    """Whether a broker may be there when the record was here: it never goes back."""
    row, _ = BROKERS[broker]
    seen = FILLED_HERE[record] <= row.cum_qty
    if record == "closed with a fill on its way":
        return broker == "cancelled after a fill"
    return seen and not (broker == "rejected" and record in ("accepted", "partly filled"))


CASES = [(record, broker) for record in RECORDS for broker in BROKERS if fits(record, broker)]


def killed(record: str, *, now_ns: int = TEN_NS) -> Stand:
    stand = Stand().open()
    stand.say(*RECORDS[record])
    return stand.again(now_ns=now_ns)


def ends(messages: list[m.Message]) -> list[m.Message]:
    return [x for x in messages if isinstance(x, m.OrderCancelled | m.OrderExpired | m.OrderRejected)]


@pytest.mark.parametrize(("record", "broker"), CASES)
def test_what_the_broker_has_is_told_once_and_never_placed(record: str, broker: str) -> None:
    stand, (row, fills) = killed(record), BROKERS[broker]
    outs = stand.say(LINK, the_day([row], fills))
    outs += stand.say(approved(), the_day([row], fills), row, *fills)
    assert not any(isinstance(out, m.PlaceAtBroker) for out in outs)
    have = stand.book.orders["a1"]
    assert have.cum_qty == row.cum_qty == sum(fill.qty for fill in fills)
    assert have.status == Status(row.status)
    assert have.venue_order_id == row.venue_order_id or broker == "rejected"
    assert len(ends(outs)) == (row.status in FINAL and row.status != "filled" and record[:6] != "closed")
    filled = [out.fill_id for out in outs if isinstance(out, m.OrderFilled)]
    assert len(filled) == len(set(filled))
    if ends(outs):
        told = [type(out) for out in outs]
        assert m.OrderFilled not in told[told.index(type(ends(outs)[0])) :], "an end comes after its fills"


@pytest.mark.parametrize(("record", "broker"), CASES)
def test_it_does_not_matter_whether_the_list_is_complete_for_what_is_on_it(record: str, broker: str) -> None:
    row, fills = BROKERS[broker]
    sure, unsure = (killed(record).say(LINK, the_day([row], fills, complete=c)) for c in (True, False))
    assert sure == unsure


# -- orders the broker does not list -------------------------------------------------------------------------------


def test_an_order_that_never_arrived_is_placed_now_for_the_first_time() -> None:
    stand = killed("submitted")
    assert outline(stand.say(LINK, the_day()))[-1] == "PlaceAtBroker a1"
    assert stand.say(approved()) == []
    assert outline(stand.say(stated("accepted"))) == ["OrderAccepted a1"]


def test_killed_again_before_it_was_placed_it_is_still_placed_once() -> None:
    stand = killed("submitted")
    stand.say(LINK, the_day())
    stand = stand.again()
    assert outline(stand.say(LINK, the_day()))[-1] == "PlaceAtBroker a1"
    stand = stand.again()
    assert outline(stand.say(LINK, the_day([stated("accepted")])))[2:] == ["OrderAccepted a1"]


def test_one_that_never_arrived_and_is_too_late_expires() -> None:
    outs = killed("submitted", now_ns=LATE_NS).say(LINK, the_day())
    assert outline(outs)[2:] == ["OrderExpired a1 0 EXPIRED"]


def test_one_that_never_arrived_and_is_to_be_cancelled_is_not_placed() -> None:
    stand = Stand().open()
    stand.say(approved(), cancel())
    stand = stand.again()
    assert outline(stand.say(LINK, the_day()))[2:] == ["OrderCancelled a1 0 CANCELLED_BY_USER"]
    assert stand.core.cancelling == set()


def test_where_the_list_is_not_complete_nobody_knows_and_it_is_said_once() -> None:
    stand = killed("submitted")
    assert outline(stand.say(LINK, the_day(complete=False)))[2:] == ["OrderUnknown a1"]
    assert stand.say(the_day(complete=False)) == []
    stand = stand.again(now_ns=LATE_NS)
    assert outline(stand.say(LINK, the_day(complete=False)))[2:] == []
    assert stand.status() is Status.UNKNOWN and stand.book.frozen_cash_e4 > 1000 * PRICE_E4
    outs = stand.say(the_day([stated("filled", cum_qty=1000)], [F1, F2], complete=False))
    assert outline(outs) == ["OrderAccepted a1", "OrderFilled a1 400", "OrderFilled a1 600"]


def test_an_unknown_order_is_never_placed_again() -> None:
    stand = killed("unknown")
    assert outline(stand.say(LINK, the_day()))[2:] == ["OrderExpired a1 0 EXPIRED"]


@pytest.mark.parametrize("record", ["accepted", "partly filled"])
def test_an_order_the_broker_had_and_lists_no_more_is_unknown(record: str) -> None:
    """It did arrive: that it should have expired would be a guess."""
    stand = killed(record)
    assert outline(stand.say(LINK, the_day(fills=[F1] if record[0] == "p" else [])))[2:] == ["OrderUnknown a1"]


@pytest.mark.parametrize("complete", [True, False])
def test_an_order_that_has_ended_is_left_alone_while_its_last_fill_is_on_its_way(complete: bool) -> None:
    stand = killed("closed with a fill on its way")
    assert outline(stand.say(LINK, the_day(complete=complete)))[2:] == []
    assert outline(stand.say(F1)) == ["OrderFilled a1 400"]


# -- orders of others ----------------------------------------------------------------------------------------------


def test_orders_entered_elsewhere_are_told_and_not_missed() -> None:
    stand = Stand()
    row = stated("partially_filled", "", cum_qty=400, venue="77")
    day = the_day([row], [traded("f1", 400, "", venue="77")], holdings=[holding(BANK, 400, 400)])
    told = ["OrderSubmitted foreign-77", "OrderAccepted foreign-77", "OrderFilled foreign-77 400"]
    assert outline(stand.say(LINK, day))[3:] == told
    assert stand.say(day) == [], "what is listed under no name of ours is not missing"
    assert outline(stand.again().say(LINK, day))[2:] == []


def test_our_own_order_found_at_the_broker_keeps_its_name() -> None:
    """The journal is lost, the order is not: risk sends it again, and it is answered, not placed."""
    stand = Stand()
    stand.say(LINK, the_day([stated("accepted")]))
    assert stand.say(approved()) == []
    assert stand.say(cancel()) == [m.CancelAtBroker(MAIN, "a1", "Va1")]


def test_before_its_end_an_order_was_accepted() -> None:
    row = stated("cancelled", cum_qty=400, reason="CANCELLED_BY_USER")
    before = before_its_end(row)
    assert (before.status, before.reason, before.cum_qty) == ("accepted", "", 400)
    assert before_its_end(stated("rejected")) == stated("rejected")


# -- a day told to an empty book -----------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]), st.sampled_from([100, 200, 700]), st.sampled_from([9.98, 10.01, 10.02])
    ),
    max_size=12,
)


def traded_day(acts: list[tuple[str, int, float]]) -> Stage:
    """A day at the exchange: 5,000 shares from yesterday, some orders, quotes that move between them."""
    stage = Stage()
    stage.own(5000)
    stage.quote(a_quote("9:59", 10.0, 10_000, bids=levels((9.99, 500)), asks=levels((10.01, 300), (10.02, 100))))
    for number, (side, qty, price) in enumerate(acts):
        time = f"10:{number:02}"
        volume = 10_000 + 1_000 * number
        book = {"bids": levels((9.98, 300), (9.97, 900)), "asks": levels((10.01, 300), (10.02, 500))}
        stage.quote(a_quote(time, 9.98, volume, traded=(9.97, 10.02), **book))
        (stage.buy if side == "buy" else stage.sell)(time, qty, price)
    return stage


@given(ACTS, st.booleans())
def test_a_book_rebuilt_from_the_brokers_day_equals_the_brokers(acts: list[tuple[str, int, float]], told: bool) -> None:
    stage = traded_day(acts)
    day = stage.exchange.statement(TEN_NS)
    if not told:
        day = the_day(day.orders, [_without_fee(f) for f in day.fills], cash_e4=day.cash_e4, holdings=day.holdings)
    stand = Stand()
    stand.say(LINK, day)
    book, ledger = stand.book, stage.exchange.ledger
    assert (book.cash_e4, book.opening_cash_e4) == (ledger.cash_e4, CASH_E4)
    assert book.frozen_cash_e4 == ledger.frozen_e4
    ours = {p.symbol: (p.qty, p.today_qty, p.frozen_qty) for p in book.positions.values() if p.qty}
    theirs = {p.symbol: (p.qty, p.today_qty, p.frozen_qty) for p in ledger.positions.values() if p.qty}
    assert ours == theirs
    if not any(side == "sell" for side, _, _ in acts):
        assert book.positions[BANK].cost_e4 == ledger.positions[BANK].cost_e4
    assert {r.venue_order_id or "rejected" for r in book.orders.values()} == {
        o.venue_order_id if o.status != "rejected" else "rejected" for o in stage.exchange.orders.values()
    }
    assert stand.say(day) == [], "and is told once"


def test_the_opening_is_the_brokers_books_less_the_days_fills() -> None:
    buys = [traded("f1", 400), traded("f2", 600, fee_e4=0)]
    sale = traded("f3", 300, "a2", side=m.Side.SELL, fee_e4=7)
    cash_e4 = CASH_E4 - 1000 * PRICE_E4 - 50_000 + 300 * PRICE_E4 - 7
    held = m.Holding(BANK, 1700, 1000, 1700 * PRICE_E4 + 50_000, PRICE_E4, TEN_NS)
    day = the_day(fills=[*buys, sale], cash_e4=cash_e4, holdings=[held, holding(AIRPORT, 5)])
    told = opened(day, FEES)
    assert (told.cash_e4, {h.symbol: h.qty for h in told.holdings}) == (CASH_E4, {BANK: 1000, AIRPORT: 5})
    assert all(not h.today_qty for h in told.holdings), "nothing was bought today when the day began"


def test_what_was_sold_out_was_held_and_what_was_bought_first_was_not() -> None:
    fills = [traded("f1", 400, side=m.Side.SELL), _at(traded("f2", 100), AIRPORT)]
    day = the_day(fills=fills, holdings=[holding(AIRPORT, 100, 100)])
    assert [(h.symbol, h.qty) for h in opened(day, FEES).holdings] == [(BANK, 400)]


def test_a_day_the_gateway_did_not_see_end_gives_way_to_the_next() -> None:
    stand = killed("accepted")
    outs = stand.say(LINK, stated("expired"), the_day(trading_day=TOMORROW))
    assert outline(outs)[2:] == ["OrderExpired a1 0 DAY_ENDED", "TradingDayOpened"]


def test_trades_told_before_their_order_pay_the_least_commission_once() -> None:
    stand = Stand().open()
    told = stand.say(_without_fee(F1), _without_fee(F2), stated("filled", cum_qty=1000))
    fees_e4 = [event.fee_e4 for event in told if isinstance(event, m.OrderFilled)]
    assert sum(fees_e4) == order_fee_e4(BANK, "buy", 1000 * PRICE_E4, day_of(TEN_NS), FEES)
    assert stand.book.orders["a1"].fee_e4 == sum(fees_e4)


def _without_fee(fill: m.BrokerFill) -> m.BrokerFill:
    return _changed(fill, fee_e4=-1)


def _at(fill: m.BrokerFill, symbol: str) -> m.BrokerFill:
    return _changed(fill, symbol=symbol)


def _changed(fill: m.BrokerFill, **fields: Any) -> m.BrokerFill:
    return m.BrokerFill(**{name: getattr(fill, name) for name in fill.__struct_fields__} | fields)
