"""Adjusted prices: what dividends, bonus and rights issues did to a security, taken out of its bars.

On an ex-day the exchange compares prices with a reference price instead of the close before it; the ratio of the two
(``GetAdjustments``) is what one share of before became worth of today's. With P(t) the product of the ratios of all
ex-days up to the day of t, a price is multiplied by P(t) / P(day) for 'pre' (JoinQuant's dynamic adjustment: as of the
strategy's own day, never by an ex-day still to come), by P(t) for 'post'. The volume is divided by it, money is not
touched. Adjusted prices are rounded half up to the tick, volumes to whole shares (``factor`` tells the exact ratio).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from common.beijing import day_of, midnight
from common.instruments import rules_of
from jqdata import host

if TYPE_CHECKING:
    from common.messages import Adjustment
    from jqdata.columns import Ints

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Adjust:
    """``as_of`` is the day whose prices stay as they are; None: those of the first day do ('post')."""

    as_of: date | None


def adjust_of(fq: str | None) -> Adjust | None:
    """What ``fq`` asks for: 'pre', 'post', or None for prices as traded; ValueError for anything else."""
    if fq is None:
        return None
    if fq not in ("pre", "post"):
        raise ValueError(f"fq 应为 'pre'、'post' 或 None：{fq!r}")
    return Adjust(host.current().now().date() if fq == "pre" else None)


@dataclasses.dataclass(frozen=True)
class Factors:
    """Of each row: what its prices are multiplied by, and how many ticks a yuan has."""

    factor: Floats
    ticks: Floats

    def prices(self, prices: Floats) -> Floats:
        return on_tick(prices * self.factor, self.factor, self.ticks)

    def volumes(self, volumes: Floats) -> Floats:
        return np.where(self.factor == 1, volumes, np.round(volumes / self.factor))


def on_tick(prices: Floats, factor: Floats, ticks: Floats | float) -> Floats:
    """Half up to the tick where a factor other than 1 was applied; ``ticks`` a yuan has."""
    # What a float is short of a half by its last bits is a half: 9.345 x 100 is 934.4999….
    return np.where(factor == 1, prices, np.floor(prices * ticks + 0.5 + 1e-7) / ticks)


def ticks_of(symbol: str) -> float:
    """How many ticks of the security make a yuan; of funds a thousand, of stocks a hundred (ashare_rules 4)."""
    return 10_000 / rules_of(symbol, host.current().now().date()).tick_e4


def ex_days(symbols: Sequence[str], first_ns: int, adjust: Adjust) -> dict[str, Adjustment]:
    """Those that matter for rows from ``first_ns`` on; for 'post', or as of a day before them, all there ever were."""
    first = day_of(first_ns)
    return host.current().adjustments(symbols, None if adjust.as_of is None or adjust.as_of < first else first)


def factors_of(symbols: Sequence[str], counts: Sequence[int], time_ns: Ints, adjust: Adjust | None) -> Factors | None:
    """For rows that stand one symbol behind the other, ``counts`` of each; None where all stay as they are."""
    if adjust is None or not len(time_ns):
        return None
    known = ex_days(symbols, int(time_ns.min()), adjust)
    factor, ticks = np.ones(len(time_ns)), np.full(len(time_ns), 100.0)
    first_day, as_of = _number_of(day_of(int(time_ns.min()))), _number_of(adjust.as_of) if adjust.as_of else 0
    start = 0
    for symbol, count in zip(symbols, counts, strict=True):
        one, rows = known.get(symbol), slice(start, start + count)
        start += count
        if one is None or not one.days or not count or one.days[-1] <= min(first_day, as_of):
            continue
        of_rows = _products(one, time_ns[rows], adjust.as_of)
        factor[rows] = of_rows
        ticks[rows] = ticks_of(symbol)
    return None if np.all(factor == 1) else Factors(factor, ticks)


def _products(one: Adjustment, time_ns: Ints, as_of: date | None) -> Floats:
    """P(t) of each row, over P(as_of) where there is such a day."""
    ex_days = np.array([midnight(_date(number)) for number in one.days], np.int64)
    products = np.r_[1.0, np.cumprod(np.array(one.ratios_e9, np.float64) / 1e9)]
    of_rows: Floats = products[np.searchsorted(ex_days, time_ns, "right")]
    if as_of is None:
        return of_rows
    relative: Floats = of_rows / products[np.searchsorted(ex_days, midnight(as_of), "right")]
    return relative


def _number_of(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
