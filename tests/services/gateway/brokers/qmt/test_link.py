"""The connection: told once, tried again at the market's pace, and never believed longer than it answers."""

from itertools import pairwise

from common import messages as m
from common.beijing import SECOND_NS
from services.gateway.brokers.qmt import acts
from services.gateway.brokers.qmt.rows import StatusRow
from tests.services.gateway.brokers.qmt.stage import DAY, HEDGE, MAIN, NEXT_DAY, Stage, outline


def session_ids(stage: Stage) -> list[int]:
    return [act.session_id for act in stage.acts_of(acts.Open)]


def attempts_s(stage: Stage, seconds: int) -> list[int]:
    """At which second of the coming time a connection was tried."""
    tried = []
    for second in range(1, seconds + 1):
        before = len(stage.acts_of(acts.Open))
        stage.tick(1)
        tried += [second] * (len(stage.acts_of(acts.Open)) - before)
    return tried


class TestConnecting:
    def test_the_link_is_up_when_the_terminal_says_that_the_account_is(self) -> None:
        stage = Stage().tick()
        assert outline(stage.take()) == ["main up"]
        assert [type(call.act).__name__ for call in stage.made] == ["Open", "Connect", "Subscribe", "AskStatus"]

    def test_the_configured_session_comes_first(self) -> None:
        assert session_ids(Stage(session_id=4711).tick()) == [4711]

    def test_a_refused_session_is_followed_by_the_next_of_a_small_range(self) -> None:
        stage = Stage(session_id=100)
        stage.results[acts.Connect] = -1
        stage.tick(0.6)
        assert session_ids(stage) == [100, 101, 102] and outline(stage.take()) == ["main down"]
        stage.tick(400)
        assert session_ids(stage)[:9] == [100, 101, 102, 103, 104, 105, 106, 107, 100]
        assert set(session_ids(stage)) == set(range(100, 108))

    def test_where_another_program_holds_ours_it_takes_no_wait_and_is_used_again(self) -> None:
        stage = Stage(session_id=100)
        stage.results[acts.Connect] = -1
        stage.tick(0.2)
        stage.results.clear()
        stage.tick(0.2)
        assert outline(stage.take()) == ["main up"]
        stage.disconnect()
        stage.tick(10)
        assert session_ids(stage) == [100, 101, 101]

    def test_down_is_told_once_however_often_it_fails(self) -> None:
        stage = Stage()
        stage.results[acts.Connect] = -1
        stage.tick(300)
        [link] = stage.take()
        assert not link.up and "极简模式" in link.text
        assert stage.notes == []

    def test_another_reason_is_noted_once(self) -> None:
        stage = Stage()
        stage.results[acts.Connect], stage.has_queue = -1, False
        stage.tick(60)
        [link] = stage.take()
        assert "up_queue_xtquant" in link.text and "券商开通" in link.text
        stage.has_queue = True
        stage.tick(60)
        assert stage.take() == [] and len(stage.notes) == 1

    def test_an_account_the_terminal_does_not_know_is_named_with_those_it_does(self) -> None:
        stage = Stage()
        stage.statuses = {"99887766": 0}
        [link] = stage.tick(1).take()
        assert not link.up and "***3456" in link.text and "***7766" in link.text and "QMT_ACCOUNT_ID" in link.text

    def test_an_account_comes_up_when_it_has_logged_in(self) -> None:
        stage = Stage()
        stage.statuses["123456"] = 1
        assert outline(stage.tick(1).take()) == ["main down"]
        stage.statuses["123456"] = 4
        stage.tick(5)
        stage.statuses["123456"] = 0
        assert outline(stage.tick(3).take()) == ["main up"]
        assert len(stage.acts_of(acts.Open)) == 1

    def test_each_account_of_a_path_has_its_own_link(self) -> None:
        stage = Stage(MAIN, HEDGE)
        stage.statuses["654321"] = 3
        assert outline(stage.tick(1).take()) == ["main up", "hedge down"]
        stage.statuses["654321"] = 0
        assert outline(stage.tick(3).take()) == ["hedge up"]

    def test_a_subscription_that_fails_is_tried_again(self) -> None:
        stage = Stage()
        stage.results[acts.Subscribe] = -1
        [link] = stage.tick(1).take()
        assert not link.up and "订阅" in link.text
        stage.results.clear()
        assert outline(stage.tick(3).take()) == ["main up"]


