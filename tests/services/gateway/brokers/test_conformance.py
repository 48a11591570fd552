"""One set of behaviours for every back-end, seen through the gateway's real core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common import messages as m
from common.orders import is_foreign
from tests.services.gateway.brokers.conformance import ACCOUNT, BANK, Front, House
from tests.services.gateway.brokers.conformance_houses import HOUSES


@pytest.fixture(params=HOUSES)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with HOUSES[request.param](tmp_path) as house:
        yield house


@pytest.fixture
def front(house: House) -> Front:
    return Front(house)


class TestTheLink:
    def test_the_first_report_is_the_link(self, front: Front) -> None:
        first = front.told[0]
        assert isinstance(first, m.BrokerLink) and (first.account, first.up) == (ACCOUNT, True)

    def test_each_ask_has_one_answer_in_order(self, front: Front) -> None:
        before = len(front.of(m.BrokerDay))
        for _ in range(3):
            front.house.broker.request(m.AskBroker(ACCOUNT, True))
        front.until(lambda: len(front.of(m.BrokerDay)) == before + 3, "three statements")
        times = [day.at_ns for day in front.of(m.BrokerDay)]
        assert times == sorted(times)


class TestOrders:
    def test_an_order_is_accepted_under_our_id_with_a_number(self, front: Front) -> None:
        key = front.resting()
        record = front.record(key)
        assert record.venue_order_id and record.cum_qty == 0
        [order] = [order for order in front.day().orders if order.client_order_id == key]
        assert (order.venue_order_id, order.symbol, order.side, order.qty, order.price_e4) == (
            record.venue_order_id,
            BANK,
            m.Side.BUY,
            300,
            front.house.resting_e4,
        )

    def test_an_order_fills_once_and_to_the_last_share(self, front: Front) -> None:
        key = front.resting(300)
        front.trade(key, 300)
        record = front.record(key)
        assert (record.status, record.cum_qty) == ("filled", 300)
        assert record.avg_price_e4 <= front.house.resting_e4
        front.day()
        fills = [fill for fill in front.of(m.BrokerFill) if fill.client_order_id == key]
        assert len({fill.fill_id for fill in fills}) == len(fills) and sum(fill.qty for fill in fills) == 300
        assert front.differences() == []

    def test_an_order_fills_in_parts(self, front: Front) -> None:
        key = front.resting(500)
        front.trade(key, 200)
        assert front.record(key).status == "partially_filled"
        front.trade(key, 300)
        assert front.record(key).status == "filled"
        assert front.differences() == []

    def test_an_order_the_exchange_does_not_take_is_rejected_with_a_text(self, front: Front) -> None:
        key = front.buy(price_e4=front.house.refused_e4)
        front.until(lambda: front.record(key).status == "rejected", "a rejection")
        assert front.record(key).text and front.record(key).cum_qty == 0
        assert front.differences() == []


class TestCancels:
    def test_an_order_is_cancelled(self, front: Front) -> None:
        key = front.resting()
        front.cancel(key)
        front.until(lambda: front.record(key).is_final, "an end")
        assert (front.record(key).status, front.record(key).cum_qty) == ("cancelled", 0)
        assert front.of(m.BrokerCancelRefused) == []
        assert front.differences() == []

    def test_what_has_filled_stays_filled(self, front: Front) -> None:
        key = front.resting(500)
        front.trade(key, 200)
        front.cancel(key)
        front.until(lambda: front.record(key).is_settled, "an end")
        record = front.record(key)
        assert (record.status, record.cum_qty, record.final_cum_qty) == ("cancelled", 200, 200)
        assert front.differences() == []

    def test_an_order_that_has_ended_is_not_cancelled(self, front: Front) -> None:
        key = front.resting()
        front.trade(key, 300)
        venue = front.record(key).venue_order_id
        front.house.broker.request(m.CancelAtBroker(ACCOUNT, key, venue))
        front.until(lambda: front.of(m.BrokerCancelRefused), "a refusal")
        [refusal] = front.of(m.BrokerCancelRefused)
        assert (refusal.client_order_id, refusal.reason) == (key, "ORDER_CLOSED") and refusal.text
        assert front.record(key).status == "filled"

    @pytest.mark.parametrize("venue", ["", "19990101-1"])
    def test_an_order_nobody_knows_is_not_cancelled(self, front: Front, venue: str) -> None:
        front.house.broker.request(m.CancelAtBroker(ACCOUNT, "nobody", venue))
        front.until(lambda: front.of(m.BrokerCancelRefused), "a refusal")
        [refusal] = front.of(m.BrokerCancelRefused)
        assert (refusal.client_order_id, refusal.reason) == ("nobody", "UNKNOWN_ORDER")


class TestStatements:
    def test_a_statement_knows_all_that_was_handed_over_before(self, front: Front) -> None:
        filled = front.resting(300)
        front.trade(filled, 300)
        cancelled = front.resting(200)
        front.cancel(cancelled)
        front.until(lambda: front.record(cancelled).is_final, "the cancel")
        part = front.resting(500)
        front.trade(part, 200)
        resting = front.resting(100)
        day = front.day()
        listed = {order.client_order_id: order for order in day.orders}
        assert {filled, part, cancelled, resting} <= listed.keys()
        assert listed[cancelled].status == "cancelled"
        held = {holding.symbol: holding.qty for holding in day.holdings}
        assert held.get(BANK, 0) == sum(fill.qty for fill in day.fills)
        assert front.differences() == []

    def test_cash_is_whole_while_orders_stand(self, front: Front) -> None:
        before = front.day().cash_e4
        front.resting(1000)
        assert front.day().cash_e4 == before


class TestRestart:
    def test_orders_that_stand_are_found_again_under_their_names(self, front: Front) -> None:
        key = front.resting(300)
        venue = front.record(key).venue_order_id
        front.restart()
        assert (front.record(key).status, front.record(key).venue_order_id) == ("accepted", venue)
        front.trade(key, 300)
        assert front.record(key).status == "filled"
        assert front.differences() == []

    def test_they_can_be_cancelled_by_the_number_we_kept(self, front: Front) -> None:
        key = front.resting(300)
        front.restart()
        front.cancel(key)
        front.until(lambda: front.record(key).is_final, "an end")
        assert front.record(key).status == "cancelled"

    def test_nothing_is_told_twice(self, front: Front) -> None:
        key = front.resting(500)
        front.trade(key, 200)
        front.restart()
        front.trade(key, 300)
        fills = [event for event in front.events if isinstance(event, m.OrderFilled)]
        assert sum(fill.qty for fill in fills) == 500 and len({fill.fill_id for fill in fills}) == len(fills)
        assert front.differences() == []


class TestSomebodyElse:
    def test_their_orders_are_followed_and_are_nobodys_of_ours(self, front: Front) -> None:
        if not front.house.has_foreign:
            pytest.skip("nobody else has an account there")
        mine = front.resting(300)
        trade = front.house.foreign(300)
        front.until(lambda: any(map(is_foreign, _orders(front))), "their order")
        [theirs] = [order for order in _orders(front) if is_foreign(order)]
        trade(100)
        front.until(lambda: front.record(theirs.client_order_id).cum_qty == 100, "their fill")
        assert front.record(mine).cum_qty == 0
        assert front.differences() == []
        front.cancel(theirs.client_order_id)
        assert [e.reason for e in front.events if isinstance(e, m.CancelRejected)] == ["FOREIGN_ORDER"]


def _orders(front: Front) -> list[m.Order]:
    return [record.order for record in front.book.orders.values()]
