"""Which day a simulated run begins with: the one that was asked for, or the newest its quotes have."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from cli.refusal import Refused, coded
from common import beijing
from common import calendar as trading_calendar
from common.calendar import Calendar
from common.settings import Settings

SYNTHETIC = "synthetic"

_SPEED = re.compile(r"\d{1,6}(\.\d{1,3})?(@([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?")


def load_calendar(settings: Settings) -> Calendar:
    """The shipped trading days with those of CALENDAR_EXTRA_FILE."""
    extra = settings.calendar_extra_file
    with coded("CALENDAR"):
        return trading_calendar.load(trading_calendar.read_extra_days(extra) if extra else ())


def check_speed(text: str) -> str:
    """``0``, ``N`` or ``N@HH:MM-HH:MM``; the text as it was."""
    if not _SPEED.fullmatch(text):
        raise Refused("BAD_SPEED", f"--speed {text} 无效：应为 0（逐步推进）、倍速 N，或 N@HH:MM-HH:MM")
    window = text.partition("@")[2]
    if window and window[:5] >= window[6:]:
        raise Refused("BAD_SPEED", f"--speed {text} 无效：时段应先早后晚")
    return text


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("BAD_DATE", f"日期 {text} 无效：应如 2026-11-20") from None


def check_days(first: date, days: int, calendar: Calendar) -> None:
    """Every day of the run must be a trading day that the calendar knows."""
    with coded("BAD_DATE"):
        if not calendar.is_trading_day(first):
            near = calendar.latest_on_or_before(first)
            raise Refused("BAD_DATE", f"{first} 不是交易日，此前最近的交易日是 {near}")
        for _ in range(days - 1):
            first = calendar.following(first)


def newest_day(quotes: str, calendar: Calendar, now_ns: int) -> date:
    """Where no date was asked for: the last trading day up to today in Beijing, or the recording's last day."""
    if quotes == SYNTHETIC:
        with coded("BAD_DATE"):
            return calendar.latest_on_or_before(beijing.day_of(now_ns))
    return recorded_days(Path(quotes))[-1]


def check_recorded(quotes: str, first: date, days: int) -> None:
    """Refuse a day the recording does not have."""
    if quotes == SYNTHETIC:
        return
    known = recorded_days(Path(quotes))
    if first not in known:
        shown = f"{known[0]} 至 {known[-1]} 共 {len(known)} 天" if len(known) > 1 else f"只有 {known[0]}"
        raise Refused("NO_DATA", f"{quotes} 没有 {first} 的行情（{shown}）")
    if len(known) - known.index(first) < days:
        raise Refused("NO_DATA", f"{quotes} 自 {first} 起只有 {len(known) - known.index(first)} 天，--days 是 {days}")


def recorded_days(path: Path) -> list[date]:
    """The days in a recording, in order; never empty."""
    if not path.exists():
        raise Refused("NO_DATA", f"行情文件 {path} 不存在")
    from services.gateway.quotes.feeds.recorded import RecordedFeed

    with coded("BAD_QUOTES"):
        found = RecordedFeed(path).days()
    if not found:
        raise Refused("NO_DATA", f"行情文件 {path} 里没有行情")
    return sorted(found)
