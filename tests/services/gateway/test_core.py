"""The gateway's core told as stories: what risk and the broker say, and what everybody hears of it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import MINUTE_NS, SECOND_NS, at
from common.clock import MarketTime
from common.orders import Status
from common.recovery import recover
from common.session import Session
from services.gateway.core import GatewayCore
from tests.services.gateway.stand import (
    AIRPORT,
    BANK,
    CASH_E4,
    FEES,
    MAIN,
    NEXT_DAY,
    PRICE_E4,
    TEN_NS,
    TODAY,
    TOMORROW,
    Stand,
    approved,
    cancel,
    clock,
    holding,
    order,
    outline,
    stated,
    the_day,
    traded,
)

LATE_NS = TEN_NS + 61 * SECOND_NS


# -- orders ----------------------------------------------------------------------------------------------------------


def test_an_approved_order_is_told_and_placed() -> None:
    outs = Stand().open().say(approved())
    assert outs == [m.OrderSubmitted(order(), TEN_NS, TEN_NS), m.PlaceAtBroker(order())]


def test_a_known_id_is_not_placed_again() -> None:
    stand = Stand().open()
    stand.say(approved())
    assert stand.say(approved()) == []
    stand.say(stated("rejected"))
    assert stand.say(approved()) == []


def test_an_order_too_late_expires_and_says_which_order_it_was() -> None:
    stand = Stand(now_ns=LATE_NS).open()
    [expired] = stand.say(approved())
    assert outline([expired]) == ["OrderExpired a1 0 EXPIRED"]
    assert isinstance(expired, m.OrderExpired) and expired.order == order()
    assert stand.status() is Status.EXPIRED
    assert stand.say(approved()) == [], "it has had its answer"


def test_an_order_at_its_last_instant_is_placed() -> None:
    assert outline(Stand(now_ns=order().expire_ns).open().say(approved()))[-1] == "PlaceAtBroker a1"


def test_an_order_of_an_unknown_account_is_never_placed() -> None:
    stand = Stand().open()
    [expired] = stand.say(approved(account="other"))
    assert isinstance(expired, m.OrderExpired) and expired.reason == "UNKNOWN_ACCOUNT"


# -- cancels ---------------------------------------------------------------------------------------------------------


def test_a_cancel_names_the_brokers_number() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"))
    assert stand.say(cancel()) == [m.CancelAtBroker(MAIN, "a1", "Va1")]


def test_a_cancel_of_nothing_and_of_what_has_ended_is_refused() -> None:
    stand = Stand().open()
    assert outline(stand.say(cancel())) == ["CancelRejected a1 UNKNOWN_ORDER"]
    stand.say(approved(), stated("rejected"))
    assert outline(stand.say(cancel())) == ["CancelRejected a1 ORDER_CLOSED"]
    assert outline(stand.say(cancel(account="other"))) == ["CancelRejected a1 UNKNOWN_ORDER"]


def test_a_cancel_too_late_is_refused() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"))
    assert outline(stand.say(cancel(expire_ns=TEN_NS - 1))) == ["CancelRejected a1 EXPIRED"]


def test_a_cancel_the_broker_refuses_is_told() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"), cancel())
    refused = m.BrokerCancelRefused(MAIN, "a1", "CANCEL_NOT_ALLOWED", "当前时段不可撤单", TEN_NS)
    assert outline(stand.say(refused)) == ["CancelRejected a1 CANCEL_NOT_ALLOWED"]
    assert stand.core.cancelling == set()


# -- what the broker says ----------------------------------------------------------------------------------------------


def test_the_life_of_an_order() -> None:
    stand = Stand().open()
    stand.say(approved())
    reports = (stated("accepted"), traded("f1", 400), traded("f2", 600), stated("filled", cum_qty=1000))
    assert outline(stand.say(*reports)) == ["OrderAccepted a1", "OrderFilled a1 400", "OrderFilled a1 600"]
    record = stand.book.orders["a1"]
    assert (record.status, record.cum_qty, record.fee_e4) == (Status.FILLED, 1000, 100_000)
    assert stand.book.cash_e4 == CASH_E4 - 1000 * PRICE_E4 - 100_000
    assert stand.book.available_cash_e4 == stand.book.cash_e4


ENDS = {
    "filled": ([traded("f1", 400), traded("f2", 600), stated("filled", cum_qty=1000)], Status.FILLED, 1000),
    "cancelled": ([traded("f1", 400), stated("cancelled", cum_qty=400)], Status.CANCELLED, 400),
    "expired": ([traded("f1", 400), stated("expired", cum_qty=400)], Status.EXPIRED, 400),
    "untraded": ([stated("cancelled")], Status.CANCELLED, 0),
}


@pytest.mark.parametrize("end", ENDS)
@given(data=st.data())
def test_reports_in_any_order_and_any_number_tell_the_same(end: str, data: st.DataObject) -> None:
    reports, status, cum_qty = ENDS[end]
    told = data.draw(st.permutations([stated("accepted"), *reports, *reports]))
    stand = Stand().open()
    stand.say(approved())
    outs = stand.say(*told)
    record = stand.book.orders["a1"]
    assert (record.status, record.cum_qty, record.is_settled, record.leaves_qty) == (status, cum_qty, True, 0)
    assert record.venue_order_id == "Va1"
    assert stand.book.positions[BANK].qty == cum_qty if cum_qty else BANK not in stand.book.positions
    assert (stand.book.frozen_cash_e4, stand.book.open_orders()) == (0, [])
    assert len({message for message in outline(outs)}) == len(outs), "nothing is told twice"


def test_a_fill_before_the_acceptance_tells_the_brokers_number() -> None:
    stand = Stand().open()
    stand.say(approved(), traded("f1", 400))
    assert stand.say(stated("accepted"), stated("accepted")) == []
    assert stand.status() is Status.PARTIALLY_FILLED
    assert stand.say(cancel()) == [m.CancelAtBroker(MAIN, "a1", "Va1")]


def test_a_final_report_before_the_last_fill_waits_for_it() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"), stated("cancelled", cum_qty=300))
    record = stand.book.orders["a1"]
    assert (record.is_final, record.is_settled, record.leaves_qty) == (True, False, 300)
    assert outline(stand.say(traded("f1", 300))) == ["OrderFilled a1 300"]
    assert (record.is_settled, stand.book.frozen_cash_e4) == (True, 0)


def test_a_rejection_after_the_acceptance_counts() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"))
    assert outline(stand.say(stated("rejected", reason="NO_QUOTE"))) == ["OrderRejected a1 NO_QUOTE"]
    assert stand.book.frozen_cash_e4 == 0


def test_a_rejection_without_a_reason_has_one() -> None:
    stand = Stand().open()
    stand.say(approved())
    [rejected] = stand.say(stated("rejected"))
    assert isinstance(rejected, m.OrderRejected)
    assert (rejected.reason, rejected.text) == ("BROKER_REJECTED", "券商拒绝")


def test_what_the_broker_cannot_say_is_unknown_until_it_can() -> None:
    stand = Stand().open()
    stand.say(approved())
    assert outline(stand.say(stated("unknown"), stated("unknown"))) == ["OrderUnknown a1"]
    assert outline(stand.say(stated("accepted"))) == ["OrderAccepted a1"]


def test_fees_come_from_our_schedule_where_the_broker_is_silent() -> None:
    stand = Stand().open()
    stand.say(approved())
    fills = stand.say(traded("f1", 400, fee_e4=-1), traded("f2", 600, fee_e4=-1))
    assert [f.fee_e4 for f in fills if isinstance(f, m.OrderFilled)] == [50_000 + 400, 600]


def test_an_order_entered_elsewhere_is_followed() -> None:
    stand = Stand().open()
    outs = stand.say(stated("accepted", "", venue="77"), traded("f1", 1000, "", venue="77"))
    assert outline(outs) == ["OrderSubmitted foreign-77", "OrderAccepted foreign-77", "OrderFilled foreign-77 1000"]
    assert (stand.book.orders["foreign-77"].order.strategy, stand.book.positions[BANK].qty) == ("foreign", 1000)


# -- the link and the day ------------------------------------------------------------------------------------------


def test_the_link_comes_and_goes() -> None:
    stand = Stand()
    assert outline(stand.say(m.BrokerLink(MAIN, True, ""))) == ["BrokerLinkChanged", "AskBroker"]
    stand.say(the_day())
    assert stand.core.takes(approved(), TEN_NS)
    assert outline(stand.say(m.BrokerLink(MAIN, False, "掉线"))) == ["BrokerLinkChanged"]
    assert not stand.book.link_up
    assert not stand.core.takes(approved(), TEN_NS) and not stand.core.takes(cancel(), TEN_NS)
    stand.say(m.BrokerLink(MAIN, True, ""))
    assert not stand.core.takes(approved(), TEN_NS), "not before the broker told its day"
    stand.say(the_day())
    assert stand.core.takes(approved(), TEN_NS)


def test_commands_wait_for_the_brokers_day_but_not_for_ever() -> None:
    stand = Stand().open().again()
    assert not stand.core.takes(approved(), TEN_NS) and not stand.core.takes(cancel(), TEN_NS)
    assert stand.core.takes(approved(), LATE_NS) and stand.core.takes(cancel(), LATE_NS)
    assert stand.core.takes(approved(account="other"), TEN_NS) and stand.core.takes(cancel(account="other"), TEN_NS)


def test_without_a_record_of_the_day_even_a_late_order_waits_for_the_broker() -> None:
    """It may have been placed by a life whose journal is lost: to call it expired could be a lie."""
    stand = Stand(now_ns=LATE_NS)
    assert not stand.core.takes(approved(), LATE_NS)
    stand.open(orders=[stated("filled", cum_qty=1000)], fills=[traded("f1", 1000)])
    assert stand.core.takes(approved(), LATE_NS)
    assert stand.say(approved()) == []
    assert stand.status() is Status.FILLED


def test_nothing_is_taken_while_a_statement_is_on_its_way() -> None:
    """An order placed after the broker drew it up would look as if it had never arrived, and be placed twice."""
    stand = Stand().open()
    assert outline(stand.say(clock(TOMORROW))) == ["AskBroker"]
    assert not stand.core.takes(approved(), TEN_NS)
    assert stand.say(clock(TOMORROW)) == [], "asked once"
    stand.say(the_day(trading_day=TOMORROW))
    assert stand.core.takes(approved(), TEN_NS)


def test_of_two_statements_only_the_last_one_decides_what_is_missing() -> None:
    stand = Stand().open()
    stand.say(approved())
    stand = stand.again()
    stand.say(m.BrokerLink(MAIN, True, ""), m.BrokerLink(MAIN, True, ""))
    assert stand.say(the_day()) == []
    assert not stand.core.takes(approved("a2"), TEN_NS)
    assert outline(stand.say(the_day())) == ["PlaceAtBroker a1"]


def test_a_new_trading_day_is_asked_for_and_opened() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"), traded("f1", 1000))
    assert stand.say(clock(TODAY)) == []
    assert stand.say(clock(TOMORROW, at(NEXT_DAY, "0:00"))) == [m.AskBroker(MAIN)]
    cash_e4 = stand.book.cash_e4
    outs = stand.say(the_day(cash_e4=cash_e4, holdings=[holding(BANK, 1000)], trading_day=TOMORROW))
    assert outline(outs) == ["TradingDayOpened"]
    book = stand.book
    assert (book.trading_day, book.cash_e4, book.orders) == (TOMORROW, cash_e4, {})
    assert book.positions[BANK].closeable_qty == 1000, "yesterday's purchase can be sold"


def test_an_id_of_yesterday_is_not_placed_today() -> None:
    stand = Stand().open()
    stand.say(approved(), the_day(trading_day=TOMORROW))
    assert stand.say(approved()) == []


def test_a_day_that_is_not_known_yet_is_not_asked_for_by_the_clock() -> None:
    stand = Stand()
    assert stand.say(clock()) == []


def test_an_order_nobody_heard_of_before_the_day_ended_is_unknown() -> None:
    stand = Stand().open()
    stand.say(approved(), approved("a2"), stated("accepted", "a2"), stated("expired", "a2"))
    outs = stand.say(the_day(trading_day=TOMORROW))
    assert outline(outs) == ["OrderUnknown a1", "TradingDayOpened"]


# -- minutes ---------------------------------------------------------------------------------------------------------


def test_a_minute_marks_what_is_held() -> None:
    stand = Stand().open(holdings=[holding(BANK, 100), holding(AIRPORT, 0)])
    [marked] = stand.say(m.MinutePassed(TEN_NS + MINUTE_NS, {BANK: 120_000, AIRPORT: 5, "000001.XSHE": 7}))
    assert marked == m.AccountMarked(MAIN, TEN_NS + MINUTE_NS, {BANK: 120_000})
    assert stand.book.total_value_e4 == CASH_E4 + 100 * 120_000


def test_no_minute_is_marked_before_the_first_day() -> None:
    assert Stand().say(m.MinutePassed(TEN_NS, {BANK: 5})) == []


# -- after a restart -------------------------------------------------------------------------------------------------


def test_a_cancel_not_answered_is_handed_over_again() -> None:
    stand = Stand().open()
    stand.say(approved(), approved("a2"), stated("accepted"), stated("accepted", "a2"), cancel())
    stand = stand.again()
    assert stand.core.cancelling == {"a1"}
    stand.say(m.BrokerLink(MAIN, True, ""))
    assert stand.say(the_day([stated("accepted"), stated("accepted", "a2")])) == [m.CancelAtBroker(MAIN, "a1", "Va1")]
    assert outline(stand.say(stated("cancelled"))) == ["OrderCancelled a1 0 CANCELLED_BY_USER"]
    assert stand.core.cancelling == set()


def test_a_cancel_of_what_ended_meanwhile_is_not() -> None:
    stand = Stand().open()
    stand.say(approved(), stated("accepted"), cancel())
    stand = stand.again()
    stand.say(m.BrokerLink(MAIN, True, ""))
    ended = stated("filled", cum_qty=1000)
    assert outline(stand.say(the_day([ended], [traded("f1", 1000)]))) == ["OrderFilled a1 1000"]


def test_questions_about_the_account() -> None:
    stand = Stand().open()
    snapshot = stand.core.answer(m.GetAccount(MAIN), TEN_NS)
    assert isinstance(snapshot, m.AccountSnapshot) and (snapshot.cash_e4, snapshot.mode) == (CASH_E4, "simulator")
    refusal = stand.core.answer(m.GetAccount("other"), TEN_NS)
    assert isinstance(refusal, m.Refusal) and refusal.reason == "UNKNOWN_ACCOUNT"


class Forgetful(GatewayCore):
    """A core that must not decide anything."""

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        raise AssertionError(f"recovery decided about {message}")


KEYS = ("a1", "a2", "a3")
STATES = ("submitted", "accepted", "partially_filled", "filled", "cancelled", "expired", "rejected", "unknown")
# Ten fills of a hundred shares make an order of a thousand: no story overfills.
FILLS = [traded(f"{key}-{i}", 100, key) for key in KEYS for i in range(10)]
ROWS = [stated(s, key, cum_qty=100 * n) for s, key, n in itertools.product(STATES, (*KEYS, ""), (0, 3))]
SOME_DAYS = st.builds(
    the_day,
    st.lists(st.sampled_from(ROWS), max_size=3, unique_by=lambda row: row.client_order_id),
    st.lists(st.sampled_from(FILLS), max_size=4, unique_by=lambda fill: fill.fill_id),
    holdings=st.just([holding(BANK, 10_000, 10_000)]),
    complete=st.booleans(),
    trading_day=st.sampled_from([TODAY, TODAY, TODAY, TOMORROW]),
)
STORY = st.lists(
    st.one_of(
        st.sampled_from([approved(key) for key in KEYS]),
        st.sampled_from([cancel(key) for key in (*KEYS, "x")]),
        st.sampled_from(ROWS),
        st.sampled_from(FILLS),
        st.sampled_from([m.BrokerLink(MAIN, True, ""), m.BrokerLink(MAIN, False, "")]),
        st.sampled_from([clock(TODAY), clock(TOMORROW), m.MinutePassed(TEN_NS, {BANK: 110_000})]),
        st.sampled_from([m.BrokerCancelRefused(MAIN, key, "ORDER_CLOSED", "", TEN_NS) for key in KEYS]),
        SOME_DAYS,
        st.just(the_day()),
    ),
    min_size=5,
    max_size=25,
)


@given(STORY)
def test_the_record_tells_the_same_as_the_story(story: list[m.Message]) -> None:
    stand = Stand().open()
    stand.say(*story)
    core = Forgetful((MAIN,), FEES, "simulator")
    session = Session("gateway", core, (MAIN,), MarketTime(simulated=True), 1)
    for payload in stand.records:
        recover(session, payload)
    assert core.snapshot(MAIN, 0) == stand.core.snapshot(MAIN, 0)
    assert (core.ready, core.cancelling) == (stand.core.ready, stand.core.cancelling)
    assert {a: n for a, n in core.owed.items() if n} == {a: n for a, n in stand.core.owed.items() if n}
    assert (core.books[MAIN].frozen_cash_e4, core.books[MAIN]._early) == (stand.book.frozen_cash_e4, stand.book._early)


@given(STORY)
def test_no_story_places_an_order_twice_in_one_life(story: list[m.Message]) -> None:
    stand = Stand().open()
    placed = [o.order.client_order_id for o in stand.say(*story) if isinstance(o, m.PlaceAtBroker)]
    assert sorted(placed) == sorted(set(placed))
