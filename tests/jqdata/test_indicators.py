"""Indicators against their written formulas, worked out slowly, row by row; and what they read."""

import inspect
import itertools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from common.sessions import minute_ends
from jqdata import NeedsProvider
from jqlib import formulas as f
from jqlib import technical_analysis as ta
from jqlib.reading import Bar
from services.strategy.providers.local import LocalFolder
from tests.jqdata.desk import DAYS, A, B, Desk, at, bar, day_bars, days_before

Line = list[float]
INDEX = "000300.XSHG"


@pytest.fixture
def prices(desk: Desk) -> Bar:
    """Forty days that rise and fall, in the feed; the columns as a strategy's own code would read them."""
    days = days_before(desk.time.date(), 40)
    rows = day_bars(days)
    desk.daily[A] = rows
    columns = [np.array([row[at] for row in rows], float) / 1e4 for at in (1, 2, 3, 4, 6)]
    volume = np.array([row[5] for row in rows], float) / 100
    return Bar._make([*columns[:4], volume, columns[4], np.zeros(0, "datetime64[us]")])


def ema(x: Line, n: int) -> Line:
    out = [x[0]]
    for value in x[1:]:
        out.append((2 * value + (n - 1) * out[-1]) / (n + 1))
    return out


def sma(x: Line, n: int, m: int = 1) -> Line:
    out = [x[0]]
    for value in x[1:]:
        out.append((m * value + (n - m) * out[-1]) / n)
    return out


def slowly(name: str, bar: Bar) -> tuple[float, ...]:
    close, high, low = bar.close.tolist(), bar.high.tolist(), bar.low.tolist()
    match name:
        case "MA":
            return (sum(close[-5:]) / 5,)
        case "EMA":
            return (ema([sum(close[:30]) / 30, *close[30:]], 30)[-1],)
        case "MACD":
            dif = [a - b for a, b in zip(ema(close, 12), ema(close, 26), strict=True)]
            dea = ema(dif, 9)
            return dif[-1], dea[-1], 2 * (dif[-1] - dea[-1])
        case "RSI":
            moves = [b - a for a, b in itertools.pairwise(close)]
            rises, all_moves = sma([max(x, 0) for x in moves], 6), sma([abs(x) for x in moves], 6)
            return (100 * rises[-1] / all_moves[-1],)
        case "KDJ":
            rsv = []
            for row in range(8, len(close)):
                least, most = min(low[row - 8 : row + 1]), max(high[row - 8 : row + 1])
                rsv.append(100 * (close[row] - least) / (most - least))
            k = sma(rsv, 3)
            d = sma(k, 3)
            return k[-1], d[-1], 3 * k[-1] - 2 * d[-1]
        case "Bollinger_Bands":
            mean = sum(close[-20:]) / 20
            wide = math.sqrt(sum((x - mean) ** 2 for x in close[-20:]) / 20)
            return mean + 2 * wide, mean, mean - 2 * wide
        case "ATR":
            ranges = [max(h - w, abs(c - h), abs(c - w)) for h, w, c in zip(high[1:], low[1:], close, strict=False)]
            return ranges[-1], sum(ranges[-14:]) / 14
        case "CCI":
            typical = [(a + b + c) / 3 for a, b, c in zip(high, low, close, strict=True)][-14:]
            mean = sum(typical) / 14
            return ((typical[-1] - mean) / (0.015 * sum(abs(x - mean) for x in typical) / 14),)
        case "WR":
            return tuple(100 * (max(high[-n:]) - close[-1]) / (max(high[-n:]) - min(low[-n:])) for n in (10, 6))
        case "BIAS":
            return tuple((close[-1] / (sum(close[-n:]) / n) - 1) * 100 for n in (6, 12, 24))
        case "ROC":
            return ((close[-1] / close[-13] - 1) * 100,)
        case _:
            ups = sum(bar.volume[-n] for n in range(1, 31) if close[-n] > close[-n - 1])
            return (ups - sum(bar.volume[-n] for n in range(1, 31) if close[-n] < close[-n - 1]),)


@pytest.mark.parametrize(
    "name", ["MA", "EMA", "MACD", "RSI", "KDJ", "Bollinger_Bands", "ATR", "CCI", "WR", "BIAS", "ROC", "OBV"]
)
def test_an_indicator_is_its_formula(desk: Desk, prices: Bar, name: str) -> None:
    found = getattr(ta, name)(A, check_date=desk.time.date(), include_now=False)
    values = tuple(line[A] for line in (found if isinstance(found, tuple) else (found,)))
    assert values == pytest.approx(slowly(name, prices))


OF_A_PROVIDER = {"HSL", "CYF", "FSL", "CCL"}
ONE_SIDED = {"CFJT", "JAX", "TBP_STD"}
"""Of these some lines are nan while prices go the other way."""


