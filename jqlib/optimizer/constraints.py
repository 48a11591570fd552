"""Limits on a portfolio's total weight, its past risk and return, and its changes, by JoinQuant's names."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any

import numpy as np

from jqdata.missing import NotSupported
from jqlib.optimizer import curves
from jqlib.optimizer.asked import by_code, need_days, need_number, need_range
from jqlib.optimizer.market import Market
from jqlib.optimizer.problem import Curve, Fall, Line, Rule, Smooth, Turnover


class Constraint(abc.ABC):
    """What all constraints are."""

    @abc.abstractmethod
    def rules(self, market: Market) -> list[Rule]:
        """What a portfolio must keep."""


@dataclasses.dataclass(frozen=True)
class WeightConstraint(Constraint):
    """The sum of all weights lies between ``low`` and ``high``."""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        need_range(self, self.low, self.high)

    def rules(self, market: Market) -> list[Rule]:
        return [Line(repr(self), np.ones(len(market.codes)), self.low, self.high)]


@dataclasses.dataclass(frozen=True)
class WeightEqualConstraint(Constraint):
    """The sum of all weights is ``limit``."""

    limit: float = 1.0

    def __post_init__(self) -> None:
        need_number(self, limit=self.limit)

    def rules(self, market: Market) -> list[Rule]:
        return [Line(repr(self), np.ones(len(market.codes)), self.limit, self.limit)]


@dataclasses.dataclass(frozen=True)
class _OfThePast(Constraint):
    """A limit on what the portfolio would have done over ``count`` days."""

    limit: float
    count: int = 250

    def __post_init__(self) -> None:
        need_number(self, limit=self.limit)
        need_days(self, self.count)


class AnnualStdConstraint(_OfThePast):
    """The standard deviation of a year is at most ``limit`` (0.15: 15 %)."""

    def rules(self, market: Market) -> list[Rule]:
        std = curves.annual_std(market.returns(self.count)[0])
        return [Curve(repr(self), curves.mixed((-1, std), constant=self.limit))]


class AnnualProfitConstraint(_OfThePast):
    """The mean return of a year (250 times that of a day) is at least ``limit``."""

    def rules(self, market: Market) -> list[Rule]:
        return [Line(repr(self), curves.annual_profit(market.returns(self.count)[0]), self.limit, np.inf)]


@dataclasses.dataclass(frozen=True)
class TrackingErrorConstraint(Constraint):
    """The standard deviation of a year of the difference to ``benchmark`` is at most ``limit``."""

    benchmark: str
    limit: float
    count: int = 250

    def __post_init__(self) -> None:
        need_number(self, limit=self.limit)
        need_days(self, self.count)

    def rules(self, market: Market) -> list[Rule]:
        error = curves.annual_std(*market.returns(self.count, self.benchmark))
        return [Curve(repr(self), curves.mixed((-1, error), constant=self.limit))]


@dataclasses.dataclass(frozen=True, eq=False)
class TurnoverConstraint(Constraint):
    """The sum of all changes, bought and sold, is at most ``limit`` (1: all of the portfolio's value).

    ``current_portfolio`` is a Series of today's weights by code (None: nothing is held); what is held and not among
    the securities is sold.
    """

    limit: float
    current_portfolio: Any = dataclasses.field(default=None, repr=False)

    def __post_init__(self) -> None:
        need_number(self, limit=self.limit)

    def rules(self, market: Market) -> list[Rule]:
        held = {} if self.current_portfolio is None else by_code(self, "current_portfolio", self.current_portfolio)
        sold = sum(abs(weight) for code, weight in held.items() if code not in market.codes)
        weights = np.array([held.get(code, 0.0) for code in market.codes])
        return [Turnover(repr(self), weights, self.limit - sold)]


class MaxDrawdownConstraint(_OfThePast):
    """No fall from a high was deeper than ``limit``, which is negative (-0.25: a quarter)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not -1 < self.limit < 0:
            raise ValueError(f"MaxDrawdownConstraint 的 limit 应为 -1 到 0 之间的负数，如 -0.25：{self.limit!r}")

    def rules(self, market: Market) -> list[Rule]:
        return [Fall(repr(self), market.returns(self.count)[0], self.limit)]


RATIOS = ("sharpe_ratio", "information_ratio", "calmar_ratio", "omega_ratio", "sortino_ratio")
UNDEFINED_RATIOS = ("var", "cvar")


@dataclasses.dataclass(frozen=True)
class RatioConstraint(Constraint):
    """A ratio of a year's return to a risk lies between ``low`` and ``high`` (None: no limit).

    sharpe, sortino: over ``rf``, by all deviations or those below ``rf``; calmar: by the deepest fall;
    information: over ``benchmark``, by the tracking error; omega: the daily mean above ``rf`` by that below it.
    """

    ratio: str
    low: float | None = None
    high: float | None = None
    rf: float | None = None
    benchmark: str | None = None
    count: int = 250

    def __post_init__(self) -> None:
        if self.ratio in UNDEFINED_RATIOS:
            why = "聚宽文档没有给出它的置信度与正负号"
            raise NotSupported(f"RatioConstraint('{self.ratio}') 不支持：{why} [NOT_SUPPORTED]")
        if self.ratio not in RATIOS:
            raise ValueError(f"RatioConstraint 的 ratio 应为 {'、'.join(RATIOS)} 之一：{self.ratio!r}")
        if self.ratio == "information_ratio" and self.benchmark is None:
            raise ValueError("RatioConstraint('information_ratio') 要给 benchmark")
        given = {"low": self.low, "high": self.high, "rf": self.rf}
        need_number(self, **{name: value for name, value in given.items() if value is not None})
        need_days(self, self.count)

    def rules(self, market: Market) -> list[Rule]:
        above, below = self._parts(market)
        found: list[Rule] = []
        if self.low is not None:
            found.append(Curve(repr(self), curves.mixed((1, above), (-self.low, below))))
        if self.high is not None:
            found.append(Curve(repr(self), curves.mixed((-1, above), (self.high, below))))
        return found

    def _parts(self, market: Market) -> tuple[Smooth, Smooth]:
        """What stands above and below the ratio's line; the lower one is never negative."""
        returns, benchmark = market.returns(self.count, self.benchmark)
        rf = self.rf or 0.0
        profit = curves.annual_profit(returns)
        match self.ratio:
            case "sharpe_ratio":
                return curves.straight(profit, -rf), curves.annual_std(returns)
            case "sortino_ratio":
                return curves.straight(profit, -rf), curves.downside(returns, rf / curves.YEAR)
            case "calmar_ratio":
                return curves.straight(profit), curves.mixed((-1, curves.drawdown(returns)))
            case "omega_ratio":
                floor = rf / curves.YEAR
                return curves.beyond(returns, floor, 1), curves.beyond(returns, floor, -1)
            case _:
                over = -float(benchmark.mean()) * curves.YEAR
                return curves.straight(profit, over), curves.annual_std(returns, benchmark)