class TestLosing:
    def test_a_disconnect_is_told_at_once_and_mended_by_itself(self) -> None:
        stage = Stage().up()
        stage.disconnect()
        assert outline(stage.take()) == ["main down"]
        stage.tick(4.8)
        assert stage.take() == []
        stage.tick(0.6)
        assert outline(stage.take()) == ["main up"]

    def test_the_late_word_of_an_old_instance_does_not_touch_the_new_one(self) -> None:
        stage = Stage().up()
        old = stage.generation
        stage.disconnect()
        stage.tick(6)
        assert outline(stage.take()) == ["main down", "main up"]
        stage.disconnect(old)
        stage.push(StatusRow(account_id="123456", status=3), old)
        assert stage.tick(3).take() == []

    def test_an_account_that_logs_out_is_down_without_a_new_connection(self) -> None:
        stage = Stage(MAIN, HEDGE).up()
        stage.push(StatusRow(account_id="654321", status=8))
        assert outline(stage.take()) == ["hedge down"]
        stage.push(StatusRow(account_id="654321", status=0))
        assert outline(stage.take()) == ["hedge up"]
        assert len(stage.acts_of(acts.Open)) == 1

    def test_a_terminal_that_no_longer_answers_is_down(self) -> None:
        stage = Stage().up()
        stage.mute.add(acts.AskStatus)
        stage.tick(30)
        stage.take()
        stage.tick(11)
        assert [link.up for link in stage.take(m.BrokerLink)][:1] == [False]

    def test_without_a_heartbeat_nothing_is_asked(self) -> None:
        stage = Stage(heartbeat_ns=0).up()
        before = len(stage.made)
        stage.tick(120)
        assert len(stage.made) == before

    def test_a_call_that_hangs_is_told_within_its_deadline(self) -> None:
        stage = Stage(call_ns=2 * SECOND_NS).up()
        stage.hangs.add(acts.Place)
        stage.place("a")
        stage.tick(1.8)
        assert stage.take() == []
        stage.tick(0.4)
        [link] = stage.take()
        assert not link.up and "order_stock" in link.text and "2 秒" in link.text

    def test_calls_behind_one_that_hangs_have_not_begun_and_are_not_late(self) -> None:
        """Each has its own time from when the one before it came back."""
        stage = Stage(call_ns=10 * SECOND_NS).up()
        stage.hangs.add(acts.Place)
        stage.place("a")
        [call] = [call for call in stage.made if isinstance(call.act, acts.Place)]
        stage.place("b")
        stage.tick(9)
        stage.event(acts.Returned(call.number, 71))
        stage.tick(9)
        assert stage.take(m.BrokerLink) == []
        stage.tick(2)
        assert outline(stage.take(m.BrokerLink)) == ["main down"]

    def test_an_error_of_the_sdk_is_a_lost_connection(self) -> None:
        stage = Stage().up()
        stage.hangs.add(acts.Place)
        stage.place("a")
        stage.event(acts.Raised(stage.made[-1].number, "RuntimeError boom"))
        [link] = stage.take()
        assert not link.up and "RuntimeError boom" in link.text


class TestTryingAgain:
    def test_while_the_market_is_on_it_is_never_given_more_than_fifteen_seconds(self) -> None:
        stage = Stage()
        stage.results[acts.Connect], stage.has_queue = -1, False
        stage.tick()
        tried = attempts_s(stage, 120)
        assert [after - before for before, after in pairwise([0, *tried])][:3] == [5, 10, 15]
        assert max(after - before for before, after in pairwise(tried)) <= 16

    def test_at_night_it_is_left_alone_for_five_minutes(self) -> None:
        stage = Stage(time="20:00")
        stage.results[acts.Connect] = -1
        stage.tick(1800)
        assert len(stage.acts_of(acts.Open)) <= 36

    def test_before_the_market_it_is_not_slept_past_its_beginning(self) -> None:
        stage = Stage(day=NEXT_DAY, time="08:00")
        stage.results[acts.Connect] = -1
        stage.tick(1740)  # 08:29
        stage.results.clear()
        stage.take()
        stage.tick(75)
        assert outline(stage.take()) == ["main up"]

    def test_a_clock_that_was_set_back_does_not_keep_it_waiting(self) -> None:
        stage = Stage().up()
        stage.disconnect()
        stage.set_clock(DAY, "09:00")
        stage.tick(6)
        assert outline(stage.take()) == ["main down", "main up"]

    def test_a_clock_that_jumps_ahead_does_not_cut_the_rest(self) -> None:
        stage = Stage().up()
        stage.disconnect()
        stage.set_clock(DAY, "10:30").tick(3.6)
        assert outline(stage.take()) == ["main down"]
        stage.tick(0.6)
        assert outline(stage.take()) == ["main up"]

    def test_it_rests_until_the_old_instance_has_let_go(self) -> None:
        stage = Stage().up()
        stage.stop = None
        stage.disconnect()
        stage.tick(20)
        assert outline(stage.take()) == ["main down"]
        stage.event(acts.Stopped(stage.generation, True))
        assert outline(stage.tick(1).take()) == ["main up"]


class TestInstancesThatHang:
    def hang(self, stage: Stage) -> int:
        """The connection is lost, and what made it does not stop."""
        stuck, stage.stop = stage.generation, False
        stage.disconnect()
        stage.tick(8)
        return stuck

    def test_its_session_is_left_to_it(self) -> None:
        stage = Stage(session_id=100).up()
        self.hang(stage)
        assert session_ids(stage) == [100, 101]
        assert stage.over == ""

    def test_too_many_of_them_end_the_process(self) -> None:
        stage = Stage().up()
        for _ in range(3):
            self.hang(stage)
        assert stage.over == ""
        self.hang(stage)
        assert "守护程序" in stage.over

    def test_one_that_stops_at_last_is_forgiven(self) -> None:
        stage = Stage().up()
        for _ in range(6):
            stage.event(acts.Freed(self.hang(stage)))
        assert stage.over == ""
