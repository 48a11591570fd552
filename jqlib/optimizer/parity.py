"""Risk parity: weights of which each carries its part of the risk.

Without limits the parts determine the proportions (the minimum of x'Cx/2 - sum(budget * log x) over x > 0, a convex
problem; Spinu 2013), and any multiple has the same parts: the largest that the rules allow is taken. Where no multiple
is allowed, the weights are the ones whose parts are nearest to the budget (least sum of squared differences).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jqlib.optimizer.problem import Curve, Floats, Line, Loss, Parity, Problem, Smooth, Turnover, Unsolved
from jqlib.optimizer.solving import minimize

EXACT = 1e-6
HALVINGS = 60


def solve_parity(problem: Problem, goal: Parity, start: Floats, ftol: float) -> Floats:
    """The weights; Unsolved where the covariance has no such proportions."""
    proportions = parity(goal)
    if (multiple := _largest(problem, proportions)) is not None:
        return multiple * proportions
    loss = Loss(_apart(goal))
    return minimize(problem, loss, [start], ftol)


def parity(goal: Parity) -> Floats:
    """Proportions that sum to 1, with exactly the budget's parts of the risk."""
    from scipy.optimize import minimize as scipy_minimize

    has = goal.budget > 0
    covariance, budget = goal.covariance[np.ix_(has, has)], goal.budget[has]
    spread = np.sqrt(np.diag(covariance))
    if not (spread > 0).all():
        raise Unsolved("OPTIMIZER_NO_RISK", "有标的价格不动，没有风险可分：请从风险平价中去掉")
    correlation = covariance / np.outer(spread, spread)

    def barrier(x: Floats) -> tuple[float, Floats]:
        pull = correlation @ x
        return float(x @ pull / 2 - budget @ np.log(x)), pull - budget / x

    begun = np.sqrt(budget / np.maximum(correlation.sum(axis=1), 0.1))
    options = {"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-10}
    found: Any = scipy_minimize(
        barrier, begun, jac=True, method="L-BFGS-B", bounds=[(1e-9, None)] * len(begun), options=options
    )
    proportions = np.zeros(len(has))
    proportions[has] = found.x / spread
    proportions /= proportions.sum()
    if not np.abs(parts(goal.covariance, proportions) - goal.budget).max() <= EXACT:
        raise Unsolved("OPTIMIZER_NOT_CONVERGED", "风险平价没有收敛：收益率的天数可能少于标的数，请调大 count")
    return proportions


def parts(covariance: Floats, weights: Floats) -> Floats:
    """Each security's part of the variance; they sum to 1."""
    pull = covariance @ weights
    return np.asarray(weights * pull / (weights @ pull))


def _largest(problem: Problem, proportions: Floats) -> float | None:
    """The largest multiple that obeys range and rules; each allows an interval of multiples, curves too if convex."""
    low, high = 0.0, float("inf")
    spans = [(proportions[at], problem.low[at], problem.high[at]) for at in range(len(proportions))]
    spans += [(float(r.row @ proportions), r.low, r.high) for r in problem.rules if isinstance(r, Line)]
    for slope, least, most in spans:
        if slope > 0:
            low, high = max(low, least / slope), min(high, most / slope)
        elif slope < 0:
            low, high = max(low, most / slope), min(high, least / slope)
        elif least > 0 or most < 0:
            return None
    bent = [rule for rule in problem.rules if isinstance(rule, Curve | Turnover)]
    if low > high or not np.isfinite(high):
        return None
    if all(rule.missed(high * proportions) <= 0 for rule in bent):
        return high
    inside = next((m for m in np.linspace(high, low, HALVINGS) if all(r.missed(m * proportions) <= 0 for r in bent)), None)
    if inside is None or inside <= 0:
        return None
    outside = min(high, inside + (high - low) / (HALVINGS - 1))
    for _ in range(HALVINGS):
        between = (inside + outside) / 2
        if all(rule.missed(between * proportions) <= 0 for rule in bent):
            inside = between
        else:
            outside = between
    return float(inside)


def _apart(goal: Parity) -> Smooth:
    """The sum of squared differences between the parts and the budget."""

    def value(weights: Floats) -> tuple[float, Floats]:
        pull = goal.covariance @ weights
        whole = float(weights @ pull)
        if whole <= 0:
            return float(len(weights)), np.zeros_like(weights)
        off = weights * pull / whole - goal.budget
        slope = off * pull + goal.covariance @ (off * weights)
        return float(off @ off), 2 * (slope / whole - 2 * (off @ (weights * pull)) * pull / whole**2)

    return value
