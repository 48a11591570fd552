"""Where the minutes of feed and provider meet within a day."""

from datetime import date
from pathlib import Path

from services.gateway.quotes.bars import Bar
from services.gateway.quotes.feeds.recorded import RecordedFeed
from tests.jqdata.look_ahead_market import BANK, CALENDAR
from tests.services.strategy.older_market import DEARER, PLAYED, Shelf, bound, closes_of_minutes, price


class FromHalfPastTen(RecordedFeed):
    """Minutes of its first day from 10:31 on."""

    def recorded_minutes(self, symbol: str, day: date) -> list[Bar] | None:
        bars = super().recorded_minutes(symbol, day)
        return bars[60:] if bars and day == PLAYED[0] else bars


def test_a_day_that_the_feed_has_from_its_middle_on_is_filled_up(tmp_path: Path) -> None:
    for _ in bound(tmp_path, Shelf(), kind=FromHalfPastTen):
        first, before = PLAYED[0], CALENDAR.previous(PLAYED[0])
        found = closes_of_minutes(BANK, 700)[-30 - 240 - 240 - 1 : -30 - 240]
        assert found == [price(BANK, before)] + [price(BANK, first) + DEARER] * 60 + [price(BANK, first)] * 180
