"""Momentum and the mood of buyers and sellers."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

import numpy as np

from jqdata.units import When
from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Ask, Bar, Codes, Values, one, several


def MTM(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 12,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Close less the close ``timeperiod`` bars before."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod + 1,
        lambda bar: bar.close - f.ref(bar.close, timeperiod),
    )


def ROC(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 12,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Change in percent over ``timeperiod`` bars."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod + 1,
        lambda bar: (bar.close / f.ref(bar.close, timeperiod) - 1) * 100,
    )


def OSC(
    security_list: Codes,
    check_date: When,
    N: int = 20,
    M: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """100 times the distance of the close from its mean, and its smoothed mean: OSC, MAOSC."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        osc = 100 * (bar.close - f.ma(bar.close, N))
        return osc, f.ema(osc, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 5 * M, lines)
    return first, second


def PSY(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 12,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Share of the bars that rose, in percent."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod + 1,
        lambda bar: f.ma((bar.close > f.ref(bar.close, 1)).astype(np.float64), timeperiod) * 100,
    )


def CR(
    security_list: Codes,
    check_date: When,
    N: int = 26,
    M1: int = 10,
    M2: int = 20,
    M3: int = 40,
    M4: int = 62,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values, Values, Values]:
    """CR and its four means, each moved on: CR, MA1 to MA4."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        middle = f.ref(bar.high + bar.low, 1) / 2
        cr = 100 * f.share(f.risen(bar.high - middle, N), f.risen(middle - bar.low, N))
        means = [f.ref(f.ma(cr, days), int(days / 2.5 + 1)) for days in (M1, M2, M3, M4)]
        return cr, means[0], means[1], means[2], means[3]

    first, second, third, fourth, fifth = several(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 2 * max(M1, M2, M3, M4), lines
    )
    return first, second, third, fourth, fifth


def BRAR(
    security_list: Codes,
    check_date: When,
    N: int = 26,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """BR and AR: rises over falls from the last close, and from the open, in percent."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        before = f.ref(bar.close, 1)
        br = 100 * f.share(f.risen(bar.high - before, N), f.risen(before - bar.low, N))
        return br, 100 * f.share(f.total(bar.high - bar.open, N), f.total(bar.open - bar.low, N))

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 1, lines)
    return first, second
