"""Factor values without what industries, sizes and other exposures explain: residuals of a least squares fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jqdata import host, provided
from jqdata.exposures import exposure, industries
from jqdata.factor_names import CLASSIFICATIONS
from jqdata.provided import codes_of
from jqdata.units import When

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DEFAULT = ("jq_l1", "market_cap")


def neutralize(
    data: Any,
    how: Any = None,
    date: When | None = None,
    axis: int = 1,
    fillna: str | None = None,
    add_constant: bool = False,
) -> Any:
    """``data``, a Series over codes or a frame, less what ``how`` explains of it as of ``date`` (the day before now).

    Of a frame each row is fitted by itself, with ``axis`` 0 each column. ``how`` are classifications ('jq_l1', one
    regressor an industry), industries, fields of valuations and statements ('ln_market_cap' is its logarithm), factors
    of the library, and Series or frames of one's own over codes; by default jq_l1 and market_cap. A value or exposure
    that is missing leaves nan, or with ``fillna`` the mean of its industry in that classification. Where nobody has an
    exposure ``data`` comes back as it is, with a warning, as on JoinQuant.
    """
    if not isinstance(data, pd.Series | pd.DataFrame):
        raise TypeError(f"neutralize 的 data 应为 Series 或 DataFrame，而不是 {type(data).__name__}")
    if fillna is not None and fillna not in CLASSIFICATIONS:
        raise ValueError(f"neutralize 的 fillna 应为行业分类 {'、'.join(CLASSIFICATIONS)} 之一：{fillna!r}")
    names = data.index if isinstance(data, pd.Series) or axis == 0 else data.columns
    codes, day = codes_of([f"{name}" for name in names]), _day(date)
    if len(codes) != len(names):
        raise ValueError("neutralize 的 data 有重复的股票代码")
    regressors = _regressors(how, codes, day)
    if regressors.empty:
        host.current().log("warning", "system", f"neutralize：{day} 没有任何股票的中性化数据齐全，返回原值")
        return data
    groups = None if fillna is None else industries("neutralize", fillna, codes, day)

    def residuals(row: Any) -> Any:
        left = pd.Series(_residuals(row.to_numpy(float), regressors.to_numpy(float), constant=add_constant), codes)
        if groups is not None:
            left = left.fillna(left.groupby(groups).transform("mean"))
        return left.set_axis(row.index).rename(row.name)

    if isinstance(data, pd.Series):
        return residuals(data)
    of_frame: Any = data
    return of_frame.apply(residuals, axis=axis)


def _residuals(values: NDArray[np.float64], regressors: NDArray[np.float64], *, constant: bool) -> NDArray[np.float64]:
    """Values less their fit, where value and regressors are finite; nan elsewhere, and all where fewer than two are."""
    left = np.full(len(values), np.nan)
    whole = np.isfinite(values) & np.isfinite(regressors).all(axis=1)
    if whole.sum() > 1:
        x = regressors[whole]
        if constant:
            x = np.column_stack([np.ones(len(x)), x])
        # Regressors of very different sizes, money beside 0 and 1, would fall under the fit's cut-off of small ones.
        sizes = np.abs(x).max(axis=0)
        x = x / np.where(sizes > 0, sizes, 1.0)
        fitted, *_ = np.linalg.lstsq(x, values[whole], rcond=None)
        left[whole] = values[whole] - x @ fitted
    return left


def _regressors(how: Any, codes: list[str], day: Date) -> pd.DataFrame:
    """Codes by regressors: those nobody has are left out; empty where no code has all that are left."""
    asked: Sequence[Any] = _DEFAULT if how is None else [how] if not isinstance(how, list | tuple) else how
    parts = []
    for one in asked:
        if isinstance(one, pd.Series | pd.DataFrame):
            parts.append(pd.DataFrame(one).reindex(codes))
        elif isinstance(one, str):
            parts.append(exposure("neutralize", one, codes, day))
        else:
            raise TypeError(f"neutralize 的 how 应为名称、Series 或 DataFrame，而不是 {one!r}")
    if not parts:
        raise ValueError("neutralize 的 how 是空的")
    table = pd.concat(parts, axis=1).astype(float).replace([np.inf, -np.inf], np.nan).dropna(axis=1, how="all")
    return table if len(table.columns) and table.notna().all(axis=1).any() else pd.DataFrame()


def _day(date: When | None) -> Date:
    latest = provided.trading_day(provided.yesterday())
    return provided.trading_day(provided.day_of(date, latest))
