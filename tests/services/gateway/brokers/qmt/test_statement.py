"""Statements: one for each time one is asked for, of one moment, and only what can be true."""

from datetime import date
from typing import Any

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at
from services.gateway.brokers.qmt import acts
from services.gateway.brokers.qmt.rows import PositionRow, StatusRow
from tests.services.gateway.brokers.qmt.stage import (
    CODE,
    DAY,
    HEDGE,
    MAIN,
    NEXT_DAY,
    Stage,
    order_row,
    outline,
    trade_row,
)

KEY = "2611200123456789abc000"


def position(code: str = CODE, volume: int = 300, can_use: int = 300, **more: Any) -> PositionRow:
    given = {"avg_price": 9.8, "last_price": 10.0}
    return PositionRow(account_id="123456", stock_code=code, volume=volume, can_use_volume=can_use, **{**given, **more})


def asked(stage: Stage, *, look: bool = False) -> m.BrokerDay:
    stage.take()
    stage.ask(look=look)
    stage.tick(4)
    [day] = stage.take(m.BrokerDay)
    return day


@pytest.fixture
def stage() -> Stage:
    return Stage().up()


class TestWhatItSays:
    def test_a_day(self, stage: Stage) -> None:
        books = stage.books["123456"]
        books.orders = [order_row(5, 56, 300, order_remark=KEY), order_row(6, 50)]
        books.trades = [trade_row(5, "t1", 300, order_remark=KEY)]
        books.positions, books.market_value = [position()], 3_000.0
        books.cash, books.frozen = 990_000.0, 3_005.12
        day = asked(stage)
        assert outline(day.orders) == [f"{KEY} filled 300", "stranger accepted"]
        assert outline(day.fills) == [f"{KEY} fill t1 300@10"]
        assert (day.trading_day, day.cash_e4, day.complete) == (20261120, 9_930_051_200, False)
        assert [(h.symbol, h.qty, h.cost_e4) for h in day.holdings] == [("600000.XSHG", 300, 29_400_000)]
        assert day.orders[0].at_ns == at(DAY, "10:00")

    def test_lines_without_shares_are_dropped_and_unknown_ones_named(self, stage: Stage) -> None:
        books = stage.books["123456"]
        books.positions, books.market_value = [position(volume=0, can_use=0), position("888880.SH"), position()], 1.0
        assert [h.symbol for h in asked(stage).holdings] == ["600000.XSHG"]
        assert "888880.SH" in stage.notes[0]

    def test_each_ask_has_its_own_answer(self, stage: Stage) -> None:
        stage.ask()
        stage.ask(look=True)
        stage.ask()
        stage.tick(1)
        assert len(stage.take(m.BrokerDay)) == 3

    def test_an_ask_that_comes_during_a_reading_is_answered_by_the_next(self, stage: Stage) -> None:
        stage.mute.add(acts.AskAsset)
        stage.ask()
        [call] = [call for call in stage.made if isinstance(call.act, acts.AskAsset)][-1:]
        stage.books["123456"].orders = [order_row(5, 50)]
        stage.ask()
        stage.mute.clear()
        stage.event(acts.Answered(call.number, stage._rows(call.act)))
        stage.tick(1)
        first, second = stage.take(m.BrokerDay)
        assert len(first.orders) in (0, 1) and len(second.orders) == 1

    def test_what_was_pushed_while_the_list_lags_is_on_it(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        assert outline(asked(stage).orders) == ["stranger accepted"]

    def test_so_is_an_order_that_was_only_answered(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        [order] = asked(stage).orders
        assert (order.client_order_id, order.status, order.venue_order_id) == ("a", "submitted", "20261120-71")

    def test_an_older_list_does_not_take_back_what_was_pushed(self, stage: Stage) -> None:
        stage.books["123456"].orders = [order_row(5, 50)]
        stage.push(order_row(5, 56, 300))
        assert outline(asked(stage).orders) == ["stranger filled 300"]

    def test_rows_of_an_earlier_day_are_left_out(self, stage: Stage) -> None:
        yesterday = at(DAY, "10:00") // SECOND_NS - 86_400
        stage.books["123456"].orders = [order_row(5, 50, order_time=yesterday)]
        stage.books["123456"].trades = [trade_row(5, "t", traded_time=yesterday)]
        day = asked(stage)
        assert (day.orders, day.fills) == ([], [])

    def test_an_order_on_its_way_in_is_waited_for(self, stage: Stage) -> None:
        stage.place("a")
        stage.ask(look=True)
        stage.tick(1)
        assert stage.take() == []
        stage.books["123456"].orders = [order_row(71, 50, order_remark="a")]
        stage.answer("a", 71)
        [day] = stage.take(m.BrokerDay)
        assert outline(day.orders) == ["a accepted"]

    def test_but_not_for_ever(self, stage: Stage) -> None:
        stage.place("a")
        stage.ask(look=True)
        stage.tick(4)
        [day] = stage.take(m.BrokerDay)
        assert day.orders == []


class TestOneMoment:
    def test_it_is_read_until_nothing_moved(self, stage: Stage) -> None:
        books = stage.books["123456"]
        stage.mute.add(acts.AskAsset)
        stage.ask()
        stage.mute.clear()
        books.orders, books.trades = [order_row(5, 56, 300)], [trade_row(5, "t1", 300)]
        books.positions, books.cash, books.market_value = [position(can_use=0)], 997_000.0, 3_000.0
        call = stage.made[-1]
        stage.event(acts.Answered(call.number, stage._rows(call.act)))
        [day] = stage.take(m.BrokerDay)
        assert (len(day.fills), [h.qty for h in day.holdings], day.cash_e4) == (1, [300], 9_970_000_000)

    def test_an_account_that_never_rests_is_read_five_times(self, stage: Stage) -> None:
        stage.mute.add(acts.AskOrders)
        stage.ask()
        before = len(stage.acts_of(acts.AskAsset))
        for n in range(6):
            call = stage.made[-1]
            assert isinstance(call.act, acts.AskOrders)
            stage.event(acts.Answered(call.number, (order_row(n + 1, 50),)))
        assert len(stage.take(m.BrokerDay)) == 1
        assert len(stage.acts_of(acts.AskAsset)) - before == 5

    def test_right_after_a_connection_two_readings_must_agree(self) -> None:
        stage = Stage().tick(0.2)
        stage.ask()
        assert stage.take(m.BrokerDay) == []
        books = stage.books["123456"]
        books.orders, books.positions, books.market_value = [order_row(5, 50)], [position()], 3_000.0
        stage.tick(1.4)
        assert stage.take(m.BrokerDay) == []
        stage.tick(1.2)
        [day] = stage.take(m.BrokerDay)
        assert len(day.orders) == 1 and len(day.holdings) == 1

    def test_prices_that_move_do_not_make_them_differ(self) -> None:
        stage = Stage().tick(0.2)
        books = stage.books["123456"]
        books.positions, books.market_value = [position()], 3_000.0
        stage.ask()
        books.positions, books.market_value = [position(last_price=10.1)], 3_030.0
        stage.tick(1.4)
        assert len(stage.take(m.BrokerDay)) == 1


class TestWhatCannotBeTrue:
    def never(self, stage: Stage, seconds: float = 60) -> None:
        stage.ask()
        stage.tick(seconds)
        assert stage.take(m.BrokerDay) == []
        assert len(stage.notes) == 1 and "不可信" in stage.notes[0]

    def test_no_asset(self, stage: Stage) -> None:
        stage.books["123456"].has_asset = False
        self.never(stage)

    @pytest.mark.parametrize("positions", [None, []])
    def test_no_positions_beside_a_market_value(self, stage: Stage, positions: Any) -> None:
        books = stage.books["123456"]
        books.positions, books.market_value = positions, 3_000.0
        self.never(stage)
        books.positions = [position()]
        stage.tick(4)
        assert len(stage.take(m.BrokerDay)) == 1

    def test_empty_lists_beside_an_asset_that_agrees_are_empty(self, stage: Stage) -> None:
        books = stage.books["123456"]
        books.orders = books.trades = books.positions = None
        day = asked(stage)
        assert (day.orders, day.fills, day.holdings) == ([], [], [])

    def test_an_account_that_shows_nothing_is_not_believed_at_once(self, stage: Stage) -> None:
        stage.books["123456"].cash = 0.0
        self.never(stage, seconds=25)
        stage.tick(10)
        [day] = stage.take(m.BrokerDay)
        assert day.cash_e4 == 0

    def test_a_list_that_lacks_an_order_we_know_of(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.tick(11)
        self.never(stage, seconds=20)
        stage.books["123456"].orders = [order_row(5, 50)]
        stage.tick(4)
        [day] = stage.take(m.BrokerDay)
        assert len(day.orders) == 1

    def test_in_the_end_it_is_what_the_terminal_says(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.tick(11)
        self.never(stage, seconds=25)
        stage.tick(10)
        [day] = stage.take(m.BrokerDay)
        assert day.orders == []

    def test_a_question_that_is_never_answered_costs_the_link(self, stage: Stage) -> None:
        stage.mute.add(acts.AskPositions)
        stage.ask()
        stage.tick(10.4)
        [link] = stage.take()
        assert isinstance(link, m.BrokerLink) and not link.up and "query_stock_positions" in link.text


class TestTheLink:
    def test_what_is_owed_dies_with_it(self, stage: Stage) -> None:
        stage.mute.add(acts.AskAsset)
        stage.ask()
        stage.disconnect()
        stage.mute.clear()
        stage.tick(30)
        assert outline(stage.take()) == ["main down", "main up"]

    def test_an_ask_from_before_it_went_down_is_not_answered_after(self, stage: Stage) -> None:
        before = stage.downs("main")
        stage.disconnect()
        stage.tick(8)
        stage.take()
        stage.request(m.AskBroker("main"), epoch=before)
        stage.tick(5)
        assert stage.take() == []

    def test_an_answer_to_the_old_instance_is_not_taken_for_the_new_ones(self, stage: Stage) -> None:
        stage.mute.add(acts.AskAsset)
        stage.ask()
        old = stage.made[-1]
        stage.disconnect()
        stage.mute.clear()
        stage.tick(8)
        stage.ask()
        stage.event(acts.Answered(old.number, stage._rows(old.act)))
        stage.tick(3)
        assert len(stage.take(m.BrokerDay)) == 1

    def test_nor_is_one_to_a_reading_that_was_given_up(self, stage: Stage) -> None:
        stage.mute.add(acts.AskAsset)
        stage.ask()
        old = stage.made[-1]
        stage.push(StatusRow(account_id="123456", status=8))
        stage.push(StatusRow(account_id="123456", status=0))
        stage.mute.add(acts.AskOrders)
        stage.ask()
        before = len(stage.made)
        stage.event(acts.Answered(old.number, stage._rows(old.act)))
        assert len(stage.made) == before

    def test_pushes_before_the_first_statement_come_after_it(self) -> None:
        """Before it the gateway has no book of this day."""
        stage = Stage().tick(0.2)
        stage.take()
        stage.push(order_row(5, 50))
        stage.push(trade_row(5, "t1"))
        assert stage.take() == []
        stage.books["123456"].orders = [order_row(5, 50)]
        stage.ask()
        stage.tick(3)
        assert outline(stage.take()) == [
            "day 20261120 1 orders 0 fills",
            "stranger accepted",
            "stranger fill t1 100@10",
        ]

    def test_other_accounts_of_the_path_are_not_held_up(self) -> None:
        stage = Stage(MAIN, HEDGE).up()
        stage.books["654321"].has_asset = False
        stage.ask("hedge")
        stage.ask("main")
        stage.tick(10)
        assert [day.account for day in stage.take(m.BrokerDay)] == ["main"]


class TestTheHour:
    def test_a_new_day_is_not_told_before_the_terminal_has_opened_it(self) -> None:
        stage = Stage(day=NEXT_DAY, time="08:30").tick(0.2)
        stage.ask()
        stage.tick(60)
        assert stage.take(m.BrokerDay) == []
        stage.set_clock(NEXT_DAY, "08:45").tick(3)
        [day] = stage.take(m.BrokerDay)
        assert day.trading_day == 20261123

    def test_the_hour_is_the_users(self) -> None:
        stage = Stage(day=NEXT_DAY, time="08:30", day_opens_at="08:20").tick(0.2)
        stage.ask()
        stage.tick(3)
        assert len(stage.take(m.BrokerDay)) == 1

    def test_a_night_passes(self, stage: Stage) -> None:
        stage.push(order_row(5, 56, 300))
        stage.push(trade_row(5, "t1", 300))
        stage.take()
        stage.set_clock(date(2026, 11, 22), "23:59:59")
        stage.tick(2)
        stage.ask()
        stage.tick(2)
        stage.set_clock(NEXT_DAY, "08:46").tick(2)
        [day] = stage.take()
        assert (day.trading_day, day.orders) == (20261123, [])

    def test_numbers_begin_again_with_the_day(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        stage.push(order_row(71, 54, order_remark="a"))
        stage.set_clock(NEXT_DAY, "09:20")
        stage.ask()
        stage.tick(2)
        stage.take()
        stage.push(order_row(71, 50, order_time=at(NEXT_DAY, "9:20") // SECOND_NS))
        [report] = stage.take()
        assert (report.client_order_id, report.venue_order_id, report.status) == ("", "20261123-71", "accepted")

    def test_a_weekend_still_shows_friday(self) -> None:
        stage = Stage(day=date(2026, 11, 21), time="11:00").tick(0.2)
        stage.books["123456"].orders = [order_row(5, 54)]
        stage.ask()
        stage.tick(3)
        [day] = stage.take(m.BrokerDay)
        assert (day.trading_day, len(day.orders)) == (20261120, 1)

    def test_a_look_in_the_evening_waits_for_the_morning(self) -> None:
        """Brokers clear in the evening: half cleared books are no reason for an alarm."""
        stage = Stage(time="15:50").up()
        stage.set_clock(DAY, "18:00")
        stage.ask(look=True)
        stage.tick(30)
        assert stage.take(m.BrokerDay) == []
        stage.set_clock(NEXT_DAY, "09:00").tick(3)
        assert len(stage.take(m.BrokerDay)) == 1

    def test_a_start_in_the_evening_does_not(self) -> None:
        stage = Stage(time="20:00").tick(0.2)
        stage.ask()
        stage.tick(3)
        assert len(stage.take(m.BrokerDay)) == 1


class TestTheClose:
    def test_what_the_terminal_still_lists_as_open_has_ended_with_the_day(self, stage: Stage) -> None:
        stage.push(order_row(5, 55, 100))
        stage.push(trade_row(5, "t1"))
        stage.take()
        stage.books["123456"].orders = [order_row(5, 55, 100)]
        stage.books["123456"].trades = [trade_row(5, "t1")]
        stage.set_clock(DAY, "15:30:30").tick(5)
        assert stage.take() == []
        stage.set_clock(DAY, "15:31").tick(4)
        [report] = [r for r in stage.take() if r.status == "expired"]
        assert (report.cum_qty, report.reason) == (100, "DAY_ENDED")
        stage.push(order_row(5, 54, 100))
        assert "cancelled" not in " ".join(outline(stage.take()))

    def test_a_statement_after_the_close_says_so_too(self) -> None:
        stage = Stage(time="17:00").tick(0.2)
        stage.books["123456"].orders = [order_row(5, 50)]
        stage.ask()
        stage.tick(3)
        [day] = stage.take(m.BrokerDay)
        assert outline(day.orders) == ["stranger expired"]

    def test_orders_for_the_morning_have_not_ended(self) -> None:
        stage = Stage(time="21:00").tick(0.2)
        stage.books["123456"].orders = [order_row(5, 49, order_time=at(DAY, "20:00") // SECOND_NS)]
        stage.ask()
        stage.tick(3)
        [day] = stage.take(m.BrokerDay)
        assert outline(day.orders) == ["stranger submitted"]

    def test_a_quiet_night_asks_for_nothing_but_life(self, stage: Stage) -> None:
        stage.push(order_row(5, 56, 300))  # its fills never come
        stage.set_clock(DAY, "16:30").tick(10)
        before = len(stage.made)
        stage.tick(600)
        kinds = {type(call.act).__name__ for call in stage.made[before:]}
        assert kinds == {"AskStatus"} and len(stage.made) - before <= 21
