"""What a portfolio did over past days, as functions of its weights: variance, profit, drawdown and their ratios.

``returns`` are days by securities, simple daily returns. The weights are held all the time (rebalanced daily); what
is not invested earns nothing. A year is 250 trading days.
"""

from __future__ import annotations

import numpy as np

from jqlib.optimizer.problem import Floats, Smooth, deepest

YEAR = 250


def variance(returns: Floats, benchmark: Floats | None = None) -> Smooth:
    """Daily variance (n - 1), of the difference to the benchmark's returns where there is one."""
    days = len(returns)
    spread = returns - returns.mean(axis=0)
    against = np.zeros(days) if benchmark is None else benchmark - benchmark.mean()

    def value(weights: Floats) -> tuple[float, Floats]:
        off = spread @ weights - against
        return float(off @ off) / (days - 1), 2 * spread.T @ off / (days - 1)

    return value


def annual_std(returns: Floats, benchmark: Floats | None = None) -> Smooth:
    """Standard deviation of a year; against a benchmark, the tracking error."""
    return _root(variance(returns, benchmark))


def annual_profit(returns: Floats) -> Floats:
    """Each security's mean daily return times 250: a portfolio's is their weighted sum."""
    profit: Floats = returns.mean(axis=0) * YEAR
    return profit


def drawdown(returns: Floats) -> Smooth:
    """The deepest fall from a high, negative: -0.25 is a quarter; the first day counts as a high."""

    def value(weights: Floats) -> tuple[float, Floats]:
        depth, high, low = deepest(returns, weights)
        days = returns[high:low]
        return depth, (1 + depth) * (days / np.maximum(1 + days @ weights, 1e-9)[:, None]).sum(axis=0)

    return value


def downside(returns: Floats, floor: float) -> Smooth:
    """Standard deviation of a year of what lies below the daily return ``floor``."""

    def square(weights: Floats) -> tuple[float, Floats]:
        below = np.minimum(returns @ weights - floor, 0)
        return float(below @ below) / len(returns), 2 * returns.T @ below / len(returns)

    return _root(square)


def beyond(returns: Floats, floor: float, sign: int) -> Smooth:
    """The mean of what lies above (1) or below (-1) the daily return ``floor``."""

    def value(weights: Floats) -> tuple[float, Floats]:
        over = sign * (returns @ weights - floor)
        return float(np.maximum(over, 0).mean()), sign * returns.T @ (over > 0) / len(returns)

    return value


def quotient(above: Smooth, below: Smooth) -> Smooth:
    """``above / below``, 0 where there is nothing to divide by."""

    def value(weights: Floats) -> tuple[float, Floats]:
        top, top_slope = above(weights)
        bottom, bottom_slope = below(weights)
        if bottom <= 0:
            return 0.0, np.zeros_like(weights)
        return top / bottom, (top_slope - top / bottom * bottom_slope) / bottom

    return value


def mixed(*parts: tuple[float, Smooth], constant: float = 0.0) -> Smooth:
    """A sum of multiples and a constant."""

    def value(weights: Floats) -> tuple[float, Floats]:
        sum_, slope = constant, np.zeros_like(weights)
        for factor, part in parts:
            one, its_slope = part(weights)
            sum_, slope = sum_ + factor * one, slope + factor * its_slope
        return sum_, slope

    return value


def straight(row: Floats, constant: float = 0.0) -> Smooth:
    """``row @ weights + constant``."""
    return lambda weights: (float(row @ weights) + constant, row)


def _root(square: Smooth) -> Smooth:
    def value(weights: Floats) -> tuple[float, Floats]:
        inside, slope = square(weights)
        root = float(np.sqrt(inside * YEAR))
        return root, (slope * YEAR / (2 * root) if root > 0 else np.zeros_like(slope))

    return value
