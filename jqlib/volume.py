"""Indicators of volume and money."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

import numpy as np

from jqdata.units import When
from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Ask, Bar, Codes, Values, one, several


def VOL(
    security_list: Codes,
    check_date: When,
    M1: int = 5,
    M2: int = 10,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """Volume in lots of 100 shares and two means: VOL, MAVOL1, MAVOL2."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        return bar.volume, f.ma(bar.volume, M1), f.ma(bar.volume, M2)

    first, second, third = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), max(M1, M2), lines)
    return first, second, third


def AMO(
    security_list: Codes,
    check_date: When,
    M1: int = 5,
    M2: int = 10,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """Money in 10,000 yuan and two means: AMOW, AMO1, AMO2."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        money = bar.money / 10_000
        return money, f.ma(money, M1), f.ma(money, M2)

    first, second, third = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), max(M1, M2), lines)
    return first, second, third


def OBV(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 30,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Volume of rising less that of falling bars over ``timeperiod``, in lots of 100 shares."""
    return one(
        Ask(security_list, check_date, unit, include_now, fq_ref_date),
        timeperiod + 1,
        lambda bar: f.total(np.sign(np.nan_to_num(bar.close - f.ref(bar.close, 1))) * bar.volume, timeperiod),
    )


def VMACD(
    security_list: Codes,
    check_date: When,
    SHORT: int = 12,
    LONG: int = 26,
    MID: int = 9,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """MACD of the volume: DIF, DEA, MACD."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        dif = f.ema(bar.volume, SHORT) - f.ema(bar.volume, LONG)
        dea = f.ema(dif, MID)
        return dif, dea, dif - dea

    first, second, third = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), 5 * LONG, lines)
    return first, second, third


def VR(
    security_list: Codes,
    check_date: When,
    N: int = 26,
    M: int = 6,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Volume of rising over that of falling bars in percent, and its mean: VR, MAVR."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        change = bar.close - f.ref(bar.close, 1)
        up, down = _where(bar, change > 0, N), _where(bar, change < 0, N)
        even = _where(bar, change == 0, N)
        vr = 100 * f.share(2 * up + even, 2 * down + even)
        return vr, f.ma(vr, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), N + M + 1, lines)
    return first, second


def VRSI(
    security_list: Codes,
    check_date: When,
    N1: int = 6,
    N2: int = 12,
    N3: int = 24,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values, Values]:
    """RSI of the volume, for three spans."""

    def lines(bar: Bar) -> tuple[Floats, Floats, Floats]:
        return f.rsi(bar.volume, N1), f.rsi(bar.volume, N2), f.rsi(bar.volume, N3)

    first, second, third = several(
        Ask(security_list, check_date, unit, include_now, fq_ref_date), 10 * max(N1, N2, N3), lines
    )
    return first, second, third


def MFI(
    security_list: Codes,
    check_date: When,
    timeperiod: int = 14,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Money flow index: 100 less 100 over (1 + flow in over flow out)."""

    def lines(bar: Bar) -> Floats:
        typical = (bar.high + bar.low + bar.close) / 3
        change, flow = typical - f.ref(typical, 1), typical * bar.volume
        flow_in = f.total(np.where(change > 0, flow, 0.0), timeperiod)
        flow_out = f.total(np.where(change < 0, flow, 0.0), timeperiod)
        return 100 - 100 / (1 + f.share(flow_in, flow_out, np.inf))

    return one(Ask(security_list, check_date, unit, include_now, fq_ref_date), timeperiod + 1, lines)


def EMV(
    security_list: Codes,
    check_date: When,
    N: int = 14,
    M: int = 9,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """Ease of movement and its mean: EMV, MAEMV."""

    def lines(bar: Bar) -> tuple[Floats, Floats]:
        both = bar.high + bar.low
        moved = 100 * (both - f.ref(both, 1)) / both
        thin = f.share(f.ma(bar.volume, N), bar.volume)
        emv = f.ma(moved * thin * f.share(bar.high - bar.low, f.ma(bar.high - bar.low, N)), N)
        return emv, f.ma(emv, M)

    first, second = several(Ask(security_list, check_date, unit, include_now, fq_ref_date), 2 * N + M + 1, lines)
    return first, second


def _where(bar: Bar, rows: np.typing.NDArray[np.bool_], n: int) -> Floats:
    return f.total(np.where(rows, bar.volume, 0.0), n)
