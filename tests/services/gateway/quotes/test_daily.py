"""Recorded days kept as columns say what the bars said."""

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from common import calendar
from services.gateway.quotes.bars import Bar, close_of, from_columns
from services.gateway.quotes.feeds.daily import DailyBars
from services.gateway.quotes.feeds.recorded import RecordedFeed, with_prev_closes

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


def test_a_security_begins_with_the_earliest_day_that_is_known_of_it(tmp_path: Path) -> None:
    """Not with the first that is played: the history before it would be taken for that of something not listed yet."""
    header, numbers = "code,datetime,open,high,low,close,volume,money", "10.00,10.20,9.90,10.10,1000,10050.0"
    for name, time in (("minutes.csv", "2026-11-20 09:31:00"), ("daily.csv", "2026-11-02")):
        first = header if name == "minutes.csv" else header.replace("datetime", "date")
        (tmp_path / name).write_text(f"{first}\n600000.XSHG,{time},{numbers}\n", encoding="utf-8")
    known = RecordedFeed(tmp_path).instrument("600000.XSHG")
    assert known is not None and known.start_day == 20261102
