"""A day at a speed above lock-step: nobody is waited for, nothing is left out, and all days end in lock-step."""

from __future__ import annotations

from common import messages as m
from common.beijing import at
from tests.services.gateway.quotes.floor import BANK, DAY, MEMBERS, Floor

WHOLE_DAY_REST = ["quotes 09:31:00 600000", "clock 09:31:00", "over 15:30:00", "end"]


def paced(speed: str = "20") -> Floor:
    """A day that has been opened, which is always done in lock-step, up to its first instant."""
    floor = Floor(speed=speed)
    floor.wake("strategy.a", "9:30:04")
    floor.until("clock 09:30:00")
    floor.all_report()
    return floor


def test_at_a_speed_nobody_is_waited_for_once_all_were_there() -> None:
    floor = paced()
    assert floor.core.speed == 20
    assert floor.all_report() == []
    assert floor.say(m.PaceDue(at(DAY, "9:30:02"))) == ["time 09:30:02"]
    assert floor.say(m.PaceDue(at(DAY, "9:30:03"))) == ["quotes 09:30:03 600000 600009", "time 09:30:03"]


def test_late_instants_come_one_a_step_in_their_order_wakes_too() -> None:
    floor = paced()
    late = m.PaceDue(at(DAY, "9:30:30"))
    said = [floor.say(late) for _ in range(4)]
    assert said == [
        ["quotes 09:30:03 600000 600009", "time 09:30:03"],
        ["time 09:30:04"],
        ["quotes 09:30:05 600009", "time 09:30:05"],
        ["time 09:30:30"],
    ]


def test_a_day_at_a_speed_ends_when_all_is_quiet() -> None:
    floor = paced()
    floor.wake("strategy.a", "15:30")
    late = m.PaceDue(at(DAY, "15:30"))
    said: list[str] = []
    while floor.core.next_ns():
        said += floor.say(late)
        floor.report("strategy.a")
    assert said[-1] == "time 15:30:00"
    floor.report("gateway", busy=True)
    assert floor.say(late) == []
    floor.all_report()
    assert floor.say(late) == ["over 15:30:00"]
    assert floor.core.speed == 0, "a day ends in lock-step"
    assert floor.all_report() == ["end"]


def test_a_strategy_that_is_late_keeps_the_day_open() -> None:
    floor = paced()
    while floor.core.next_ns():
        floor.say(m.PaceDue(at(DAY, "9:40")))
    floor.wakes["strategy.a"] = [at(DAY, "9:31")]
    floor.report("strategy.a")
    assert floor.core.has_due()
    assert floor.say(m.PaceDue(at(DAY, "9:40"))) == ["time 09:40:00"]


def test_within_a_window_at_a_speed_and_in_lock_step_outside() -> None:
    floor = Floor(speed="20@9:30:03-9:30:05")
    floor.until("clock 09:30:00")
    assert floor.core.speed == 0
    assert floor.all_report() == ["quotes 09:30:03 600000 600009"]
    assert floor.core.speed == 20
    assert floor.all_report() == []
    assert floor.say(m.PaceDue(at(DAY, "9:30:04"))) == ["time 09:30:04"]
    assert floor.say(m.PaceDue(at(DAY, "9:30:06"))) == ["quotes 09:30:05 600009", "time 09:30:05"]
    assert floor.core.speed == 0
    assert floor.until("end") == WHOLE_DAY_REST, "in lock-step again, and told so by the next clock"


def test_back_in_lock_step_the_time_is_told_so_that_all_report_at_once() -> None:
    floor = Floor(speed="20@9:30:03-9:30:05", times={BANK: ("9:30:03", "9:30:06", "9:30:09")})
    floor.until("quotes 09:30:03 600000")
    floor.say(m.PaceDue(at(DAY, "9:30:05")))
    assert floor.until("quotes 09:30:09 600000") == [
        "quotes 09:30:06 600000",
        "clock 09:30:06",
        "quotes 09:30:09 600000",
    ]


def test_after_a_restart_all_are_waited_for_once() -> None:
    floor = paced().again(speed="20")
    for name in MEMBERS:
        assert floor.core.speed == 0
        assert floor.report(name) == []
    assert floor.core.speed == 20


def test_the_clock_never_goes_back() -> None:
    floor = paced()
    assert floor.say(m.PaceDue(at(DAY, "9:29"))) == ["time 09:30:00"]
