"""An optimization as plain arrays: what is to be small, the range of each weight, and the rules for all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Smooth = Callable[[Floats], tuple[float, Floats]]
"""A function of the weights, with its gradient."""

TOLERANCE = 1e-6
"""How far a rule may be missed, in weights or in returns of a year: what a solver leaves, far below one lot."""


class Unsolved(Exception):
    """There are no weights to return: ``code`` is stable, ``text`` says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{text} [{code}]")
        self.code, self.text = code, text


@dataclasses.dataclass(frozen=True, eq=False)
class Line:
    """``low <= row @ weights <= high``; ``name`` is the constraint as the strategy wrote it.

    Of a row with large numbers (a factor in yuan) what is missed counts by the largest of them.
    """

    name: str
    row: Floats
    low: float
    high: float

    def missed(self, weights: Floats) -> float:
        value = float(self.row @ weights)
        return max(self.low - value, value - self.high, 0.0) / self.scale

    @property
    def scale(self) -> float:
        return max(float(np.abs(self.row).max(initial=0.0)), 1.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Curve:
    """``room(weights) >= 0``."""

    name: str
    room: Smooth

    def missed(self, weights: Floats) -> float:
        return max(-self.room(weights)[0], 0.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Turnover:
    """The sum of all changes from the weights ``held`` is at most ``limit``."""

    name: str
    held: Floats
    limit: float

    def missed(self, weights: Floats) -> float:
        return max(float(np.abs(weights - self.held).sum()) - self.limit, 0.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Fall:
    """No fall from a high is deeper than ``floor`` (-0.25: a quarter); ``returns`` are days by securities.

    The rule has a kink wherever another fall becomes the deepest, so a solver gets it as cuts: one fall at a time.
    """

    name: str
    returns: Floats
    floor: float

    def missed(self, weights: Floats) -> float:
        return max(self.floor - deepest(self.returns, weights)[0], 0.0)

    def cut(self, weights: Floats) -> Curve:
        """That the fall which is the deepest with these weights is none too deep with others; concave."""
        _, high, low = deepest(self.returns, weights)
        days, least = self.returns[high:low], float(np.log1p(self.floor))

        def room(weights: Floats) -> tuple[float, Floats]:
            steps = np.maximum(1 + days @ weights, 1e-9)
            return float(np.log(steps).sum()) - least, (days / steps[:, None]).sum(axis=0)

        return Curve(self.name, room)


def deepest(returns: Floats, weights: Floats) -> tuple[float, int, int]:
    """The deepest fall of a portfolio, as a negative share, and the days of its high and its low (0: the start)."""
    worth = np.concatenate([[1.0], np.cumprod(np.maximum(1 + returns @ weights, 1e-9))])
    falls = worth / np.maximum.accumulate(worth) - 1
    low = int(np.argmin(falls))
    return float(falls[low]), int(np.argmax(worth[: low + 1])), low


Rule = Line | Curve | Turnover | Fall


@dataclasses.dataclass(frozen=True, eq=False)
class Loss:
    """The weights with the least ``value``; ``row`` where that is ``row @ weights``.

    With ``has_valleys`` there may be several places that are better than all around them.
    """

    value: Smooth
    row: Floats | None = None
    has_valleys: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Parity:
    """Each security's part of the variance is its part of ``budget``, which sums to 1."""

    covariance: Floats
    budget: Floats


@dataclasses.dataclass(frozen=True, eq=False)
class Problem:
    """Find weights between ``low`` and ``high`` that obey the rules and are best for the goal."""

    goal: Loss | Parity
    low: Floats
    high: Floats
    rules: Sequence[Rule] = ()

    def with_rules(self, rules: Sequence[Rule]) -> Problem:
        return dataclasses.replace(self, rules=tuple(rules))

    def broken(self, weights: Floats) -> Iterator[str]:
        """The rules that these weights miss, each once; a pure check that knows nothing of how they were found."""
        if not np.isfinite(weights).all():
            yield "权重不是数字"
            return
        if (weights < self.low - TOLERANCE).any() or (weights > self.high + TOLERANCE).any():
            yield "标的的权重范围"
        yield from dict.fromkeys(rule.name for rule in self.rules if not rule.missed(weights) <= TOLERANCE)


def linear(row: Floats) -> Loss:
    """The least ``row @ weights``."""
    return Loss(lambda weights: (float(row @ weights), row), row)
