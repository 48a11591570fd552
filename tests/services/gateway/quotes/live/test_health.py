"""When silence is red, since when, and when it is none: told as a day that passes second by second."""

from __future__ import annotations

from datetime import date

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at, clock_text
from services.gateway.quotes.live.health import REPEAT_NS, FeedHealth

DAY = date(2026, 11, 20)
LIMIT_NS = 30 * SECOND_NS


class Day:
    """Feeds a health with quotes at some times and notes what it tells, as (clock, code)."""

    def __init__(self, began: str = "9:00", *, limit_ns: int = LIMIT_NS) -> None:
        self.health = FeedHealth(limit_ns)
        self.health.began(at(DAY, began))
        self.now_ns = at(DAY, began)
        self.told: list[tuple[str, str]] = []
        self.is_trading_day = True

    def link(self, *, up: bool, text: str = "") -> None:
        self.health.linked(m.FeedLink(up, text, self.now_ns))

    def until(self, text: str, *, quotes: bool) -> list[tuple[str, str]]:
        """Pass the time; with ``quotes`` one comes every three seconds. Returns what was new, repeats apart."""
        before = len(self.told)
        while self.now_ns < at(DAY, text):
            self.now_ns += SECOND_NS
            if quotes and self.now_ns // SECOND_NS % 3 == 0:
                self.health.heard(self.now_ns)
            self._look()
        return self.told[before:]

    def _look(self) -> None:
        state = self.health.due(self.now_ns, is_trading_day=self.is_trading_day)
        if state is not None:
            if state.code != self.health.told.code:
                self.told.append((clock_text(self.now_ns), state.code))
            self.health.note(m.FeedState(1, self.now_ns, *state))


def test_silence_while_the_market_trades_is_red_until_a_quote_comes() -> None:
    day = Day()
    day.link(up=True)
    assert day.until("10:00", quotes=True) == []
    assert day.until("10:05", quotes=False) == [("10:00:30", "FEED_SILENT")]
    assert "自 10:00:00 起" in day.health.notes()["health"]
    assert day.until("10:06", quotes=True) == [("10:05:03", "")]
    assert day.health.notes()["health"] == "green"


def test_a_connection_that_is_gone_is_named_as_such() -> None:
    day = Day("9:40")
    day.link(up=True)
    day.until("10:00", quotes=True)
    day.link(up=False, text="连接断开")
    assert day.until("10:02", quotes=False) == [("10:00:30", "FEED_DOWN")]
    assert "连接断开" in day.health.notes()["health"]
    day.link(up=True)
    assert day.until("10:03", quotes=False) == [("10:02:01", "FEED_SILENT")], "connected is not well yet"
    assert day.until("10:04", quotes=True) == [("10:03:03", "")]


def test_night_auction_break_and_the_closing_auction_are_no_alarm() -> None:
    day = Day("0:00")
    assert day.until("9:30", quotes=False) == []
    day.link(up=True)
    assert day.until("11:30", quotes=True) == []
    assert day.until("13:00", quotes=False) == []
    assert day.until("14:57", quotes=True) == []
    assert day.until("23:59:59", quotes=False) == []


@pytest.mark.parametrize(("opens", "red"), [("9:29", "09:30:30"), ("12:30", "13:00:30")])
def test_each_half_day_counts_from_its_own_beginning(opens: str, red: str) -> None:
    day = Day(opens)
    day.link(up=True)
    assert day.until("14:00" if opens > "12" else "10:00", quotes=False) == [(red, "FEED_SILENT")]


def test_what_was_red_stays_red_over_the_break_and_ends_with_the_day() -> None:
    day = Day("11:20")
    day.link(up=True)
    day.until("11:28", quotes=True)
    assert day.until("13:10", quotes=False) == [("11:28:30", "FEED_SILENT")]
    assert day.until("20:00", quotes=False) == [("14:57:00", "")]


def test_a_quote_in_the_break_ends_it() -> None:
    day = Day("11:20")
    day.link(up=True)
    day.until("11:31", quotes=False)
    assert day.until("11:40", quotes=True) == [("11:31:03", "")]


def test_what_a_process_could_not_hear_before_it_started_is_no_silence() -> None:
    day = Day("10:00")
    assert day.until("10:00:29", quotes=False) == []
    assert day.until("10:01", quotes=False) == [("10:00:30", "FEED_DOWN")]


def test_a_day_without_trading_is_silent() -> None:
    day = Day("9:00")
    day.is_trading_day = False
    assert day.until("15:00", quotes=False) == []


def test_silence_can_be_switched_off() -> None:
    day = Day("9:00", limit_ns=0)
    day.link(up=True)
    assert day.until("15:00", quotes=False) == []


def test_what_is_wrong_is_told_again_for_those_who_missed_it() -> None:
    health = FeedHealth(LIMIT_NS)
    health.began(at(DAY, "9:00"))
    now_ns = at(DAY, "10:00")
    state = health.due(now_ns, is_trading_day=True)
    assert state is not None
    health.note(m.FeedState(1, now_ns, *state))
    assert health.due(now_ns + REPEAT_NS - 1, is_trading_day=True) is None
    assert health.due(now_ns + REPEAT_NS, is_trading_day=True) == state
