"""The fixed spans of days in which older bars are asked of a data provider: what is over is asked for once and kept.

Days: whole years, of the current year whole quarters and months, then the month so far. Minutes: whole months, of the
current month its first and second ten days, then the days since. The same for every strategy, so that one cache serves
all.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta

_EARLIEST = date(1990, 1, 1)
_DAY = timedelta(days=1)

Span = tuple[date, date]


def spans_to(unit: str, last: date) -> list[Span]:
    """First and last day of each, oldest first, without a gap from 1990 to ``last``."""
    found: list[Span] = []
    end = last
    while end >= _EARLIEST:
        first = _month_part(end, last) if unit == "1m" else _year_part(end, last)
        found.append((first, end))
        end = first - _DAY
    return found[::-1]


def numbers_of(spans: list[Span], first: date, last: date) -> range:
    """Which of the spans hold days of ``first`` to ``last``."""
    start = bisect_left(spans, first, key=lambda span: span[1])
    stop = bisect_left(spans, last + _DAY, key=lambda span: span[0])
    return range(start, stop)


def _year_part(end: date, last: date) -> date:
    if end.year < last.year:
        return date(end.year, 1, 1)
    quarter = date(end.year, (end.month - 1) // 3 * 3 + 1, 1)
    return quarter if quarter < _quarter_of(last) else date(end.year, end.month, 1)


def _quarter_of(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _month_part(end: date, last: date) -> date:
    if (end.year, end.month) != (last.year, last.month):
        return date(end.year, end.month, 1)
    return date(end.year, end.month, min((end.day - 1) // 10 * 10 + 1, 21))
