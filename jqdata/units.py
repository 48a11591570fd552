"""Bar units as strategies write them, and the dates and times they pass along."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime

When = str | date | datetime
STANDARD = ("open", "close", "high", "low", "volume", "money")
MINUTES_A_DAY = 240
_WRITTEN = re.compile(r"([1-9][0-9]*)([mdwM])")
_ALIASES = {"daily": "1d", "minute": "1m", "day": "1d"}


@dataclasses.dataclass(frozen=True)
class Unit:
    """``size`` bars of ``base`` ('1m', '1d'), or with base '1d' the calendar ``span`` 'w' or 'M'."""

    base: str
    size: int
    span: str = ""

    @property
    def is_daily(self) -> bool:
        return self.base == "1d"

    @property
    def is_plain(self) -> bool:
        return self.size == 1 and not self.span

    def base_count(self, count: int) -> int:
        """Enough bars of the base for ``count`` bars of this unit and an unfinished one."""
        if self.is_plain:
            return count
        if self.span:
            return (count + 1) * (5 if self.span == "w" else 23)
        return count * self.size if self.is_daily else (count + 1) * self.size


def unit_of(text: str) -> Unit:
    """'1m', '5m', '1d', '3d', '1w', '1M', 'daily', 'minute'; ValueError for anything else."""
    found = _WRITTEN.fullmatch(_ALIASES.get(text, text)) if isinstance(text, str) else None
    if found is not None:
        size, letter = int(found[1]), found[2]
        if letter == "m" and size <= MINUTES_A_DAY:
            return Unit("1m", size)
        if letter == "d":
            return Unit("1d", size)
        if letter in "wM" and size == 1:
            return Unit("1d", 1, letter)
    raise ValueError(f"不支持的 K 线周期：{text!r}（应如 1m、5m、60m、1d、1w、1M）")


def time_of(when: When) -> datetime:
    """A naive Beijing datetime from what strategies pass: text, a date (its midnight) or a datetime."""
    if isinstance(when, datetime):
        return when.replace(tzinfo=None)
    if isinstance(when, date):
        return datetime(when.year, when.month, when.day)
    if isinstance(when, str):
        for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y%m%d", "%Y/%m/%d"):
            try:
                return datetime.strptime(when.strip(), form)
            except ValueError:
                continue
    raise ValueError(f"无法识别的日期时间：{when!r}（应如 2026-11-20 或 2026-11-20 14:30:00）")
