"""What the weights are to be best at, by JoinQuant's names and parameters; one is given to ``portfolio_optimizer``.

``count`` is how many past daily returns are looked at.
"""

from __future__ import annotations

import abc
import dataclasses
from typing import Any

import numpy as np

from jqlib.optimizer import curves
from jqlib.optimizer.asked import by_code, in_order, need_count, need_days, need_factor, need_number
from jqlib.optimizer.market import Market
from jqlib.optimizer.problem import Line, Loss, Parity, Rule, linear


class Target(abc.ABC):
    """What all targets are."""

    @abc.abstractmethod
    def goal(self, market: Market) -> Loss | Parity:
        """What is to be as small as it can be, or equal."""

    def rules(self, market: Market) -> list[Rule]:
        """What the target demands beside the constraints."""
        return []


@dataclasses.dataclass(frozen=True)
class MinVariance(Target):
    """The least variance. Nothing at all has none: give the total weight a lower limit."""

    count: int = 250

    def __post_init__(self) -> None:
        need_days(self, self.count)

    def goal(self, market: Market) -> Loss:
        return Loss(curves.variance(market.returns(self.count)[0]))


@dataclasses.dataclass(frozen=True)
class MaxProfit(Target):
    """The greatest mean return."""

    count: int = 250

    def __post_init__(self) -> None:
        need_days(self, self.count)

    def goal(self, market: Market) -> Loss:
        return linear(-curves.annual_profit(market.returns(self.count)[0]))


@dataclasses.dataclass(frozen=True)
class MaxSharpeRatio(Target):
    """The greatest (return of a year - ``rf``) / standard deviation of a year, at the total ``weight_sum_equal``."""

    rf: float = 0.0
    weight_sum_equal: float = 1.0
    count: int = 250

    def __post_init__(self) -> None:
        need_number(self, rf=self.rf, weight_sum_equal=self.weight_sum_equal)
        need_days(self, self.count)

    def goal(self, market: Market) -> Loss:
        returns = market.returns(self.count)[0]
        excess = curves.straight(curves.annual_profit(returns), -self.rf)
        sharpe = curves.quotient(excess, curves.annual_std(returns))
        return Loss(curves.mixed((-1, sharpe)), has_valleys=True)

    def rules(self, market: Market) -> list[Rule]:
        total = np.ones(len(market.codes))
        return [Line(repr(self), total, self.weight_sum_equal, self.weight_sum_equal)]


@dataclasses.dataclass(frozen=True)
class MinTrackingError(Target):
    """The least variance of the difference to a benchmark's returns."""

    benchmark: str
    count: int = 250

    def __post_init__(self) -> None:
        need_days(self, self.count)

    def goal(self, market: Market) -> Loss:
        return Loss(curves.variance(*market.returns(self.count, self.benchmark)))


@dataclasses.dataclass(frozen=True, eq=False)
class RiskParity(Target):
    """Each security carries its part of the risk: all the same, or as ``risk_budget`` (a Series by code) divides it."""

    count: int = 250
    risk_budget: Any = dataclasses.field(default=None, repr=False)

    def __post_init__(self) -> None:
        need_days(self, self.count)

    def goal(self, market: Market) -> Parity:
        returns, codes = market.returns(self.count)[0], market.codes
        budget = np.ones(len(codes))
        if self.risk_budget is not None:
            budget = in_order(self, "risk_budget", by_code(self, "risk_budget", self.risk_budget), codes)
            if (budget < 0).any() or budget.sum() <= 0:
                raise ValueError("RiskParity 的 risk_budget 不能为负，也不能全为 0")
        return Parity(np.atleast_2d(np.cov(returns.T)), budget / budget.sum())


@dataclasses.dataclass(frozen=True, eq=False)
class MaxScore(Target):
    """The greatest sum of weights times ``scores``, a Series by code."""

    scores: Any = dataclasses.field(repr=False)
    sign = -1

    def goal(self, market: Market) -> Loss:
        return linear(self.sign * in_order(self, "scores", by_code(self, "scores", self.scores), market.codes))


class MinScore(MaxScore):
    """The least sum of weights times ``scores``, a Series by code."""

    sign = 1


@dataclasses.dataclass(frozen=True, eq=False)
class MaxFactorValue(Target):
    """The greatest sum of weights times the values of a Factor, averaged over the last ``count`` days."""

    factor: Any
    count: int = 1
    sign = -1

    def __post_init__(self) -> None:
        need_factor(self, self.factor)
        need_count(self, self.count)

    def goal(self, market: Market) -> Loss:
        return linear(self.sign * market.factor(self.factor, self.count))


class MinFactorValue(MaxFactorValue):
    """The least sum of weights times the values of a Factor, averaged over the last ``count`` days."""

    sign = 1
