"""When callbacks are due: time expressions, N-th trading days, the order inside one instant (jq_api 2.3 and 2.4)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from datetime import date

from common.beijing import SECOND_NS, clock_seconds, midnight
from common.calendar import Calendar
from jqdata.host import Task

_OFFSET = re.compile(r"(open|close)\s*([+-])\s*(\d+)\s*(h|m|s)")
_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}
_DAY_SECONDS = 86_400
_HALF_HOUR = 1800
_FIXED = {"morning": 8 * 3600, "night": 20 * 3600}
_EACH_MINUTE = ("every_bar", "every_minute")

BEFORE_TRADING_START, HANDLE_DATA, AFTER_TRADING_END = "before_trading_start", "handle_data", "after_trading_end"
ON_EVENT = "on_event"
_TASK_RANK = {"monthly": 0, "weekly": 1, "daily": 2}
_HOOK_RANK = {ON_EVENT: -1, BEFORE_TRADING_START: 3, HANDLE_DATA: 4, AFTER_TRADING_END: 5}


@dataclasses.dataclass(frozen=True, slots=True)
class Hours:
    """When the market trades: (start, end) in minutes of the day; ``daily`` is JoinQuant's day frequency."""

    periods: tuple[tuple[int, int], ...] = ((570, 690), (780, 900))
    daily: bool = False

    @property
    def open(self) -> int:
        """Seconds after midnight."""
        return self.periods[0][0] * 60

    @property
    def close(self) -> int:
        """Seconds after midnight."""
        return self.periods[-1][1] * 60

    @property
    def minute_starts(self) -> tuple[int, ...]:
        """Seconds after midnight of each trading minute's start: 9:30 to 11:29 and 13:00 to 14:59."""
        return tuple(minute * 60 for start, end in self.periods for minute in range(start, end))


@dataclasses.dataclass(frozen=True, slots=True)
class Registered:
    """A task as the strategy added it: ``seq`` counts the additions, times up to ``since_ns`` are past for it."""

    task: Task
    seq: int
    since_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One run of one callback. ``seq`` is its task's, 0 for the functions JoinQuant calls by name."""

    at_ns: int
    rank: int
    seq: int
    func_name: str

    @property
    def key(self) -> tuple[int, int, int]:
        """Calls run in this order: time; on_event, monthly, weekly, daily, by-name; order of registration."""
        return self.at_ns, self.rank, self.seq


def seconds_of(expression: str, hours: Hours) -> tuple[int, ...]:
    """Seconds after midnight at which a time expression is due; ValueError, in Chinese, where it is none."""
    text = expression.strip()
    if text in _EACH_MINUTE:
        return (hours.open,) if text == "every_bar" and hours.daily else hours.minute_starts
    if text in _FIXED:
        return (_FIXED[text],)
    named = {
        "open": hours.open,
        "close": hours.close,
        "before_open": hours.open - _HALF_HOUR,
        "after_close": hours.close + _HALF_HOUR,
    }
    if text in named:
        return (named[text],)
    offset = _OFFSET.fullmatch(text)
    if offset is None:
        return (clock_seconds(text),)
    base, sign, number, unit = offset.groups()
    seconds = named[base] + int(number) * _UNIT_SECONDS[unit] * (1 if sign == "+" else -1)
    if not 0 <= seconds < _DAY_SECONDS:
        raise ValueError(f"时间超出当日：{expression!r}")
    return (seconds,)


def check(task: Task, hours: Hours) -> None:
    """ValueError, in Chinese, where a task could never be due."""
    seconds_of(task.time, hours)
    if task.kind != "daily" and task.day == 0:
        raise ValueError("第几个交易日从 1 数起，负数从末尾数起，不能为 0")
    if task.kind != "daily" and task.time.strip() in _EACH_MINUTE:
        raise ValueError(f"{task.time!r} 只能用于 run_daily")


def is_due(task: Task, day: date, calendar: Calendar, start_day: date) -> bool:
    """Whether a task runs on a trading day; the first week and month are counted from ``start_day`` (jq_api 2.4)."""
    match task.kind:
        case "daily":
            return True
        case "weekly":
            return _is_nth(day, task, calendar.week_days(day), start_day)
        case "monthly":
            return _is_nth(day, task, calendar.month_days(day), start_day)


def _is_nth(day: date, task: Task, days: list[date], start_day: date) -> bool:
    """With ``force`` the nearest trading day stands in where there are fewer than N."""
    counted = [d for d in days if d >= start_day]
    if not counted:
        return False
    index = task.day - 1 if task.day > 0 else len(counted) + task.day
    if task.force:
        index = min(max(index, 0), len(counted) - 1)
    return 0 <= index < len(counted) and counted[index] == day


def calls_of(
    day: date, tasks: Iterable[Registered], defined: Iterable[str], hours: Hours, calendar: Calendar, start_day: date
) -> list[Call]:
    """The day's calls in the order they run; ``defined`` names the functions the strategy has."""
    start_ns = midnight(day)
    calls = [
        Call(start_ns + second * SECOND_NS, rank, seq, name)
        for second, rank, seq, name in (
            *_hook_times(defined, hours),
            *(
                (second, _TASK_RANK[r.task.kind], r.seq, r.task.func_name)
                for r in tasks
                if is_due(r.task, day, calendar, start_day)
                for second in seconds_of(r.task.time, hours)
                if start_ns + second * SECOND_NS > r.since_ns
            ),
        )
    ]
    return sorted(calls, key=lambda call: call.key)


def _hook_times(defined: Iterable[str], hours: Hours) -> Iterator[tuple[int, int, int, str]]:
    times = {
        ON_EVENT: (hours.open - _HALF_HOUR,),
        BEFORE_TRADING_START: (hours.open - _HALF_HOUR,),
        HANDLE_DATA: (hours.open,) if hours.daily else hours.minute_starts,
        AFTER_TRADING_END: (hours.close + _HALF_HOUR,),
    }
    for name in defined:
        for second in times.get(name, ()):
            yield second, _HOOK_RANK[name], 0, name
