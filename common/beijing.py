"""Beijing time, the only wall time of the desk: between UTC nanoseconds and what people read.

China keeps UTC+8 all year without daylight saving, so every conversion here is plain integer arithmetic.
"""

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
DAY_NS = 86_400 * SECOND_NS
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")

_OFFSET_NS = 8 * 3600 * SECOND_NS
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_NAIVE = datetime(1970, 1, 1, 8)
_EPOCH_AWARE = datetime(1970, 1, 1, 8, tzinfo=BEIJING)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2}))?")


def midnight(day: date) -> int:
    """UTC ns of 00:00:00 Beijing on `day`."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY_NS - _OFFSET_NS


@lru_cache(maxsize=1024)
def clock_seconds(text: str) -> int:
    """Seconds after midnight of '9:30', '9:5', '09:30' or '09:30:05'; ValueError for anything else."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"时间格式应为 HH:MM 或 HH:MM:SS：{text!r}")
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"时间超出范围：{text!r}")
    return hour * 3600 + minute * 60 + second


@lru_cache(maxsize=1024)
def at(day: date, text: str) -> int:
    """UTC ns of the clock time `text` ('9:30', '09:30:05') on the Beijing `day`; ValueError on nonsense."""
    return midnight(day) + clock_seconds(text) * SECOND_NS


def ns_of_day(ns: int) -> int:
    """Nanoseconds since Beijing midnight."""
    return (ns + _OFFSET_NS) % DAY_NS


def moment(ns: int) -> datetime:
    """The aware Beijing datetime, rounded down to the microsecond."""
    return _EPOCH_AWARE + timedelta(microseconds=ns // 1000)


def naive(ns: int) -> datetime:
    """The naive Beijing datetime that JoinQuant strategies see, rounded down to the microsecond."""
    return _EPOCH_NAIVE + timedelta(microseconds=ns // 1000)


def day_of(ns: int) -> date:
    """The Beijing calendar day."""
    return date.fromordinal((ns + _OFFSET_NS) // DAY_NS + _EPOCH_ORDINAL)


def to_ns(dt: datetime) -> int:
    """UTC ns of a datetime; a naive one is Beijing time."""
    since = dt - (_EPOCH_NAIVE if dt.tzinfo is None else _EPOCH_AWARE)
    return (since.days * 86_400 + since.seconds) * SECOND_NS + since.microseconds * 1000


def stamp_text(ns: int, *, millis: bool = False) -> str:
    """'2026-11-20 HH:MM:SS' in Beijing, or with '.mmm'; rounded down."""
    second, rest = divmod(ns, SECOND_NS)
    text = _second_text(second)
    return f"{text}.{rest // 1_000_000:03d}" if millis else text


@lru_cache(maxsize=16)
def _second_text(second: int) -> str:
    """Many lines are written in one second."""
    ns = second * SECOND_NS
    return f"{day_of(ns)} {clock_text(ns)}"


def clock_text(ns: int, *, millis: bool = False) -> str:
    """'HH:MM:SS' in Beijing, or 'HH:MM:SS.mmm'; rounded down."""
    seconds, rest = divmod(ns_of_day(ns), SECOND_NS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{hour:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{rest // 1_000_000:03d}" if millis else text
