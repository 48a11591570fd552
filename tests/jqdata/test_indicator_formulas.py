"""Every indicator against its written formula worked out slowly, and what holds of all of them."""

import inspect
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jqlib import beside, of_provider, turnover
from jqlib import technical_analysis as ta
from jqlib.formulas import Floats
from jqlib.reading import Bar
from tests.jqdata.slow_indicators import SLOWLY, SLOWLY_BESIDE
from tests.jqdata.slow_words import Line, Slow

ROWS = 240
OF_BARS = {
    name: getattr(ta, name).__wrapped__
    for name in ta.__all__
    if inspect.unwrap(getattr(ta, name)) is not getattr(ta, name) and name not in SLOWLY_BESIDE
}
"""The formulas themselves: bars of one security in, lines out."""

OF_PRICES_WRITTEN = (
    "ALLIGAT AMO AMV ATR BBI BBIBOLL BIAS_36 BOLL Bollinger_Bands CDP_STD DKX DMA DPO EMA ENE EXPMA GDX HMA JAX LHXJ "
    "LMA MA MACD MIKE MTM OSC PBX QACD SMA TBP_STD UDL VMA XS XS2 ZX"
)
OF_PRICES = OF_PRICES_WRITTEN.split()
"""Those that double when prices and money do; of MIXED some lines do, and all others stay as they are."""

MIXED = {"PUCU": (True, False), "CFJT": (True, False, True, True)}

WITHIN = {
    "KD": (0, 100), "LWR": (0, 100), "WR": (0, 100), "RSI": (0, 100), "MARSI": (0, 100), "VRSI": (0, 100),
    "PSY": (0, 100), "MFI": (0, 100), "AROON": (4, 100), "ADTM": (-1, 1), "UOS": (0, 100), "JFZX": (0, 100),
    "SKDJ": (0, 100),
}  # fmt: skip


def walk(seed: int, rows: int = ROWS) -> Bar:
    """Prices that wander; every bar has a range and a volume."""
    rng = random.Random(seed)
    close, columns = 10.0, []
    for _ in range(rows):
        start = close * (1 + rng.gauss(0, 0.01))
        close = start * (1 + rng.gauss(0, 0.02))
        high, low = (
            max(start, close) * (1 + rng.uniform(0.001, 0.02)),
            min(start, close) * (1 - rng.uniform(0.001, 0.02)),
        )
        volume = rng.uniform(100, 10_000)
        columns.append((start, high, low, close, volume, volume * 100 * (high + low) / 2))
    return Bar._make([*np.array(columns).T.copy(), np.arange(rows).astype("datetime64[D]")])


def slow(bar: Bar) -> Slow:
    return Slow(*(Line(column.tolist()) for column in bar[:6]))


def lines(formula: Callable[..., Any], *bars: Bar) -> tuple[Floats, ...]:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = formula(*bars)
    return found if isinstance(found, tuple) else (found,)


def known(line: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in line.tolist()]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", sorted(SLOWLY))
def test_an_indicator_is_its_written_formula_in_every_row(name: str, seed: int) -> None:
    bar = walk(seed)
    for found, expected in zip(lines(OF_BARS[name], bar), SLOWLY[name](slow(bar)), strict=True):
        settled = [row for row, value in enumerate(expected.rows) if value is not None][5:]
        assert [known(found)[row] for row in settled] == pytest.approx([expected.rows[row] for row in settled])
        late = range(ROWS // 2 + 20, ROWS)
        assert [known(found)[row] is None for row in late] == [expected.rows[row] is None for row in late]


@pytest.mark.parametrize("name", sorted(SLOWLY_BESIDE))
def test_an_indicator_beside_an_index_is_its_written_formula(name: str) -> None:
    bar, index = walk(3), walk(4)
    formula = beside._score if name == "SG_PF" else getattr(beside, name)
    expected = SLOWLY_BESIDE[name](slow(bar), slow(index))
    expected = expected[1:] if name == "SG_SMX" and len(expected) == 4 else expected
    for found, line in zip(lines(formula.__wrapped__, bar, index), expected, strict=True):
        assert known(found)[100:] == pytest.approx(line.rows[100:])


def test_every_indicator_is_tried_here_or_elsewhere() -> None:
    others = {name for name in ta.__all__ if name not in OF_BARS and name not in SLOWLY_BESIDE}
    assert others == {"ZSDB", "LB", "HSL", "CYF", "FSL", "CCL"}
    assert {turnover.HSL, turnover.CYF, of_provider.FSL} <= {getattr(ta, name) for name in others}


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 10**6), rows=st.integers(1, ROWS - 1))
def test_what_comes_later_changes_nothing(seed: int, rows: int) -> None:
    bar = walk(seed)
    early = Bar._make([column[:rows] for column in bar])
    for name, formula in OF_BARS.items():
        for now, then in zip(lines(formula, bar), lines(formula, early), strict=True):
            np.testing.assert_allclose(now[rows - 1], then[-1], rtol=1e-9, atol=1e-9, err_msg=name)


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10**6), times=st.sampled_from([0.25, 2.0, 16.0]))
def test_what_is_counted_in_yuan_follows_the_prices_and_nothing_else_does(seed: int, times: float) -> None:
    bar = walk(seed)
    dear = bar._replace(**{name: getattr(bar, name) * times for name in ("open", "high", "low", "close", "money")})
    for name, formula in OF_BARS.items():
        before, after = lines(formula, bar), lines(formula, dear)
        grown = MIXED.get(name, [name in OF_PRICES] * len(before))
        for line, dearer, follows in zip(before, after, grown, strict=True):
            np.testing.assert_allclose(dearer, line * times if follows else line, rtol=1e-9, atol=1e-9, err_msg=name)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_what_is_a_part_of_something_stays_within_it(seed: int) -> None:
    bar = walk(seed)
    for name, (low, high) in WITHIN.items():
        for line in lines(OF_BARS[name], bar):
            inside = (line >= low - 1e-9) & (line <= high + 1e-9)
            assert (inside | np.isnan(line)).all() and not np.isnan(line[-1]), name


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_bands_lie_in_their_order(seed: int) -> None:
    bar = walk(seed)
    for name, order in {"Bollinger_Bands": (0, 1, 2), "GDX": (1, 0, 2), "ENE": (0, 2, 1), "XS": (2, 3)}.items():
        found = lines(OF_BARS[name], bar)
        ordered = [found[at][-1] for at in order]
        assert ordered == sorted(ordered, reverse=True), name
