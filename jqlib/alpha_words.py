"""The words of "101 Formulaic Alphas" (Kakushadze 2016, appendix A.1), over all codes at once.

An expression knows how many days it takes for its newest row, and computes only the rows that are asked of it. Where
the paper leaves something open: ranks are shares of those that have a value, ``ts_argmax`` counts from the oldest day,
``std`` divides by n - 1, and ``adv`` is a mean of shares, not of money, since JoinQuant's own values tell so. What
cannot be computed (nothing to divide by, no variance) is nan.
"""

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
        return _both(self, other, np.add)

    def __sub__(self, other: Expr | Number) -> Expr:
        return _both(self, other, np.subtract)

    def __mul__(self, other: Expr | Number) -> Expr:
        return _both(self, other, np.multiply)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return _both(self, other, _quotient)

    def __pow__(self, other: Expr | Number) -> Expr:
        return _both(self, other, np.power)

    def __radd__(self, other: Number) -> Expr:
        return _both(other, self, np.add)

    def __rsub__(self, other: Number) -> Expr:
        return _both(other, self, np.subtract)

    def __rmul__(self, other: Number) -> Expr:
        return _both(other, self, np.multiply)

    def __rtruediv__(self, other: Number) -> Expr:
        return _both(other, self, _quotient)

    def __neg__(self) -> Expr:
        return _each(self, np.negative)

    def __lt__(self, other: Expr | Number) -> Expr:
        """1.0 where it is so, 0.0 where not."""
        return _both(self, other, _less)

    def __gt__(self, other: Expr | Number) -> Expr:
        return _both(self, other, lambda x, y: _less(y, x))


def _column(name: str) -> Expr:
    return Expr(1, lambda panel, count: getattr(panel, name)[-count:])


open, high, low, close, volume, vwap = map(_column, Panel._fields)

# -- row by row ------------------------------------------------------------------------------------------------------


def log(x: Expr) -> Expr:
    return _each(x, lambda rows: np.log(np.where(rows > 0, rows, np.nan)))


def sign(x: Expr) -> Expr:
    return _each(x, np.sign)


def absolute(x: Expr) -> Expr:
    return _each(x, np.abs)


def signed_power(x: Expr, exponent: Expr | Number) -> Expr:
    return sign(x) * absolute(x) ** exponent


def larger(x: Expr, y: Expr) -> Expr:
    return _both(x, y, np.maximum)


def smaller(x: Expr, y: Expr) -> Expr:
    return _both(x, y, np.minimum)


def where(condition: Expr, yes: Expr | Number, no: Expr | Number) -> Expr:
    """``condition ? yes : no``; nan where the condition is."""
    chosen, others = _expr(yes), _expr(no)

    def rows(panel: Panel, count: int) -> Floats:
        met = condition.rows(panel, count)
        found = np.where(met != 0, chosen.rows(panel, count), others.rows(panel, count))
        return np.where(np.isnan(met), np.nan, found)

    return Expr(max(condition.need, chosen.need, others.need), rows)


# -- across codes ----------------------------------------------------------------------------------------------------


def rank(x: Expr) -> Expr:
    """From 1/n to 1 among the n codes that have a value; those that are equal share the mean of their ranks."""

    def ranks(rows: Floats) -> Floats:
        import pandas as pd

        return pd.DataFrame(rows).rank(axis=1, pct=True).to_numpy()

    return _each(x, ranks)


def scale(x: Expr) -> Expr:
    """Made so that sizes sum to 1."""
    return _each(x, lambda rows: _quotient(rows, np.nansum(np.abs(rows), axis=1, keepdims=True)))


# -- along days: a day written as a fraction is rounded down ---------------------------------------------------------


def delay(x: Expr, days: Number) -> Expr:
    back = int(days)
    return Expr(x.need + back, lambda panel, count: x.rows(panel, count + back)[:count])


def delta(x: Expr, days: Number) -> Expr:
    return x - delay(x, days)


def total(x: Expr, days: Number) -> Expr:
    return _over(x, days, lambda windows: windows.sum(axis=-1))


def mean(x: Expr, days: Number) -> Expr:
    return _over(x, days, lambda windows: windows.mean(axis=-1))


def product(x: Expr, days: Number) -> Expr:
    return _over(x, days, lambda windows: windows.prod(axis=-1))


def std(x: Expr, days: Number) -> Expr:
    return _over(x, days, lambda windows: windows.std(axis=-1, ddof=1))


def ts_min(x: Expr, days: Number) -> Expr:
    return _over(x, days, lambda windows: windows.min(axis=-1))


def ts_max(x: Expr, days: Number) -> Expr:
    return _over(x, days, lambda windows: windows.max(axis=-1))


