"""How wide prices move: bands, true range, direction."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

import numpy as np

from jqdata.units import When
from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Ask, Bar, Codes, Values, one, several


def Bollinger_Bands(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 20,
    nbdevup: float = 2.0,
    nbdevdn: float = 2.0,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """Upper, middle and lower band; the deviation divides by n, as TA-Lib does."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        middle = f.ma(bar.close, timeperiod)
        wide = f.std(bar.close, timeperiod, ddof=0)
        return middle + nbdevup * wide, middle, middle - nbdevdn * wide

    first, second, third = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), timeperiod, lines)
    return first, second, third


def BBIBOLL(
    security_list: Codes,
    check_date: When,
    N: int = 11,
    M: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """BBI and its bands M deviations away: BBIBOLL, UPR, DWN."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        middle = f.bbi(bar.close, (3, 6, 12, 24))
        wide = M * f.std(middle, N)
        return middle, middle + wide, middle - wide

    first, second, third = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), 24 + N, lines)
    return first, second, third


def ENE(
    security_list: Codes,
    check_date: When,
    N: int = 25,
    M1: int = 6,
    M2: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """Band of M1 and M2 percent around the mean of N: UPPER, LOWER, ENE."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        middle = f.ma(bar.close, N)
        upper, lower = (1 + M1 / 100) * middle, (1 - M2 / 100) * middle
        return upper, lower, (upper + lower) / 2

    first, second, third = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N, lines)
    return first, second, third


def ATR(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 14,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """True range and its mean: MTR, ATR."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        moved = _true_range(bar)
        return moved, f.ma(moved, timeperiod)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), timeperiod + 1, lines)
    return first, second


def DMI(
    security_list: Codes,
    check_date: When,
    N: int = 14,
    MM: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values, Values]:
    """PDI, MDI, ADX, ADXR."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats, Floats]:
        up, down = bar.high - f.ref(bar.high, 1), f.ref(bar.low, 1) - bar.low
        moved = f.total(_true_range(bar), N)
        pdi = 100 * f.total(np.where((up > 0) & (up > down), up, 0.0), N) / moved
        mdi = 100 * f.total(np.where((down > 0) & (down > up), down, 0.0), N) / moved
        adx = f.ma(f.share(np.abs(mdi - pdi), mdi + pdi) * 100, MM)
        return pdi, mdi, adx, (adx + f.ref(adx, MM)) / 2

    first, second, third, fourth = several(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 2 * MM, lines
    )
    return first, second, third, fourth


def DPO(
    security_list: Codes,
    check_date: When,
    N: int = 20,
    M: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Close less the mean of N/2 + 1 bars before, and its mean: DPO, MADPO."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        dpo = bar.close - f.ref(f.ma(bar.close, N), N // 2 + 1)
        return dpo, f.ma(dpo, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), 2 * N + M, lines)
    return first, second


def ACCER(
    security_list: Codes,
    check_date: When,
    N: int = 8,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Slope of the closes over the close."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), N, lambda bar: f.slope(bar.close, N) / bar.close
    )


def MASS(
    security_list: Codes,
    check_date: When,
    N1: int = 9,
    N2: int = 25,
    M: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Sum of the range over its mean, and its mean: MASS, MAMASS."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        wide = f.ma(bar.high - bar.low, N1)
        mass = f.total(f.share(wide, f.ma(wide, N1)), N2)
        return mass, f.ma(mass, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), 2 * N1 + N2 + M, lines)
    return first, second


BOLL = Bollinger_Bands


def _true_range(bar: Bar) -> Floats:
    """Of the first bar nothing is known before it: nan."""
    before = f.ref(bar.close, 1)
    return np.maximum(np.maximum(bar.high - bar.low, np.abs(before - bar.high)), np.abs(before - bar.low))
