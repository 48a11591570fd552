"""The words of 通达信's formulas worked out slowly, row by row over lists, and JoinQuant's indicators written in them.

A number that is not known is None; whatever is computed from it is not known either.
"""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

Number = float | None
Row = Callable[[float, float], float]


class Line:
    """A column of numbers that are known or not, with arithmetic row by row."""

    def __init__(self, rows: Sequence[Number]) -> None:
        self.rows = list(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def _with(self, other: Any, do: Row) -> Line:
        others = other.rows if isinstance(other, Line) else [other] * len(self)
        made: list[Number] = []
        for one, two in zip(self.rows, others, strict=True):
            try:
                made.append(None if one is None or two is None else float(do(one, two)))
            except ZeroDivisionError:
                made.append(None)
        return Line(made)

    def __add__(self, other: Any) -> Line:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Line:
        return self._with(other, operator.sub)

    def __mul__(self, other: Any) -> Line:
        return self._with(other, operator.mul)

    def __truediv__(self, other: Any) -> Line:
        return self._with(other, operator.truediv)

    def __rsub__(self, other: Any) -> Line:
        return self._with(other, lambda x, y: y - x)

    def __rtruediv__(self, other: Any) -> Line:
        return self._with(other, lambda x, y: y / x)

    def __gt__(self, other: Any) -> Line:
        return self._with(other, operator.gt)

    def __ge__(self, other: Any) -> Line:
        return self._with(other, operator.ge)

    def __lt__(self, other: Any) -> Line:
        return self._with(other, operator.lt)

    def __le__(self, other: Any) -> Line:
        return self._with(other, operator.le)

    def __and__(self, other: Line) -> Line:
        return Line([float(bool(one) and bool(two)) for one, two in zip(self.rows, other.rows, strict=True)])

    __radd__, __rmul__ = __add__, __mul__


def ref(x: Line, n: int) -> Line:
    return Line([x.rows[row - n] if row >= n else None for row in range(len(x))])


def _windows(x: Line, n: int, do: Callable[[list[float]], float]) -> Line:
    made: list[Number] = []
    for row in range(len(x)):
        window = [one for one in x.rows[max(row - n + 1, 0) : row + 1] if one is not None]
        made.append(do(window) if len(window) == n else None)
    return Line(made)


def ma(x: Line, n: int) -> Line:
    return _windows(x, n, lambda window: sum(window) / n)


def total(x: Line, n: int) -> Line:
    return _windows(x, n, sum)


def hhv(x: Line, n: int) -> Line:
    return _windows(x, n, max)


def llv(x: Line, n: int) -> Line:
    return _windows(x, n, min)


def std(x: Line, n: int) -> Line:
    return _windows(x, n, lambda w: math.sqrt(sum((one - sum(w) / n) ** 2 for one in w) / (n - 1)))


def bars_since_high(x: Line, n: int) -> Line:
    return _windows(x, n, lambda w: min(back for back in range(n) if w[n - 1 - back] == max(w)))


def sma(x: Line, n: int, m: int = 1) -> Line:
    made: list[Number] = []
    for one in x.rows:
        last = made[-1] if made else None
        made.append(last if one is None else one if last is None else (m * one + (n - m) * last) / n)
    return Line(made)


def ema(x: Line, n: int) -> Line:
    return sma(x, n + 1, 2)


def expmema(x: Line, n: int) -> Line:
    known = [row for row, one in enumerate(x.rows) if one is not None]
    if len(known) < n:
        return Line([None] * len(x))
    first = known[n - 1]
    begin = sum(x.rows[row] or 0.0 for row in known[:n]) / n
    return ema(Line([*[None] * first, begin, *x.rows[first + 1 :]]), n)


def dma(x: Line, weight: Line) -> Line:
    made: list[Number] = []
    for one, own in zip(x.rows, weight.rows, strict=True):
        last = made[-1] if made else None
        if one is None or own is None:
            made.append(last)
        else:
            made.append(one if last is None else own * one + (1 - own) * last)
    return Line(made)


def when(marks: Line, yes: Any, no: Any) -> Line:
    yeses, noes = (one.rows if isinstance(one, Line) else [one] * len(marks) for one in (yes, no))
    chosen = zip(marks.rows, yeses, noes, strict=True)
    return Line([None if mark is None else yes if mark else no for mark, yes, no in chosen])


def larger(x: Any, y: Line) -> Line:
    return y._with(x, max)


def smaller(x: Any, y: Line) -> Line:
    return y._with(x, min)


def size(x: Line) -> Line:
    return Line([None if one is None else abs(one) for one in x.rows])


def cross(x: Line, y: Any) -> Line:
    above = (x > y).rows
    return Line([float(row > 0 and above[row] == 1 and above[row - 1] == 0) for row in range(len(x))])


def bars_last(marks: Line) -> Line:
    made: list[Number] = []
    since = math.inf
    for one in marks.rows:
        since = 0 if one else since + 1
        made.append(since)
    return Line(made)


def cumulated(x: Line) -> Line:
    made: list[Number] = []
    for one in x.rows:
        made.append((made[-1] or 0.0 if made else 0.0) + (one or 0.0))
    return Line(made)


@dataclasses.dataclass(frozen=True)
class Slow:
    """A security's columns: o, h, l, c in yuan, v in lots of 100 shares, m in yuan."""

    o: Line
    h: Line
    l: Line  # noqa: E741 - as the formulas write it
    c: Line
    v: Line
    m: Line
