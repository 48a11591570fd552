"""The range of each single weight, by JoinQuant's names: the highest lower limit and the lowest upper one count."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence

import numpy as np

from jqdata.securities import normalize_code
from jqlib.optimizer.asked import need_count, need_number, need_range
from jqlib.optimizer.exposures import members
from jqlib.optimizer.market import Market
from jqlib.optimizer.problem import Floats, Unsolved


class BoundOfEach(abc.ABC):
    """What all bounds are."""

    @abc.abstractmethod
    def span(self, market: Market) -> tuple[Floats, Floats]:
        """The lowest and the highest weight of each security."""


@dataclasses.dataclass(frozen=True)
class Bound(BoundOfEach):
    """Every weight lies between ``low`` and ``high``."""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        need_range(self, self.low, self.high)

    def span(self, market: Market) -> tuple[Floats, Floats]:
        count = len(market.codes)
        return np.full(count, float(self.low)), np.full(count, float(self.high))


@dataclasses.dataclass(frozen=True)
class IndustryBound(BoundOfEach):
    """The weight of each security of an industry (or of one of several) lies between ``low`` and ``high``.

    That of others lies between 0 and 1.
    """

    industry_code: str | Sequence[str]
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        need_range(self, self.low, self.high)

    def span(self, market: Market) -> tuple[Floats, Floats]:
        inside = members(market, self.industry_code) > 0
        return np.where(inside, self.low, 0.0), np.where(inside, self.high, 1.0)


@dataclasses.dataclass(frozen=True)
class _OfCapital(BoundOfEach):
    """``capital`` yuan times the weight is at most ``limit`` of something; ``subset``: of these codes only."""

    limit: float
    capital: float
    count: int = 1
    subset: Sequence[str] | None = None

    def __post_init__(self) -> None:
        need_number(self, limit=self.limit, capital=self.capital)
        need_count(self, self.count)
        if self.capital <= 0 or self.limit < 0:
            raise ValueError(f"{type(self).__name__} 的 capital 应为正数，limit 不能为负")

    def span(self, market: Market) -> tuple[Floats, Floats]:
        high = np.minimum(self._whole(market) * self.limit / self.capital, 1.0)
        if self.subset is not None:
            limited = {normalize_code(code) for code in self.subset}
            high = np.where([code in limited for code in market.codes], high, 1.0)
        return np.zeros(len(high)), high

    @abc.abstractmethod
    def _whole(self, market: Market) -> Floats:
        """What the limit is a part of, in yuan by security."""


class LiquidityBound(_OfCapital):
    """What is bought of a security is at most ``limit`` of its mean daily volume over ``count`` days."""

    def _whole(self, market: Market) -> Floats:
        return market.traded_value(self.count)


class CapBound(_OfCapital):
    """What is bought of a security is worth at most ``limit`` of its mean market value over ``count`` days."""

    def _whole(self, market: Market) -> Floats:
        return market.market_caps(self.count)


def ranges(bounds: Sequence[BoundOfEach], market: Market) -> tuple[Floats, Floats]:
    """The range of each weight under all bounds; Unsolved where there is none, naming the security."""
    spans = [bound.span(market) for bound in (bounds or [Bound()])]
    low, high = np.max([one for one, _ in spans], axis=0), np.min([one for _, one in spans], axis=0)
    for at in np.flatnonzero(low > high):
        said = f"{market.codes[at]} 的权重下限 {low[at]:g} 高于上限 {high[at]:g}"
        raise Unsolved("OPTIMIZER_INFEASIBLE", f"{said}（{'；'.join(map(repr, bounds))}）")
    return low, high
