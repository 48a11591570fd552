"""Our books beside the broker's during the day: no false alarm at any interleaving, every true difference found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.orders import Status
from common.session_carry import carried
from services.gateway.looks import AGAIN_NS, LOOKS_MAX, Looks
from tests.services.gateway.stand import (
    AIRPORT,
    BANK,
    CASH_E4,
    MAIN,
    PRICE_E4,
    TEN_NS,
    TOMORROW,
    Stand,
    approved,
    holding,
    outline,
    the_day,
)
from tests.services.gateway.truth import EVERY_S, FEE_E4, Scene

YUAN = 10_000


NAMES = (
    *("buy", "sell", "hand", "fill", "fill", "fill", "cancel", "hear", "hear"),
    *("tick", "wait", "wait", "lists", "books", "answer"),
)
A_MOVE = st.tuples(st.sampled_from(NAMES), st.integers(0, 5))
MOVES, FEW_MOVES = st.lists(A_MOVE, min_size=30, max_size=90), st.lists(A_MOVE, max_size=25)


def play(scene: Scene, moves: list[tuple[str, int]], *, of_one_moment: bool, watched: bool = False) -> None:
    truth = scene.truth
    for move, which in moves:
        open_orders = truth.open()
        match move:
            case "buy" | "sell":
                scene.place(100 * (which + 1), m.Side(move))
            case "hand" if truth.qty >= 300:
                truth.by_hand(m.Side.SELL if which % 2 else m.Side.BUY, 100)
            case "fill" if open_orders:
                truth.fill(open_orders[which % len(open_orders)], 100)
            case "cancel" if open_orders:
                truth.cancel(open_orders[which % len(open_orders)])
            case "hear":
                scene.hear(which)
            case "tick":
                scene.tick()
            case "wait":
                scene.tick(EVERY_S)
            case "lists" if scene.asked and scene.lists is None:
                scene.lists = truth.lists()
                scene.books = truth.books() if of_one_moment else scene.books
            case "books" if scene.asked and scene.books is None and not of_one_moment:
                scene.books = truth.books()
            case "answer":
                scene.answer()
        if watched:
            # A statement of one moment explains itself, whatever has been heard since or not yet.
            assert not scene.stand.core.looks[MAIN].suspects


def assert_agreed(scene: Scene) -> None:
    book, truth = scene.stand.book, scene.truth
    assert (book.cash_e4, book.positions[BANK].qty) == (truth.cash_e4, truth.qty)
    assert {r.venue_order_id: (r.status, r.cum_qty) for r in book.orders.values()} == {
        venue: (row.status, row.cum_qty) for venue, row in truth.orders.items()
    }


@settings(max_examples=200, deadline=None)
@given(MOVES)
def test_no_interleaving_of_reports_and_statements_is_a_difference(moves: list[tuple[str, int]]) -> None:
    scene = Scene()
    play(scene, moves, of_one_moment=True, watched=True)
    scene.settle()
    assert scene.told(m.BooksDiffer) == [] and scene.told(m.OrderUnknown) == []
    assert scene.stand.core.looks[MAIN].differing == []
    assert_agreed(scene)


@settings(max_examples=200, deadline=None)
@given(MOVES)
def test_a_statement_of_two_moments_raises_no_alarm_either(moves: list[tuple[str, int]]) -> None:
    scene = Scene()
    play(scene, moves, of_one_moment=False)
    scene.settle()
    assert scene.told(m.BooksDiffer) == [] and scene.told(m.OrderUnknown) == []
    assert_agreed(scene)


@settings(max_examples=200, deadline=None)
@given(
    MOVES, MOVES, st.sampled_from([-100, -1, 0, 1, 300]), st.sampled_from([-7 * YUAN, 0, 5 * YUAN + 1]), st.booleans()
)
def test_a_true_difference_is_always_found_and_told_once(
    before: list[tuple[str, int]], after: list[tuple[str, int]], qty: int, cash_e4: int, whole: bool
) -> None:
    scene = Scene(tolerance_e4=5 * YUAN)
    play(scene, before, of_one_moment=whole)
    scene.truth.qty += qty
    scene.truth.cash_e4 += cash_e4
    play(scene, after, of_one_moment=whole)
    scene.settle()
    found = {row.symbol: row.difference for row in scene.stand.core.looks[MAIN].differing}
    assert found == ({"": cash_e4} if cash_e4 else {}) | ({BANK: qty} if qty else {})
    told = scene.told(m.BooksDiffer)
    assert len({str(event.rows) for event in told}) == len(told)
    assert {row.symbol: row.difference for row in (told[-1].rows if told else [])} == found
    scene.settle()
    assert scene.told(m.BooksDiffer) == told, "told once"


# -- one by one ----------------------------------------------------------------------------------------------------


def test_looks_come_at_intervals_and_orders_go_on_meanwhile() -> None:
    scene = Scene()
    scene.tick(EVERY_S - 1)
    assert scene.asked == 0
    scene.tick(1)
    assert scene.said[-1] == m.AskBroker(MAIN, look=True)
    scene.place(100)
    assert outline(scene.said[-1:]) == ["PlaceAtBroker a1"], "trading does not wait for a look"
    scene.tick(EVERY_S)
    assert scene.asked == 1, "one at a time"
    assert scene.stand.core.wake_ns == 0


def test_an_order_placed_after_the_question_is_not_missed_by_its_answer() -> None:
    scene = Scene()
    scene.tick(EVERY_S)
    scene.lists, scene.books = scene.truth.lists(), scene.truth.books()
    scene.place(100)
    scene.answer()
    assert scene.told(m.OrderUnknown) == []
    scene.hear()
    assert scene.stand.status("a1") is Status.ACCEPTED


def test_a_statement_older_than_a_fill_we_heard_and_one_newer_than_what_we_heard_explain_themselves() -> None:
    scene = Scene()
    scene.place(300)
    scene.hear()
    scene.tick(EVERY_S)
    scene.lists, scene.books = scene.truth.lists(), scene.truth.books()
    scene.truth.fill("V1", 100)
    scene.hear(2)
    scene.answer()
    assert scene.stand.core.looks[MAIN].differing == []
    scene.truth.fill("V1", 100)
    scene.tick(EVERY_S)
    scene.answer()
    assert scene.stand.core.looks[MAIN].differing == [] and scene.stand.book.orders["a1"].cum_qty == 200


def test_a_difference_that_has_gone_at_the_second_look_is_none() -> None:
    scene = Scene()
    scene.truth.cash_e4 -= YUAN
    scene.tick(EVERY_S)
    scene.answer()
    assert scene.stand.core.looks[MAIN].suspects and scene.stand.core.wake_ns == scene.truth.now_ns + AGAIN_NS
    scene.truth.cash_e4 += YUAN
    scene.tick(3)
    assert scene.asked == 1, "looked at again at once"
    scene.answer()
    assert scene.told(m.BooksDiffer) == [] and scene.stand.core.wake_ns == 0


def test_what_differs_is_said_exactly() -> None:
    scene = Scene(tolerance_e4=5 * YUAN)
    scene.truth.cash_e4, scene.truth.qty = CASH_E4 + 6 * YUAN, 4900
    scene.settle()
    rows = [m.BookRow("", CASH_E4, CASH_E4 + 6 * YUAN), m.BookRow(BANK, 5000, 4900)]
    [told] = scene.told(m.BooksDiffer)
    assert told.rows == rows
    report = scene.stand.core.answer(m.GetBooks(MAIN), 0)
    assert isinstance(report, m.BooksReport) and (report.rows, report.differing, report.unsettled) == (
        rows,
        rows,
        False,
    )


def test_what_is_within_the_tolerance_is_not_said_and_shown_all_the_same() -> None:
    scene = Scene(tolerance_e4=5 * YUAN)
    scene.truth.cash_e4 += 5 * YUAN
    scene.settle()
    assert scene.told(m.BooksDiffer) == []
    assert scene.stand.core.looks[MAIN].rows[0] == m.BookRow("", CASH_E4, CASH_E4 + 5 * YUAN)


def test_a_trade_the_broker_has_taken_back_is_found() -> None:
    """It was reported, we hold the shares, and no list has it any more."""
    scene = Scene()
    scene.place(500)
    scene.truth.fill("V1", 500)
    scene.hear(9)
    lost = scene.truth.fills.pop()
    scene.truth.cash_e4 += lost.qty * PRICE_E4 + FEE_E4
    scene.truth.qty -= lost.qty
    scene.settle()
    [told] = scene.told(m.BooksDiffer)
    assert [(row.symbol, row.difference) for row in told.rows] == [("", 500 * PRICE_E4 + FEE_E4), (BANK, -500)]


def test_a_difference_that_grows_is_told_again_and_one_that_comes_back_too() -> None:
    scene = Scene()
    for cash_e4 in (YUAN, YUAN, -2 * YUAN, YUAN):
        scene.truth.cash_e4 += cash_e4
        scene.settle()
    told = [event.rows[0].difference for event in scene.told(m.BooksDiffer)]
    assert told == [YUAN, 2 * YUAN, YUAN]


def test_an_account_that_trades_all_the_time_is_believed_after_six_looks() -> None:
    looks, row = Looks(), [m.BookRow(BANK, 100, 200)]
    for number in range(LOOKS_MAX):
        assert not looks.fresh
        looks.look(row, TEN_NS + number * AGAIN_NS, number)
    assert looks.fresh


def test_looks_in_one_instant_count_as_one() -> None:
    looks, row = Looks(), [m.BookRow(BANK, 100, 200)]
    for number in range(3 * LOOKS_MAX):
        looks.look(row, TEN_NS + number, number % 2)
    assert not looks.fresh and looks.suspects


def test_a_restart_knows_what_was_told() -> None:
    scene = Scene()
    scene.truth.cash_e4 += YUAN
    scene.settle()
    before = scene.stand.core.looks[MAIN]
    scene.stand = scene.stand.again(now_ns=scene.truth.now_ns)
    assert scene.stand.core.looks[MAIN] == before
    scene.say(m.BrokerLink(MAIN, True, ""), scene.truth.statement())
    assert len(scene.told(m.BooksDiffer)) == 1


# -- a day's first statement ---------------------------------------------------------------------------------------


def test_what_a_day_opens_with_otherwise_than_the_last_ended_is_listed() -> None:
    stand = Stand().open(holdings=[holding(BANK, 1000)])
    held = [holding(BANK, 1300), holding(AIRPORT, 500)]
    outs = stand.say(the_day(cash_e4=CASH_E4 + 120 * YUAN, holdings=held, trading_day=TOMORROW))
    [differs] = [out for out in outs if isinstance(out, m.OpeningDiffers)]
    assert (differs.since_day, differs.trading_day) == (20261120, TOMORROW)
    assert differs.rows == [
        m.BookRow("", CASH_E4, CASH_E4 + 120 * YUAN),
        m.BookRow(BANK, 1000, 1300),
        m.BookRow(AIRPORT, 0, 500),
    ]
    assert stand.book.cash_e4 == CASH_E4 + 120 * YUAN, "and adopted"
    assert [out for out in stand.say(the_day(trading_day=TOMORROW)) if isinstance(out, m.BooksDiffer)] == []


def test_the_last_day_is_known_from_what_the_new_days_journal_begins_with() -> None:
    before = Stand().open(holdings=[holding(BANK, 1000)])
    stand = Stand([carried(before.session, "2026-11-23")])
    assert not stand.core.takes(approved(), 0), "nothing is known of today"
    outs = stand.say(m.BrokerLink(MAIN, True, ""), the_day(holdings=[holding(BANK, 1300)], trading_day=TOMORROW))
    assert outline(outs)[2:] == ["TradingDayOpened", "OpeningDiffers"]
    assert [row.difference for out in outs if isinstance(out, m.OpeningDiffers) for row in out.rows] == [300]


def test_a_day_that_opens_as_the_last_ended_and_the_first_ever_list_nothing() -> None:
    stand = Stand()
    outs = stand.say(m.BrokerLink(MAIN, True, ""), the_day(holdings=[holding(BANK, 1000)]))
    outs += stand.say(the_day(holdings=[holding(BANK, 1000)], trading_day=TOMORROW))
    assert not any(isinstance(out, m.OpeningDiffers) for out in outs)


# -- accepting what the broker says --------------------------------------------------------------------------------


def accept(rows: list[m.BookRow]) -> m.ApprovedByDesk:
    return m.ApprovedByDesk(m.AcceptBooks(MAIN, rows, "li", "银证转入"), TEN_NS)


def test_an_accepted_difference_is_in_the_books_and_no_profit() -> None:
    scene = Scene()
    scene.truth.cash_e4, scene.truth.qty = CASH_E4 + 9 * YUAN, 4000
    scene.settle()
    opening_e4 = scene.stand.book.opening_value_e4
    rows = scene.told(m.BooksDiffer)[-1].rows
    scene.say(accept(rows))
    assert outline(scene.said[-1:]) == ["BooksAdjusted"]
    book = scene.stand.book
    assert (book.cash_e4, book.positions[BANK].qty) == (scene.truth.cash_e4, 4000)
    assert book.positions[BANK].cost_e4 == 4000 * PRICE_E4
    assert book.total_value_e4 - book.opening_value_e4 == 0 and opening_e4 != book.opening_value_e4
    scene.settle()
    assert len(scene.told(m.BooksDiffer)) == 1
    scene.truth.cash_e4 += YUAN
    scene.settle()
    assert [row.difference for row in scene.told(m.BooksDiffer)[-1].rows] == [YUAN], "counted from the new books"


@pytest.mark.parametrize("rows", [[], [m.BookRow("", 1, 2)]])
def test_only_what_the_last_look_showed_can_be_accepted(rows: list[m.BookRow]) -> None:
    scene = Scene()
    scene.truth.cash_e4 += YUAN
    scene.settle()
    scene.say(accept(rows))
    assert scene.said[-1].reason == "BOOKS_CHANGED" and scene.stand.book.cash_e4 == CASH_E4  # type: ignore[attr-defined]


def test_what_is_merely_suspected_cannot_be_accepted() -> None:
    scene = Scene()
    scene.truth.cash_e4 += YUAN
    scene.tick(EVERY_S)
    scene.answer()
    scene.say(accept(scene.stand.core.looks[MAIN].differing))
    assert scene.said[-1].reason == "BOOKS_CHANGED" and scene.stand.book.cash_e4 == CASH_E4  # type: ignore[attr-defined]


def test_the_operator_asks_for_a_look() -> None:
    scene = Scene()
    scene.say(m.ApprovedByDesk(m.Reconcile(MAIN, "li"), TEN_NS))
    assert scene.said[-1] == m.AskBroker(MAIN, look=True)
    scene.answer()
    scene.say(m.BrokerLink(MAIN, False, ""))
    scene.say(m.ApprovedByDesk(m.Reconcile(MAIN, "li"), TEN_NS))
    assert outline(scene.said[-1:]) == ["BrokerLinkChanged"], "nobody is there to be asked"
