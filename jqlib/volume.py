"""Indicators of volume and money."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

from datetime import datetime

import numpy as np

from jqdata import host
from jqdata.units import MINUTES_A_DAY, When
from jqlib import formulas as f
from jqlib.formulas import Floats, Marks
from jqlib.reading import Ask, Bar, Codes, Lines, Values, bars, line, lines, moment_of


@lines(lambda M1, M2: max(M1, M2))
def VOL(bar: Bar, M1: int = 5, M2: int = 10) -> Lines:
    """Volume in lots of 100 shares and two means: VOL, MAVOL1, MAVOL2."""
    return bar.volume, f.ma(bar.volume, M1), f.ma(bar.volume, M2)


@lines(lambda M1, M2: max(M1, M2))
def AMO(bar: Bar, M1: int = 5, M2: int = 10) -> Lines:
    """Money in 10,000 yuan and two means: AMOW, AMO1, AMO2."""
    money = bar.money / 10_000
    return money, f.ma(money, M1), f.ma(money, M2)


@line(lambda timeperiod: timeperiod + 1)
def OBV(bar: Bar, timeperiod: int = 30) -> Floats:
    """Volume of rising less that of falling bars over ``timeperiod``, in lots of 100 shares."""
    return f.total(np.sign(np.nan_to_num(bar.close - f.ref(bar.close, 1))) * bar.volume, timeperiod)


@lines(lambda N, M: N + M + 1)
def VR(bar: Bar, N: int = 26, M: int = 6) -> Lines:
    """Volume of rising over that of falling bars in percent, and its mean: VR, MAVR."""
    change = bar.close - f.ref(bar.close, 1)
    up, down = _where(bar, change > 0, N), _where(bar, change < 0, N)
    even = _where(bar, change == 0, N)
    vr = 100 * f.share(2 * up + even, 2 * down + even)
    return vr, f.ma(vr, M)


@lines(lambda N1, N2, N3: 10 * max(N1, N2, N3))
def VRSI(bar: Bar, N1: int = 6, N2: int = 12, N3: int = 24) -> Lines:
    """RSI of the volume, for three spans."""
    return tuple(f.rsi(bar.volume, days) for days in (N1, N2, N3))


@line(lambda timeperiod: timeperiod + 1)
def MFI(bar: Bar, timeperiod: int = 14) -> Floats:
    """Money flow index: 100 less 100 over (1 + flow in over flow out)."""
    change, flow = bar.typical - f.ref(bar.typical, 1), bar.typical * bar.volume
    flow_in = f.total(np.where(change > 0, flow, 0.0), timeperiod)
    flow_out = f.total(np.where(change < 0, flow, 0.0), timeperiod)
    return 100 - 100 / (1 + f.share(flow_in, flow_out, np.inf))


@lines(lambda N, M: 2 * N + M + 1)
def EMV(bar: Bar, N: int = 14, M: int = 9) -> Lines:
    """Ease of movement and its mean: EMV, MAEMV."""
    both = bar.high + bar.low
    moved = 100 * (both - f.ref(both, 1)) / both
    thin = f.share(f.ma(bar.volume, N), bar.volume)
    emv = f.ma(moved * thin * f.share(bar.high - bar.low, f.ma(bar.high - bar.low, N)), N)
    return emv, f.ma(emv, M)


@lines(lambda N1, N2, M: max(N1, N2) + M)
def CHO(bar: Bar, N1: int = 10, N2: int = 20, M: int = 6) -> Lines:
    """Difference of two means of the volume summed by where closes lie, and its mean: CHO, MACHO.

    The sum runs from the first bar there is; the difference is the same wherever it begins.
    """
    both = bar.high + bar.low
    summed = np.cumsum(bar.volume * (2 * bar.close - both) / both, axis=-1)
    cho = f.ma(summed, N1) - f.ma(summed, N2)
    return cho, f.ma(cho, M)


@lines(lambda N, M: N + M + 1)
def VPT(bar: Bar, N: int = 51, M: int = 6) -> Lines:
    """Volume times the change of the close over N bars, and its mean: VPT, MAVPT."""
    vpt = f.total(bar.volume * f.change(bar.close, 1), N)
    return vpt, f.ma(vpt, M)


@lines(lambda N, M: N + M)
def WVAD(bar: Bar, N: int = 24, M: int = 6) -> Lines:
    """Volume by what of the range a bar gained, in 10,000 lots, and its mean: WVAD, MAWVAD. No range counts as 0."""
    gained = f.share(bar.close - bar.open, bar.high - bar.low, 0.0)
    wvad = f.total(gained * bar.volume, N) / 10_000
    return wvad, f.ma(wvad, M)


@lines(lambda N, M: 5 * N + M + 1)
def CYR(bar: Bar, N: int = 13, M: int = 5) -> Lines:
    """Change in percent of the mean cost, and its mean: CYR, MACYR."""
    cyr = 100 * f.change(_cost(bar, N), 1)
    return cyr, f.ma(cyr, M)


@line(lambda: 5 * 13)
def CYS(bar: Bar) -> Floats:
    """Distance of the close from the mean cost of 13 bars, in percent."""
    cost = _cost(bar, 13)
    return 100 * (bar.close - cost) / cost


@line(lambda: 10)
def CYW(bar: Bar) -> Floats:
    """Volume by where closes lie in the range, over 10 bars, in 10,000 lots. No range counts as 0."""
    lies = f.share(2 * bar.close - bar.low - bar.high, bar.high - bar.low, 0.0)
    return f.total(lies * bar.volume, 10) / 10_000


@lines(lambda timeperiod: timeperiod)
def JFZX(bar: Bar, timeperiod: int = 30) -> Lines:
    """Share of the volume in bars that closed above their open, the rest, both in percent, and 50."""
    up = 100 * f.share(_where(bar, bar.close > bar.open, timeperiod), f.total(bar.volume, timeperiod))
    return up, 100 - up, f.flat(up, 50)


@lines(lambda N, M: N)
def JYJL(bar: Bar, N: int = 120, M: int = 5) -> Lines:
    """Shares traded in N bars, and the mean of M bars among them."""
    traded = f.total(bar.volume, N) * 100
    return traded, traded / (N / M)


@lines(lambda N: 24 + 6 + N)
def SHT(bar: Bar, N: int = 5) -> Lines:
    """Distance from the mean of 24 in percent, the more the faster volume grows, and its mean: SHT, SHTMA."""
    sht = f.bias(bar.close, 24) * (1 + f.ma(f.change(bar.volume, 1), 5))
    return sht, f.ma(sht, N)


@line(lambda timeperiod: 10 * timeperiod)
def ZBCD(bar: Bar, timeperiod: int = 10) -> Floats:
    """Distance of the close from its mean weighted by money, in percent."""
    priced = (3 * bar.high + bar.low + bar.open + 2 * bar.close) / 7
    mean = f.dma(priced, f.share(bar.money, f.total(bar.money, timeperiod)))
    return 100 * (bar.close - mean) / mean


@line(lambda: 1)
def ZX(bar: Bar) -> Floats:
    """Mean price of the bar in yuan."""
    return 0.01 * f.share(bar.money, bar.volume)


@lines(lambda N: N)
def PUCU(bar: Bar, N: int = 24) -> Lines:
    """Means of the closes and of the volume in lots: PU, CU."""
    return f.ma(bar.close, N), f.ma(bar.volume, N)


def LB(security_list: Codes, check_date: When, N: int = 5, fq_ref_date: When | None = None) -> Values:
    """Volume a minute of the day so far over that of the N days before; of a day that is over, of all its minutes."""
    end = min(moment_of(check_date), host.current().now())
    found = {}
    for code, bar in bars(Ask(security_list, check_date, fq_ref_date=fq_ref_date), N + 1, dated=True).items():
        if len(bar.volume) <= N:
            found[code] = float("nan")
            continue
        goes_on = bar.time[-1].astype(datetime).date() == end.date()
        before = float(np.mean(bar.volume[-N - 1 : -1])) / MINUTES_A_DAY
        now = float(bar.volume[-1]) / (_minutes(end) if goes_on else MINUTES_A_DAY)
        found[code] = now / before if before else float("nan")
    return found


def _minutes(moment: datetime) -> int:
    """Minutes of continuous trading up to a moment of the day; the opening auction counts as the first."""
    since_open = (moment.hour - 9) * 60 + moment.minute - 30
    return min(max(since_open if moment.hour < 13 else since_open - 90, 1), MINUTES_A_DAY // (2 - (moment.hour >= 13)))


def _cost(bar: Bar, n: int) -> Floats:
    """What a share cost in the mean of ``n`` bars, in yuan."""
    return 0.01 * f.ema(bar.money, n) / f.ema(bar.volume, n)


def _where(bar: Bar, rows: Marks, n: int) -> Floats:
    return f.total(np.where(rows, bar.volume, 0.0), n)
