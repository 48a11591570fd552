"""Weights for a problem, by scipy: found, then checked against every rule and against a bound on the best there is.

A linear goal under linear rules is a linear program; all else goes to SLSQP. What it returns is believed only after
two checks of our own: every rule holds, and the goal cannot get better by more than ``gap_max`` (the linear program of
the slopes at that point bounds it, wherever goal and rules are convex).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from jqlib.optimizer.curves import mixed
from jqlib.optimizer.conflicts import conflict, feasible, middle
from jqlib.optimizer.problem import Floats, Loss, Problem, Smooth, Unsolved
from jqlib.optimizer.space import Space, space_of

ROUNDS = 4
GAP_RELATIVE, GAP_OF_START = 1e-3, 1e-5


def solve(problem: Problem, ftol: float = 1e-9) -> Floats:
    """The best weights; Unsolved where no weights obey the rules, or none can be shown to be the best."""
    from jqlib.optimizer.parity import solve_parity

    start = feasible(problem)
    if start is None:
        names = conflict(problem)
        raise Unsolved("OPTIMIZER_INFEASIBLE", f"没有满足全部限制的权重，互相矛盾的是：{'；'.join(names)}")
    if not isinstance(problem.goal, Loss):
        return solve_parity(problem, problem.goal, start, ftol)
    return minimize(problem, problem.goal, [start], ftol)


def minimize(problem: Problem, goal: Loss, starts: list[Floats], ftol: float) -> Floats:
    """The weights with the least loss, from one or more x to begin with."""
    space = space_of(problem)
    if goal.row is not None and not space.curves:
        x = space.least(space.move.T @ goal.row)
        assert x is not None, "the rules were found to be feasible"
        return _checked(problem, space.weights(x))
    starts = [*starts, *(one for one in (middle(space),) if one is not None)]
    best: tuple[float, Floats] | None = None
    for weights in _candidates(problem, space, goal.value, starts, ftol):
        loss = goal.value(weights)[0]
        if best is None or loss < best[0]:
            best = loss, weights
    if best is None:
        raise Unsolved("OPTIMIZER_NOT_CONVERGED", "求解没有收敛：可放宽限制、减少标的或调大 ftol")
    return best[1]


def _candidates(
    problem: Problem, space: Space, loss: Smooth, starts: list[Floats], ftol: float
) -> Iterator[Floats]:
    """Weights that obey the rules and cannot be shown to be improvable, from each start at most one."""
    first = [loss(space.weights(x))[0] for x in starts]
    scale = max(map(abs, first)) or 1.0
    scaled = mixed((1 / scale, loss))
    for x in starts:
        for _ in range(ROUNDS):
            x = space.descended(scaled, x, ftol)
            weights = _tidy(problem, space.weights(x))
            if next(problem.broken(weights), None) is None and gap(space, loss, x) <= gap_max(loss(weights)[0], scale):
                yield weights
                break


def gap_max(loss: float, scale: float) -> float:
    return GAP_RELATIVE * abs(loss) + GAP_OF_START * scale


def gap(space: Space, loss: Smooth, x: Floats) -> float:
    """How much better the best may be at most, where everything is convex; 0 is the best."""
    slope = space.over_x(loss)(x)[1]
    rooms = [space.over_x(curve.room)(x) for curve in space.curves]
    tangents = tuple((its, room - float(its @ x)) for room, its in rooms)
    best = space.least(slope, tangents)
    return float("inf") if best is None else float(slope @ (x - best))


def _tidy(problem: Problem, weights: Floats) -> Floats:
    """Within its range to the last bit, and without the dust that a solver leaves at 0."""
    dust = (np.abs(weights) < 1e-9) & (problem.low <= 0) & (problem.high >= 0)
    return np.clip(np.where(dust, 0.0, weights), problem.low, problem.high)


def _checked(problem: Problem, weights: Floats) -> Floats:
    weights = _tidy(problem, weights)
    if broken := list(problem.broken(weights)):
        raise Unsolved("OPTIMIZER_NOT_CONVERGED", f"求解结果不满足限制：{'；'.join(broken)}")
    return weights
