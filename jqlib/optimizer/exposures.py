"""Limits on what a portfolio holds of an industry, of a market or of a factor, by JoinQuant's names.

Industries, members of an index and factors come from the data provider.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from jqfactor import standardlize, winsorize_med
from jqlib.optimizer.asked import listed, need_count, need_factor, need_number, need_range
from jqlib.optimizer.constraints import Constraint
from jqlib.optimizer.market import Market
from jqlib.optimizer.problem import Floats, Line, Rule

MARKETS = (
    "stock", "index", "fund", "futures", "etf", "lof", "fja", "fjb", "open_fund", "bond_fund", "stock_fund",
    "QDII_fund", "money_market_fund", "mixture_fund",
)  # fmt: skip
FUNDS = frozenset({"fund", "etf", "lof", "reit"})
STYLES = {
    "size": "size", "beta": "beta", "momentum": "momentum", "residual_volatility": "residual_volatility",
    "no_linear_size": "non_linear_size", "book_to_price": "book_to_price_ratio", "liquidity": "liquidity",
    "earning_yield": "earnings_yield", "growth": "growth", "leverage": "leverage",
}  # fmt: skip
"""The parameters of BarraConstraint, and what JoinQuant's factor library calls them."""


@dataclasses.dataclass(frozen=True)
class IndustryConstraint(Constraint):
    """All securities of an industry, or of several together, weigh between ``low`` and ``high``."""

    industry_code: str | Sequence[str]
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        need_range(self, self.low, self.high)

    def rules(self, market: Market) -> list[Rule]:
        return [Line(repr(self), members(market, self.industry_code), self.low, self.high)]


@dataclasses.dataclass(frozen=True)
class IndustriesConstraint(Constraint):
    """The securities of each industry of a classification ('sw_l1', 'jq_l1' …) weigh between ``low`` and ``high``.

    An industry that no security belongs to is not looked at.
    """

    industry_code: str
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        need_range(self, self.low, self.high)

    def rules(self, market: Market) -> list[Rule]:
        return [
            Line(f"{self!r} 的 {name}", members(market, name), self.low, self.high)
            for name in industries_of(market, self.industry_code)
        ]


@dataclasses.dataclass(frozen=True)
class IndustryDeviationConstraint(Constraint):
    """The weight of an industry, or of several together, is within ``limit`` of what it is in ``benchmark``."""

    industry_code: str | Sequence[str]
    benchmark: str
    limit: float

    def __post_init__(self) -> None:
        need_number(self, limit=self.limit)

    def rules(self, market: Market) -> list[Rule]:
        wanted = set(listed(self.industry_code))
        share = sum(part for name, part in _shares(market, self.benchmark, "").items() if name in wanted)
        row = members(market, self.industry_code)
        return [Line(repr(self), row, share - self.limit, share + self.limit)]


@dataclasses.dataclass(frozen=True)
class IndustriesDeviationConstraint(Constraint):
    """The weight of each industry of a classification is within ``limit`` of what it is in ``benchmark``."""

    industry_code: str
    benchmark: str
    limit: float

    def __post_init__(self) -> None:
        need_number(self, limit=self.limit)

    def rules(self, market: Market) -> list[Rule]:
        shares = _shares(market, self.benchmark, self.industry_code)
        names = dict.fromkeys([*industries_of(market, self.industry_code), *shares])
        spans = {name: (shares.get(name, 0.0) - self.limit, shares.get(name, 0.0) + self.limit) for name in names}
        return [Line(f"{self!r} 的 {name}", members(market, name), *span) for name, span in spans.items()]


@dataclasses.dataclass(frozen=True)
class MarketConstraint(Constraint):
    """The securities of a kind ('stock', 'etf', 'fund': every fund …) weigh between ``low`` and ``high``."""

    market_type: str
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        need_range(self, self.low, self.high)
        if self.market_type not in MARKETS:
            raise ValueError(f"MarketConstraint 的 market_type 应为 {'、'.join(MARKETS)} 之一：{self.market_type!r}")

    def rules(self, market: Market) -> list[Rule]:
        wanted = FUNDS if self.market_type == "fund" else {self.market_type}
        row = np.array([float(kind in wanted) for kind in market.kinds()])
        return [Line(repr(self), row, self.low, self.high)]


