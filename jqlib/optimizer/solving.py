"""Weights for a problem, by scipy: found, then checked against every rule and against a bound on the best there is.

A linear goal under linear rules is a linear program; all else goes to SLSQP. What it returns is believed only after
two checks of our own: every rule holds, and the goal cannot get better by more than a thousandth of itself (the
linear program of the slopes at that point bounds it, wherever goal and rules are convex).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from jqlib.optimizer.conflicts import conflict, feasible, middle
from jqlib.optimizer.curves import mixed
from jqlib.optimizer.parity import apart, largest, parity
from jqlib.optimizer.problem import TOLERANCE, Fall, Floats, Loss, Parity, Problem, Smooth, Unsolved
from jqlib.optimizer.space import Space, space_of

ROUNDS, SHARPER, CUTS_MAX, CORNERS_MAX = 4, 100, 60, 100
GAP_RELATIVE, GAP_OF_SIZE, SIZE_LEAST = 1e-3, 1e-5, 1e-6


def solve(problem: Problem, ftol: float = 1e-9) -> Floats:
    """The best weights; Unsolved where no weights obey the rules, or none can be shown to be the best."""
    falls = [rule for rule in problem.rules if isinstance(rule, Fall)]
    rules = [rule for rule in problem.rules if not isinstance(rule, Fall)]
    for _ in range(CUTS_MAX):
        weights = _tidy(problem, _solved(problem.with_rules(rules), ftol))
        missed = [fall for fall in falls if fall.missed(weights) > TOLERANCE]
        if not missed:
            break
        rules += [fall.cut(weights) for fall in missed]
    if broken := list(problem.broken(weights)):
        raise _not_converged(f"结果不满足{'；'.join(broken)}")
    return weights


def _solved(problem: Problem, ftol: float) -> Floats:
    start = feasible(problem)
    if start is None:
        text = f"没有满足全部限制的权重，互相矛盾的是：{'；'.join(conflict(problem))}"
        raise Unsolved("OPTIMIZER_INFEASIBLE", text)
    goal = problem.goal
    if isinstance(goal, Parity):
        proportions = parity(goal)
        if (multiple := largest(problem, proportions)) is not None:
            return multiple * proportions
        goal = Loss(apart(goal))
    return _least(problem, goal, start, ftol)


def _least(problem: Problem, goal: Loss, start: Floats, ftol: float) -> Floats:
    """The weights with the least loss: what is found first or, with valleys, the best of several."""
    space = space_of(problem)
    if goal.row is not None and not space.curves:
        x = space.least(space.move.T @ goal.row)
        assert x is not None, "the rules were found to be feasible"
        return space.weights(x)
    found = _candidates(problem, goal.value, _starts(space, goal, start), ftol)
    weights = min(found, key=lambda one: goal.value(one)[0], default=None) if goal.has_valleys else next(found, None)
    if weights is None:
        raise _not_converged("各起点都未到达最优")
    return weights


def _starts(space: Space, goal: Loss, start: Floats) -> list[Floats]:
    """Where to begin: inside, in the middle and, where there are many valleys, in the best corner of a variable."""
    found = [start, middle(space)]
    if goal.has_valleys:
        corners = [space.least(-one) for one in np.eye(len(start))[:CORNERS_MAX]]
        loss = space.over_x(goal.value)
        found.append(min((one for one in corners if one is not None), key=lambda x: loss(x)[0], default=None))
    return [one for one in found if one is not None]


def _candidates(problem: Problem, loss: Smooth, starts: Sequence[Floats], ftol: float) -> Iterator[Floats]:
    """Weights that obey the rules and cannot be shown to be improvable, from each start at most one."""
    space = space_of(problem)
    value = space.over_x(loss)
    least = SIZE_LEAST * max(abs(value(x)[0]) for x in starts) or 1.0
    for x in starts:
        for turn in range(ROUNDS):
            # SLSQP stops by absolute changes: each round sees the loss in the size it begins with, and more sharply.
            size = max(abs(value(x)[0]), least)
            x = space.descended(mixed((1 / size, loss)), x, ftol / SHARPER**turn)
            weights = _tidy(problem, space.weights(x))
            allowed = GAP_RELATIVE * abs(value(x)[0]) + GAP_OF_SIZE * size
            if next(problem.broken(weights), None) is None and gap(space, loss, x) <= allowed:
                yield weights
                break


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


def _not_converged(why: str) -> Unsolved:
    return Unsolved("OPTIMIZER_NOT_CONVERGED", f"求解没有收敛（{why}）：可放宽限制、减少标的或调大 ftol")
