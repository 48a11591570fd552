"""Making factor values comparable: outliers drawn in, and values put on one scale. Plain arithmetic, no data needed.

``data`` is a Series over codes, a frame of days by codes, or an array of either shape; with ``axis`` 1 each row is
treated by itself, with 0 each column. What comes back has the same shape; ``inf2nan`` makes infinite values nan first,
otherwise they lie outside every bound. Means, deviations (n) and quantiles are those of the finite values, as in
JoinQuant's own jqfactor_analyzer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

Values = Any  # a Series, DataFrame or array: what comes in is what goes out


def winsorize(
    data: Values,
    scale: float | None = None,
    range: Sequence[float] | None = None,
    qrange: Sequence[float] | None = None,
    inclusive: bool = True,
    inf2nan: bool = True,
    axis: int = 1,
) -> Values:
    """Draw in what lies outside mean ± ``scale`` standard deviations, the ``range``, or the quantiles ``qrange``.

    Without ``inclusive`` it becomes nan instead. ValueError unless exactly one of the three is given.
    """
    if sum(one is not None for one in (scale, range, qrange)) != 1:
        raise ValueError("winsorize 的 scale、range、qrange 应给且只给一个")

    def bounds(row: Any) -> tuple[float, float]:
        if scale is not None:
            return _finite(row).mean() - scale * _deviation(row), _finite(row).mean() + scale * _deviation(row)
        if range is not None:
            return range[0], range[1]
        assert qrange is not None
        return _finite(row).quantile(qrange[0]), _finite(row).quantile(qrange[1])

    return _each(data, lambda row: _drawn_in(row, *bounds(row), inclusive=inclusive), inf2nan, axis)


def winsorize_med(
    data: Values, scale: float = 1, inclusive: bool = True, inf2nan: bool = True, axis: int = 1
) -> Values:
    """Draw in what lies further from the median than ``scale`` times the median of those distances."""

    def drawn_in(row: Any) -> Any:
        middle = _finite(row).median()
        reach = scale * (_finite(row) - middle).abs().median()
        return _drawn_in(row, middle - reach, middle + reach, inclusive=inclusive)

    return _each(data, drawn_in, inf2nan, axis)


def standardlize(data: Values, inf2nan: bool = True, axis: int = 1) -> Values:
    """Mean 0 and standard deviation 1; the name is spelled as JoinQuant spells it."""
    return _each(data, lambda row: (row - _finite(row).mean()) / _deviation(row), inf2nan, axis)


def _finite(row: Any) -> Any:
    return row[np.isfinite(row)]


def _deviation(row: Any) -> float:
    return float(_finite(row).std(ddof=0))


def _drawn_in(row: Any, low: float, high: float, *, inclusive: bool) -> Any:
    return row.clip(low, high) if inclusive else row.where((row >= low) & (row <= high))


def _each(data: Values, change: Callable[[Any], Any], inf2nan: bool, axis: int) -> Values:
    if isinstance(data, np.ndarray):
        as_pandas: Any = pd.DataFrame(data) if data.ndim > 1 else pd.Series(data)
        return _each(as_pandas, change, inf2nan, axis).to_numpy()
    data = data.astype(float)
    if inf2nan:
        data = data.replace([np.inf, -np.inf], np.nan)
    return change(data) if isinstance(data, pd.Series) else data.apply(change, axis=axis)
