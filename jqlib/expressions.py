"""Expressions over days by codes: each knows how many days it takes, and computes only the rows asked of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Number = float | int


class Panel(NamedTuple):
    """Days by codes, the newest day last; prices in yuan, volume in shares."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    vwap: Floats


@dataclasses.dataclass(frozen=True, eq=False)
class Expr:
    """``rows(panel, count)`` are the newest ``count`` rows; one of them takes ``need`` days of the panel."""

    need: int
    rows: Callable[[Panel, int], Floats]

    def __add__(self, other: Expr | Number) -> Expr:
        return both(self, other, np.add)

    def __sub__(self, other: Expr | Number) -> Expr:
        return both(self, other, np.subtract)

    def __mul__(self, other: Expr | Number) -> Expr:
        return both(self, other, np.multiply)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return both(self, other, quotient)

    def __pow__(self, other: Expr | Number) -> Expr:
        return both(self, other, np.power)

    def __radd__(self, other: Number) -> Expr:
        return both(other, self, np.add)

    def __rsub__(self, other: Number) -> Expr:
        return both(other, self, np.subtract)

    def __rmul__(self, other: Number) -> Expr:
        return both(other, self, np.multiply)

    def __rtruediv__(self, other: Number) -> Expr:
        return both(other, self, quotient)

    def __neg__(self) -> Expr:
        return each(self, np.negative)

    def __lt__(self, other: Expr | Number) -> Expr:
        """1.0 where it is so, 0.0 where not."""
        return both(self, other, less)

    def __gt__(self, other: Expr | Number) -> Expr:
        return both(self, other, lambda x, y: less(y, x))


def expr_of(value: Expr | Number) -> Expr:
    if isinstance(value, Expr):
        return value
    return Expr(1, lambda panel, count: np.full((count, panel.close.shape[1]), float(value)))


def each(x: Expr, compute: Callable[[Floats], Floats]) -> Expr:
    return Expr(x.need, lambda panel, count: compute(x.rows(panel, count)))


def both(x: Expr | Number, y: Expr | Number, compute: Callable[[Floats, Floats], Floats]) -> Expr:
    one, two = expr_of(x), expr_of(y)
    return Expr(max(one.need, two.need), lambda panel, count: compute(one.rows(panel, count), two.rows(panel, count)))


def over(x: Expr, days: Number, compute: Callable[[Floats], Floats]) -> Expr:
    """What ``compute`` makes of the last ``days`` (rounded down) of each row, which are its last axis."""
    more = int(days) - 1
    return Expr(x.need + more, lambda panel, count: compute(_windows(x.rows(panel, count + more), more + 1)))


def over_both(x: Expr, y: Expr, days: Number, compute: Callable[[Floats, Floats], Floats]) -> Expr:
    more = int(days) - 1

    def rows(panel: Panel, count: int) -> Floats:
        one, two = (_windows(side.rows(panel, count + more), more + 1) for side in (x, y))
        return compute(one, two)

    return Expr(max(x.need, y.need) + more, rows)


def _windows(rows: Floats, days: int) -> Floats:
    """Rows by codes by the ``days`` up to each row."""
    return np.lib.stride_tricks.sliding_window_view(rows, days, axis=0)


def quotient(x: Floats, y: Floats) -> Floats:
    """nan where there is nothing to divide by."""
    return np.where(y == 0, np.nan, x / np.where(y == 0, 1.0, y))


def less(x: Floats, y: Floats) -> Floats:
    """1.0 where ``x`` is below ``y`` by more than the last bits, else 0.0."""
    below = y - x > 1e-12 * (np.abs(x) + np.abs(y))
    return np.where(np.isnan(x) | np.isnan(y), np.nan, below.astype(np.float64))
