"""Indicators of turnover: volume over the shares that circulate, which the data provider knows."""

# The parameters have JoinQuant's names, so that strategies' keywords fit.

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jqdata.fundamentals import get_valuation
from jqdata.missing import missing
from jqdata.provided import codes_of, has
from jqdata.units import When
from jqlib import formulas as f
from jqlib.formulas import Floats
from jqlib.reading import Ask, Codes, Lines, Values, bars

_LOT = 100
_UNIT = 10_000  # shares in one of ``circulating_cap``


def HSL(
    security_list: Codes, check_date: When, N: int = 5, unit: str = "1d", include_now: bool = True
) -> tuple[Values, Values]:
    """Turnover in percent of the circulating shares, and its mean: HSL, MAHSL. NeedsProvider: nobody knows them."""
    ask = Ask(security_list, check_date, unit, include_now)
    turned, mean = _lines("HSL", ask, N, lambda turnover: (turnover, f.ma(turnover, N)))
    return turned, mean


def CYF(security_list: Codes, check_date: When, N: int = 21, unit: str = "1d", include_now: bool = True) -> Values:
    """100 less 100 over 1 and the exponential mean of the turnover. NeedsProvider where nobody knows the shares."""
    ask = Ask(security_list, check_date, unit, include_now)
    (energy,) = _lines("CYF", ask, 5 * N, lambda turnover: (100 - 100 / (1 + f.ema(turnover, N)),))
    return energy


def _lines(name: str, ask: Ask, count: int, formula: Callable[[Floats], Lines]) -> tuple[Values, ...]:
    if not has("valuation"):
        raise missing(f"jqlib.technical_analysis.{name}")
    read = bars(ask, count, dated=True)
    days = [bar.time.astype("datetime64[D]") for bar in read.values()]
    shares = _circulating(ask.codes, [one for one in days if len(one)])
    found = {}
    for (code, bar), own in zip(read.items(), days, strict=True):
        line = formula(100 * bar.volume * _LOT / _as_of(shares.get(codes_of(code)[0]), own))
        found[code] = [float(values[-1]) if len(values) else float("nan") for values in line]
    return tuple(dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True))


Known = tuple[NDArray[np.datetime64], Floats]


def _circulating(codes: list[str], days: list[NDArray[np.datetime64]]) -> dict[str, Known]:
    """Days and circulating shares of each code, as far as they are known by now."""
    if not days:
        return {}
    first, last = min(one[0] for one in days), max(one[-1] for one in days)
    rows = get_valuation(codes, f"{first}", f"{last}", fields=["circulating_cap"])
    found = {}
    for code, own in rows.groupby("code"):
        caps = own["circulating_cap"].to_numpy(np.float64) * _UNIT
        found[str(code)] = own["day"].to_numpy("datetime64[D]"), caps
    return found


def _as_of(known: Known | None, days: NDArray[np.datetime64]) -> Floats:
    """The shares on each day: of the newest row up to it, nan before the first."""
    if known is None:
        return np.full(len(days), np.nan)
    at = np.searchsorted(known[0], days, side="right") - 1
    return np.where(at >= 0, known[1][np.maximum(at, 0)], np.nan)
