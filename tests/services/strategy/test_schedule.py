"""When callbacks are due, against a naive reading of the calendar."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.beijing import at, midnight, naive
from common.calendar import load
from jqdata.host import Task
from services.strategy.schedule import Hours, Registered, calls_of, check, is_due, seconds_of

CALENDAR = load()
DAYS = CALENDAR.days_between(date(2023, 1, 3), date(2026, 11, 30))
HOURS = Hours()
FRIDAY = date(2026, 11, 20)


def clocks(expression: str, hours: Hours = HOURS) -> list[str]:
    return [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds_of(expression, hours)]


def task(kind: str, day: int = 0, time: str = "9:30", *, name: str = "f", force: bool = True) -> Task:
    return Task(kind, name, day, time, None, force)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "clock"),
    [
        ("9:5", "09:05:00"),
        ("9:05", "09:05:00"),
        ("09:05", "09:05:00"),
        ("14:50:30", "14:50:30"),
        (" 9:30 ", "09:30:00"),
        ("open", "09:30:00"),
        ("close", "15:00:00"),
        ("open+5m", "09:35:00"),
        ("open-30m", "09:00:00"),
        ("close-5m", "14:55:00"),
        ("close + 30m", "15:30:00"),
        ("open+1h", "10:30:00"),
        ("open+10s", "09:30:10"),
        ("before_open", "09:00:00"),
        ("after_close", "15:30:00"),
        ("morning", "08:00:00"),
        ("night", "20:00:00"),
    ],
)
def test_time_expressions(expression: str, clock: str) -> None:
    assert clocks(expression) == [clock]


@pytest.mark.parametrize("expression", ["", "25:00", "9", "open+", "open+5", "noon", "close+10h", "open-10h", "9:60"])
def test_what_is_no_time_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        seconds_of(expression, HOURS)


def test_every_bar_is_each_trading_minute_and_once_a_day_at_day_frequency() -> None:
    minutes = clocks("every_bar")
    assert (len(minutes), minutes[0], minutes[119], minutes[120], minutes[-1]) == (
        240, "09:30:00", "11:29:00", "13:00:00", "14:59:00",
    )  # fmt: skip
    assert clocks("every_minute") == minutes
    assert clocks("every_bar", Hours(daily=True)) == ["09:30:00"]


def test_the_setting_moves_the_session() -> None:
    short = Hours(((600, 660),))
    assert clocks("open", short) == ["10:00:00"]
    assert clocks("close-1m", short) == ["10:59:00"]
    assert len(clocks("every_bar", short)) == 60


def naive_days(day: date, kind: str) -> list[date]:
    """The week or month around a day, by walking the calendar day by day."""
    together = (
        (lambda d: d.isocalendar()[:2] == day.isocalendar()[:2])
        if kind == "weekly"
        else (lambda d: (d.year, d.month) == (day.year, day.month))
    )
    around = [day + timedelta(days=n) for n in range(-31, 32)]
    return [d for d in around if together(d) and CALENDAR.is_trading_day(d)]


@given(
    st.sampled_from(DAYS), st.sampled_from(["weekly", "monthly"]), st.integers(-25, 25).filter(bool), st.booleans(),
    st.integers(0, 40),
)  # fmt: skip
def test_nth_trading_day(day: date, kind: str, nth: int, force: bool, started_before: int) -> None:
    start_day = DAYS[max(DAYS.index(day) - started_before, 0)]
    counted = [d for d in naive_days(day, kind) if d >= start_day]
    wanted = None
    if abs(nth) <= len(counted):
        wanted = counted[nth - 1] if nth > 0 else counted[nth]
    elif force:
        wanted = counted[-1] if nth > 0 else counted[0]
    assert is_due(task(kind, nth, force=force), day, CALENDAR, start_day) == (wanted == day)


@given(st.sampled_from(DAYS[40:-40]), st.sampled_from(["weekly", "monthly"]), st.integers(1, 3), st.booleans())
def test_runs_at_most_once_a_week_or_month_and_with_force_exactly_once(
    day: date, kind: str, nth: int, force: bool
) -> None:
    due = [d for d in naive_days(day, kind) if is_due(task(kind, nth, force=force), d, CALENDAR, DAYS[0])]
    assert len(due) <= 1
    assert not force or len(due) == 1


def test_the_first_week_is_counted_from_the_start_day() -> None:
    wednesday, monday = date(2026, 11, 18), date(2026, 11, 23)
    weekly = task("weekly", 1)
    assert is_due(weekly, wednesday, CALENDAR, wednesday)
    assert is_due(weekly, monday, CALENDAR, wednesday)
    assert not is_due(weekly, date(2026, 11, 19), CALENDAR, wednesday)


def test_order_inside_one_time() -> None:
    tasks = [
        Registered(task("daily", name="d1"), 1, 0),
        Registered(task("weekly", -1, name="w"), 2, 0),
        Registered(task("daily", name="d2"), 3, 0),
        Registered(task("monthly", -1, name="m"), 4, 0),
    ]
    day = date(2026, 10, 30)  # the last trading day of its week and month
    calls = calls_of(day, tasks, ("after_trading_end", "handle_data", "before_trading_start"), HOURS, CALENDAR, day)
    at_open = [call.func_name for call in calls if call.at_ns == at(day, "9:30")]
    assert at_open == ["m", "w", "d1", "d2", "handle_data"]
    assert (calls[0].func_name, naive(calls[0].at_ns)) == ("before_trading_start", datetime(2026, 10, 30, 9, 0))
    assert (calls[-1].func_name, naive(calls[-1].at_ns)) == ("after_trading_end", datetime(2026, 10, 30, 15, 30))
    assert len([call for call in calls if call.func_name == "handle_data"]) == 240


def test_the_same_task_twice_runs_twice() -> None:
    tasks = [Registered(task("daily"), 1, 0), Registered(task("daily"), 2, 0)]
    assert len(calls_of(FRIDAY, tasks, (), HOURS, CALENDAR, FRIDAY)) == 2


def test_times_up_to_the_registration_are_past() -> None:
    midday = at(FRIDAY, "12:00")
    tasks = [Registered(task("daily", time=time), 1, midday) for time in ("11:59", "12:00", "12:01")]
    assert [call.at_ns for call in calls_of(FRIDAY, tasks, (), HOURS, CALENDAR, FRIDAY)] == [at(FRIDAY, "12:01")]


@given(st.lists(st.sampled_from(["9:30", "open", "every_bar", "14:50", "close", "9:30:30"]), max_size=6))
def test_calls_come_in_the_order_they_run(times: list[str]) -> None:
    tasks = [Registered(task("daily", time=time), n, 0) for n, time in enumerate(times, 1)]
    keys = [call.key for call in calls_of(FRIDAY, tasks, ("handle_data",), HOURS, CALENDAR, FRIDAY)]
    assert keys == sorted(set(keys))
    assert all(midnight(FRIDAY) <= key[0] < midnight(FRIDAY + timedelta(days=1)) for key in keys)


@pytest.mark.parametrize("bad", [task("weekly", 0), task("weekly", 1, "every_bar"), task("daily", time="later")])
def test_a_task_that_is_never_due_is_refused(bad: Task) -> None:
    with pytest.raises(ValueError):
        check(bad, HOURS)
