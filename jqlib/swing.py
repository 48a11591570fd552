"""Indicators that swing: KDJ, RSI, CCI, BIAS and their kin."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

from jqdata.units import When
from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Ask, Bar, Codes, Values, one, several


def KDJ(
    security_list: Codes,
    check_date: When,
    N: int = 9,
    M1: int = 3,
    M2: int = 3,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """K, D, J."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        k, d = _kd(bar, N, M1, M2)
        return k, d, 3 * k - 2 * d

    first, second, third = several(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 5 * (M1 + M2), lines
    )
    return first, second, third


def KD(
    security_list: Codes,
    check_date: When,
    N: int = 9,
    M1: int = 3,
    M2: int = 3,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """K, D."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        return _kd(bar, N, M1, M2)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 5 * (M1 + M2), lines)
    return first, second


def SKDJ(
    security_list: Codes,
    check_date: When,
    N: int = 9,
    M: int = 3,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Slow K and D."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        k = f.ema(f.ema(_place(bar, N), M), M)
        return k, f.ma(k, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 15 * M, lines)
    return first, second


def LWR(
    security_list: Codes,
    check_date: When,
    N: int = 9,
    M1: int = 3,
    M2: int = 3,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """LWR1, LWR2."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        first = f.sma(100 - _place(bar, N), M1)
        return first, f.sma(first, M2)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N + 5 * (M1 + M2), lines)
    return first, second


def WR(
    security_list: Codes,
    check_date: When,
    N: int = 10,
    N1: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Distance from the highest in percent of the range, for N and N1: WR, MAWR."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        return 100 - _place(bar, N), 100 - _place(bar, N1)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), max(N, N1), lines)
    return first, second


def RSI(
    security_list: Codes,
    check_date: When,
    N1: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Smoothed rises over smoothed moves, in percent."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), 10 * N1, lambda bar: f.rsi(bar.close, N1)
    )


def CCI(
    security_list: Codes,
    check_date: When,
    N: int = 14,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Distance of the typical price from its mean, in units of 0.015 mean deviations."""

    def lines(bar: Bar) -> Floats:
        typical = (bar.high + bar.low + bar.close) / 3
        return f.share(typical - f.ma(typical, N), 0.015 * f.avedev(typical, N))

    return one(Ask(security_list, check_date, unit, include_now, fq_ref_date), N, lines)


def BIAS(
    security_list: Codes,
    check_date: When,
    N1: int = 6,
    N2: int = 12,
    N3: int = 24,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """Distance of the close from three means, in percent."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        return _bias(bar.close, N1), _bias(bar.close, N2), _bias(bar.close, N3)

    first, second, third = several(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), max(N1, N2, N3), lines
    )
    return first, second, third


def BIAS_QL(
    security_list: Codes,
    check_date: When,
    N: int = 6,
    M: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Distance of the close from its mean in percent, and its mean: BIAS, BIASMA."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        bias = _bias(bar.close, N)
        return bias, f.ma(bias, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N + M, lines)
    return first, second


def _place(bar: Bar, n: int) -> Floats:
    """Where the close lies between the lowest and the highest of ``n`` bars, in percent; 50 where they are one."""
    low = f.llv(bar.low, n)
    return 100 * f.share(bar.close - low, f.hhv(bar.high, n) - low, 0.5)


def _kd(bar: Bar, n: int, m1: int, m2: int) -> tuple[Floats, Floats]:
    k = f.sma(_place(bar, n), m1)
    return k, f.sma(k, m2)


def _bias(close: Floats, n: int) -> Floats:
    mean = f.ma(close, n)
    return (close - mean) / mean * 100
