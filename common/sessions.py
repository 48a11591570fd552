"""The phases of the trading day for stocks, and the one-minute bars they are cut into (ashare_rules 2).

Only the time of day is looked at; whether the day is a trading day is the calendar's knowledge. Shanghai funds traded
continuously until 15:00 before 2026-07-06; these phases are those of stocks, and since that day of funds too.
"""

from bisect import bisect_right
from datetime import date
from enum import StrEnum
from itertools import pairwise

from common.beijing import MINUTE_NS, SECOND_NS, clock_seconds, midnight, ns_of_day


class Phase(StrEnum):
    PRE_OPEN = "pre_open"
    OPENING_CALL = "opening_call"
    OPENING_CALL_LOCKED = "opening_call_locked"
    PAUSE = "pause"
    MORNING = "morning"
    LUNCH = "lunch"
    AFTERNOON = "afternoon"
    CLOSING_CALL = "closing_call"
    AFTER_HOURS = "after_hours"
    CLOSED = "closed"


_TIMETABLE = (
    ("0:00", Phase.PRE_OPEN),
    ("9:15", Phase.OPENING_CALL),
    ("9:20", Phase.OPENING_CALL_LOCKED),
    ("9:25", Phase.PAUSE),
    ("9:30", Phase.MORNING),
    ("11:30", Phase.LUNCH),
    ("13:00", Phase.AFTERNOON),
    ("14:57", Phase.CLOSING_CALL),
    ("15:00", Phase.AFTER_HOURS),
    ("15:30", Phase.CLOSED),
)
_STARTS = tuple(clock_seconds(text) * SECOND_NS for text, _ in _TIMETABLE)
_PHASES = tuple(phase for _, phase in _TIMETABLE)

_CONTINUOUS = frozenset({Phase.MORNING, Phase.AFTERNOON})
_CALLS = frozenset({Phase.OPENING_CALL, Phase.OPENING_CALL_LOCKED, Phase.CLOSING_CALL})
_CANCELLABLE = _CONTINUOUS | {Phase.OPENING_CALL}

_FIRST_END, _MORNING_END, _NOON, _CLOSE = (
    clock_seconds(text) * SECOND_NS for text in ("9:31", "11:30", "13:00", "15:00")
)


def phase_at(now_ns: int) -> Phase:
    """The phase at this time of day; a boundary belongs to the phase it begins (ashare_rules 2)."""
    return _PHASES[bisect_right(_STARTS, ns_of_day(now_ns)) - 1]


def is_continuous(phase: Phase) -> bool:
    """Orders are matched one by one as they come."""
    return phase in _CONTINUOUS


def is_call(phase: Phase) -> bool:
    """Orders are collected for one auction price."""
    return phase in _CALLS


def accepts_orders(phase: Phase) -> bool:
    """The exchange takes ordinary orders; outside, brokers queue or refuse them (ashare_rules 2)."""
    return phase in _CONTINUOUS or phase in _CALLS


def can_cancel(phase: Phase) -> bool:
    """The exchange takes cancels of ordinary orders: not in 9:20-9:30, lunch or 14:57-15:00 (ashare_rules 2)."""
    return phase in _CANCELLABLE


def market_minute(now_ns: int) -> int:
    """UTC ns of the END label of the one-minute bar that holds now.

    A minute holds its start and not its end, except the last of each half day: 11:30:00 and 15:00:00 close theirs.
    9:25 to 9:30:59 is the bar 9:31. Outside the sessions it is the nearest bar: the first before 9:25, the last one
    ended in the lunch and after the close.
    """
    since = ns_of_day(now_ns)
    start = now_ns - since
    if since < _FIRST_END:
        return start + _FIRST_END
    if _MORNING_END <= since < _NOON:
        return start + _MORNING_END
    if since >= _CLOSE:
        return start + _CLOSE
    return start + (since // MINUTE_NS + 1) * MINUTE_NS


def minute_ends(day: date) -> list[int]:
    """UTC ns of the 240 END labels of a day: 9:31 to 11:30 and 13:01 to 15:00."""
    start = midnight(day)
    morning = range(start + _FIRST_END, start + _MORNING_END + 1, MINUTE_NS)
    afternoon = range(start + _NOON + MINUTE_NS, start + _CLOSE + 1, MINUTE_NS)
    return [*morning, *afternoon]


def parse_periods(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) in seconds after midnight of each period in '09:30-11:30,13:00-15:00' (SCHEDULER_MARKET_PERIODS).

    ValueError, in Chinese, where a period is malformed, empty, or does not follow the one before.
    """
    periods = tuple(_parse_period(part.strip()) for part in text.split(","))
    for before, after in pairwise(periods):
        if after[0] < before[1]:
            raise ValueError(f"交易时段须按时间先后排列且不重叠：{text!r}")
    return periods


def _parse_period(text: str) -> tuple[int, int]:
    start_text, dash, end_text = text.partition("-")
    if not dash:
        raise ValueError(f"交易时段应写作 09:30-11:30，多个用逗号分隔：{text!r}")
    start, end = clock_seconds(start_text.strip()), clock_seconds(end_text.strip())
    if start >= end:
        raise ValueError(f"交易时段的结束须晚于开始：{text!r}")
    return start, end
