"""The shipped trading days against exchange_calendars and real bars, and the refusal to guess."""

import csv
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.calendar import Calendar, load, read_extra_days
from common.errors import ConfigError

CALENDAR = load()
DATA = Path(__file__).parents[2].parent / "shared" / "data"
DAYS = st.dates(CALENDAR.first + timedelta(days=40), CALENDAR.last - timedelta(days=40))


def test_table_is_that_of_exchange_calendars() -> None:
    library = pytest.importorskip("exchange_calendars", reason="exchange_calendars is not installed")
    xshg = library.get_calendar("XSHG", start=CALENDAR.first.isoformat(), end=CALENDAR.last.isoformat())
    assert CALENDAR.days_between(CALENDAR.first, CALENDAR.last) == [session.date() for session in xshg.sessions]


def test_known_days_of_2026() -> None:
    """ashare_rules 11: 242 sessions, and the closures of the exchanges' notice."""
    year = CALENDAR.days_between(date(2026, 1, 1), date(2026, 12, 31))
    assert len(year) == 242
    closed = [
        (1, 1), (1, 2), (2, 16), (2, 17), (2, 18), (2, 19), (2, 20), (2, 23), (4, 6), (5, 1), (5, 4), (5, 5),
        (6, 19), (9, 25), (10, 1), (10, 2), (10, 5), (10, 6), (10, 7),
    ]  # fmt: skip
    weekdays = {date(2026, 1, 1) + timedelta(days=n) for n in range(365)}
    weekdays = {day for day in weekdays if day.weekday() < 5}
    assert weekdays - set(year) == {date(2026, month, day) for month, day in closed}
    assert not CALENDAR.is_trading_day(date(2024, 2, 9))


def test_real_bars_lie_on_trading_days() -> None:
    path = DATA / "daily_mit" / "daily_qfq_2023_2026.csv"
    if not path.exists():
        pytest.skip(f"no sample data in {DATA}")
    with path.open(encoding="utf-8", newline="") as file:
        days = sorted({date.fromisoformat(r["date"]) for r in csv.DictReader(file) if r["code"] == "600519.XSHG"})
    assert days == CALENDAR.days_between(days[0], days[-1])


def test_neighbours_over_a_holiday() -> None:
    assert CALENDAR.previous(date(2026, 10, 8)) == date(2026, 9, 30)
    assert CALENDAR.following(date(2026, 9, 30)) == date(2026, 10, 8)
    assert CALENDAR.latest_on_or_before(date(2026, 10, 5)) == date(2026, 9, 30)
    assert CALENDAR.latest_on_or_before(date(2026, 10, 8)) == date(2026, 10, 8)
    assert CALENDAR.window(date(2026, 10, 8), 2) == [date(2026, 9, 30), date(2026, 10, 8)]
    assert CALENDAR.window(date(2026, 10, 7), 1) == [date(2026, 9, 30)]
    assert CALENDAR.days_between(date(2026, 10, 9), date(2026, 10, 8)) == []


def test_place_in_week_and_month() -> None:
    assert CALENDAR.week_days(date(2026, 10, 8)) == [date(2026, 10, 8), date(2026, 10, 9)]
    assert CALENDAR.nth_of_week(date(2026, 10, 9)) == 2
    assert CALENDAR.nth_of_month(date(2026, 10, 8)) == 1
    assert CALENDAR.month_days(date(2026, 10, 18))[-1] == date(2026, 10, 30)
    assert CALENDAR.week_days(date(2026, 12, 31))[-1] == date(2026, 12, 31)
    assert CALENDAR.month_days(date(2026, 12, 1))[-1] == date(2026, 12, 31)
    with pytest.raises(ValueError, match="不是交易日"):
        CALENDAR.nth_of_week(date(2026, 10, 7))


