"""Which trading day it is, whether its market is on, and from when on the broker's books can be believed."""

from __future__ import annotations

from datetime import date
from typing import Final

from common.beijing import MINUTE_NS, SECOND_NS, at, day_of, midnight
from common.calendar import Calendar

ON_FROM: Final = "08:30"
CLOSE: Final = "15:30"
"""After-hours trading at a fixed price ends; a day order that stands now trades no more."""

BOOKS_UNTIL: Final = "16:00"
"""Brokers begin to clear after this; what a terminal shows meanwhile may be half of it."""

_SECONDS_MAX: Final = 10**8
"""A time below is not Unix seconds (1973): some releases write HHMMSS (xtquant 5)."""


class Hours:
    """Questions about a moment of the wall clock. Raises ConfigError beyond the calendar."""

    def __init__(self, calendar: Calendar, opens_at: str) -> None:
        self._calendar, self._opens_at = calendar, opens_at

    def trading_day(self, wall_ns: int) -> date:
        """The newest trading day on or before this Beijing date."""
        return self._calendar.latest_on_or_before(day_of(wall_ns))

    def is_on(self, wall_ns: int) -> bool:
        """Whether somebody may want to trade: from half an hour before the first auction to the end of after-hours."""
        day = day_of(wall_ns)
        return self._is_trading(day) and at(day, ON_FROM) <= wall_ns < at(day, CLOSE)

    def next_on_ns(self, wall_ns: int) -> int:
        """When the market of this Beijing date comes on; 0 where it will not."""
        day = day_of(wall_ns)
        return at(day, ON_FROM) if self._is_trading(day) and wall_ns < at(day, ON_FROM) else 0

    def can_state(self, wall_ns: int, *, look: bool) -> bool:
        """Whether the broker's books may be read now.

        Not on a trading day before the terminal has opened it. A mere look is not worth an alarm about books that are
        being cleared: it waits for the next opening.
        """
        day = day_of(wall_ns)
        if not self._is_trading(day):
            return not look
        if wall_ns < at(day, self._opens_at):
            return False
        return not look or wall_ns < at(day, BOOKS_UNTIL)

    def has_closed(self, wall_ns: int) -> bool:
        """Whether orders of the trading day have lapsed; a minute is left for what is still on its way."""
        return wall_ns >= at(self.trading_day(wall_ns), CLOSE) + MINUTE_NS

    def begins_ns(self, day: date) -> int:
        """What was entered from here on is of trading day ``day``: brokers take orders for the morning at night."""
        return at(self._calendar.previous(day), BOOKS_UNTIL)

    def closes_ns(self, day: date) -> int:
        return at(day, CLOSE)

    def time_ns(self, terminal_time: int, wall_ns: int) -> int:
        """UTC ns of a time as the terminal writes it; now, where it writes none."""
        if terminal_time <= 0:
            return wall_ns
        if terminal_time >= _SECONDS_MAX:
            return terminal_time * SECOND_NS
        hours, rest = divmod(terminal_time, 10_000)
        minutes, seconds = divmod(rest, 100)
        if hours > 23 or minutes > 59 or seconds > 59:
            return wall_ns
        return midnight(day_of(wall_ns)) + (hours * 3600 + minutes * 60 + seconds) * SECOND_NS

    def _is_trading(self, day: date) -> bool:
        return self._calendar.is_trading_day(day)
