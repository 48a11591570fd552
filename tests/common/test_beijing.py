"""Beijing time against the standard library's own time zone arithmetic."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import beijing

INSTANTS = st.integers(min_value=0, max_value=4_102_444_800 * beijing.SECOND_NS)


def test_known_instant() -> None:
    ns = beijing.at(date(2023, 2, 7), "09:30:05")
    assert ns == 1_675_733_405 * beijing.SECOND_NS
    assert beijing.moment(ns) == datetime(2023, 2, 7, 1, 30, 5, tzinfo=UTC)
    assert beijing.moment(ns).isoformat() == "2023-02-07T09:30:05+08:00"
    assert beijing.naive(ns) == datetime(2023, 2, 7, 9, 30, 5)
    assert beijing.clock_text(ns + 999_999_999) == "09:30:05"
    assert beijing.clock_text(ns + 80_000_000, millis=True) == "09:30:05.080"


@pytest.mark.parametrize("text", ["9:30", "09:30", "9:30:0", "09:30:00"])
def test_clock_spellings(text: str) -> None:
    assert beijing.at(date(2026, 11, 23), text) == beijing.to_ns(datetime(2026, 11, 23, 9, 30))


def test_single_digit_minute() -> None:
    assert beijing.clock_seconds("9:5") == 9 * 3600 + 5 * 60


@pytest.mark.parametrize(
    "text", ["", "9", "930", "24:00", "9:60", "9:30:60", "-9:30", "9:30 am", "9：30", "9:30:00.5", "٩:٣٠", "9:30\n"]
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="时间"):
        beijing.at(date(2026, 11, 23), text)


@pytest.mark.parametrize("second", [0, 8 * 3600 - 1, 16 * 3600 - 1, 16 * 3600])
def test_day_changes_at_beijing_midnight(second: int) -> None:
    ns = second * beijing.SECOND_NS
    assert beijing.day_of(ns) == (date(1970, 1, 2) if second == 16 * 3600 else date(1970, 1, 1))


@given(INSTANTS)
def test_agrees_with_datetime(ns: int) -> None:
    expected = datetime.fromtimestamp(ns // beijing.SECOND_NS, beijing.BEIJING)
    assert beijing.day_of(ns) == expected.date()
    assert beijing.clock_text(ns) == expected.strftime("%H:%M:%S")
    assert beijing.moment(ns) == expected + timedelta(microseconds=ns % beijing.SECOND_NS // 1000)
    assert beijing.midnight(expected.date()) + beijing.ns_of_day(ns) == ns


@given(INSTANTS)
def test_round_trip_to_the_microsecond(ns: int) -> None:
    whole = ns // 1000 * 1000
    assert beijing.to_ns(beijing.naive(ns)) == whole
    assert beijing.to_ns(beijing.moment(ns)) == whole
    assert beijing.to_ns(beijing.moment(ns).astimezone(timezone(timedelta(hours=-5)))) == whole
