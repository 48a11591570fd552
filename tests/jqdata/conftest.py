"""A desk bound for the length of a test: two codes with 60 days and today's minutes, the clock at 10:00."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jqdata import host
from tests.jqdata.desk import DAYS, TODAY, A, B, Desk, at, day_bars, minute_bars


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(at("10:00"), tmp_path)
    made.daily = {A: day_bars(DAYS), B: day_bars(DAYS)}
    made.minutes = {code: minute_bars([*DAYS[-3:-1], TODAY]) for code in (A, B)}
    host.bind(made)
    yield made
    host.bind(None)
