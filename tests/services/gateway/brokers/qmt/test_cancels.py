"""Cancels: "taken" is not "cancelled", "refused" may be too late to be true, and the order's state decides."""

import pytest

from services.gateway.brokers.qmt import acts
from services.gateway.brokers.qmt.rows import CancelError
from tests.services.gateway.brokers.qmt.stage import Stage, order_row, outline


def cancel_error(order_id: int, text: str = "", sysid: str = "") -> CancelError:
    return CancelError(account_id="123456", order_id=order_id, order_sysid=sysid, error_id=-62, error_msg=text)


@pytest.fixture
def stage() -> Stage:
    """An order of ours that rests under the number 71."""
    stage = Stage().up()
    stage.place("a")
    stage.answer("a", 71)
    stage.push(order_row(71, 50, order_remark="a"))
    stage.take()
    return stage


def shows(stage: Stage, status: int, traded: int = 0) -> None:
    """What the terminal's list says of the order from now on."""
    stage.books["123456"].orders = [order_row(71, status, traded, order_remark="a")]


class TestTheUsualWay:
    def test_taken_is_not_cancelled(self, stage: Stage) -> None:
        stage.cancel("a", "20261120-71")
        assert stage.acts_of(acts.Cancel) == [acts.Cancel("123456", 71)]
        stage.cancel_answer(71, 0)
        stage.push(order_row(71, 51, order_remark="a"))
        assert outline(stage.take()) == ["a accepted"]
        stage.push(order_row(71, 54, order_remark="a"))
        [report] = stage.take()
        assert (report.status, report.reason) == ("cancelled", "CANCELLED_BY_USER")

    def test_taken_is_not_refused_either(self, stage: Stage) -> None:
        shows(stage, 50)
        stage.cancel("a")
        stage.cancel_answer(71, 0)
        stage.push(order_row(71, 50, order_remark="a"))
        stage.tick(2)
        assert outline(stage.take()) == ["a accepted"]

    def test_an_order_of_an_earlier_life_is_cancelled_by_its_number(self) -> None:
        stage = Stage().up()
        stage.cancel("a", "20261120-71")
        assert stage.acts_of(acts.Cancel) == [acts.Cancel("123456", 71)]

    def test_a_second_wish_is_answered_by_the_first(self, stage: Stage) -> None:
        stage.cancel("a")
        stage.cancel("a")
        assert len(stage.acts_of(acts.Cancel)) == 1

    def test_a_cancel_waits_for_the_number_of_its_order(self) -> None:
        stage = Stage().up()
        stage.place("a")
        stage.cancel("a")
        assert stage.acts_of(acts.Cancel) == []
        stage.answer("a", 71)
        assert stage.acts_of(acts.Cancel) == [acts.Cancel("123456", 71)]

    def test_or_for_its_push(self) -> None:
        stage = Stage().up()
        stage.place("a")
        stage.cancel("a")
        stage.push(order_row(71, 50, order_remark="a"))
        assert stage.acts_of(acts.Cancel) == [acts.Cancel("123456", 71)]


class TestRefusals:
    def test_what_nobody_knows(self, stage: Stage) -> None:
        stage.cancel("x")
        assert outline(stage.take()) == ["x cancel refused UNKNOWN_ORDER"]

    def test_a_number_of_yesterday_is_not_todays_order_of_that_number(self, stage: Stage) -> None:
        stage.cancel("y", "20261119-71")
        assert outline(stage.take()) == ["y cancel refused UNKNOWN_ORDER"] and stage.acts_of(acts.Cancel) == []

    def test_a_number_that_is_another_orders(self, stage: Stage) -> None:
        stage.cancel("y", "20261120-71")
        assert outline(stage.take()) == ["y cancel refused UNKNOWN_ORDER"] and stage.acts_of(acts.Cancel) == []

    def test_what_has_ended(self, stage: Stage) -> None:
        stage.push(order_row(71, 54, order_remark="a"))
        stage.take()
        stage.cancel("a")
        assert outline(stage.take()) == ["a cancel refused ORDER_CLOSED"]

    def test_an_order_that_failed_meanwhile(self) -> None:
        stage = Stage().up()
        stage.place("a")
        stage.cancel("a")
        stage.answer("a", -1, "资金不足")
        assert outline(stage.take()) == ["a rejected", "a cancel refused ORDER_CLOSED"]

    def test_while_the_link_is_down(self, stage: Stage) -> None:
        stage.disconnect()
        stage.take()
        stage.cancel("a")
        assert outline(stage.take()) == ["a cancel refused BROKER_DOWN"]

    def test_a_refusal_is_told_when_the_order_stands_as_before(self, stage: Stage) -> None:
        shows(stage, 50)
        stage.cancel("a")
        stage.cancel_answer(71, -1, "撤单失败")
        said = stage.take()
        assert outline(said) == ["a accepted", "a cancel refused BROKER_REJECTED"] and said[1].text == "撤单失败"

    def test_a_refusal_that_came_too_late_is_none(self, stage: Stage) -> None:
        """The order was cancelled already, by an earlier wish or at the terminal."""
        shows(stage, 54)
        stage.cancel("a")
        stage.cancel_answer(71, -1, "撤单失败")
        assert outline(stage.take()) == ["a cancelled"]

    def test_a_refusal_while_the_cancel_is_on_its_way_waits_for_the_end(self, stage: Stage) -> None:
        shows(stage, 51)
        stage.cancel("a")
        stage.push(cancel_error(71, "重复撤单"))
        assert outline(stage.take()) == ["a accepted"]
        stage.push(order_row(71, 54, order_remark="a"))
        assert outline(stage.take()) == ["a cancelled"]

    def test_taken_and_refused_later(self, stage: Stage) -> None:
        stage.cancel("a")
        stage.cancel_answer(71, 0)
        stage.push(order_row(71, 51, order_remark="a"))
        stage.push(order_row(71, 50, order_remark="a"))
        assert outline(stage.take()) == ["a accepted", "a accepted", "a cancel refused BROKER_REJECTED"]

    def test_the_market_was_faster(self, stage: Stage) -> None:
        stage.cancel("a")
        stage.push(order_row(71, 52, 100, order_remark="a"))
        stage.push(order_row(71, 56, 300, order_remark="a"))
        assert outline(stage.take())[-2:] == ["a filled 300", "a cancel refused ORDER_CLOSED"]

    def test_the_error_of_a_cancel_made_elsewhere_is_none_of_ours(self, stage: Stage) -> None:
        stage.push(cancel_error(5, "x"))
        stage.tick(3)
        assert stage.take() == []


class TestSilence:
    def test_what_became_of_it_is_looked_up(self, stage: Stage) -> None:
        shows(stage, 54)
        stage.cancel("a")
        stage.tick(3.4)
        assert outline(stage.take()) == ["a cancelled"]

    def test_in_the_end_who_asked_is_told(self, stage: Stage) -> None:
        shows(stage, 50)
        stage.cancel("a")
        stage.tick(29)
        assert "cancel refused" not in " ".join(outline(stage.take()))
        stage.tick(2)
        assert outline(stage.take())[-1] == "a cancel refused BROKER_REJECTED"
