"""Momentum and the mood of buyers and sellers."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

import numpy as np

from jqlib import formulas as f
from jqlib.bands import true_range
from jqlib.formulas import Floats
from jqlib.reading import Bar, Lines, line, lines


@line(lambda timeperiod: timeperiod + 1)
def MTM(bar: Bar, timeperiod: int = 12) -> Floats:
    """Close less the close ``timeperiod`` bars before."""
    return bar.close - f.ref(bar.close, timeperiod)


@line(lambda timeperiod: timeperiod + 1)
def ROC(bar: Bar, timeperiod: int = 12) -> Floats:
    """Change in percent over ``timeperiod`` bars."""
    return 100 * f.change(bar.close, timeperiod)


@lines(lambda N, M1, M2, M3: N + max(M1, M2, M3))
def JS(bar: Bar, N: int = 5, M1: int = 5, M2: int = 10, M3: int = 20) -> Lines:
    """Change in percent over N bars per bar, and three means: JS, MAJS1, MAJS2, MAJS3."""
    js = 100 * f.change(bar.close, N) / N
    return js, f.ma(js, M1), f.ma(js, M2), f.ma(js, M3)


@lines(lambda M: 1 + 5 * M)
def PCNT(bar: Bar, M: int = 5) -> Lines:
    """Change in percent of the new close, and its smoothed mean: PCNT, MAPCNT."""
    pcnt = (bar.close - f.ref(bar.close, 1)) / bar.close * 100
    return pcnt, f.expmema(pcnt, M)


@lines(lambda: 26)
def CYE(bar: Bar) -> Lines:
    """Change in percent of the mean of 5, and of the mean of 20 smoothed over 5: CYEL, CYES."""
    return 100 * f.change(f.ma(bar.close, 5), 1), 100 * f.change(f.ma(f.ma(bar.close, 20), 5), 1)


@line(lambda N: N)
def ACCER(bar: Bar, N: int = 8) -> Floats:
    """Slope of the closes over the close."""
    return f.slope(bar.close, N) / bar.close


@lines(lambda N, M: 2 * N + M)
def DPO(bar: Bar, N: int = 20, M: int = 6) -> Lines:
    """Close less the mean of N/2 + 1 bars before, and its mean: DPO, MADPO."""
    dpo = bar.close - f.ref(f.ma(bar.close, N), N // 2 + 1)
    return dpo, f.ma(dpo, M)


@lines(lambda N, MM: 5 * N + 1, exactly=True)
def DMI(bar: Bar, N: int = 14, MM: int = 6) -> Lines:
    """Rising and falling direction, their distance smoothed, and that smoothed again: PDI, MDI, ADX, ADXR."""
    up, down = bar.high - f.ref(bar.high, 1), f.ref(bar.low, 1) - bar.low
    moved = f.expmema(true_range(bar), N)
    known = np.where(np.isnan(up), np.nan, 0.0)
    pdi = 100 * f.expmema(np.where((up > 0) & (up > down), up, known), N) / moved
    mdi = 100 * f.expmema(np.where((down > 0) & (down > up), down, known), N) / moved
    adx = f.expmema(100 * f.share(np.abs(mdi - pdi), mdi + pdi), MM)
    return pdi, mdi, adx, f.expmema(adx, MM)


@line(lambda timeperiod: timeperiod + 1)
def PSY(bar: Bar, timeperiod: int = 12) -> Floats:
    """Share of the bars that rose, in percent."""
    return f.count(bar.close > f.ref(bar.close, 1), timeperiod) / timeperiod * 100


@lines(lambda N, M1, M2, M3, M4: N + 2 * max(M1, M2, M3, M4))
def CR(bar: Bar, N: int = 26, M1: int = 10, M2: int = 20, M3: int = 40, M4: int = 62) -> Lines:
    """CR and its four means, each moved on: CR, MA1 to MA4."""
    middle = f.ref(bar.high + bar.low, 1) / 2
    cr = 100 * f.share(f.risen(bar.high - middle, N), f.risen(middle - bar.low, N))
    return cr, *(f.ref(f.ma(cr, days), int(days / 2.5 + 1)) for days in (M1, M2, M3, M4))


@lines(lambda N: N + 1)
def BRAR(bar: Bar, N: int = 26) -> Lines:
    """BR and AR: rises over falls from the last close, and from the open, in percent."""
    before = f.ref(bar.close, 1)
    br = 100 * f.share(f.risen(bar.high - before, N), f.risen(before - bar.low, N))
    return br, 100 * f.share(f.total(bar.high - bar.open, N), f.total(bar.open - bar.low, N))
