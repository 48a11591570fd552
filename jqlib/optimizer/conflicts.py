"""Whether any weights obey all rules and, where none do, which few rules contradict each other."""

from __future__ import annotations

import dataclasses

import numpy as np

from jqlib.optimizer.problem import TOLERANCE, Floats, Problem, Rule, Smooth
from jqlib.optimizer.space import Space, space_of

CORNERS = 6
SPARE = (1e-2, 1e-4, 0.0)


def feasible(problem: Problem) -> Floats | None:
    """An x (of the problem's space) that obeys every rule; None where there is none to be found."""
    space = space_of(problem)
    if (space.low > space.high).any():
        return None
    x = middle(space)
    if x is None or not space.curves:
        return x
    return x if _is_inside(space, x) else _moved_inside(space, x)


def conflict(problem: Problem) -> list[str]:
    """The names of a smallest set of rules that nothing obeys: without any one of them, something would.

    Each of the set is needed for the contradiction; there may be other such sets.
    """
    names = list(dict.fromkeys(rule.name for rule in problem.rules))
    needed = list(names)
    for name in names:
        fewer = [one for one in needed if one != name]
        if feasible(problem.with_rules(_named(problem, fewer))) is None:
            needed = fewer
    return needed or ["标的的权重范围"]


def middle(space: Space) -> Floats | None:
    """The mean of a few corners of what the rows allow: well inside where there is an inside; None: nothing is."""
    corners = []
    for turn in range(CORNERS):
        # Costs in all directions, the same ones every time: what is asked twice is answered alike.
        corner = space.least(np.cos(np.arange(len(space.low)) * (turn // 2 + 1.0)) * (-1) ** turn)
        if corner is None:
            return None
        corners.append(corner)
    mean: Floats = np.mean(corners, axis=0)
    return mean


def _named(problem: Problem, names: list[str]) -> list[Rule]:
    return [rule for rule in problem.rules if rule.name in names]


def _is_inside(space: Space, x: Floats) -> bool:
    return all(curve.room(space.weights(x))[0] >= -TOLERANCE / 2 for curve in space.curves)


def _moved_inside(space: Space, x: Floats) -> Floats | None:
    """The misses made as small as they get, at first with something to spare."""
    flat = dataclasses.replace(space, curves=())
    for spare in SPARE:
        x = flat.descended(_misses(space, spare), x, 1e-14)
        if _is_inside(space, x):
            return x
    return None


def _misses(space: Space, spare: float) -> Smooth:
    """The sum of squared misses, which is smooth also where a rule begins to hold."""

    def value(weights: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros_like(weights)
        for curve in space.curves:
            room, its_slope = curve.room(weights)
            miss = max(spare - room, 0.0)
            total, slope = total + miss * miss, slope - 2 * miss * its_slope
        return total, slope

    return value
