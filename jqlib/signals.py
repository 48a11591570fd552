"""Indicators of turns: lines that cross, steps, and the levels at which to buy and to sell."""

# The parameters have JoinQuant's names, so that strategies' keywords fit. Where a formula has no use for its
# ``timeperiod``, it says how many bars are read, which matters for what smooths.

from __future__ import annotations

import numpy as np

from jqlib import formulas as f
from jqlib.bands import true_range
from jqlib.reading import Bar, Lines, lines


@lines(lambda N, M: 60 + 10 * (N + M))
def JLHB(bar: Bar, N: int = 7, M: int = 5) -> Lines:
    """Where the close lies in 60 bars, smoothed twice, and 50 in a bar where the lines cross below 40, else 0."""
    b = f.mema(0.8 * f.place(bar.close, bar.high, bar.low, 60), N)
    slow = f.mema(b, M)
    return b, slow, np.where(f.cross(b, slow) & (b < 40), 50.0, 0.0)


@lines(lambda timeperiod: 21 * 5)
def BDZX(bar: Bar, timeperiod: int = 40) -> Lines:
    """AK, AD1, AJ, the levels 100, 0 and 80, and 58 in a bar where AK crosses up (down), else 20: BUY, SELL."""
    spread = (bar.weighted - f.ema(bar.weighted, 21)) / f.std(bar.weighted, 21)
    ak = 1.22 * f.ema((f.ema((100 * spread + 200) / 4, 5) - 25) * 1.56, 2)
    ad1 = f.ema(ak, 2)
    levels = tuple(f.flat(ak, level) for level in (100, 0, 80))
    return ak, ad1, 3 * ak - 2 * ad1, *levels, *(np.where(one, 58.0, 20.0) for one in _crossings(ak, ad1))


@lines(lambda timeperiod: 2)
def CDP_STD(bar: Bar, timeperiod: int = 2) -> Lines:
    """Levels of the bar from the one before: CDP, AH, NH, NL, AL."""
    high, low = f.ref(bar.high, 1), f.ref(bar.low, 1)
    cdp = f.ref(bar.typical, 1)
    return cdp, 2 * cdp + high - 2 * low, 2 * cdp - low, 2 * cdp - high, 2 * cdp - 2 * high + low


@lines(lambda timeperiod: timeperiod, exactly=True)
def CJDX(bar: Bar, timeperiod: int = 16) -> Lines:
    """Change in percent of a three times smoothed price, its mean of 3, and itself again: J, D, K."""
    j = 100 * f.change(f.expmema(f.expmema(f.expmema(bar.weighted, 4), 4), 4), 1)
    return j, f.ma(j, 3), j


@lines(lambda timeperiod: timeperiod, exactly=True)
def CYHT(bar: Bar, timeperiod: int = 60) -> Lines:
    """80, SK, SD, 20, 50, and what tells to sell (60 where SD crosses SK, else 78) and to buy (40, else 22)."""
    priced = (2 * bar.close + bar.high + bar.low + bar.open) / 5
    sk = f.expmema(f.place(priced, bar.high, bar.low, 34), 13)
    sd = f.expmema(sk, 3)
    buy, sell = _crossings(sk, sd)
    high, low, middle = (f.flat(sk, level) for level in (80, 20, 50))
    return high, sk, sd, low, middle, np.where(sell, 60.0, 78.0), np.where(buy, 40.0, 22.0)


@lines(lambda timeperiod: timeperiod, exactly=True)
def LHXJ(bar: Bar, timeperiod: int = 100) -> Lines:
    """Distance of two exponential means from its own mean, turned over and as it is: given up, held."""
    apart = f.expmema(bar.weighted, 13) - f.expmema(bar.weighted, 34)
    held = 2 * (apart - f.expmema(apart, 5)) * 3.8
    return -held, held


@lines(lambda M, M1: 36 + 50)
def LYJH(bar: Bar, M: int = 80, M1: int = 50) -> Lines:
    """Distance from the highest of 36 and the lowest of 9 less 8, smoothed, and the levels: EMPTY, MOST, LH, LH1."""
    empty = f.sma(100 - f.place(bar.close, bar.high, bar.low, 36), 2)
    return empty, f.sma(f.place(bar.close, bar.high, bar.low, 9), 5) - 8, f.flat(empty, M), f.flat(empty, M1)


@lines(lambda timeperiod: timeperiod + 6)
def TBP_STD(bar: Bar, timeperiod: int = 30) -> Lines:
    """Turning price; profit and stop of those who are long, and of those who are short (nan: not now)."""
    moved = bar.close - f.ref(bar.close, 2)
    before, earlier = f.ref(moved, 1), f.ref(moved, 2)
    rises, falls = (moved > before) & (moved > earlier), (moved < before) & (moved < earlier)
    up = f.rows_since(rises) < f.rows_since(falls)
    turn = f.ref(bar.close, 1) + np.where(up, np.minimum(moved, before), np.maximum(moved, before))
    middle, wide = bar.typical, true_range(bar)
    long = (np.where(up, line, np.nan) for line in (2 * middle - bar.low, middle - wide))
    short = (np.where(up, np.nan, line) for line in (2 * middle - bar.high, middle + wide))
    return tuple(f.ref(line, 1) for line in (turn, *long, *short))


@lines(lambda: 10 * 18 + 40)
def ZLMM(bar: Bar) -> Lines:
    """Differences of RSI over 12, 16 and 18 bars, smoothed: MMS, MMM, MML."""
    twelve, sixteen, eighteen = (f.rsi(bar.close, days) for days in (12, 16, 18))
    short = f.ma(3 * twelve - 2 * sixteen, 3)
    return short, f.ema(short, 8), f.ma(3 * eighteen - 2 * twelve, 5)


@lines(lambda MM: MM)
def CFJT(bar: Bar, MM: int = 200) -> Lines:
    """The step, the distance from it in percent, and the price where it last turned: above it, or below (else nan)."""
    quick = f.ema(bar.close, 10)
    step = f.ref(f.ema(bar.close, 14), 1)
    apart = 100 * (quick - step) / step
    level = f.flat(apart, 0)
    up, down = (_at_the_turn(quick, f.rows_since(turned)) for turned in _crossings(apart, level))
    return step, apart, np.where(apart >= 0, up, np.nan), np.where(apart < 0, down, np.nan)


def _crossings(quick: f.Floats, slow: f.Floats) -> tuple[f.Marks, f.Marks]:
    """Where ``quick`` rises above ``slow``, and where it falls below."""
    return f.cross(quick, slow), f.cross(slow, quick)


def _at_the_turn(x: f.Floats, since: f.Floats) -> f.Floats:
    """The value of the row before the one that was marked last; nan where there is none."""
    rows = np.arange(x.shape[-1]) - since - 1
    there = rows >= 0
    return np.where(there, np.take_along_axis(x, np.where(there, rows, 0).astype(np.int64), axis=-1), np.nan)