@pytest.mark.parametrize("name", sorted(set(ta.__all__) - OF_A_PROVIDER - {"ZSDB"}))
def test_every_indicator_gives_numbers_and_of_a_young_stock_nan_or_numbers(desk: Desk, prices: Bar, name: str) -> None:
    desk.daily[A] = day_bars(days_before(desk.time.date(), 220))
    desk.daily[B] = day_bars(days_before(desk.time.date(), 1))
    desk.daily[INDEX] = day_bars(days_before(desk.time.date(), 220))
    index = [INDEX] if "index_stock" in inspect.signature(getattr(ta, name)).parameters else []
    found = getattr(ta, name)(*index, [A, "000001.SZ"], desk.time)
    for line in found if isinstance(found, tuple) else (found,):
        assert list(line)[:2] == [A, "000001.SZ"] and (math.isfinite(line[A]) or name in ONE_SIDED)
        assert isinstance(line["000001.SZ"], float)


def test_every_indicator_names_its_arguments_as_joinquant_does() -> None:
    assert str(inspect.signature(ta.MACD)) == (
        "(security_list, check_date, SHORT: 'int' = 12, LONG: 'int' = 26, MID: 'int' = 9, "
        "unit='1d', include_now=True, fq_ref_date=None)"
    )
    assert list(inspect.signature(ta.QR).parameters)[:4] == ["index_stock", "security_list", "check_date", "N"]
    with pytest.raises(TypeError, match="check_date"):
        ta.MACD(A)  # type: ignore[call-overload]


def test_a_day_means_all_of_it_and_include_now_the_bar_in_progress(desk: Desk) -> None:
    days = days_before(desk.time.date(), 10)
    desk.daily[A] = [*day_bars(days), bar(DAYS and desk_label(desk))]
    closes = [row[4] / 1e4 for row in desk.daily[A]]
    desk.time = at("10:00")
    assert ta.MA(A, days[-1], 1) == {A: closes[-2]}
    assert ta.MA(A, str(days[-2]), timeperiod=1, unit="1d") == {A: closes[-3]}
    assert ta.MA(A, desk.time, 1) == {A: closes[-1]}
    assert ta.MA(A, desk.time, 1, include_now=False) == {A: closes[-2]}


def desk_label(desk: Desk) -> int:
    return minute_ends(desk.time.date())[-1]


def test_codes_come_back_as_they_were_written(desk: Desk) -> None:
    desk.daily[A] = day_bars(days_before(desk.time.date(), 5))
    found = ta.MA([A, "600000.SH", A], desk.time, 2)
    assert list(found) == [A, "600000.SH"] and found[A] == found["600000.SH"]


def test_an_unknown_code_has_nan(desk: Desk) -> None:
    assert math.isnan(ta.MACD("600999.XSHG", desk.time)[0]["600999.XSHG"])
    with pytest.raises(ValueError, match="security_list"):
        ta.MA([], desk.time)


@pytest.mark.parametrize(
    ("word", "values"),
    [
        (lambda x: f.ref(x, 1), [math.nan, 1, 2, 4]),
        (lambda x: f.ma(x, 2), [math.nan, 1.5, 3, 6]),
        (lambda x: f.hhv(x, 2), [math.nan, 2, 4, 8]),
        (lambda x: f.llv(x, 3), [math.nan, math.nan, 1, 2]),
        (lambda x: f.total(x, 4), [math.nan, math.nan, math.nan, 15]),
        (lambda x: f.slope(x, 2), [math.nan, 1, 2, 4]),
        (lambda x: f.sma(f.ref(x, 1), 2), [math.nan, 1, 1.5, 2.75]),
        (lambda x: f.ma(x, 5), [math.nan] * 4),
    ],
)
def test_the_words_of_formulas(word: Callable[[f.Floats], f.Floats], values: Line) -> None:
    assert word(np.array([1.0, 2, 4, 8])) == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize(
    "word",
    [
        lambda x: f.ma(x, 3),
        lambda x: f.ref(x, 2),
        lambda x: f.sma(x, 4),
        lambda x: f.expmema(x, 3),
        lambda x: f.dma(x, 1 / (2 + np.abs(x))),
        lambda x: f.slope(x, 3),
        lambda x: f.rows_since(x > f.ref(x, 1)),
        lambda x: f.rows_since_high(x, 4),
        lambda x: f.cross(x, f.ma(x, 2)).astype(float),
    ],
)
def test_several_lines_at_once_are_each_of_them_alone(word: Callable[[f.Floats], f.Floats]) -> None:
    chance = np.random.default_rng(1)
    even, late = chance.normal(size=(3, 12)), chance.normal(size=(3, 12))
    even[:, :2] = late[0, :5] = late[1, 7] = late[2] = np.nan
    for lines in (even, late):
        np.testing.assert_allclose(word(lines), [word(line) for line in lines])


