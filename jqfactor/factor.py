"""Factors of one's own: ``Factor`` says what it needs and how it is computed, ``calc_factors`` does so day by day.

A day's value comes from what was known after that day's close, and no day is later than the one before now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jqdata import provided
from jqdata.provided import Codes, codes_of
from jqdata.units import When, time_of
from jqfactor.windows import Windows

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from jqdata.frames import Frame


class Factor:
    """What a factor derives from: it is called with each of its ``dependencies`` as a frame of days by codes.

    ``max_window`` trading days end with ``self._current_date``. ``calc`` returns a Series over codes; nothing at all,
    where it keeps its results itself, counts as nan, and a number as everybody's.
    """

    name = ""
    max_window = 1
    dependencies: tuple[str, ...] | list[str] = ()
    _current_date: pd.Timestamp
    _windows: Windows | None = None

    def calc(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError("因子要定义 calc(self, data)")

    def _get_extra_data(self, securities: Codes = (), fields: Sequence[str] = ()) -> dict[str, Frame]:
        """Other inputs, of other securities or indices, over the same days. RuntimeError outside ``calc``."""
        if self._windows is None:
            raise RuntimeError("_get_extra_data 只能在 calc 里调用")
        names = [fields] if isinstance(fields, str) else list(fields)
        return self._windows.of(codes_of(securities)).window(names, self._current_date, int(self.max_window))


def calc_factors(
    securities: Codes,
    factors: Sequence[Factor],
    start_date: When,
    end_date: When,
    use_real_price: bool = False,
    skip_paused: bool = False,
) -> dict[str, Frame]:
    """For each factor, by its name, a frame of the trading days from ``start_date`` to ``end_date`` by codes.

    A day that is not over is taken for the day before now. Prices are adjusted as 'post', or with ``use_real_price``
    as of each day. With ``skip_paused`` the rows of prices are each code's last trading days, numbered, newest last.
    """
    codes, days = codes_of(securities), _days(start_date, end_date)
    wanted = _checked(factors)
    if not codes:
        raise ValueError("calc_factors 的股票列表是空的")
    if not days:
        raise ValueError(f"calc_factors：{start_date} 到 {end_date} 之间没有交易日")
    length = max(int(factor.max_window) for factor in wanted)
    windows = Windows(days, length, real_prices=use_real_price, skip_paused=skip_paused)
    return {factor.name: _values(factor, windows, codes, days) for factor in wanted}


def _values(factor: Factor, windows: Windows, codes: list[str], days: list[date]) -> Frame:
    import pandas as pd

    from jqdata.frames import Frame

    of_codes, names = windows.of(codes), list(factor.dependencies)
    rows = []
    factor._windows = windows
    try:
        for day in days:
            factor._current_date = pd.Timestamp(day)
            data = of_codes.window(names, factor._current_date, int(factor.max_window))
            rows.append(_row(factor, factor.calc(data), codes))
    finally:
        factor._windows = None
    return Frame(rows, index=pd.DatetimeIndex([f"{day}" for day in days]), columns=codes)


def _row(factor: Factor, value: Any, codes: list[str]) -> list[Any]:
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.Series):
        row: list[Any] = value.reindex(codes).tolist()
        return row
    if value is None or np.isscalar(value):
        return [np.nan if value is None else value] * len(codes)
    raise TypeError(
        f"因子 {factor.name} 的 calc 应返回以股票代码为 index 的 Series，而不是 {type(value).__name__}"
        "（一行的 DataFrame 用 .iloc[0] 或 .mean()）"
    )


def _days(start_date: When, end_date: When) -> list[date]:
    latest = provided.trading_day(provided.yesterday())
    first, last = (provided.day_of(when, latest) for when in (start_date, end_date))
    if time_of(start_date) > time_of(end_date):
        raise ValueError(f"calc_factors 的 start_date {start_date} 晚于 end_date {end_date}")
    return [day for day in provided.all_trading_days() if first <= day <= last]


def _checked(factors: Sequence[Factor]) -> list[Factor]:
    wanted: list[Any] = list(factors) if isinstance(factors, list | tuple) else [factors]
    names: set[str] = set()
    for factor in wanted:
        if not isinstance(factor, Factor):
            raise TypeError(f"calc_factors 的 factors 应为 Factor 子类的实例，如 [MyFactor()]，而不是 {factor!r}")
        if not factor.name or factor.name in names:
            raise ValueError(f"因子的 name 应各不相同且不为空：{type(factor).__name__} 的是 {factor.name!r}")
        if int(factor.max_window) < 1:
            raise ValueError(f"因子 {factor.name} 的 max_window 应为正整数：{factor.max_window!r}")
        names.add(factor.name)
    return wanted
