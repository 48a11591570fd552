"""What the terminal pushes: whose order it is, what a status says, and what has been said before."""

import pytest

from common import messages as m
from common.beijing import at
from services.gateway.brokers.qmt import acts
from tests.services.gateway.brokers.qmt.stage import DAY, Stage, order_row, outline, trade_row


@pytest.fixture
def stage() -> Stage:
    return Stage().up()


class TestWhoseOrder:
    def test_one_entered_by_hand_is_a_strangers(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.push(trade_row(5, "t1"))
        assert outline(stage.take()) == ["stranger accepted", "stranger fill t1 100@10"]

    def test_words_of_people_are_no_ids(self, stage: Stage) -> None:
        stage.push(order_row(5, 50, order_remark="网格 1"))
        stage.push(order_row(6, 50, order_remark="QMT6"))
        stage.push(order_row(7, 50, order_remark="2611190123456789abc000"))
        assert outline(stage.take()) == ["stranger accepted"] * 3

    def test_an_id_we_do_not_know_may_be_of_an_earlier_life(self, stage: Stage) -> None:
        stage.push(order_row(5, 50, order_remark="2611200123456789abc00001"[:22]))
        assert outline(stage.take()) == ["2611200123456789abc000 accepted"]

    @pytest.mark.parametrize("remark", ["261120", ""], ids=["cut", "dropped"])
    def test_without_its_remark_the_answer_names_it(self, stage: Stage, remark: str) -> None:
        stage.place("2611200123456789abc000")
        stage.push(order_row(71, 50, order_remark=remark))
        stage.push(trade_row(71, "t1", order_remark=remark))
        assert stage.take() == []
        stage.answer("2611200123456789abc000", 71, remark=remark)
        assert outline(stage.take()) == ["2611200123456789abc000 accepted", "2611200123456789abc000 fill t1 100@10"]

    def test_a_likeness_alone_claims_nothing(self, stage: Stage) -> None:
        """Without the answer it is a stranger's, and stays one when the answer comes after all: one order, one name."""
        stage.place("a")
        stage.push(order_row(71, 50))
        stage.tick(2.2)
        assert outline(stage.take()) == ["stranger accepted"]
        stage.answer("a", 71)
        stage.push(order_row(71, 55, 100))
        assert outline(stage.take()) == ["stranger partially_filled 100"]

    def test_a_strangers_order_that_differs_does_not_wait(self, stage: Stage) -> None:
        stage.place("a")
        stage.push(order_row(71, 50, order_volume=400))
        assert outline(stage.take()) == ["stranger accepted"]

    def test_a_part_whose_id_was_cut_to_that_of_the_whole_is_not_the_whole(self, stage: Stage) -> None:
        stage.place("abc")
        stage.place("abc01")
        stage.push(order_row(72, 50, order_remark="abc"))
        assert stage.take() == []
        stage.answer("abc01", 72, remark="abc")
        stage.push(order_row(71, 50, order_remark="abc"))
        assert outline(stage.take()) == ["abc01 accepted", "abc accepted"]

    def test_a_remark_that_another_number_has_already_is_a_strangers(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        stage.push(order_row(72, 50, order_remark="a"))
        assert outline(stage.take()) == ["stranger accepted"]

    def test_a_terminal_that_numbers_anew_does_not_make_two_of_one(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        stage.push(order_row(71, 50, order_remark="a", order_sysid="C8"))
        stage.push(order_row(9001, 55, 100, order_remark="a", order_sysid="C8"))
        stage.push(trade_row(9001, "t1", order_remark="a", order_sysid="C8"))
        said = stage.take()
        assert outline(said) == ["a accepted", "a partially_filled 100", "a fill t1 100@10"]
        assert {report.venue_order_id for report in said} == {"20261120-71"}
        stage.cancel("a", "20261120-71")
        assert stage.acts_of(acts.Cancel) == [acts.Cancel("123456", 9001)]

    def test_two_orders_under_one_number_are_not_mixed(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.push(order_row(5, 50, stock_code="000001.SZ"))
        stage.push(trade_row(5, "t1", stock_code="000001.SZ"))
        assert outline(stage.take()) == ["stranger accepted"] and len(stage.notes) == 1

    def test_pushes_of_an_account_that_is_not_ours_are_not_ours(self, stage: Stage) -> None:
        stage.push(order_row(5, 50, account_id="777"))
        assert stage.take() == []


class TestStates:
    def test_what_says_nothing_keeps_the_state(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.take()
        for status in (255, 0, 86, 999):
            stage.push(order_row(5, status))
            assert outline(stage.take()) == ["stranger accepted"], status

    def test_and_makes_us_look(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.push(order_row(5, 255))
        stage.take()
        stage.books["123456"].orders = [order_row(5, 54)]
        stage.tick(3.4)
        assert outline(stage.take()) == ["stranger cancelled"]

    def test_a_first_word_that_says_nothing_is_no_acceptance(self, stage: Stage) -> None:
        stage.push(order_row(5, 255))
        assert outline(stage.take()) == ["stranger submitted"]

    def test_filled_with_shares_missing_is_not_filled(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.push(order_row(5, 56, 200))
        assert outline(stage.take()) == ["stranger accepted", "stranger accepted 200"]

    def test_partly_filled_with_a_cancel_on_its_way_is_not_the_end(self, stage: Stage) -> None:
        stage.push(order_row(5, 52, 100))
        stage.push(order_row(5, 55, 200))
        stage.push(order_row(5, 53, 200))
        assert outline(stage.take()) == [
            "stranger partially_filled 100",
            "stranger partially_filled 200",
            "stranger cancelled 200",
        ]

    def test_older_rows_are_not_heard(self, stage: Stage) -> None:
        stage.push(order_row(5, 50))
        stage.push(order_row(5, 49))
        assert outline(stage.take()) == ["stranger accepted"]
        stage.push(order_row(5, 55, 200))
        stage.push(order_row(5, 55, 100))
        stage.push(order_row(5, 56, 300))
        stage.push(order_row(5, 55, 300))
        assert outline(stage.take()) == ["stranger partially_filled 200", "stranger filled 300"]

    def test_junk_after_a_fill_is_a_cancel_with_its_reason(self, stage: Stage) -> None:
        stage.push(order_row(5, 57, 100, status_msg="废单原因"))
        [report] = stage.take()
        assert (report.status, report.cum_qty, report.reason) == ("cancelled", 100, "BROKER_REJECTED")
        assert "废单原因" in report.text

    def test_a_reason_in_numbers_is_passed_on(self, stage: Stage) -> None:
        stage.push(order_row(5, 57, status_msg="-150906130|1|-150906130"))
        [report] = stage.take()
        assert (report.status, report.text) == ("rejected", "-150906130|1|-150906130")

    def test_fills_that_trail_the_end_are_fetched(self, stage: Stage) -> None:
        stage.push(order_row(5, 56, 300))
        stage.take()
        stage.books["123456"].orders = [order_row(5, 56, 300)]
        stage.books["123456"].trades = [trade_row(5, "t1", 300)]
        stage.tick(3.4)
        assert "stranger fill t1 300@10" in outline(stage.take())
        before = len(stage.acts_of(acts.AskTrades))
        stage.tick(29)
        assert len(stage.acts_of(acts.AskTrades)) == before

    def test_an_order_whose_pushes_are_lost_is_fetched(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        stage.books["123456"].orders = [order_row(71, 50, order_remark="a")]
        stage.tick(6.6)
        assert outline(stage.take()) == ["a accepted"]

    def test_a_push_that_cannot_be_read_is_made_good_by_the_lists(self, stage: Stage) -> None:
        stage.books["123456"].orders = [order_row(5, 50)]
        stage.event(acts.Garbled(stage.generation, "OrderRow：缺少字段"))
        assert outline(stage.take()) == ["stranger accepted"] and "缺少字段" in stage.notes[0]


class TestRepeats:
    def test_a_day_that_is_pushed_again_tells_no_fill_twice(self, stage: Stage) -> None:
        day = [order_row(5, 55, 100), trade_row(5, "t1"), order_row(5, 56, 300), trade_row(5, "t2", 200)]
        for row in (*day, *day):
            stage.push(row)
        fills = [report for report in stage.take() if isinstance(report, m.BrokerFill)]
        assert [fill.fill_id for fill in fills] == ["t1", "t2"]

    def test_fills_of_two_orders_may_have_one_number(self, stage: Stage) -> None:
        stage.push(trade_row(5, "t1", order_sysid="A"))
        stage.push(trade_row(6, "t1", order_sysid="B"))
        assert len(stage.take(m.BrokerFill)) == 2

    def test_a_fill_without_a_number_is_not_told(self, stage: Stage) -> None:
        stage.push(trade_row(5, ""))
        assert stage.take() == [] and "没有成交编号" in stage.notes[0]


class TestOtherDays:
    def test_rows_of_an_earlier_day_are_not_todays(self, stage: Stage) -> None:
        yesterday = at(DAY, "10:00") // 10**9 - 86_400
        stage.push(order_row(5, 50, order_time=yesterday))
        stage.push(trade_row(5, "t1", traded_time=yesterday))
        assert stage.take() == []

    def test_orders_of_last_night_are_todays(self, stage: Stage) -> None:
        stage.push(order_row(5, 49, order_time=at(DAY, "0:00") // 10**9 - 3600))
        assert outline(stage.take()) == ["stranger submitted"]

    def test_some_terminals_write_the_time_of_day(self, stage: Stage) -> None:
        stage.push(trade_row(5, "t1", traded_time=93_005))
        [fill] = stage.take()
        assert fill.at_ns == at(DAY, "9:30:05")

    def test_what_is_no_plain_buy_or_sale_is_left_out_and_named(self, stage: Stage) -> None:
        stage.push(order_row(5, 50, order_type=134))
        stage.push(order_row(6, 50, stock_code="00700.HK"))
        stage.push(order_row(6, 50, stock_code="00700.HK"))
        assert stage.take() == [] and len(stage.notes) == 2