def test_codes_with_few_bars_and_many_are_computed_each_by_itself(desk: Desk) -> None:
    codes = [f"60000{number}.XSHG" for number in range(5)]
    for code, days in zip(codes, (300, 300, 12, 40), strict=False):
        desk.daily[code] = day_bars(days_before(desk.time.date(), days))
    for name in ("MACD", "KDJ", "DMI", "JAX", "CHO", "CFJT"):
        together = getattr(ta, name)(codes, desk.time)
        for code in codes:
            alone = getattr(ta, name)(code, desk.time)
            assert [line[code] for line in together] == pytest.approx([line[code] for line in alone], nan_ok=True)


def test_days_must_be_positive(desk: Desk) -> None:
    desk.daily[A] = day_bars(days_before(desk.time.date(), 5))
    with pytest.raises(ValueError, match="正整数"):
        ta.MA(A, desk.time, 0)


def test_an_index_stands_beside_the_days_a_security_traded(desk: Desk) -> None:
    days = days_before(desk.time.date(), 12)
    desk.daily[A] = day_bars(days, suspended=days[-4:-2])
    desk.daily[INDEX] = day_bars(days)
    close = {day: row[4] / 1e4 for day, row in zip(days, desk.daily[INDEX], strict=True)}
    traded = [*days[:-4], *days[-2:]]
    market, own, *_ = ta.DBQR(INDEX, [A], days[-1], N=3)
    assert market[A] == own[A] == pytest.approx(close[traded[-1]] / close[traded[-4]] - 1)
    assert market[INDEX] == pytest.approx(close[days[-1]] / close[days[-4]] - 1), "of its own days"
    assert ta.XDT(INDEX, A, days[-1])[0] == {A: pytest.approx(1000)}
    before, change = ta.ZSDB(INDEX, days[-1])
    assert before == {INDEX: close[days[-2]]} and change == {
        INDEX: pytest.approx((close[days[-1]] / close[days[-2]] - 1) * 100)
    }
    volumes, grown = ta.DBQRV(INDEX, [A], days[-1], N=2)
    assert list(volumes) == [A, INDEX] and list(grown) == [A]
    assert math.isnan(ta.XDT("000905.XSHG", A, days[-1])[0][A]), "no such index in the feed"


def test_volume_a_minute_is_set_beside_the_days_before(desk: Desk) -> None:
    days = days_before(desk.time.date(), 6)
    desk.daily[A] = [bar(minute_ends(day)[-1], volume=1000 + 200 * (day == days[-1])) for day in days]
    assert ta.LB(A, days[-1]) == {A: pytest.approx(1.2)}
    desk.daily[A].append(bar(desk_label(desk), volume=500))
    for clock, minutes in {"9:25": 1, "10:00": 30, "11:45": 120, "14:00": 180, "15:10": 240}.items():
        desk.time = at(clock)
        assert ta.LB(A, desk.time)[A] == pytest.approx(500 / minutes / (5200 / 5 / 240)), clock
    assert math.isnan(ta.LB(A, days[3])[A]), "too few days before"


def test_turnover_is_of_the_shares_that_circulated_as_far_as_that_is_known(desk: Desk, tmp_path: Path) -> None:
    days = days_before(desk.time.date(), 30)
    desk.daily[A] = [bar(minute_ends(day)[-1], volume=30_000) for day in days]
    with pytest.raises(NeedsProvider, match=r"HSL 需要流通股本，可由数据源 .*tushare 提供"):
        ta.HSL(A, desk.time)
    capital = [(day, 100 if day < days[-2] else 300) for day in [*days, desk.time.date()]]
    rows = "".join(f"{A},{day},{cap}\n" for day, cap in capital)
    (tmp_path / "valuation.csv").write_text(f"code,day,circulating_cap\n{rows}", encoding="utf-8")
    desk.provider = LocalFolder(tmp_path, tmp_path / "cache")
    assert ta.HSL(A, days[-3])[0] == {A: pytest.approx(3.0)}, "30,000 of a million shares"
    turned, mean = ta.HSL(["600000.SH", B], desk.time, 4, include_now=False)
    assert turned["600000.SH"] == pytest.approx(1.0) and mean["600000.SH"] == pytest.approx((3 + 3 + 1 + 1) / 4)
    assert math.isnan(turned[B])
    smoothed = ema([3.0] * 28 + [1.0, 1.0], 21)[-1]
    assert ta.CYF(A, desk.time, include_now=False)[A] == pytest.approx(100 - 100 / (1 + smoothed))
