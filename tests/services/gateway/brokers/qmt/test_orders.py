"""Orders: whatever comes first, in whatever order and however often, one truth is told of each."""

import pytest

from common import messages as m
from services.gateway.brokers.qmt import acts
from services.gateway.brokers.qmt.rows import OrderError
from tests.services.gateway.brokers.qmt.stage import Stage, an_order, order_row, outline, trade_row


def error(seq: int, text: str, remark: str = "") -> OrderError:
    return OrderError(account_id="123456", order_id=-1, seq=seq, error_id=-61, error_msg=text, order_remark=remark)


@pytest.fixture
def stage() -> Stage:
    return Stage().up()


class TestSubmitting:
    def test_the_call_carries_our_id_and_the_strategy(self, stage: Stage) -> None:
        place = stage.place("a", 300, 10.01)
        assert place == acts.Place("123456", "600000.SH", 23, 300, 11, 10.01, "demo", "a")

    def test_the_usual_way(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        stage.push(order_row(71, 48, order_remark="a"))
        stage.push(order_row(71, 50, order_remark="a"))
        stage.push(trade_row(71, "t1", 100, order_remark="a"))
        stage.push(order_row(71, 55, 100, order_remark="a"))
        stage.push(trade_row(71, "t2", 200, order_remark="a"))
        stage.push(order_row(71, 56, 300, order_remark="a"))
        said = stage.take()
        assert outline(said) == [
            "a submitted",
            "a accepted",
            "a fill t1 100@10",
            "a partially_filled 100",
            "a fill t2 200@10",
            "a filled 300",
        ]
        assert {report.venue_order_id for report in said} == {"20261120-71"}

    def test_pushes_may_come_before_the_answer(self, stage: Stage) -> None:
        stage.place("a")
        stage.push(trade_row(71, "t1", 300, order_remark="a"))
        stage.push(order_row(71, 56, 300, order_remark="a"))
        stage.answer("a", 71)
        assert outline(stage.take()) == ["a fill t1 300@10", "a filled 300"]

    def test_the_answer_may_come_before_the_call_returns(self, stage: Stage) -> None:
        stage.hangs.add(acts.Place)
        stage.place("a")
        stage.seqs["a"] = 9
        stage.answer("a", 71, remark="cut")
        stage.event(acts.Returned(stage.made[-1].number, 9))
        stage.push(order_row(71, 50))
        assert outline(stage.take()) == ["a accepted"]

    def test_an_early_answer_with_a_cut_remark_is_not_the_other_orders(self, stage: Stage) -> None:
        stage.place("abc")
        stage.hangs.add(acts.Place)
        stage.place("abc01")
        stage.seqs["abc01"] = 99
        stage.answer("abc01", 72, remark="abc")
        stage.event(acts.Returned(stage.made[-1].number, 99))
        stage.push(order_row(72, 50, order_remark="abc"))
        assert outline(stage.take()) == ["abc01 accepted"]

    def test_a_submit_without_an_answer_is_silent(self, stage: Stage) -> None:
        """The gateway looks such an order up; it is never sent again and never called rejected."""
        stage.place("a")
        stage.tick(60)
        assert stage.take() == [] and len(stage.acts_of(acts.Place)) == 1

    def test_an_order_of_a_symbol_that_is_none_is_rejected_here(self, stage: Stage) -> None:
        stage.request(m.PlaceAtBroker(an_order("a", symbol="600000.NYSE")))
        [report] = stage.take()
        assert (report.status, report.reason) == ("rejected", "UNKNOWN_SYMBOL")


class TestFailures:
    def test_the_answer_says_no_and_why(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", -1, "可用资金不足")
        [report] = stage.take()
        assert (report.status, report.text, report.venue_order_id) == ("rejected", "可用资金不足", "")

    def test_the_reason_may_follow(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", -1)
        assert stage.take() == []
        stage.push(error(stage.seqs["a"], "价格超出涨跌停"))
        [report] = stage.take()
        assert (report.status, report.text) == ("rejected", "价格超出涨跌停")

    def test_the_reason_may_come_first(self, stage: Stage) -> None:
        stage.place("a")
        stage.push(error(stage.seqs["a"], "价格超出涨跌停"))
        stage.answer("a", -1)
        assert [report.text for report in stage.take()] == ["价格超出涨跌停"]

    def test_without_a_reason_it_is_told_a_second_later(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", -1)
        stage.tick(1.2)
        assert outline(stage.take()) == ["a rejected"]

    def test_the_error_of_an_earlier_order_is_not_that_of_a_later_one(self, stage: Stage) -> None:
        """The wrapper hands an error out again with the next failure, whose number is -1 too (xtquant 4.3, bug A)."""
        stage.place("a")
        stage.answer("a", -1)
        stage.push(error(stage.seqs["a"], "资金不足", "a"))
        stage.place("b")
        stage.answer("b", -1)
        stage.push(error(stage.seqs["a"], "资金不足", "a"))
        stage.push(error(stage.seqs["b"], "无权限", "b"))
        assert [(report.client_order_id, report.text) for report in stage.take()] == [
            ("a", "资金不足"),
            ("b", "无权限"),
        ]

    def test_an_error_of_somebody_else_is_nobodys(self, stage: Stage) -> None:
        stage.place("a")
        stage.push(error(4711, "x", "other"))
        stage.tick(3)
        assert stage.take() == []

    def test_an_error_after_the_terminal_took_the_order_is_left_to_its_state(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        stage.books["123456"].orders = [order_row(71, 57, order_remark="a", status_msg="柜台拒绝")]
        stage.push(error(stage.seqs["a"], "柜台拒绝", "a"))
        [report] = stage.take()
        assert (report.status, report.text, report.venue_order_id) == ("rejected", "柜台拒绝", "20261120-71")

    def test_a_minus_one_of_the_call_itself_is_a_failure(self, stage: Stage) -> None:
        stage.results[acts.Place] = -1
        stage.place("a")
        stage.tick(1.2)
        assert outline(stage.take()) == ["a rejected"]

    def test_an_order_that_failed_and_trades_all_the_same_keeps_its_name(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", -1, "超时")
        stage.push(trade_row(71, "t1", 300, order_remark="a"))
        assert outline(stage.take()) == ["a rejected", "a fill t1 300@10"]


class TestWhileTheLinkIsDown:
    def test_an_order_that_comes_too_late_was_never_sent(self, stage: Stage) -> None:
        stage.disconnect()
        stage.take()
        assert stage.place("a") is None
        [report] = stage.take()
        assert (report.status, report.reason, report.venue_order_id) == ("expired", "BROKER_DOWN", "")

    def test_also_where_the_link_is_up_again_and_the_gateway_has_not_heard(self, stage: Stage) -> None:
        before = stage.downs("main")
        stage.disconnect()
        stage.tick(8)
        stage.take()
        stage.request(m.PlaceAtBroker(an_order("a")), epoch=before)
        assert [r.reason for r in stage.take()] == ["BROKER_DOWN"] and stage.acts_of(acts.Place) == []

    def test_a_call_that_was_taken_back_was_never_sent(self, stage: Stage) -> None:
        stage.hangs.add(acts.Place)
        stage.place("a")
        stage.place("b")
        numbers = [call.number for call in stage.made if isinstance(call.act, acts.Place)]
        stage.disconnect()
        stage.take()
        stage.event(acts.NotMade(tuple(numbers[1:])))
        assert [(r.client_order_id, r.reason) for r in stage.take()] == [("b", "BROKER_DOWN")]

    def test_late_fills_of_an_old_instance_are_taken_once(self, stage: Stage) -> None:
        stage.place("a")
        stage.answer("a", 71)
        old = stage.generation
        stage.disconnect()
        stage.tick(8)
        stage.ask()
        stage.tick(3)
        stage.take()
        stage.push(trade_row(71, "t1", order_remark="a"), old)
        assert outline(stage.take()) == ["a fill t1 100@10"]
        stage.push(trade_row(71, "t1", order_remark="a"))
        stage.push(order_row(71, 51, order_remark="a"))
        stage.push(order_row(71, 50, order_remark="a"), old)
        assert outline(stage.take()) == ["a accepted"]

    def test_the_answer_of_an_old_instance_still_proves_a_number(self, stage: Stage) -> None:
        stage.place("a")
        old = stage.generation
        stage.disconnect()
        stage.tick(8)
        stage.answer("a", 71, generation=old)
        stage.books["123456"].orders = [order_row(71, 50)]
        stage.ask()
        stage.tick(3)
        [day] = stage.take(m.BrokerDay)
        assert outline(day.orders) == ["a accepted"]

    def test_the_same_counter_of_another_instance_proves_nothing(self, stage: Stage) -> None:
        stage.place("a")
        seq = stage.seqs["a"]
        stage.disconnect()
        stage.tick(8)
        stage.ask()
        stage.tick(3)
        stage.take()
        stage.seqs["b"] = seq
        stage.answer("b", 72)
        stage.push(order_row(72, 50))
        assert outline(stage.take()) == ["stranger accepted"]