@dataclasses.dataclass(frozen=True, eq=False)
class ExposureConstraint(Constraint):
    """The sum of weights times a Factor's values (averaged over ``count`` days) lies between ``low`` and ``high``."""

    factor: Any
    low: float = 0.0
    high: float = 1.0
    count: int = 1

    def __post_init__(self) -> None:
        need_factor(self, self.factor)
        need_range(self, self.low, self.high)
        need_count(self, self.count)

    def rules(self, market: Market) -> list[Rule]:
        name = f"ExposureConstraint({self.factor.name}, low={self.low}, high={self.high})"
        return [Line(name, market.factor(self.factor, self.count), self.low, self.high)]


Span = Sequence[float | None] | None


@dataclasses.dataclass(frozen=True)
class BarraConstraint(Constraint):
    """The sum of weights times each risk factor lies in its ``[low, high]``; None, or None in it, is no limit.

    ``winsorize`` and ``standardlize`` are done by jqfactor's ``winsorize_med(scale=5)`` and ``standardlize``, over the
    securities that are optimized.
    """

    size: Span = None
    beta: Span = None
    momentum: Span = None
    residual_volatility: Span = None
    no_linear_size: Span = None
    book_to_price: Span = None
    liquidity: Span = None
    earning_yield: Span = None
    growth: Span = None
    leverage: Span = None
    standardlize: bool = True
    winsorize: bool = True

    def __post_init__(self) -> None:
        for name, (low, high) in self._spans().items():
            if not low <= high:
                raise ValueError(f"BarraConstraint 的 {name} 应为 [下限, 上限]：{getattr(self, name)!r}")

    def rules(self, market: Market) -> list[Rule]:
        spans = self._spans()
        values = market.styles([STYLES[name] for name in spans]) if spans else {}
        return [
            Line(f"BarraConstraint({name}={getattr(self, name)})", self._comparable(values[STYLES[name]]), *span)
            for name, span in spans.items()
        ]

    def _spans(self) -> dict[str, tuple[float, float]]:
        found = {}
        for name in STYLES:
            span = getattr(self, name)
            if span is None:
                continue
            if isinstance(span, str) or len(span) != 2:
                raise ValueError(f"BarraConstraint 的 {name} 应为 [下限, 上限]：{span!r}")
            low, high = (-np.inf if span[0] is None else span[0]), (np.inf if span[1] is None else span[1])
            found[name] = (float(low), float(high))
        return found

    def _comparable(self, values: Floats) -> Floats:
        found = pd.Series(values)
        if self.winsorize:
            found = winsorize_med(found, scale=5)
        if self.standardlize:
            # Where all have the same value none stands out, and the spread to divide by is 0.
            found = standardlize(found) if found.nunique() > 1 else found * 0
        return np.asarray(found.to_numpy(), dtype=np.float64)


def members(market: Market, industry_code: str | Sequence[str]) -> Floats:
    """1 for each security of the industry or industries, 0 for the others."""
    wanted, found = set(listed(industry_code)), market.industries()
    return np.array([float(not wanted.isdisjoint(found[code].values())) for code in market.codes])


def industries_of(market: Market, classification: str) -> list[str]:
    """The industries of a classification that the securities belong to; ValueError where none belongs to any."""
    found = market.industries()
    names = sorted({found[code][classification] for code in market.codes if classification in found[code]})
    if not names:
        raise ValueError(f"标的不属于行业分类 {classification!r} 的任何行业（应如 'sw_l1'、'jq_l1'）")
    return names


def _shares(market: Market, benchmark: str, classification: str) -> dict[str, float]:
    """What each industry weighs in an index; of one classification, or of all ('')."""
    weights = market.index_weights(benchmark)
    found = market.industries(list(weights))
    shares: dict[str, float] = {}
    for code, weight in weights.items():
        for its, industry in found[code].items():
            if classification in ("", its):
                shares[industry] = shares.get(industry, 0.0) + weight
    return shares
