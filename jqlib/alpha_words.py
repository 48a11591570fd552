"""The words of "101 Formulaic Alphas" (Kakushadze 2016, appendix A.1), over all codes at once.

Where the paper leaves something open: ranks are shares of those that have a value, ``ts_argmax`` counts from the
oldest day, ``std`` divides by n - 1, and ``adv`` is a mean of shares, not of money, since JoinQuant's own values tell
so. What cannot be computed (nothing to divide by, no variance) is nan.
"""

from __future__ import annotations

import numpy as np

from jqlib.expressions import Expr, Floats, Number, Panel, both, each, expr_of, over, over_both, quotient


def _column(name: str) -> Expr:
    return Expr(1, lambda panel, count: getattr(panel, name)[-count:])


open, high, low, close, volume, vwap = map(_column, Panel._fields)

# -- row by row ------------------------------------------------------------------------------------------------------


def log(x: Expr) -> Expr:
    return each(x, lambda rows: np.log(np.where(rows > 0, rows, np.nan)))


def sign(x: Expr) -> Expr:
    return each(x, np.sign)


def absolute(x: Expr) -> Expr:
    return each(x, np.abs)


def signed_power(x: Expr, exponent: Expr | Number) -> Expr:
    return sign(x) * absolute(x) ** exponent


def larger(x: Expr, y: Expr) -> Expr:
    return both(x, y, np.maximum)


def smaller(x: Expr, y: Expr) -> Expr:
    return both(x, y, np.minimum)


def where(condition: Expr, yes: Expr | Number, no: Expr | Number) -> Expr:
    """``condition ? yes : no``; nan where the condition is."""
    chosen, others = expr_of(yes), expr_of(no)

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

    return each(x, ranks)


def scale(x: Expr) -> Expr:
    """Made so that sizes sum to 1."""
    return each(x, lambda rows: quotient(rows, np.nansum(np.abs(rows), axis=1, keepdims=True)))


# -- along days: a day written as a fraction is rounded down ---------------------------------------------------------


def delay(x: Expr, days: Number) -> Expr:
    back = int(days)
    return Expr(x.need + back, lambda panel, count: x.rows(panel, count + back)[:count])


def delta(x: Expr, days: Number) -> Expr:
    return x - delay(x, days)


def total(x: Expr, days: Number) -> Expr:
    return over(x, days, lambda windows: windows.sum(axis=-1))


def mean(x: Expr, days: Number) -> Expr:
    return over(x, days, lambda windows: windows.mean(axis=-1))


def product(x: Expr, days: Number) -> Expr:
    return over(x, days, lambda windows: windows.prod(axis=-1))


def std(x: Expr, days: Number) -> Expr:
    return over(x, days, lambda windows: windows.std(axis=-1, ddof=1))


def ts_min(x: Expr, days: Number) -> Expr:
    return over(x, days, lambda windows: windows.min(axis=-1))


def ts_max(x: Expr, days: Number) -> Expr:
    return over(x, days, lambda windows: windows.max(axis=-1))


def ts_argmax(x: Expr, days: Number) -> Expr:
    """On which day the highest was, 1 the oldest."""
    return over(x, days, lambda windows: _known(windows, np.argmax(windows, axis=-1) + 1.0))


def ts_argmin(x: Expr, days: Number) -> Expr:
    return ts_argmax(-x, days)


def ts_rank(x: Expr, days: Number) -> Expr:
    """The rank of the newest among ``days`` values, as a share of them."""

    def ranks(windows: Floats) -> Floats:
        newest = windows[..., -1:]
        below, same = (windows < newest).sum(axis=-1), (windows == newest).sum(axis=-1)
        return _known(windows, (below + (same + 1) / 2) / windows.shape[-1])

    return over(x, days, ranks)


def decay_linear(x: Expr, days: Number) -> Expr:
    """Mean that weighs the newest ``days``, the oldest 1."""
    weights = np.arange(1, int(days) + 1) / (int(days) * (int(days) + 1) / 2)
    return over(x, days, lambda windows: _even(windows @ weights))


def correlation(x: Expr, y: Expr, days: Number) -> Expr:
    def correlated(one: Floats, two: Floats) -> Floats:
        own, other = _apart(one), _apart(two)
        found = (own * other).sum(axis=-1) / np.sqrt((own**2).sum(axis=-1) * (other**2).sum(axis=-1))
        varies = (one.max(axis=-1) > one.min(axis=-1)) & (two.max(axis=-1) > two.min(axis=-1))
        return np.where(varies, _even(np.clip(found, -1, 1)), np.nan)

    return over_both(x, y, days, correlated)


def covariance(x: Expr, y: Expr, days: Number) -> Expr:
    """Of numbers about 1, as the ranks are that formulas put in here."""

    def covaried(one: Floats, two: Floats) -> Floats:
        return _even((_apart(one) * _apart(two)).sum(axis=-1) / (one.shape[-1] - 1))

    return over_both(x, y, days, covaried)


# -- what formulas have names for ------------------------------------------------------------------------------------

returns = close / delay(close, 1) - 1


def adv(days: int) -> Expr:
    """Shares traded a day in the mean."""
    return mean(volume, days)


def blend(x: Expr, y: Expr, part: float) -> Expr:
    return x * part + y * (1 - part)


def _apart(windows: Floats) -> Floats:
    centred: Floats = windows - windows.mean(axis=-1, keepdims=True)
    return centred


def _even(values: Floats) -> Floats:
    """Without the last bits, so that what is equal in truth ranks as equal."""
    return np.round(values, 12)


def _known(windows: Floats, values: Floats) -> Floats:
    return np.where(np.isnan(windows).any(axis=-1), np.nan, values)
