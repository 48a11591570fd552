"""Recorded days kept as columns say what the bars said."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from common import calendar
from services.gateway.quotes.bars import Bar, close_of, from_columns
from services.gateway.quotes.feeds.daily import DailyBars
from services.gateway.quotes.feeds.recorded import with_prev_closes

DAYS = calendar.load().window(date(2026, 11, 20), 12)
numbers = st.integers(1, 2**40)
recorded = st.dictionaries(st.sampled_from(DAYS), st.tuples(*[numbers] * 6)).map(
    lambda found: {day: Bar(close_of(day), *found[day], 0, False) for day in sorted(found)}
)


@given(bars=recorded, last_day=st.sampled_from(DAYS), count=st.integers(0, 14))
def test_the_last_days_come_with_the_closes_before_them(bars: dict[date, Bar], last_day: date, count: int) -> None:
    daily = DailyBars()
    for day, bar in bars.items():
        daily.add(day, bar)
    assert dict(daily) == bars and daily.last_day == max(bars, default=date.min)
    known = with_prev_closes({day: bar for day, bar in bars.items() if day <= last_day}, {})
    assert from_columns(daily.columns("600000.XSHG", last_day, count)) == known[len(known) - min(count, len(known)) :]
