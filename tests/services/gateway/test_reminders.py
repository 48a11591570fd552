"""Nobody is called at night; a link that is down when the market is about to open is spoken of once."""

from __future__ import annotations

from datetime import date

from common import messages as m
from common.beijing import at
from tests.services.gateway.stand import DAY, MAIN, NEXT_DAY, TODAY, TOMORROW, Stand

FRIDAY, MONDAY = DAY, NEXT_DAY
SATURDAY = date(2026, 11, 21)


def tell(stand: Stand, day: date, text: str, trading_day: int) -> list[m.Message]:
    """The clock says so; what is heard of the link."""
    now_ns = at(day, text)
    stand.market.advance(now_ns)
    outs = stand.say(m.MarketClock(1, now_ns, trading_day, "", False))
    return [out for out in outs if isinstance(out, m.BrokerLinkChanged)]


def lost(text: str) -> Stand:
    stand = Stand().open()
    stand.market.advance(at(FRIDAY, text))
    stand.say(m.BrokerLink(MAIN, False, "终端已退出"))
    return stand


def test_a_link_lost_in_the_evening_is_spoken_of_before_the_next_opening() -> None:
    stand = lost("20:00")
    assert tell(stand, FRIDAY, "23:00", TODAY) == []
    assert tell(stand, SATURDAY, "10:00", TODAY) == []
    assert tell(stand, MONDAY, "8:59:59", TOMORROW) == []
    [reminder] = tell(stand, MONDAY, "9:00", TOMORROW)
    assert not reminder.up and "开盘前仍未连接" in reminder.text
    assert tell(stand, MONDAY, "9:00:01", TOMORROW) == []
    assert tell(stand, MONDAY, "10:00", TOMORROW) == []


def test_a_link_that_is_up_needs_no_reminder() -> None:
    stand = lost("20:00")
    stand.market.advance(at(MONDAY, "8:50"))
    stand.say(m.BrokerLink(MAIN, True, "已连接"))
    assert tell(stand, MONDAY, "9:00", TOMORROW) == []


def test_one_lost_during_the_day_was_told_at_that_time() -> None:
    assert tell(lost("10:00"), FRIDAY, "10:01", TODAY) == []
