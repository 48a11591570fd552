"""Means of prices, and what is read off two of them."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

from jqdata.units import When
from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Ask, Bar, Codes, Values, one, several


def MA(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 5,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Mean of the closes."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod,
        lambda bar: f.ma(bar.close, timeperiod),
    )


def EMA(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 30,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Exponential mean of the closes."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        5 * timeperiod,
        lambda bar: f.ema(bar.close, timeperiod),
    )


def EXPMA(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 12,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Exponential mean of the closes."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        5 * timeperiod,
        lambda bar: f.ema(bar.close, timeperiod),
    )


def SMA(
    security_list: Codes,
    check_date: When,
    N: int = 7,
    M: int = 1,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Smoothed mean of the closes: the newest weighs M of N."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), 5 * N, lambda bar: f.sma(bar.close, N, M)
    )


def HMA(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 12,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Mean of the highs."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod,
        lambda bar: f.ma(bar.high, timeperiod),
    )


def LMA(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 12,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Mean of the lows."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod,
        lambda bar: f.ma(bar.low, timeperiod),
    )


def VMA(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 12,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Mean of (open + high + low + close) / 4."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod,
        lambda bar: f.ma((bar.open + bar.high + bar.low + bar.close) / 4, timeperiod),
    )


def BBI(
    security_list: Codes,
    check_date: When,
    timeperiod1: int = 3,
    timeperiod2: int = 6,
    timeperiod3: int = 12,
    timeperiod4: int = 24,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Mean of four means of the closes."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        max(timeperiod1, timeperiod2, timeperiod3, timeperiod4),
        lambda bar: f.bbi(bar.close, (timeperiod1, timeperiod2, timeperiod3, timeperiod4)),
    )


def UDL(
    security_list: Codes,
    check_date: When,
    N1: int = 3,
    N2: int = 5,
    N3: int = 10,
    N4: int = 20,
    M: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Mean of four means of the closes, and its mean over M: UDL, MAUDL."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        udl = f.bbi(bar.close, (N1, N2, N3, N4))
        return udl, f.ma(udl, M)

    first, second = several(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), max(N1, N2, N3, N4) + M, lines
    )
    return first, second


def MACD(
    security_list: Codes,
    check_date: When,
    SHORT: int = 12,
    LONG: int = 26,
    MID: int = 9,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """DIF, DEA and twice their difference."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        return _macd(bar.close, SHORT, LONG, MID)

    first, second, third = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), 5 * LONG, lines)
    return first, second, third


def TRIX(
    security_list: Codes,
    check_date: When,
    N: int = 12,
    M: int = 9,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Change in percent of a three times smoothed close, and its mean: TRIX, MATRIX."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        smooth = f.ema(f.ema(f.ema(bar.close, N), N), N)
        trix = (smooth / f.ref(smooth, 1) - 1) * 100
        return trix, f.ma(trix, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), 15 * N, lines)
    return first, second


def DMA(
    security_list: Codes,
    check_date: When,
    N1: int = 10,
    N2: int = 50,
    M: int = 10,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Difference of two means, and its mean: DIF, DIFMA."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        dif = f.ma(bar.close, N1) - f.ma(bar.close, N2)
        return dif, f.ma(dif, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), max(N1, N2) + M, lines)
    return first, second


def _macd(x: Floats, short: int, long: int, mid: int) -> tuple[Floats, Floats, Floats]:
    dif = f.ema(x, short) - f.ema(x, long)
    dea = f.ema(dif, mid)
    return dif, dea, 2 * (dif - dea)
