"""How wide prices move: bands, channels, true range."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

import numpy as np

from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Bar, Lines, line, lines

LONG_MEMORY = 400
"""Bars for a DMA whose weight is a small part of the price: what it began with fades slowly."""


@lines(lambda timeperiod, nbdevup, nbdevdn: timeperiod)
def Bollinger_Bands(bar: Bar, timeperiod: int = 20, nbdevup: float = 2.0, nbdevdn: float = 2.0) -> Lines:
    """Upper, middle and lower band; the deviation divides by n, as TA-Lib does."""
    middle = f.ma(bar.close, timeperiod)
    wide = f.std(bar.close, timeperiod, ddof=0)
    return middle + nbdevup * wide, middle, middle - nbdevdn * wide


BOLL = Bollinger_Bands


@lines(lambda N, M: 24 + N)
def BBIBOLL(bar: Bar, N: int = 11, M: int = 6) -> Lines:
    """BBI and its bands M deviations away: BBIBOLL, UPR, DWN."""
    middle = f.bbi(bar.close, (3, 6, 12, 24))
    wide = M * f.std(middle, N)
    return middle, middle + wide, middle - wide


@lines(lambda N, M1, M2: N)
def ENE(bar: Bar, N: int = 25, M1: int = 6, M2: int = 6) -> Lines:
    """Band of M1 and M2 percent around the mean of N: UPPER, LOWER, ENE."""
    middle = f.ma(bar.close, N)
    upper, lower = (1 + M1 / 100) * middle, (1 - M2 / 100) * middle
    return upper, lower, (upper + lower) / 2


@lines(lambda timeperiod: timeperiod + 1)
def ATR(bar: Bar, timeperiod: int = 14) -> Lines:
    """True range and its mean: MTR, ATR."""
    moved = true_range(bar)
    return moved, f.ma(moved, timeperiod)


@lines(lambda N1, N2, M: 2 * N1 + N2 + M)
def MASS(bar: Bar, N1: int = 9, N2: int = 25, M: int = 6) -> Lines:
    """Sum of the range over its mean, and its mean: MASS, MAMASS."""
    wide = f.ma(bar.high - bar.low, N1)
    mass = f.total(f.share(wide, f.ma(wide, N1)), N2)
    return mass, f.ma(mass, M)


@lines(lambda timeperiod: timeperiod + 20)
def MIKE(bar: Bar, timeperiod: int = 10) -> Lines:
    """Three resistances and three supports: STOR, MIDR, WEKR, WEKS, MIDS, STOS."""
    middle = f.ref(f.ma(bar.typical, timeperiod), 1)
    high, low = f.ema(f.hhv(bar.high, timeperiod), 3), f.ema(f.llv(bar.low, timeperiod), 3)
    resistances = 2 * high - low, middle + high - low, 2 * middle - low
    supports = 2 * middle - high, middle - high + low, 2 * low - high
    return tuple(f.ema(one, 3) for one in (*resistances, *supports))


@line(lambda timeperiod: 4 * timeperiod, exactly=True)
def PBX(bar: Bar, timeperiod: int = 9) -> Floats:
    """Mean of the exponential mean and of those over twice and four times as many bars."""
    return (f.expmema(bar.close, timeperiod) + f.ma(bar.close, 2 * timeperiod) + f.ma(bar.close, 4 * timeperiod)) / 3


@lines(lambda timeperiod: 24 + timeperiod, exactly=True)
def XS(bar: Bar, timeperiod: int = 13) -> Lines:
    """6 percent around the mean cost, and 14 percent around the close: SUP, SDN, LUP, LDN."""
    traded = bar.close * bar.volume
    costs = [f.expmema(traded, days) / f.expmema(bar.volume, days) for days in (3, 6, 12, 24)]
    cost = f.expmema((costs[0] + costs[1] + costs[2] + costs[3]) / 4, timeperiod)
    close = f.expmema(bar.close, 9)
    return 1.06 * cost, 0.94 * cost, f.expmema(1.14 * close, 5), f.expmema(0.86 * close, 5)


@lines(lambda N, M: N, exactly=True)
def XS2(bar: Bar, N: int = 102, M: int = 7) -> Lines:
    """N and 200 - N percent of the mean, and M percent around the moving average of N bars: PASS1 to PASS4."""
    mean = f.ma(bar.weighted, 5)
    middle = f.dma(bar.close, _off_the_mean(bar, 20))
    return mean * N / 100, mean * (200 - N) / 100, (1 + M / 100) * middle, (1 - M / 100) * middle


@lines(lambda N, M: LONG_MEMORY + N)
def GDX(bar: Bar, N: int = 30, M: int = 9) -> Lines:
    """The moving average 济安线 and M percent around it: JAX, pressure, support."""
    middle = f.dma(bar.close, _off_the_mean(bar, N))
    return middle, (1 + M / 100) * middle, (1 - M / 100) * middle


@lines(lambda timeperiod: 2 * timeperiod, exactly=True)
def JAX(bar: Bar, timeperiod: int = 30) -> Lines:
    """济安线 over twice as many bars, J, A, X: J and X are nan while A is above the line.

    The means before are set beside the newest value of the line, as JoinQuant's own values show.
    """
    middle = f.dma(bar.weighted, _off_the_mean(bar, timeperiod))
    near = f.ma(bar.close * bar.weighted, 3) / middle
    near = near - (near - middle) / middle / 3 * near
    below = near <= middle
    return middle, np.where(below, middle, np.nan), near, np.where(below, near, np.nan)


def true_range(bar: Bar) -> Floats:
    """Of the first bar nothing is known before it: nan."""
    before = f.ref(bar.close, 1)
    return np.maximum(np.maximum(bar.high - bar.low, np.abs(before - bar.high)), np.abs(before - bar.low))


def _off_the_mean(bar: Bar, n: int) -> Floats:
    mean = f.ma(bar.close, n)
    return np.abs(bar.weighted - mean) / mean
