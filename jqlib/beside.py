"""Indicators that set a security beside an index: ``index_stock`` is the index's code."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

import numpy as np

from jqdata.units import When
from jqlib import formulas as f
from jqlib.reading import Ask, Bar, Codes, Lines, Values, lines_beside, several


@lines_beside(lambda M: M)
def TAPI(bar: Bar, index: Bar, M: int = 6) -> Lines:
    """Money in yuan over the index's close, and its mean: TAPI, MATAPI."""
    tapi = bar.money / index.close
    return tapi, f.ma(tapi, M)


@lines_beside(lambda N, M1, M2, M3: N + max(M1, M2, M3), of_index=0)
def DBQR(bar: Bar, index: Bar, N: int = 5, M1: int = 10, M2: int = 20, M3: int = 60) -> Lines:
    """Changes over N bars of the index and of the security, and the latter's means: ZS, GG, MADBQR1 to MADBQR3."""
    own = f.change(bar.close, N)
    return f.change(index.close, N), own, f.ma(own, M1), f.ma(own, M2), f.ma(own, M3)


@lines_beside(lambda N: N + 10, of_index=1)
def QR(bar: Bar, index: Bar, N: int = 21) -> Lines:
    """Changes over N bars in percent of the security and of the index, and their smoothed difference."""
    own, market = 100 * f.change(bar.close, N), 100 * f.change(index.close, N)
    return own, market, f.ema(own - market, 2)


@lines_beside(lambda N, M: N + M + 1)
def DBLB(bar: Bar, index: Bar, N: int = 5, M: int = 5) -> Lines:
    """Volume over that of the N bars before, as a multiple of the index's, and its mean: DBLB, MADBLB."""
    own, market = (x.volume / f.total(f.ref(x.volume, 1), N) for x in (bar, index))
    return own / market, f.ma(own / market, M)


@lines_beside(lambda N: N + 1, of_index=0)
def DBQRV(bar: Bar, index: Bar, N: int = 5) -> Lines:
    """Changes of the volume over N bars, of the index and of the security: ZS, GG."""
    return f.change(index.volume, N), f.change(bar.volume, N)


@lines_beside(lambda N: 5 * 34)
def SG_SMX(bar: Bar, index: Bar, N: int = 50) -> Lines:
    """2000 closes over that of the index, smoothed over 3, 17 and 34: ZY1, ZY2, ZY3. ``N`` changes nothing."""
    own = bar.close / index.close * 2000
    return f.ema(own, 3), f.ema(own, 17), f.ema(own, 34)


@lines_beside(lambda P1, P2: max(P1, P2))
def XDT(bar: Bar, index: Bar, P1: int = 5, P2: int = 10) -> Lines:
    """1000 closes over that of the index, and two means: QR, MQR1, MQR2."""
    own = bar.close / index.close * 1000
    return own, f.ma(own, P1), f.ma(own, P2)


@lines_beside(lambda: 10)
def SG_LB(bar: Bar, index: Bar) -> Lines:
    """1000 times the share of the volume in the index's, and two means: SG_LB, MA5, MA10."""
    own = bar.volume / index.volume * 1000
    return own, f.ma(own, 5), f.ma(own, 10)


@lines_beside(lambda: 12)
def _score(bar: Bar, index: Bar) -> Lines:
    own = bar.close / index.close * 1000
    highs = {2: 10, 3: 10, 5: 15, 10: 20}
    new = [np.where(own >= f.hhv(own, days), float(points), 0.0) for days, points in highs.items()]
    score = sum(new, start=5 * f.count(own > f.ref(own, 1), 9))
    return (np.where(np.isnan(f.hhv(own, 10)), np.nan, score),)


def SG_PF(
    index_stock: str,
    security_list: Codes,
    check_date: When,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> Values:
    """Points, up to 100, for closes that are new highs beside the index, and for rising beside it in 9 bars."""
    return _score(index_stock, security_list, check_date, unit, include_now, fq_ref_date)[0]


@lines_beside(lambda D, S, M: D + S + 10 * M)
def RAD(bar: Bar, index: Bar, D: int = 3, S: int = 30, M: int = 30) -> Lines:
    """How much more the mean price moved than the index's over S bars, and its smoothed mean: RADER1, RADERMA."""
    moved = []
    for x in (bar, index):
        middle = f.ma((x.open + x.high + x.close + x.low) / 4, D)
        moved.append((middle - f.ref(middle, 1)) / middle)
    rader = f.total((moved[0] - moved[1]) * 2, S) * 1000
    return rader, f.mema(rader, M)


def ZSDB(
    index_stock: Codes,
    check_date: When,
    unit: str = "1d",
    include_now: bool = True,
    fq_ref_date: When | None = None,
) -> tuple[Values, Values]:
    """The index's close before, and its change in percent, by its code."""
    ask = Ask(index_stock, check_date, unit, include_now, fq_ref_date)
    before, change = several(ask, 2, lambda bar: (f.ref(bar.close, 1), 100 * f.change(bar.close, 1)))
    return before, change
