"""The phases and minutes of the day at their boundaries, and against a real day's trades."""

import csv
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import beijing
from common.sessions import (
    Phase,
    accepts_orders,
    can_cancel,
    is_call,
    is_continuous,
    market_minute,
    minute_ends,
    parse_periods,
    phase_at,
)

DAY = date(2026, 11, 23)
DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("0:00", Phase.PRE_OPEN),
        ("9:15", Phase.OPENING_CALL),
        ("9:20", Phase.OPENING_CALL_LOCKED),
        ("9:25", Phase.PAUSE),
        ("9:30", Phase.MORNING),
        ("11:30", Phase.LUNCH),
        ("13:00", Phase.AFTERNOON),
        ("14:57", Phase.CLOSING_CALL),
        ("15:00", Phase.AFTER_HOURS),
        ("15:30", Phase.CLOSED),
    ],
)
def test_phase_begins_on_its_boundary(text: str, phase: Phase) -> None:
    start = beijing.at(DAY, text)
    assert phase_at(start) is phase
    assert phase_at(start - 1) is not phase


def test_what_a_phase_allows() -> None:
    assert {phase for phase in Phase if can_cancel(phase)} == {Phase.OPENING_CALL, Phase.MORNING, Phase.AFTERNOON}
    assert {phase for phase in Phase if is_continuous(phase)} == {Phase.MORNING, Phase.AFTERNOON}
    assert {phase for phase in Phase if is_call(phase)} == {
        Phase.OPENING_CALL,
        Phase.OPENING_CALL_LOCKED,
        Phase.CLOSING_CALL,
    }
    assert {phase for phase in Phase if accepts_orders(phase)} == {
        phase for phase in Phase if is_call(phase) or is_continuous(phase)
    }


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("8:00", "9:31"),
        ("9:25", "9:31"),
        ("9:30:59", "9:31"),
        ("9:31", "9:32"),
        ("11:29:59", "11:30"),
        ("11:30", "11:30"),
        ("12:59:59", "11:30"),
        ("13:00", "13:01"),
        ("14:57", "14:58"),
        ("14:59:59", "15:00"),
        ("15:00", "15:00"),
        ("15:00:01", "15:00"),
        ("23:59:59", "15:00"),
    ],
)
def test_market_minute(now: str, end: str) -> None:
    assert beijing.clock_text(market_minute(beijing.at(DAY, now))) == beijing.clock_text(beijing.at(DAY, end))


def test_the_240_minutes() -> None:
    texts = [beijing.clock_text(ns) for ns in minute_ends(DAY)]
    assert len(texts) == 240
    assert texts == sorted(texts)
    assert [texts[0], texts[119], texts[120], texts[-1]] == ["09:31:00", "11:30:00", "13:01:00", "15:00:00"]


@given(st.integers(min_value=0, max_value=beijing.DAY_NS - 1))
def test_every_instant_has_a_minute_and_the_order_is_kept(since: int) -> None:
    now = beijing.midnight(DAY) + since
    ends = minute_ends(DAY)
    assert market_minute(now) in ends
    assert market_minute(now) <= market_minute(now + beijing.SECOND_NS) or since >= beijing.DAY_NS - beijing.SECOND_NS
    if is_continuous(phase_at(now)):
        assert 0 < market_minute(now) - now <= beijing.MINUTE_NS


def test_real_trades_fall_into_the_real_minutes() -> None:
    """600519 on 2023-02-07: volume by our minute equals the bars built from the exchange's prints.

    The file's last bar lacks 500 of the 40,203 shares that the closing auction is known to have matched.
    """
    trades = DATA / "l2_600519_20230207" / "trades.csv"
    bars = DATA / "minute" / "600519.XSHG_20230207_1m_from_l2.csv"
    if not trades.exists() or not bars.exists():
        pytest.skip(f"no sample data in {DATA}")
    volumes: Counter[datetime] = Counter()
    for row in _rows(trades):
        clock, fraction = row["time"].split(".")
        now = beijing.at(date(2023, 2, 7), clock) + int(fraction) * 10_000_000
        volumes[beijing.naive(market_minute(now))] += int(row["qty"])
    expected = {datetime.fromisoformat(row["datetime"]): int(row["volume"]) for row in _rows(bars)}
    expected[datetime(2023, 2, 7, 15)] = 40_203
    assert dict(volumes) == expected
    assert volumes.total() == 2_432_171


def test_real_cancels_respect_the_phases() -> None:
    """600519 on 2023-02-07: the exchange saw no cancel where we say it takes none (ashare_rules 2)."""
    orders = DATA / "l2_600519_20230207" / "orders.csv"
    if not orders.exists():
        pytest.skip(f"no sample data in {DATA}")
    cancels = [row["time"].split(".")[0] for row in _rows(orders) if row["type"] == "D"]
    phases = Counter(phase_at(beijing.at(date(2023, 2, 7), clock)) for clock in cancels)
    assert phases[Phase.OPENING_CALL] == 47
    assert all(can_cancel(phase) for phase in phases)


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("09:30-11:30,13:00-15:00", ((34_200, 41_400), (46_800, 54_000))),
        (" 9:30 - 15:00 ", ((34_200, 54_000),)),
        ("9:30-11:30,11:30-15:00", ((34_200, 41_400), (41_400, 54_000))),
    ],
)
def test_periods(text: str, periods: tuple[tuple[int, int], ...]) -> None:
    assert parse_periods(text) == periods


@pytest.mark.parametrize(
    "text",
    ["", "09:30", "11:30-09:30", "9:30-9:30", "9:30-11:30,", "13:00-15:00,9:30-11:30", "9:30-11:30,11:00-15:00", "a-b"],
)
def test_bad_periods_are_refused_in_chinese(text: str) -> None:
    with pytest.raises(ValueError, match="时"):
        parse_periods(text)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
