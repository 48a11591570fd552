"""The trading days of the mainland exchanges: a shipped table that refuses to guess beyond its end (ashare_rules 11).

`trading_days.txt` holds one line a month, `2026-11 02 03 ...`, taken from exchange_calendars XSHG and compared with it
by a test. Days the exchanges announce later are added by the operator in a file of ISO days.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from common.errors import ConfigError

WARN_BELOW_SESSIONS = 30
# The longest closure ever is the 11 days of the 2020 Spring Festival; a wider gap is a table with days left out.
_LONGEST_CLOSURE_DAYS = 14


class Calendar:
    """Trading days in order. Any question whose answer lies beyond the table raises ConfigError."""

    def __init__(self, days: Iterable[date]) -> None:
        self._days = tuple(sorted(set(days)))
        if not self._days:
            raise ConfigError("交易日历为空")
        self._set = frozenset(self._days)
        self.first = self._days[0]
        self.last = self._days[-1]

    def is_trading_day(self, day: date) -> bool:
        self._check(day)
        return day in self._set

    def previous(self, day: date) -> date:
        """The last trading day strictly before `day`."""
        return self.latest_on_or_before(day - timedelta(days=1))

    def following(self, day: date) -> date:
        """The first trading day strictly after `day`."""
        self._check(day + timedelta(days=1))
        return self._days[bisect_right(self._days, day)]

    def latest_on_or_before(self, day: date) -> date:
        self._check(day)
        return self._days[bisect_right(self._days, day) - 1]

    def days_between(self, start: date, end: date) -> list[date]:
        """Trading days from `start` to `end`, both inclusive; empty where start is after end."""
        if start > end:
            return []
        self._check(start)
        self._check(end)
        return self._slice(start, end)

    def window(self, end: date, count: int) -> list[date]:
        """The `count` trading days up to and including `end` (or the trading day before it, if it is none)."""
        if count < 1:
            raise ValueError(f"交易日数须为正：{count}")
        self._check(end)
        stop = bisect_right(self._days, end)
        if count > stop:
            raise ConfigError(f"交易日历自 {self.first} 起，{end} 之前不足 {count} 个交易日：请减少天数")
        return list(self._days[stop - count : stop])

    def week_days(self, day: date) -> list[date]:
        """Trading days of the ISO week of `day`; in the table's last week, those it knows."""
        self._check(day)
        monday = day - timedelta(days=day.weekday())
        return self._slice(monday, monday + timedelta(days=6))

    def month_days(self, day: date) -> list[date]:
        """Trading days of the calendar month of `day`; in the table's last month, those it knows."""
        self._check(day)
        next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return self._slice(day.replace(day=1), next_month - timedelta(days=1))

    def nth_of_week(self, day: date) -> int:
        """1 for the first trading day of its ISO week; ValueError where `day` is none."""
        return self._position(day, self.week_days(day))

    def nth_of_month(self, day: date) -> int:
        """1 for the first trading day of its month; ValueError where `day` is none."""
        return self._position(day, self.month_days(day))

    def warning(self, today: date) -> str | None:
        """A line for the operator where fewer than 30 sessions remain after `today`."""
        remaining = len(self._days) - bisect_right(self._days, today)
        if remaining >= WARN_BELOW_SESSIONS:
            return None
        return f"交易日历只到 {self.last}，今日之后仅剩 {remaining} 个交易日：请在交易日补充文件中加入之后的交易日"

    def _slice(self, start: date, end: date) -> list[date]:
        return list(self._days[bisect_left(self._days, start) : bisect_right(self._days, end)])

    def _position(self, day: date, days: list[date]) -> int:
        if day not in days:
            raise ValueError(f"{day} 不是交易日")
        return days.index(day) + 1

    def _check(self, day: date) -> None:
        if day > self.last:
            raise ConfigError(f"{day} 超出交易日历（止于 {self.last}）：请在交易日补充文件中加入之后的交易日，每行一个")
        if day < self.first:
            raise ConfigError(f"{day} 早于交易日历（始于 {self.first}）：请改用之后的日期")


def load(extra: Iterable[date] = ()) -> Calendar:
    """The shipped calendar with the operator's days after its end.

    ConfigError where an extra day contradicts the shipped table or leaves a gap wider than any closure.
    """
    shipped = _shipped_days()
    known = frozenset(shipped)
    added = sorted(set(extra) - known)
    for day in added:
        if day < shipped[-1]:
            raise ConfigError(f"补充交易日 {day} 与内置交易日历矛盾（内置至 {shipped[-1]}）：请删除该行")
    for before, after in pairwise([shipped[-1], *added]):
        if (after - before).days > _LONGEST_CLOSURE_DAYS:
            raise ConfigError(f"补充交易日在 {before} 与 {after} 之间缺失：请补全其间的交易日")
    return Calendar([*shipped, *added])


def read_extra_days(path: Path) -> list[date]:
    """Days of the operator's file: one ISO day a line, `#` begins a comment; ConfigError names file and line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"无法读取交易日补充文件 {path}：{error}") from error
    days = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if content:
            days.append(_extra_day(content, f"{path} 第 {number} 行"))
    return days


def _extra_day(text: str, where: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{where}不是日期（应如 2027-01-04）：{text!r}") from error
    if day.weekday() >= 5:
        raise ConfigError(f"{where}是周末，交易所周末不开市：{text!r}")
    return day


@lru_cache(maxsize=1)
def _shipped_days() -> tuple[date, ...]:
    text = files("common").joinpath("trading_days.txt").read_text(encoding="utf-8")
    days: list[date] = []
    for line in text.splitlines():
        month, *numbers = line.split()
        year_number, month_number = map(int, month.split("-"))
        days.extend(date(year_number, month_number, int(number)) for number in numbers)
    return tuple(days)
