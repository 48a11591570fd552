"""A link that was lost overnight is nobody's alarm until the market is about to open."""

from __future__ import annotations

from common import messages as m
from common.beijing import day_of, ns_of_day
from common.portfolio import Book

REMIND_FROM_NS = 9 * 3600 * 10**9
"""Beijing time of day: the opening call is a quarter of an hour away."""

_TEXT = "开盘前仍未连接，请检查交易终端是否已启动并登录"


class Reminders:
    """``day_number`` (YYYYMMDD) of the day on which each account's link was spoken of last, at 09:00 or later."""

    def __init__(self) -> None:
        self.spoken: dict[str, int] = {}

    def note(self, changed: m.BrokerLinkChanged) -> None:
        if ns_of_day(changed.at_ns) >= REMIND_FROM_NS:
            self.spoken[changed.account] = day_number(changed.at_ns)

    def due(self, book: Book, clock: m.MarketClock, now_ns: int) -> list[m.Message]:
        """Once a trading day, where the account's link is down when its traders come in."""
        today = day_number(now_ns)
        if book.link_up or clock.trading_day != today or ns_of_day(now_ns) < REMIND_FROM_NS:
            return []
        return [] if self.spoken.get(book.account) == today else [_reminder(book.account, now_ns)]


def _reminder(account: str, now_ns: int) -> m.Message:
    return m.BrokerLinkChanged(account, False, _TEXT, now_ns)


def day_number(now_ns: int) -> int:
    day = day_of(now_ns)
    return day.year * 10_000 + day.month * 100 + day.day
