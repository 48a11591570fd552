"""Indicators that swing: KDJ, RSI, CCI, BIAS and their kin."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

import numpy as np

from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Bar, Lines, line, lines


@lines(lambda N, M1, M2: N + 5 * (M1 + M2))
def KDJ(bar: Bar, N: int = 9, M1: int = 3, M2: int = 3) -> Lines:
    """K, D, J."""
    k, d = _kd(bar, N, M1, M2)
    return k, d, 3 * k - 2 * d


@lines(lambda N, M1, M2: N + 5 * (M1 + M2))
def KD(bar: Bar, N: int = 9, M1: int = 3, M2: int = 3) -> Lines:
    """K, D."""
    return _kd(bar, N, M1, M2)


@lines(lambda N, M: N + 15 * M)
def SKDJ(bar: Bar, N: int = 9, M: int = 3) -> Lines:
    """Slow K and D."""
    k = f.ema(f.ema(f.place(bar.close, bar.high, bar.low, N), M), M)
    return k, f.ma(k, M)


@lines(lambda N, M1, M2: N + 5 * (M1 + M2))
def LWR(bar: Bar, N: int = 9, M1: int = 3, M2: int = 3) -> Lines:
    """LWR1, LWR2."""
    first = f.sma(100 - f.place(bar.close, bar.high, bar.low, N), M1)
    return first, f.sma(first, M2)


@lines(lambda N, N1: max(N, N1))
def WR(bar: Bar, N: int = 10, N1: int = 6) -> Lines:
    """Distance from the highest in percent of the range, for N and N1: WR, MAWR."""
    return tuple(100 - f.place(bar.close, bar.high, bar.low, days) for days in (N, N1))


@line(lambda N1: 10 * N1)
def RSI(bar: Bar, N1: int = 6) -> Floats:
    """Smoothed rises over smoothed moves, in percent."""
    return f.rsi(bar.close, N1)


@lines(lambda M1, M2: 10 * max(M1, M2), exactly=True)
def MARSI(bar: Bar, M1: int = 10, M2: int = 6) -> Lines:
    """Means of two RSI: RSI10, RSI6."""
    return tuple(f.ma(f.rsi(bar.close, days), days) for days in (M1, M2))


@line(lambda N: N)
def CCI(bar: Bar, N: int = 14) -> Floats:
    """Distance of the typical price from its mean, in units of 0.015 mean deviations."""
    return f.share(bar.typical - f.ma(bar.typical, N), 0.015 * f.avedev(bar.typical, N))


@lines(lambda N1, N2, N3: max(N1, N2, N3))
def BIAS(bar: Bar, N1: int = 6, N2: int = 12, N3: int = 24) -> Lines:
    """Distance of the close from three means, in percent."""
    return tuple(f.bias(bar.close, days) for days in (N1, N2, N3))


@lines(lambda N, M: N + M)
def BIAS_QL(bar: Bar, N: int = 6, M: int = 6) -> Lines:
    """Distance of the close from its mean in percent, and its mean: BIAS, BIASMA."""
    bias = f.bias(bar.close, N)
    return bias, f.ma(bias, M)


@lines(lambda M: 12 + M)
def BIAS_36(bar: Bar, M: int = 6) -> Lines:
    """Differences of the means of 3 and 6, and of 6 and 12; mean of the first: BIAS36, BIAS612, MABIAS."""
    three, six, twelve = (f.ma(bar.close, days) for days in (3, 6, 12))
    return three - six, six - twelve, f.ma(three - six, M)


@lines(lambda N, M: N + M + 1)
def ADTM(bar: Bar, N: int = 23, M: int = 8) -> Lines:
    """Whether opens rise or fall more, from -1 to 1, and its mean: ADTM, MAADTM."""
    moved = bar.open - f.ref(bar.open, 1)
    up = f.total(np.where(moved <= 0, 0.0, np.maximum(bar.high - bar.open, moved)), N)
    down = f.total(np.where(moved >= 0, 0.0, np.maximum(bar.open - bar.low, moved)), N)
    adtm = np.where(up == down, 0.0, (up - down) / np.maximum(up, down))
    return adtm, f.ma(adtm, M)


@lines(lambda M: 20 + M)
def DKX(bar: Bar, M: int = 10) -> Lines:
    """Mean of the last bars, the newest weighing 20, and its mean: DKX, MADKX. As written, 19 bars back is left out."""
    middle = (3 * bar.close + bar.low + bar.open + bar.high) / 6
    weights = {**{back: 20 - back for back in range(19)}, 20: 1}
    dkx: Floats = np.sum([weight * f.ref(middle, back) for back, weight in weights.items()], axis=0) / 210
    return dkx, f.ma(dkx, M)


@lines(lambda N, M: N + 5 * M)
def OSC(bar: Bar, N: int = 20, M: int = 6) -> Lines:
    """100 times the distance of the close from its mean, and its smoothed mean: OSC, MAOSC."""
    osc = 100 * (bar.close - f.ma(bar.close, N))
    return osc, f.expmema(osc, M)


@lines(lambda N1, N2, N3, M: max(N1, N2, N3) + 5 * M)
def UOS(bar: Bar, N1: int = 7, N2: int = 14, N3: int = 28, M: int = 6) -> Lines:
    """Where closes lie in the true range over three spans, in percent, and its smoothed mean: UOS, MAUOS."""
    before = f.ref(bar.close, 1)
    high, low = np.maximum(bar.high, before), np.minimum(bar.low, before)
    first, second, third = (f.share(f.total(bar.close - low, n), f.total(high - low, n)) for n in (N1, N2, N3))
    both = first * N2 * N3 + second * N1 * N3 + third * N1 * N2
    uos = 100 * both / (N1 * N2 + N1 * N3 + N2 * N3)
    return uos, f.expmema(uos, M)


@lines(lambda N: N)
def AROON(bar: Bar, N: int = 25) -> Lines:
    """How new the highest and (as JoinQuant writes it) the lowest of N highs are, in percent: upper, lower."""
    return tuple((N - f.rows_since_high(x, N)) / N * 100 for x in (bar.high, -bar.high))


def _kd(bar: Bar, n: int, m1: int, m2: int) -> tuple[Floats, Floats]:
    k = f.sma(f.place(bar.close, bar.high, bar.low, n), m1)
    return k, f.sma(k, m2)
