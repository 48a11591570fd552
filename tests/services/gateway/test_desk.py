"""The gateway with its real broker and its files: killed anywhere, it places each order once and its books agree."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.beijing import MINUTE_NS, SECOND_NS, at
from common.orders import FINAL, Status
from tests.services.gateway.stand import AIRPORT, BANK, CASH_E4, DAY, MAIN, PRICE_E4
from tests.services.gateway.town import Town

BUY, SELL = m.Side.BUY, m.Side.SELL
OPEN_NS = at(DAY, "9:31")


def opened(folder: Path, *fuses: int) -> Town:
    """A quarter past nine thirty, with a quote of the bank at 10.00."""
    town = Town(folder, fuses)
    town.clock(OPEN_NS)
    town.quote(10.0)
    town.settle()
    return town


def assert_one_truth(town: Town) -> None:
    """The broker has each order once; gateway, risk and broker agree to the cent; each end was told once."""
    day, book, risk = town.statement(), town.book, town.risk_core.book
    assert [order.client_order_id for order in day.orders] == list(dict.fromkeys(o.client_order_id for o in day.orders))
    there = {o.client_order_id: (Status(o.status), o.cum_qty, o.status in FINAL) for o in day.orders}
    for key in set(town.keys) - set(there):
        # Cancelled before it arrived: both commands were on record when the gateway was killed.
        there[key] = (Status.CANCELLED, 0, True)
    assert {key: (r.status, r.cum_qty, r.is_settled) for key, r in book.orders.items()} == there
    ledger = town.broker._exchange.ledger
    assert (book.cash_e4, book.frozen_cash_e4) == (day.cash_e4, ledger.frozen_e4)
    ours = {p.symbol: (p.qty, p.today_qty, p.frozen_qty, p.cost_e4) for p in book.positions.values() if p.qty}
    assert ours == {p.symbol: (p.qty, p.today_qty, p.frozen_qty, p.cost_e4) for p in ledger.positions.values() if p.qty}
    assert risk.snapshot("", 0) == book.snapshot("", 0)
    ends = [e.client_order_id for e in town.risk_core.heard if isinstance(e, m.OrderCancelled | m.OrderExpired)]
    fills = [e.fill_id for e in town.risk_core.heard if isinstance(e, m.OrderFilled)]
    assert len(ends) == len(set(ends)) and len(fills) == len(set(fills))


# -- one by one ----------------------------------------------------------------------------------------------------


def test_a_day_without_a_kill(tmp_path: Path) -> None:
    town = opened(tmp_path)
    town.place(BUY, 500, 10.02)
    rests = town.place(BUY, 300, 9.95)
    town.place(BUY, 150, 10.0)
    town.settle()
    town.cancel(rests)
    town.settle()
    town.quote(9.99)
    statuses = {key: record.status for key, record in town.book.orders.items()}
    assert statuses == {"k0": Status.FILLED, "k1": Status.CANCELLED, "k2": Status.REJECTED}
    assert_one_truth(town)


def test_orders_before_the_first_clock_wait_with_their_sender(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.place(BUY, 100, 10.01)
    town.settle()
    assert town.book.orders == {} and len(town.risk.commands_out.sent["approved"].unacked) == 1
    town.was_quoted(10.0)
    town.clock(OPEN_NS)
    town.settle()
    assert town.book.orders["k0"].status is Status.FILLED
    assert not town.risk.commands_out.sent["approved"].unacked
    assert_one_truth(town)


def test_an_order_for_a_symbol_without_a_quote_has_one_asked_for(tmp_path: Path) -> None:
    town = opened(tmp_path)
    town.quote(10.0, [BANK, AIRPORT])
    town.place(BUY, 100, 10.01, AIRPORT)
    town.settle()
    assert town.book.orders["k0"].status is Status.FILLED
    town.place(BUY, 100, 10.01, "600030.XSHG")
    town.settle()
    assert town.book.orders["k1"].reason == "NO_QUOTE"


def test_what_the_market_passed_while_the_gateway_was_down_is_filled(tmp_path: Path) -> None:
    town = opened(tmp_path)
    town.place(BUY, 300, 9.95)
    town.settle()
    town.kill()
    town.quote(9.90)
    town.quote(10.20)
    town.start()
    town.settle()
    assert town.book.orders["k0"].status is Status.FILLED
    assert town.book.positions[BANK].cost_e4 == 300 * 99_500 + 50_000 + 300
    assert_one_truth(town)


def test_a_broker_with_resting_orders_needs_no_day_of_quotes(tmp_path: Path) -> None:
    """The day was broken off; the next run starts with quotes that have not opened theirs yet."""
    town = opened(tmp_path)
    town.place(BUY, 300, 9.95)
    town.settle()
    town.kill()
    town.market_core.is_open = False
    town.start()
    town.settle()
    town.market_core.is_open = True
    town.quote(9.99)
    town.settle()
    assert town.core.ready == {MAIN}
    assert_one_truth(town)


def test_killed_right_after_a_clock_it_is_heard_again(tmp_path: Path) -> None:
    """The journal knows the clock that opened the day; the broker of the new life has not heard it."""
    town = Town(tmp_path)
    town.clock(OPEN_NS)
    town.settle()
    town.core.ready.add(MAIN)
    town.core.books[MAIN].trading_day -= 1
    town.clock(OPEN_NS + SECOND_NS)  # a day roll: put on record, since the day is asked for
    assert town.session.number == town.market_core.number
    town.kill()
    town.start()
    assert town.session.number < town.market_core.number, "quotes must not take it for done"
    town.settle()
    assert town.core.ready == {MAIN}


def test_an_order_too_old_when_the_gateway_is_back_is_not_placed(tmp_path: Path) -> None:
    town = opened(tmp_path)
    town.kill()
    town.place(BUY, 100, 10.01)
    town.minute()
    town.minute()
    town.start()
    town.settle()
    assert town.statement().orders == []
    assert (town.book.orders["k0"].status, town.book.orders["k0"].reason) == (Status.EXPIRED, "EXPIRED")
    assert town.risk_core.book.orders["k0"].status is Status.EXPIRED


def test_a_lost_journal_is_made_up_from_the_broker(tmp_path: Path) -> None:
    town = opened(tmp_path)
    town.place(BUY, 300, 10.01)
    town.place(BUY, 300, 9.95)
    town.settle()
    town.kill()
    (tmp_path / "gateway.journal").unlink()
    town.start()
    town.settle()
    town.cancel("k1")
    town.settle()
    assert (town.book.opening_cash_e4, town.book.orders["k1"].status) == (CASH_E4, Status.CANCELLED)
    assert {o.client_order_id for o in town.statement().orders} == {"k0", "k1"}
    assert town.book.cash_e4 == town.statement().cash_e4


def test_minutes_mark_what_is_held_once_each(tmp_path: Path) -> None:
    town = opened(tmp_path)
    town.place(BUY, 300, 10.01)
    town.settle()
    heard = town.risk_core.heard
    heard.clear()
    town.quote(10.3)
    town.minute()
    town.clock(town.now_ns + 1)
    marks = [e for e in heard if isinstance(e, m.AccountMarked)]
    assert marks == [m.AccountMarked(MAIN, OPEN_NS + MINUTE_NS, {BANK: 103_000})]


def marked_minutes(folder: Path, *fuses: int) -> tuple[list[m.Message], int]:
    """Fills and marks of two minutes as risk hears them, and how often the gateway died."""
    town = opened(folder)
    town.quote(10.0, [BANK, AIRPORT])
    town.place(BUY, 300, 10.01)
    town.settle()
    town.place(BUY, 200, 10.01, AIRPORT)
    town.place(BUY, 300, 9.95)
    town.settle()
    town.fuses += fuses
    town.kill()
    town.start()
    town.settle()
    for price in (9.9, 10.1):
        town.now_ns += MINUTE_NS - town.now_ns % MINUTE_NS - 3 * SECOND_NS
        town.quote(price, [BANK, AIRPORT])  # on the minute: what rests may trade, then the account is marked
        town.place(BUY, 100, price + 0.01)
        town.settle()
        town.quote(price + 0.05)
    heard = [e for e in town.risk_core.heard if isinstance(e, m.OrderFilled | m.AccountMarked)]
    return heard, town.deaths


def test_a_minute_is_marked_once_at_its_prices_wherever_the_gateway_is_killed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    calm, _ = marked_minutes(tmp_path_factory.mktemp("calm"))
    assert len([e for e in calm if isinstance(e, m.AccountMarked)]) == 2 + 1
    for fuse in range(1, 400):
        heard, deaths = marked_minutes(tmp_path_factory.mktemp("hit"), fuse, 1000)
        assert heard == calm, f"killed at border {fuse}"
        if deaths == 1:
            return
    raise AssertionError("the fuse never outlives the minutes")


def test_what_is_held_or_rests_is_quoted_after_a_restart(tmp_path: Path) -> None:
    town = opened(tmp_path)
    town.quote(10.0, [BANK, AIRPORT])
    town.place(BUY, 300, 10.01)
    town.place(BUY, 300, 9.5, AIRPORT)
    town.settle()
    town.kill()
    asked: list[m.Message] = []
    answer = town.market_core.answer

    def listen(query: m.Message, now_ns: int) -> m.Message:
        asked.append(query)
        return answer(query, now_ns)

    town.market_core.answer = listen  # type: ignore[method-assign]
    town.start()
    town.settle()
    assert asked == [m.GetTicks([AIRPORT], town.now_ns, 2**62), m.Subscribe([BANK]), m.Subscribe([AIRPORT])]


@pytest.mark.parametrize("sync", [True, False])
def test_only_orders_are_worth_a_sync(tmp_path: Path, sync: bool) -> None:
    town = opened(tmp_path)
    town.desk.sync_orders = sync
    town.loop.sync_acks = False  # what is acknowledged is another matter
    before = town.journal.syncs
    town.place(BUY, 100, 10.01)
    town.settle()
    assert town.journal.syncs - before == sync
    town.quote(10.0)
    town.minute()
    assert town.journal.syncs - before == sync


# -- killed anywhere -------------------------------------------------------------------------------------------------

PRICES = st.sampled_from([9.90, 9.97, 10.00, 10.01, 10.03])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.sampled_from([100, 300, 1000]), PRICES),
        st.tuples(st.just("sell"), st.sampled_from([100, 300]), PRICES),
        st.tuples(st.just("cancel"), st.integers(0, 9), st.none()),
        st.tuples(st.just("quote"), st.none(), PRICES),
        st.tuples(st.just("minute"), st.none(), st.none()),
    ),
    min_size=1,
    max_size=10,
)


def act(town: Town, what: str, number: Any, price: Any) -> None:
    match what:
        case "buy" | "sell":
            town.place(m.Side(what), number, price)
        case "cancel" if town.keys:
            town.cancel(town.keys[number % len(town.keys)])
        case "quote":
            town.quote(price)
        case "minute":
            town.minute()
    if number != 300:  # now and then several things are on their way together
        town.settle(2)


@given(ACTS, st.lists(st.integers(0, 40), max_size=8))
def test_killed_anywhere_each_order_is_placed_once_and_all_books_agree(
    acts: list[tuple[str, Any, Any]], fuses: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = opened(Path(folder), *fuses)
        for what, qty, price in acts:
            act(town, what, qty, price)
        town.settle()
        assert_one_truth(town)
        town.clock(at(DAY, "15:00:05"))
        town.settle()
        assert_one_truth(town)
        assert all(record.is_settled for record in town.book.orders.values())
        before = town.core.snapshot(MAIN, 0)
        town.kill()
        town.start()
        town.settle()
        assert town.core.snapshot(MAIN, 0) == before, "the journal tells the same"
        town.kill()


def test_the_fuse_burns_at_every_border(tmp_path: Path) -> None:
    """One fill of one order, killed at each of its borders in turn."""
    borders = 0
    for length in range(60):
        folder = tmp_path / str(length)
        town = opened(folder)
        town.fuse.left = length
        town.place(BUY, 300, 10.01)
        town.settle()
        town.cancel("k0")
        town.settle()
        assert_one_truth(town)
        assert town.book.cash_e4 == CASH_E4 - 300 * (PRICE_E4 + 100) - 50_000 - 300
        borders += town.deaths
        town.kill()
    assert borders > 10


def test_an_order_whose_record_came_too_late_is_not_handed_over(tmp_path: Path) -> None:
    """As after minutes of a full disk: recorded, expired by then, and told as never sent."""
    town = opened(tmp_path)
    order = m.Order("late", MAIN, "s", BANK, BUY, m.OrderType.LIMIT, 100, 100_100, OPEN_NS, OPEN_NS)
    town.session.market.advance(OPEN_NS + SECOND_NS)
    town.desk.run([m.PlaceAtBroker(order)])
    [told] = [report for report in town.desk.reports() if isinstance(report, m.BrokerOrder)]
    assert (told.client_order_id, told.status, told.reason) == ("late", Status.EXPIRED, "EXPIRED")
    assert town.statement().orders == []
    book = town.core.books[MAIN]
    book.apply(m.OrderSubmitted(order, OPEN_NS, OPEN_NS))
    [event] = town.core.decide(told, OPEN_NS)
    assert isinstance(event, m.OrderExpired), "and never as accepted"
