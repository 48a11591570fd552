"""A problem as a solver takes it: rows with limits over variables that also say what is bought and what is sold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jqlib.optimizer.problem import Curve, Floats, Line, Problem, Smooth, Turnover, Unsolved

STEPS_MAX = 500
INFEASIBLE = 2  # scipy's status of a linear program that nothing satisfies


@dataclasses.dataclass(frozen=True, eq=False)
class Space:
    """The variables x are the weights or, under a turnover limit, what is bought and sold of each security.

    So the weights are ``origin + move @ x``, and the limit on all changes is one row among the others.
    """

    origin: Floats
    move: Floats
    low: Floats
    high: Floats
    rows: Floats
    row_low: Floats
    row_high: Floats
    curves: tuple[Curve, ...]

    def weights(self, x: Floats) -> Floats:
        at: Floats = self.origin + self.move @ x
        return at

    def over_x(self, smooth: Smooth) -> Smooth:
        """A function of the weights as one of x."""

        def value(x: Floats) -> tuple[float, Floats]:
            found, slope = smooth(self.weights(x))
            return found, self.move.T @ slope

        return value

    def least(self, cost: Floats, tangents: tuple[tuple[Floats, float], ...] = ()) -> Floats | None:
        """The x of the least ``cost @ x`` under the rows, and where ``slope @ x + room >= 0``; None: there is none."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        rules = [LinearConstraint(self.rows, self.row_low, self.row_high)] if len(self.rows) else []
        if tangents:
            slopes, rooms = np.array([one for one, _ in tangents]), np.array([-room for _, room in tangents])
            rules.append(LinearConstraint(slopes, rooms, np.inf))
        # HiGHS takes costs below 1e-7 for nothing.
        found: Any = milp(
            cost / (np.abs(cost).max(initial=0.0) or 1.0), constraints=rules, bounds=Bounds(self.low, self.high)
        )
        if found.status == INFEASIBLE:
            return None
        if found.x is None:
            raise Unsolved("OPTIMIZER_NOT_CONVERGED", f"线性规划没有结果：{found.message}")
        least: Floats = np.clip(found.x, self.low, self.high)
        return least

    def descended(self, loss: Smooth, x: Floats, ftol: float) -> Floats:
        """Where one run of SLSQP ends that begins at ``x``: not yet believed to be the best, nor to obey the rules."""
        from scipy.optimize import minimize

        free = self.high > self.low
        if not free.any():
            return x
        part = self._free(free)
        found: Any = minimize(
            part.over_x(loss),
            x[free],
            jac=True,
            bounds=list(zip(part.low, part.high, strict=True)),
            constraints=part._constraints(),
            method="SLSQP",
            options={"ftol": ftol, "maxiter": STEPS_MAX},
        )
        moved = x.copy()
        moved[free] = np.where(np.isfinite(found.x), found.x, x[free])
        return np.clip(moved, self.low, self.high)

    def _free(self, free: NDArray[np.bool_]) -> Space:
        """The same without the variables that have one value only, which SLSQP stumbles over."""
        fixed = np.where(free, 0.0, self.low)
        return Space(
            self.origin + self.move @ fixed,
            self.move[:, free],
            self.low[free],
            self.high[free],
            self.rows[:, free],
            self.row_low - self.rows @ fixed,
            self.row_high - self.rows @ fixed,
            self.curves,
        )

    def _constraints(self) -> list[dict[str, Any]]:
        """Rows and curves as scipy takes them, without rows that say again what the equal ones say."""
        equal = np.asarray(self.row_low == self.row_high)
        own = _independent(self.rows[equal])
        rows, limit = self.rows[equal][own], self.row_low[equal][own]
        kinds: list[tuple[str, Floats, Floats]] = [("eq", rows, limit)]
        says_more = ~equal & ~_spanned(self.rows, rows)
        for sign, limit in ((1, self.row_low), (-1, -self.row_high)):
            limited = says_more & np.isfinite(limit)
            kinds.append(("ineq", sign * self.rows[limited], limit[limited]))
        found = [_affine(kind, rows, limit) for kind, rows, limit in kinds if len(rows)]
        rooms = [self.over_x(curve.room) for curve in self.curves]
        return found + [{"type": "ineq", "fun": _value_of(room), "jac": _slope_of(room)} for room in rooms]


def space_of(problem: Problem) -> Space:
    """ValueError where there are two turnover limits: the weights of today are one portfolio."""
    swings = [rule for rule in problem.rules if isinstance(rule, Turnover)]
    lines = [rule for rule in problem.rules if isinstance(rule, Line)]
    curves = tuple(rule for rule in problem.rules if isinstance(rule, Curve))
    count = len(problem.low)
    if len(swings) > 1:
        raise ValueError("TurnoverConstraint 只能给一个")
    rows = np.array([line.row / line.scale for line in lines]).reshape(len(lines), count)
    low, high = (np.array([getattr(line, end) / line.scale for line in lines]) for end in ("low", "high"))
    if not swings:
        return Space(np.zeros(count), np.eye(count), problem.low, problem.high, rows, low, high, curves)
    held, eye = swings[0].held, np.eye(count)
    bought = np.maximum(problem.low - held, 0), np.maximum(problem.high - held, 0)
    sold = np.maximum(held - problem.high, 0), np.maximum(held - problem.low, 0)
    return Space(
        held,
        np.hstack([eye, -eye]),
        np.concatenate([bought[0], sold[0]]),
        np.concatenate([bought[1], sold[1]]),
        np.vstack([np.hstack([rows, -rows]), np.ones((1, 2 * count))]),
        np.append(low - rows @ held, 0.0),
        np.append(high - rows @ held, swings[0].limit),
        curves,
    )


def _independent(rows: Floats) -> list[int]:
    """The first rows that no earlier ones add up to."""
    chosen: list[int] = []
    for at in range(len(rows)):
        if not _spanned(rows[at : at + 1], rows[chosen])[0]:
            chosen.append(at)
    return chosen


def _spanned(rows: Floats, others: Floats) -> NDArray[np.bool_]:
    """Which rows are sums of multiples of the others: these already say what they are worth."""
    rest = rows - (rows @ np.linalg.pinv(others)) @ others if len(others) else rows
    return np.asarray(np.abs(rest).max(axis=1, initial=0.0) <= 1e-9 * (1 + np.abs(rows).max(axis=1, initial=0.0)))


def _affine(kind: str, rows: Floats, limit: Floats) -> dict[str, Any]:
    return {"type": kind, "fun": lambda x: rows @ x - limit, "jac": lambda x: rows}


def _value_of(smooth: Smooth) -> Callable[[Floats], float]:
    return lambda x: smooth(x)[0]


def _slope_of(smooth: Smooth) -> Callable[[Floats], Floats]:
    return lambda x: smooth(x)[1]
