"""The full-market benchmark runs on real processes, on a feed whose every code and price is good."""

from pathlib import Path

import pytest

from benchmarks.full_market import measure
from benchmarks.full_market_feed import codes
from benchmarks.full_market_plan import Plan
from common.symbols import board_of


def test_the_codes_are_those_of_stocks_and_differ() -> None:
    found = codes(5000)
    assert len(set(found)) == 5000 and {board_of(code).value for code in found} == {"main", "chinext", "star"}


@pytest.mark.slow
def test_each_minute_is_looked_at_and_its_lag_noted(tmp_path: Path) -> None:
    plan = Plan(200, 60, 3, 60, str(tmp_path / "result.json"))
    looks, peak_mb = measure(plan, 4, tmp_path)
    assert [look.minute for look in looks] == ["09:30", "09:31", "09:32"]
    assert all(look.lag_s > 0 and look.history_ns > 0 for look in looks) and peak_mb > 0