def ts_argmax(x: Expr, days: Number) -> Expr:
    """On which day the highest was, 1 the oldest."""
    return _over(x, days, lambda windows: _known(windows, np.argmax(windows, axis=-1) + 1.0))


def ts_argmin(x: Expr, days: Number) -> Expr:
    return ts_argmax(-x, days)


def ts_rank(x: Expr, days: Number) -> Expr:
    """The rank of the newest among ``days`` values, as a share of them."""

    def ranks(windows: Floats) -> Floats:
        newest = windows[..., -1:]
        below, same = (windows < newest).sum(axis=-1), (windows == newest).sum(axis=-1)
        return _known(windows, (below + (same + 1) / 2) / windows.shape[-1])

    return _over(x, days, ranks)


def decay_linear(x: Expr, days: Number) -> Expr:
    """Mean that weighs the newest ``days``, the oldest 1."""
    weights = np.arange(1, int(days) + 1) / (int(days) * (int(days) + 1) / 2)
    return _over(x, days, lambda windows: _even(windows @ weights))


def correlation(x: Expr, y: Expr, days: Number) -> Expr:
    def correlated(one: Floats, two: Floats) -> Floats:
        own, other = _apart(one), _apart(two)
        found = (own * other).sum(axis=-1) / np.sqrt((own**2).sum(axis=-1) * (other**2).sum(axis=-1))
        varies = (one.max(axis=-1) > one.min(axis=-1)) & (two.max(axis=-1) > two.min(axis=-1))
        return np.where(varies, _even(np.clip(found, -1, 1)), np.nan)

    return _over_both(x, y, days, correlated)


def covariance(x: Expr, y: Expr, days: Number) -> Expr:
    """Of numbers about 1, as the ranks are that formulas put in here."""

    def covaried(one: Floats, two: Floats) -> Floats:
        return _even((_apart(one) * _apart(two)).sum(axis=-1) / (one.shape[-1] - 1))

    return _over_both(x, y, days, covaried)


# -- how expressions are made of others ------------------------------------------------------------------------------


def _expr(value: Expr | Number) -> Expr:
    if isinstance(value, Expr):
        return value
    return Expr(1, lambda panel, count: np.full((count, panel.close.shape[1]), float(value)))


def _each(x: Expr, compute: Callable[[Floats], Floats]) -> Expr:
    return Expr(x.need, lambda panel, count: compute(x.rows(panel, count)))


def _both(x: Expr | Number, y: Expr | Number, compute: Callable[[Floats, Floats], Floats]) -> Expr:
    one, two = _expr(x), _expr(y)
    return Expr(max(one.need, two.need), lambda panel, count: compute(one.rows(panel, count), two.rows(panel, count)))


def _over(x: Expr, days: Number, compute: Callable[[Floats], Floats]) -> Expr:
    more = int(days) - 1
    return Expr(x.need + more, lambda panel, count: compute(_windows(x.rows(panel, count + more), more + 1)))


def _over_both(x: Expr, y: Expr, days: Number, compute: Callable[[Floats, Floats], Floats]) -> Expr:
    more = int(days) - 1

    def rows(panel: Panel, count: int) -> Floats:
        one, two = (_windows(side.rows(panel, count + more), more + 1) for side in (x, y))
        return compute(one, two)

    return Expr(max(x.need, y.need) + more, rows)


def _windows(rows: Floats, days: int) -> Floats:
    """Rows by codes by the ``days`` up to each row."""
    return np.lib.stride_tricks.sliding_window_view(rows, days, axis=0)


def _apart(windows: Floats) -> Floats:
    centred: Floats = windows - windows.mean(axis=-1, keepdims=True)
    return centred


def _even(values: Floats) -> Floats:
    """Without the last bits, so that what is equal in truth ranks as equal."""
    return np.round(values, 12)


def _known(windows: Floats, values: Floats) -> Floats:
    return np.where(np.isnan(windows).any(axis=-1), np.nan, values)


def _quotient(x: Floats, y: Floats) -> Floats:
    return np.where(y == 0, np.nan, x / np.where(y == 0, 1.0, y))


def _less(x: Floats, y: Floats) -> Floats:
    """By more than the last bits."""
    less = y - x > 1e-12 * (np.abs(x) + np.abs(y))
    return np.where(np.isnan(x) | np.isnan(y), np.nan, less.astype(np.float64))


# -- what formulas have names for ------------------------------------------------------------------------------------

returns = close / delay(close, 1) - 1


def adv(days: int) -> Expr:
    """Shares traded a day in the mean."""
    return mean(volume, days)


def blend(x: Expr, y: Expr, part: float) -> Expr:
    return x * part + y * (1 - part)