@given(DAYS)
def test_questions_agree_with_each_other(day: date) -> None:
    before, after = CALENDAR.previous(day), CALENDAR.following(day)
    assert before < day < after
    assert CALENDAR.days_between(before, after) == [before, *[day] * CALENDAR.is_trading_day(day), after]
    assert CALENDAR.following(before) == (day if CALENDAR.is_trading_day(day) else after)
    window = CALENDAR.window(day, 20)
    assert len(window) == 20
    assert window[-1] == CALENDAR.latest_on_or_before(day)
    assert window == CALENDAR.days_between(window[0], window[-1])
    if CALENDAR.is_trading_day(day):
        assert CALENDAR.week_days(day)[CALENDAR.nth_of_week(day) - 1] == day
        assert CALENDAR.month_days(day)[CALENDAR.nth_of_month(day) - 1] == day


def test_nothing_is_guessed_beyond_the_table() -> None:
    beyond = date(2027, 1, 4)
    for ask in (
        CALENDAR.is_trading_day, CALENDAR.previous, CALENDAR.following, CALENDAR.latest_on_or_before,
        CALENDAR.week_days, CALENDAR.month_days,
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=r"2027-01-0\d 超出交易日历（止于 2026-12-31）.*补充文件") as caught:
            ask(beyond)
        assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match="2027-01-01"):
        CALENDAR.following(date(2026, 12, 31))
    with pytest.raises(ConfigError, match="2027-01-04"):
        CALENDAR.days_between(date(2026, 12, 1), beyond)
    with pytest.raises(ConfigError, match="不足 3 个交易日"):
        CALENDAR.window(CALENDAR.following(CALENDAR.first), 3)
    with pytest.raises(ConfigError, match="早于交易日历"):
        CALENDAR.previous(CALENDAR.first)
    assert CALENDAR.previous(date(2027, 1, 1)) == date(2026, 12, 31)


def test_warning_begins_below_thirty_sessions() -> None:
    thirty_left = CALENDAR.window(CALENDAR.last, 31)[0]
    assert CALENDAR.warning(thirty_left) is None
    line = CALENDAR.warning(CALENDAR.following(thirty_left))
    assert line is not None
    assert "仅剩 29 个交易日" in line
    assert "仅剩 0 个交易日" in (CALENDAR.warning(date(2028, 1, 1)) or "")


def test_no_closure_was_longer_than_the_gap_we_accept() -> None:
    days = CALENDAR.days_between(CALENDAR.first, CALENDAR.last)
    assert max((after - before).days for before, after in pairwise(days)) == 11


def test_operator_days_extend_the_table(tmp_path: Path) -> None:
    path = tmp_path / "交易日.txt"
    path.write_text("# 2027 年\n\n2027-01-04  # 元旦后\n2026-12-31\n2027-01-05\n", encoding="utf-8-sig")
    calendar = load(read_extra_days(path))
    assert calendar.last == date(2027, 1, 5)
    assert calendar.following(date(2026, 12, 31)) == date(2027, 1, 4)
    assert not calendar.is_trading_day(date(2027, 1, 1))


@pytest.mark.parametrize("line", ["2027/01/04", "04.01.2027", "2027-02-30", "2027-01-04 2027-01-05", "2027-01-02"])
def test_bad_line_names_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "extra.txt"
    path.write_text(f"2027-01-04\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"extra\.txt 第 2 行"):
        read_extra_days(path)


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.txt"):
        read_extra_days(tmp_path / "missing.txt")
    path = tmp_path / "gbk.txt"
    path.write_bytes("# 元旦\n2027-01-04\n".encode("gbk"))
    with pytest.raises(ConfigError, match=r"gbk\.txt"):
        read_extra_days(path)


def test_contradicting_or_leaky_days_are_refused() -> None:
    with pytest.raises(ConfigError, match="2026-10-05 与内置交易日历矛盾"):
        load([date(2026, 10, 5)])
    with pytest.raises(ConfigError, match="2027-01-04 与 2027-02-01 之间缺失"):
        load([date(2027, 1, 4), date(2027, 2, 1)])
    with pytest.raises(ConfigError, match="为空"):
        Calendar([])
