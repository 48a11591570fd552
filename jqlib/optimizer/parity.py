"""Risk parity: weights of which each carries its part of the risk.

Without limits the parts determine the proportions (the minimum of x'Cx/2 - sum(budget * log x) over x > 0, a convex
problem; Spinu 2013), and any multiple has the same parts: the largest that the rules allow is taken. Where no multiple
is allowed, the weights are the ones whose parts are nearest to the budget (least sum of squared differences).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jqlib.optimizer.problem import Floats, Line, Parity, Problem, Smooth, Unsolved

EXACT = 1e-6
TRIED, HALVINGS = 60, 50
HOW = {"maxiter": 1000, "gtol": 1e-9}


def parity(goal: Parity) -> Floats:
    """Proportions that sum to 1, with exactly the budget's parts of the risk."""
    from scipy.optimize import minimize

    has = goal.budget > 0
    covariance, budget = goal.covariance[np.ix_(has, has)], goal.budget[has]
    spread = np.sqrt(np.diag(covariance))
    if not (spread > 0).all():
        raise Unsolved("OPTIMIZER_NO_RISK", "有标的价格不动，没有风险可分：请从风险平价中去掉")
    correlation = covariance / np.outer(spread, spread)

    def barrier(log_x: Floats) -> tuple[float, Floats]:
        x = np.exp(log_x)
        shares = x * (correlation @ x)
        return float(shares.sum() / 2 - budget @ log_x), shares - budget

    def bend(log_x: Floats) -> Floats:
        x = np.exp(log_x)
        return np.asarray(np.diag(x * (correlation @ x)) + correlation * np.outer(x, x))

    begun = np.log(budget / np.maximum(correlation.sum(axis=1), 0.1)) / 2
    found: Any = minimize(barrier, begun, jac=True, hess=bend, method="trust-exact", options=HOW)
    proportions = np.zeros(len(has))
    proportions[has] = np.exp(found.x) / spread
    proportions /= proportions.sum()
    if not np.abs(parts(goal.covariance, proportions) - goal.budget).max() <= EXACT:
        raise Unsolved("OPTIMIZER_NOT_CONVERGED", "风险平价没有收敛：收益率的天数可能少于标的数，请调大 count")
    return proportions


def parts(covariance: Floats, weights: Floats) -> Floats:
    """Each security's part of the variance; they sum to 1."""
    pull = covariance @ weights
    return np.asarray(weights * pull / (weights @ pull))


def largest(problem: Problem, proportions: Floats) -> float | None:
    """The largest multiple that obeys range and rules, None where only 0 does or none.

    Each rule allows an interval of multiples: lines by arithmetic, convex curves by halving.
    """
    span = _between_lines(problem, proportions)
    if span is None:
        return None
    bent = [rule for rule in problem.rules if not isinstance(rule, Line)]

    def fits(multiple: float) -> bool:
        return all(rule.missed(multiple * proportions) <= 0 for rule in bent)

    low, high = span
    if fits(high):
        return high
    tried = np.linspace(high, low, TRIED)
    inside = next((float(one) for one in tried if fits(float(one))), 0.0)
    outside = inside + (high - low) / (TRIED - 1)
    for _ in range(HALVINGS):
        between = (inside + outside) / 2
        inside, outside = (between, outside) if fits(between) else (inside, between)
    return inside if inside > 0 and fits(inside) else None


def _between_lines(problem: Problem, proportions: Floats) -> tuple[float, float] | None:
    """The least and the largest multiple that ranges and lines allow; None where there is none above 0."""
    low, high = 0.0, float("inf")
    spans = list(zip(proportions, problem.low, problem.high, strict=True))
    spans += [(rule.row @ proportions, rule.low, rule.high) for rule in problem.rules if isinstance(rule, Line)]
    for slope, least, most in spans:
        if slope == 0:
            if least > 0 or most < 0:
                return None
            continue
        ends = sorted((least / slope, most / slope))
        low, high = max(low, ends[0]), min(high, ends[1])
    return (low, high) if low <= high and 0 < high < np.inf else None


def apart(goal: Parity) -> Smooth:
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
