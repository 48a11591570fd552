"""Large answers are kept and reused: neither the strategy's own writing nor a new day may show in them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from common.messages import Adjustment
from jqdata import attribute_history, get_price, history, host
from jqdata.columns import Columns
from tests.jqdata.desk import DAYS, Desk, at, bar, day_bars, instrument

CODES = [f"{code}.XSHG" for code in range(600_000, 600_250)]


class Keeping(Desk):
    """Hands out the same objects while they hold, as the strategy's host does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(at("10:00"), folder)
        self.daily = dict.fromkeys(CODES, day_bars(DAYS))
        self.kept: dict[str, dict[str, Columns]] = {}

    def bars(self, *symbols: object, **asked: object) -> dict[str, Columns]:
        key = repr((symbols, asked))
        if key not in self.kept:
            self.kept[key] = super().bars(*symbols, **asked)  # type: ignore[arg-type]
        return self.kept[key]


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    made = Keeping(tmp_path)
    host.bind(made)
    yield made
    host.bind(None)


def closes() -> np.ndarray:
    return np.array(list(history(50, "1d", "close", CODES, df=False).values()))


def test_what_a_strategy_writes_into_its_answers_changes_no_later_one(keeping: Keeping) -> None:
    before = closes()
    for array in history(50, "1d", "close", CODES, df=False).values():
        array[:] = -1
    frame = history(50, "1d", "close", CODES)
    frame.iloc[:] = -1
    prices = get_price(CODES, count=50, end_date=DAYS[-2], panel=False)
    prices["close"] = -1
    attribute_history(CODES[0], 50, df=False)["close"][:] = -1
    np.testing.assert_array_equal(closes(), before)


def test_a_listing_that_becomes_known_blanks_what_was_before_it(keeping: Keeping) -> None:
    quiet = bar(day_bars(DAYS)[5][0], volume=0)
    keeping.daily[CODES[0]] = [*day_bars(DAYS)[:5], quiet, *day_bars(DAYS)[6:]]
    assert np.isfinite(history(58, "1d", "close", CODES)[CODES[0]]).all()
    keeping.listed[CODES[0]] = instrument(CODES[0], start_day=int(f"{DAYS[10]:%Y%m%d}"))
    found = history(58, "1d", "close", CODES)[CODES[0]]
    assert found[:9].isna().all() and found[9:].notna().all()
    keeping.listed.clear()
    assert np.isfinite(history(58, "1d", "close", CODES)[CODES[0]]).all()


def test_an_ex_day_that_becomes_known_changes_the_prices(keeping: Keeping) -> None:
    before = closes()
    keeping.adjusted[CODES[1]] = Adjustment(CODES[1], [int(f"{DAYS[-1]:%Y%m%d}")], [2 * 10**9])
    after = closes()
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_allclose(after[1], before[1] / 2, atol=0.0051)


def test_the_next_day_has_its_own_bars(keeping: Keeping) -> None:
    keeping.time = at("10:00", DAYS[-2])
    before = closes()
    keeping.time = at("10:00")
    after = closes()
    np.testing.assert_array_equal(after[:, :-1], before[:, 1:])
    assert len(after[0]) == len(before[0]) and (after[:, -1] != before[:, -1]).all()
