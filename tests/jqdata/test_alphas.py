"""Alpha 101 computed here: its words by hand, formulas worked out slowly, what holds of all, and what they read."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from common import messages as m
from common.sessions import minute_ends
from jqdata import NeedsProvider
from jqdata.registry_modules import ALPHAS_OF_BARS
from jqlib import alpha101
from jqlib import alpha_words as w
from jqlib.alpha_formulas import FORMULAS
from jqlib.expressions import Expr, Floats, Panel
from tests.jqdata import slow_words as slow
from tests.jqdata.desk import A, B, C, Desk, days_before, instrument
from tests.jqdata.slow_words import Line

Market = list[Line]
LINE = np.array([[1.0, 4], [2, 3], [4, 2], [3, 1]])  # days by codes


def small(rows: Floats = LINE) -> Panel:
    return Panel(*(rows for _ in Panel._fields))


@pytest.mark.parametrize(
    ("made", "newest"),
    [
        (w.delta(w.close, 2), [1, -2]),
        (w.delay(w.close, 1.9), [4, 2]),
        (w.mean(w.close, 2), [3.5, 1.5]),
        (w.std(w.close, 2), [math.sqrt(0.5)] * 2),
        (w.product(w.close, 3), [24, 6]),
        (w.ts_rank(w.close, 4), [0.75, 0.25]),
        (w.ts_argmax(w.close, 4), [3, 1]),
        (w.ts_argmin(w.close, 4), [1, 4]),
        (w.decay_linear(w.close, 3), [(2 + 2 * 4 + 3 * 3) / 6, (3 + 2 * 2 + 3 * 1) / 6]),
        (w.correlation(w.close, -w.close, 3), [-1, -1]),
        (w.covariance(w.close, w.close, 2), [0.5, 0.5]),
        (w.rank(w.close), [1, 0.5]),
        (w.scale(-w.close), [-0.75, -0.25]),
        (w.signed_power(-w.close, 2), [-9, -1]),
        (w.where(w.close > 2, w.close, -1), [3, -1]),
        (w.larger(w.close, w.delay(w.close, 1)), [4, 2]),
        (1 - w.smaller(w.close, w.delay(w.close, 1)), [-2, 0]),
        (6 / w.close + 1, [3, 7]),
    ],
)
def test_the_words_of_alphas(made: Expr, newest: list[float]) -> None:
    assert made.rows(small(), 1)[0] == pytest.approx(newest)


def test_what_cannot_be_computed_is_nan() -> None:
    flat = small(np.array([[0.0, 1], [0, 2], [0, 4]]))
    for made in (w.close / w.close, w.log(w.close), w.correlation(w.close, w.volume, 3), w.returns):
        with np.errstate(invalid="ignore"):
            assert math.isnan(made.rows(flat, 1)[0, 0]), made
    lacking = small(np.array([[1.0, 1, 2], [np.nan, 2, 2]]))
    assert w.rank(w.close).rows(lacking, 1)[0].tolist()[1:] == [0.75, 0.75], "equals share the mean of their ranks"
    for made in (w.rank(w.close), w.ts_rank(w.close, 2), w.ts_argmax(w.close, 2), w.where(w.close > 1, 1, 2)):
        assert math.isnan(made.rows(lacking, 1)[0, 0]), "where a code has no value it gets none"


# -- slowly ----------------------------------------------------------------------------------------------------------


def walk(seed: int, days: int, codes: int = 12) -> Panel:
    rng = np.random.default_rng(seed)
    close = 10 * np.exp(rng.normal(0, 0.02, (days, codes)).cumsum(axis=0)) * rng.uniform(0.9, 1.1, codes)
    start = close * np.exp(rng.normal(0, 0.02, (days, codes)))
    high = np.maximum(start, close) * rng.uniform(1.001, 1.02, (days, codes))
    low = np.minimum(start, close) * rng.uniform(0.98, 0.999, (days, codes))
    return Panel(start, high, low, close, np.exp(rng.normal(13, 0.6, (days, codes))), (high + low + close) / 3)


def each(word: Callable[..., Line], *markets: Market) -> Market:
    return [word(*lines) for lines in zip(*markets, strict=True)]


def ranked(market: Market) -> Market:
    """Of each day the share of codes that are not above, half of the equal ones left out."""
    days = []
    for day in zip(*(line.rows for line in market), strict=True):
        there = [one for one in day if one is not None]
        days.append(
            [None if x is None else (sum(y < x for y in there) + (there.count(x) + 1) / 2) / len(there) for x in day]
        )
    return [Line(list(code)) for code in zip(*days, strict=True)]


def windows(x: Line, y: Line, n: int, do: Callable[[Sequence[float], Sequence[float]], float]) -> Line:
    made: list[float | None] = []
    for row in range(len(x)):
        one, two = (
            [value for value in side.rows[max(row - n + 1, 0) : row + 1] if value is not None] for side in (x, y)
        )
        made.append(do(one, two) if len(one) == len(two) == n else None)
    return Line(made)


def correlated(x: Sequence[float], y: Sequence[float]) -> float:
    dx, dy = ([value - sum(side) / len(side) for value in side] for side in (x, y))
    return sum(a * b for a, b in zip(dx, dy, strict=True)) / math.sqrt(sum(a * a for a in dx) * sum(b * b for b in dy))


def corr(x: Line, y: Line, n: int) -> Line:
    return windows(x, y, n, correlated)


def newest_rank(x: Line, n: int) -> Line:
    return windows(x, x, n, lambda one, _: (sum(v < one[-1] for v in one) + (one.count(one[-1]) + 1) / 2) / n)


def decayed(x: Line, n: int) -> Line:
    return windows(x, x, n, lambda one, _: sum((at + 1) * v for at, v in enumerate(one)) / (n * (n + 1) / 2))


def delta(x: Line, n: int) -> Line:
    return x - slow.ref(x, n)


def sign(x: Line) -> Line:
    return (x > 0) - (x < 0)


def seven(c: Line, v: Line) -> Line:
    moved = delta(c, 7)
    return slow.when(slow.ma(v, 20) < v, (0 - newest_rank(slow.size(moved), 60)) * sign(moved), -1)


def twenty_one(c: Line, v: Line) -> Line:
    eight, two, wide = slow.ma(c, 8), slow.ma(c, 2), slow.std(c, 8)
    last = slow.when(v / slow.ma(v, 20) >= 1, 1, -1)
    return slow.when(eight + wide < two, -1, slow.when(two < eight - wide, 1, last))


def bent(c: Line) -> Line:
    bend = (slow.ref(c, 20) - slow.ref(c, 10)) / 10 - (slow.ref(c, 10) - c) / 10
    return slow.when(bend > 0.25, -1, slow.when(bend < 0, 1, 0 - delta(c, 1)))


def slowly(number: int, o: Market, h: Market, l: Market, c: Market, v: Market, p: Market) -> Market:  # noqa: E741
    match number:
        case 2:
            louder = ranked(each(lambda x: delta(Line([math.log(one or 1) for one in x.rows]), 2), v))
            gained = ranked(each(lambda x, y: (x - y) / y, c, o))
            return each(lambda x, y: 0 - corr(x, y, 6), louder, gained)
        case 4:
            return each(lambda x: 0 - newest_rank(x, 9), ranked(l))
        case 7:
            return each(seven, c, v)
        case 12:
            return each(lambda x, y: sign(delta(y, 1)) * (0 - delta(x, 1)), c, v)
        case 21:
            return each(twenty_one, c, v)
        case 33:
            return ranked(each(lambda x, y: x / y - 1, o, c))
        case 35:
            parts = each(lambda x, y, z: 1 - newest_rank(x + y - z, 16), c, h, l)
            back = each(lambda x: 1 - newest_rank(delta(x, 1) / slow.ref(x, 1), 32), c)
            return each(lambda x, y, z: newest_rank(x, 32) * y * z, v, parts, back)
        case 42:
            above, sums = ranked(each(lambda x, y: x - y, p, c)), ranked(each(lambda x, y: x + y, p, c))
            return each(lambda x, y: x / y, above, sums)
        case 46:
            return each(bent, c)
        case 73:
            first = ranked(each(lambda x: decayed(delta(x, 4), 2), p))
            mixed = each(lambda x, y: x * 0.147155 + y * (1 - 0.147155), o, l)
            second = each(lambda x: newest_rank(decayed(0 - delta(x, 2) / x, 3), 16), mixed)
            return each(lambda x, y: 0 - slow.larger(x, y), first, second)
        case 95:
            first = ranked(each(lambda x: x - slow.llv(x, 12), o))
            middle = each(lambda x, y: slow.total((x + y) / 2, 19), h, l)
            shares = each(lambda x: slow.total(slow.ma(x, 40), 19), v)
            fifth = each(lambda x: x * x * x * x * x, ranked(each(lambda x, y: corr(x, y, 12), middle, shares)))
            return each(lambda x, y: x < newest_rank(y, 11), first, fifth)
        case _:
            return each(lambda a, b, x, y: (x - a) / (b - y + 0.001), o, h, c, l)


@pytest.mark.parametrize("number", [2, 4, 7, 12, 21, 33, 35, 42, 46, 73, 95, 101])
def test_an_alpha_is_its_formula(number: int) -> None:
    panel = walk(number, 90)
    market = [[Line(code.tolist()) for code in column.T] for column in panel]
    expected = [line.rows[-1] for line in slowly(number, *market)]
    assert newest(FORMULAS[number], panel).tolist() == pytest.approx(expected)


# -- all of them -----------------------------------------------------------------------------------------------------

WITH_YUAN = (9, 12, 18, 23, 24, 28, 41, 46, 47, 49, 51, 52, 57, 83, 84, 101)
"""These mix prices with numbers that are none, or are yuan themselves."""


def newest(formula: Expr, panel: Panel, count: int = 1) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return formula.rows(panel, count)[-1]


def test_the_table_has_what_the_registry_says() -> None:
    assert tuple(FORMULAS) == ALPHAS_OF_BARS


@pytest.mark.parametrize("later", [1, 2, 5])
def test_an_alpha_takes_the_days_it_says_and_none_that_come_later(later: int) -> None:
    panel = walk(100 + later, 260, 9)
    for number, formula in FORMULAS.items():
        then = Panel(*(column[:-later] for column in panel))
        alone = Panel(*(column[-formula.need :] for column in then))
        expected = newest(formula, alone)
        np.testing.assert_allclose(newest(formula, then), expected, rtol=1e-7, atol=1e-12, err_msg=f"{number}")
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            several = formula.rows(panel, later + 1)
        assert several.shape == (later + 1, 9)
        np.testing.assert_allclose(several[0], expected, rtol=1e-7, atol=1e-12, err_msg=f"{number}")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_codes_and_the_units_do_not_matter(seed: int) -> None:
    panel = walk(seed, 260, 9)
    order = np.random.default_rng(seed).permutation(9)
    mixed = Panel(*(column[:, order] for column in panel))
    louder = panel._replace(volume=panel.volume * 4)
    dearer = Panel(*(column * (1 if name == "volume" else 2) for name, column in panel._asdict().items()))
    for number, formula in FORMULAS.items():
        expected = newest(formula, panel)
        np.testing.assert_allclose(newest(formula, mixed), expected[order], rtol=1e-7, atol=1e-12, err_msg=f"{number}")
        np.testing.assert_allclose(newest(formula, louder), expected, rtol=1e-7, atol=1e-12, err_msg=f"{number}")
        if number not in WITH_YUAN:
            np.testing.assert_allclose(newest(formula, dearer), expected, rtol=1e-7, atol=1e-12, err_msg=f"{number}")


# -- what they read --------------------------------------------------------------------------------------------------


@pytest.fixture
def market(desk: Desk) -> Desk:
    days = days_before(desk.time.date(), 30)
    for code, step in ((A, 7), (B, 11), (C, 5)):
        desk.listed[code] = instrument(code, start_day=20100104)
        prices = [100_000 + 1_000 * (row * step % 13) for row in range(30)]
        desk.daily[code] = [
            (minute_ends(day)[-1], p - 500, p + 900, p - 900, p, 1000 + p % 7_000, (1000 + p % 7_000) * p, p, 0)
            for day, p in zip(days, prices, strict=True)
        ]
    return desk


def test_an_alpha_of_the_market_is_of_the_day_and_of_none_behind_it(market: Desk) -> None:
    days = days_before(market.time.date(), 30)
    close = {code: [row[4] / 1e4 for row in rows] for code, rows in market.daily.items()}
    volume = {code: [row[5] for row in rows] for code, rows in market.daily.items()}
    for day, row in ((days[-1], -1), (days[-4], -4), (market.time, -1)):
        found = alpha101.alpha_012(day)
        assert list(found.index) == sorted([A, B, C]) and found.name == "alpha_012"
        for code in (A, B, C):
            louder = volume[code][row] - volume[code][row - 1]
            expected = np.sign(louder) * -(close[code][row] - close[code][row - 1])
            assert found[code] == pytest.approx(expected)
    assert alpha101.alpha_101(days[0]).notna().all() and alpha101.alpha_012(days[0]).isna().all(), "the first bar"
    assert alpha101.alpha_019(days[-1]).isna().all(), "needs 251 days"


def test_prices_are_those_of_the_day_whatever_happened_since(market: Desk) -> None:
    days = days_before(market.time.date(), 30)
    before = alpha101.alpha_041(days[-3])
    ex_day = int(f"{days[-1]:%Y%m%d}")
    market.adjusted[A] = m.Adjustment(A, [ex_day], [500_000_000])
    assert alpha101.alpha_041(days[-3]).to_dict() == pytest.approx(before.to_dict())
    assert alpha101.alpha_012(days[-1])[A] != pytest.approx(alpha101.alpha_012(days[-1])[B])


def test_an_alpha_among_the_members_of_an_index(market: Desk) -> None:
    market.index_members["000300.XSHG"] = m.Members("000300.XSHG", [A, C], [])
    day = days_before(market.time.date(), 1)[0]
    found = alpha101.alpha_033(day, "000300.SH")
    assert sorted(found.index) == sorted([A, C]) and sorted(found) == [0.5, 1.0]


def test_a_day_without_trading_repeats_the_close_with_no_volume(market: Desk) -> None:
    label, *_ = market.daily[B][-1]
    market.daily[B][-1] = (label, 0, 0, 0, 0, 0, 0, market.daily[B][-2][4], 1)
    day = days_before(market.time.date(), 1)[0]
    assert alpha101.alpha_012(day)[B] == 0 and alpha101.alpha_101(day)[B] == 0
    assert math.isnan(alpha101.alpha_002(day)[B]), "no logarithm of no volume"


@pytest.mark.parametrize("name", ["alpha_048", "alpha_056", "alpha_096"])
def test_what_takes_more_than_bars_needs_a_provider(market: Desk, name: str) -> None:
    with pytest.raises(NeedsProvider, match=f"^{name} 需要"):
        getattr(alpha101, name)("2026-11-19")


def test_every_computed_alpha_answers_through_the_api(desk: Desk) -> None:
    days = days_before(desk.time.date(), 255)
    prices = [np.round(column * 1e4) for column in walk(5, 255, 8)[:4]]
    volume = np.round(walk(5, 255, 8).volume)
    paid = np.round(sum(prices, start=np.zeros(1)) / 4 * volume)
    panel = Panel(*(column / 1e4 for column in prices), volume, paid / 1e4 / volume)
    codes = [f"60000{number}.XSHG" for number in range(8)]
    for number, code in enumerate(codes):
        desk.listed[code] = instrument(code, start_day=20100104)
        columns = (*prices, volume, paid)
        o, h, low, c, v, money = (column[:, number].astype(int).tolist() for column in columns)
        rows = zip(days, o, h, low, c, v, money, strict=True)
        desk.daily[code] = [(minute_ends(day)[-1], *row, row[3], 0) for day, *row in rows]  # type: ignore[misc]
    for number in ALPHAS_OF_BARS:
        name = f"alpha_{number:03d}"
        found = getattr(alpha101, name)(days[-1])
        expected = newest(FORMULAS[number], panel)
        assert list(found.index) == codes and found.dtype == float
        np.testing.assert_allclose(found.to_numpy(), expected, rtol=1e-7, atol=1e-9, err_msg=name)
