"""Means of prices, and what is read off two of them."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Bar, Lines, line, lines


@line(lambda timeperiod: timeperiod)
def MA(bar: Bar, timeperiod: int = 5) -> Floats:
    """Mean of the closes."""
    return f.ma(bar.close, timeperiod)


@line(lambda timeperiod: 2 * timeperiod, exactly=True)
def EMA(bar: Bar, timeperiod: int = 30) -> Floats:
    """Exponential mean of the closes, of twice as many bars."""
    return f.expmema(bar.close, timeperiod)


@line(lambda timeperiod: 5 * timeperiod)
def EXPMA(bar: Bar, timeperiod: int = 12) -> Floats:
    """Exponential mean of the closes."""
    return f.ema(bar.close, timeperiod)


@line(lambda N, M: 2 * N, exactly=True)
def SMA(bar: Bar, N: int = 7, M: int = 1) -> Floats:
    """Smoothed mean of 2 N closes: the newest weighs M of N."""
    return f.sma(bar.close, N, M)


@line(lambda timeperiod: timeperiod)
def HMA(bar: Bar, timeperiod: int = 12) -> Floats:
    """Mean of the highs."""
    return f.ma(bar.high, timeperiod)


@line(lambda timeperiod: timeperiod)
def LMA(bar: Bar, timeperiod: int = 12) -> Floats:
    """Mean of the lows."""
    return f.ma(bar.low, timeperiod)


@line(lambda timeperiod: timeperiod)
def VMA(bar: Bar, timeperiod: int = 12) -> Floats:
    """Mean of (open + high + low + close) / 4."""
    return f.ma((bar.open + bar.high + bar.low + bar.close) / 4, timeperiod)


@line(lambda timeperiod: timeperiod)
def AMV(bar: Bar, timeperiod: int = 13) -> Floats:
    """Mean of (open + close) / 2, weighted by volume."""
    return f.total(bar.volume * (bar.open + bar.close) / 2, timeperiod) / f.total(bar.volume, timeperiod)


@line(
    lambda timeperiod1, timeperiod2, timeperiod3, timeperiod4: max(timeperiod1, timeperiod2, timeperiod3, timeperiod4)
)
def BBI(bar: Bar, timeperiod1: int = 3, timeperiod2: int = 6, timeperiod3: int = 12, timeperiod4: int = 24) -> Floats:
    """Mean of four means of the closes."""
    return f.bbi(bar.close, (timeperiod1, timeperiod2, timeperiod3, timeperiod4))


@lines(lambda N1, N2, N3, N4, M: max(N1, N2, N3, N4) + M)
def UDL(bar: Bar, N1: int = 3, N2: int = 5, N3: int = 10, N4: int = 20, M: int = 6) -> Lines:
    """Mean of four means of the closes, and its mean over M: UDL, MAUDL."""
    udl = f.bbi(bar.close, (N1, N2, N3, N4))
    return udl, f.ma(udl, M)


@lines(lambda timeperiod: 21)
def ALLIGAT(bar: Bar, timeperiod: int = 21) -> Lines:
    """Lips, teeth and jaw: three means of (high + low) / 2, each moved on. ``timeperiod`` changes nothing."""
    middle = (bar.high + bar.low) / 2
    return f.ref(f.ma(middle, 5), 3), f.ref(f.ma(middle, 8), 5), f.ref(f.ma(middle, 13), 8)


@lines(lambda SHORT, LONG, MID: 5 * LONG)
def MACD(bar: Bar, SHORT: int = 12, LONG: int = 26, MID: int = 9) -> Lines:
    """DIF, DEA and twice their difference."""
    dif, dea = _macd(bar.close, SHORT, LONG, MID)
    return dif, dea, 2 * (dif - dea)


@lines(lambda N1, N2, M: 5 * max(N1, N2))
def QACD(bar: Bar, N1: int = 12, N2: int = 26, M: int = 9) -> Lines:
    """DIF, its exponential mean, and their difference: DIF, MACD, DDIF."""
    dif, mean = _macd(bar.close, N1, N2, M)
    return dif, mean, dif - mean


@lines(lambda SHORT, LONG, MID: 5 * LONG)
def VMACD(bar: Bar, SHORT: int = 12, LONG: int = 26, MID: int = 9) -> Lines:
    """MACD of the volume: DIF, DEA, MACD."""
    dif, dea = _macd(bar.volume, SHORT, LONG, MID)
    return dif, dea, dif - dea


@lines(lambda N, M: 15 * N)
def TRIX(bar: Bar, N: int = 12, M: int = 9) -> Lines:
    """Change in percent of a three times smoothed close, and its mean: TRIX, MATRIX."""
    trix = f.change(f.ema(f.ema(f.ema(bar.close, N), N), N), 1) * 100
    return trix, f.ma(trix, M)


@lines(lambda N1, N2, M: max(N1, N2) + M)
def DMA(bar: Bar, N1: int = 10, N2: int = 50, M: int = 10) -> Lines:
    """Difference of two means, and its mean: DIF, DIFMA."""
    dif = f.ma(bar.close, N1) - f.ma(bar.close, N2)
    return dif, f.ma(dif, M)


def _macd(x: Floats, short: int, long: int, mid: int) -> tuple[Floats, Floats]:
    dif = f.ema(x, short) - f.ema(x, long)
    return dif, f.ema(dif, mid)
