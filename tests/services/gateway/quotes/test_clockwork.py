"""What the quotes process does between two steps: repeats its last words, and follows a watch at a speed."""

from __future__ import annotations

from common import messages as m
from common import wire
from common.beijing import SECOND_NS, at
from common.session_out import MILLISECOND_NS
from services.gateway.quotes.__main__ import (
    BURST_MAX,
    CLOCK_BEAT_NS,
    GAP_NS,
    GAP_PATIENCE_NS,
    REPEAT_NS,
    ClockWork,
)
from tests.services.gateway.quotes.floor import BANK, DAY, Floor, text_of


class Watch:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.now_ns = 10**15

    def __call__(self) -> int:
        return self.now_ns


class Process:
    """The clockwork of a floor, driven turn by turn as the loop does it."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.watch = floor, Watch()
        self.work = ClockWork(floor.core, floor.session, lambda status: status, monotonic=self.watch)
        self.due: list[m.Message] = []
        floor._publish = self._keep  # type: ignore[method-assign]

    def _keep(self) -> list[str]:
        """Frames stay where they are until the end of the turn."""
        return []

    def turn(self, after_ns: int = 0, *reports: m.Message) -> list[str]:
        """One turn of the loop; what leaves the process, in short."""
        self.watch.now_ns += after_ns
        session = self.floor.session
        for report in reports:
            session.local(report)
        while self._step():
            pass
        self.work.settle()
        return self._leaves()

    def _step(self) -> bool:
        had = bool(self.floor.session.out.records)
        self.floor.session.out.records.clear()
        for report in self.work.reports():
            self.due.append(report)
            self.floor.session.local(report)
            had = True
        return had

    def _leaves(self) -> list[str]:
        out = self.floor.session.out
        frames = [wire.decode_frame(data) for _, data in out.frames]
        out.frames.clear()
        said = []
        for frame in frames:
            assert isinstance(frame, wire.Quoted)
            message = wire.decode_body(frame.channel, frame.body)
            self.floor._hear(message, frame)
            said.append(text_of(message))
        return said

    def everybody(self) -> list[m.Message]:
        return [self.floor.progress(name) for name in self.floor.names]


def in_lock_step() -> Process:
    process = Process(Floor())
    process.turn()
    assert process.turn(0, *process.everybody()) == ["clock 00:00:00"]
    return process


def at_a_speed(speed: str = "20", *times: str) -> Process:
    """A day that has been opened in lock-step and told its first instant."""
    floor = Floor(speed=speed, times={BANK: times or ("9:30", "9:30:03", "9:30:06")}, symbols=[BANK])
    process = Process(floor)
    process.turn(0, *process.everybody())
    first = process.turn(0, *process.everybody())
    assert first[:2] == ["quotes 09:30:00 600000", "clock 09:30:00"]
    assert first[2:] in ([], ["time 09:30:00"]), "the time is told as that of a speed, unless a gap follows"
    return process


# -- its last words ----------------------------------------------------------------------------------------------------


def test_nothing_is_repeated_before_anything_was_said() -> None:
    process = Process(Floor())
    assert process.turn(10 * REPEAT_NS) == []


def test_in_lock_step_the_last_words_are_repeated_until_somebody_moves_on() -> None:
    process = in_lock_step()
    assert process.turn(REPEAT_NS - 1) == []
    assert process.turn(1) == ["clock 00:00:00"]
    assert process.turn(REPEAT_NS - 1) == []
    assert process.turn(1) == ["clock 00:00:00"]
    assert process.turn(0, *process.everybody()) == ["quotes 09:30:00 600000", "clock 09:30:00"]
    assert process.turn(REPEAT_NS) == ["quotes 09:30:00 600000", "clock 09:30:00"], "all of it, and only the last"


def test_after_a_restart_its_first_words_are_repeated_too() -> None:
    floor = Floor()
    floor.until("quotes 09:30:03 600000 600009")
    records = list(floor.records)
    process = Process(Floor(records=records))
    process.floor.session.start(recovered=True)
    first = process.turn()
    assert first == ["quotes 09:30:03 600000 600009", "clock 09:30:03"]
    assert process.turn(REPEAT_NS) == first


def test_the_process_ends_when_everybody_has_heard_the_end() -> None:
    process = in_lock_step()
    while not process.floor.core.run_ended:
        process.turn(0, *process.everybody())
        assert not process.floor.session.run_ended
    process.turn(REPEAT_NS)
    assert not process.floor.session.run_ended
    process.turn(0, *process.everybody())
    assert process.floor.session.run_ended


def test_the_process_knows_the_time_it_tells() -> None:
    process = at_a_speed()
    assert process.floor.session.market.now_ns == at(DAY, "9:30")


# -- at a speed --------------------------------------------------------------------------------------------------------


def test_in_lock_step_the_watch_moves_nothing() -> None:
    process = in_lock_step()
    process.turn(3600 * SECOND_NS)
    assert process.due == []


def test_market_time_goes_as_many_times_faster_as_the_speed_says() -> None:
    process = at_a_speed()
    assert process.turn(150 * MILLISECOND_NS - 1) == []
    assert process.turn(1) == ["quotes 09:30:03 600000", "time 09:30:03"]


def test_between_instants_the_time_is_told_five_times_a_second() -> None:
    process = at_a_speed("1")
    said = [line for _ in range(20) for line in process.turn(CLOCK_BEAT_NS // 2)]
    assert said == ["time 09:30:00"] * 4 + ["time 09:30:01"] * 5 + ["time 09:30:02"]


def test_what_is_late_comes_at_once_and_in_order() -> None:
    process = at_a_speed("20", "9:30", "9:30:03", "9:30:06", "9:30:09", "9:31")
    said = process.turn(SECOND_NS // 2)
    assert [line for line in said if "quotes" in line] == [
        "quotes 09:30:03 600000",
        "quotes 09:30:06 600000",
        "quotes 09:30:09 600000",
    ]


def test_late_as_it_may_be_what_it_said_leaves_before_it_says_more() -> None:
    seconds = [f"9:{minute}:{second:02}" for minute in (30, 31, 32, 33) for second in range(60)]
    process = at_a_speed("10000", *seconds)
    said = process.turn(3600 * SECOND_NS)
    assert sum("quotes" in line for line in said) <= BURST_MAX
    assert any("quotes" in line for line in process.turn())


def test_a_gap_is_skipped_when_all_is_quiet() -> None:
    process = at_a_speed("20", "9:30", "11:30", "13:00")
    assert process.turn() == [], "what was caused at 9:30 is not over"
    assert process.turn(0, *process.everybody()) == ["quotes 11:30:00 600000", "time 11:30:00"]
    assert process.turn() == []
    assert process.turn(0, *process.everybody()) == ["quotes 13:00:00 600000", "time 13:00:00"]
    process.floor.wakes["strategy.a"] = [at(DAY, "13:00:30")]
    process.turn(0, *process.everybody())
    assert process.turn(SECOND_NS) == ["time 13:00:20"], "and goes on from there"


def test_a_gap_is_skipped_after_a_second_where_somebody_is_not_done() -> None:
    process = at_a_speed("20", "9:30", "11:30")
    busy = process.floor.progress("strategy.a", busy=True)
    assert process.turn(GAP_PATIENCE_NS // 4, *process.everybody()[:-1], busy) == []
    assert "time 11:30:00" not in process.turn(GAP_PATIENCE_NS // 2)
    assert process.turn(GAP_PATIENCE_NS // 4) == ["quotes 11:30:00 600000", "time 11:30:00"]


def test_somebody_who_wants_to_act_stops_the_skipping() -> None:
    process = at_a_speed("20", "9:30", "11:30")
    process.floor.wakes["strategy.a"] = [at(DAY, "9:30")]
    said = process.turn(SECOND_NS, *process.everybody())
    assert said == ["time 09:30:20"], "twenty times a second"


def test_short_waits_are_not_skipped() -> None:
    assert GAP_NS == 60 * SECOND_NS
    process = at_a_speed("20", "9:30", "9:31")
    process.turn(0, *process.everybody())
    assert process.turn(3 * SECOND_NS - 1) == ["time 09:30:59"]
    assert process.turn(1) == ["quotes 09:31:00 600000", "time 09:31:00"]


def test_a_day_at_a_speed_ends_by_itself() -> None:
    process = at_a_speed()
    said: list[str] = []
    for _ in range(200):
        said += process.turn(CLOCK_BEAT_NS, *process.everybody())
        if process.floor.session.run_ended:
            break
    assert process.floor.session.run_ended
    assert said[-2:] == ["over 15:30:00", "end"]
