"""The inputs of factors, day by day: what is fetched once over all days is handed out window by window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from jqdata import provided
from jqdata.adjust import on_tick, ticks_of
from jqdata.factor_inputs import frames
from jqdata.factor_names import Source, input_of
from jqdata.market import get_price

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jqdata.frames import Frame

    Floats = NDArray[np.float64]

_IN_YUAN = ("open", "close", "high", "low", "avg", "price", "pre_close", "high_limit", "low_limit")


class Windows:
    """The days that windows may reach into; :meth:`of` gives those of some codes.

    ``real_prices``: prices as of the last day of each window, not as 'post'. ``skip_paused``: prices by trading days of
    each code, numbered.
    """

    def __init__(self, days: Sequence[date], length: int, *, real_prices: bool, skip_paused: bool) -> None:
        """``days`` end windows of at most ``length`` trading days."""
        self.days = [*provided.trading_days(days[0], length)[:-1], *days]
        self.real_prices, self.skip_paused = real_prices, skip_paused
        self._made: dict[tuple[str, ...], CodeWindows] = {}

    def of(self, codes: Sequence[str]) -> CodeWindows:
        return self._made.setdefault(tuple(codes), CodeWindows(self, list(codes)))


class CodeWindows:
    """The inputs of some codes."""

    def __init__(self, windows: Windows, codes: list[str]) -> None:
        self._windows, self._codes = windows, codes
        self._frames: dict[str, Frame] = {}
        self._products: Frame | None = None  # what prices are multiplied by for 'post'

    def window(self, names: Sequence[str], last: pd.Timestamp, length: int) -> dict[str, Frame]:
        """For each name the ``length`` days up to and with ``last``: frames for the factor to keep."""
        windows, day = self._windows, last.date()
        numbered = [name for name in names if windows.skip_paused and _is_price(name)]
        by_day = [name for name in names if name not in numbered]
        self._fetch(by_day)
        stop = windows.days.index(day) + 1
        rows = slice(max(stop - length, 0), stop)
        found = {name: self._frames[name].iloc[rows].copy() for name in by_day}
        if self._products is not None:
            found = _as_of_last_row(found, self._products.iloc[rows])
        if numbered:
            found |= _numbered(numbered, self._codes, day, length, real_prices=windows.real_prices)
        return {name: found[name] for name in names}

    def _fetch(self, names: Sequence[str]) -> None:
        absent = [name for name in names if name not in self._frames]
        if not absent:
            return
        windows = self._windows
        fq = None if windows.real_prices else "post"
        self._frames |= frames("calc_factors", absent, self._codes, windows.days, fq)
        if windows.real_prices and self._products is None and any(map(_is_price, absent)):
            self._products = frames("calc_factors", ["factor"], self._codes, windows.days, "post")["factor"]


def _is_price(name: str) -> bool:
    return input_of(name).source is Source.PRICE


def _as_of_last_row(found: dict[str, Frame], products: Frame) -> dict[str, Frame]:
    """Prices and volumes as they were traded, on the scale of the last row; rounded as adjusted ones are."""
    relative = products / products.iloc[-1]
    changed = relative.columns[(relative != 1).any()]
    scaled = dict(found)
    for name, table in found.items():
        if name in (*_IN_YUAN, "volume"):
            for code in changed:
                of_code = relative[code].to_numpy()
                scaled[name][code] = _scaled(
                    table[code].to_numpy(), of_code, 0.0 if name == "volume" else ticks_of(code)
                )
        elif name == "factor":
            scaled[name] = relative
    return scaled


def _scaled(values: Floats, relative: Floats, ticks: float) -> Floats:
    """``ticks`` a yuan has; 0: they are shares."""
    if ticks:
        return on_tick(values * relative, relative, ticks)
    return np.where(relative == 1, values, np.round(values / relative))


def _numbered(names: list[str], codes: list[str], day: date, length: int, *, real_prices: bool) -> dict[str, Frame]:
    """The last days on which each code traded: rows 0 to ``length`` - 1, nan in front where there are fewer."""
    found = _last_traded(names, codes, day, length, None if real_prices else "post")
    if not real_prices:
        return found
    return _as_of_last_row(found, _last_traded(["factor"], codes, day, length, "post")["factor"])


def _last_traded(names: list[str], codes: list[str], day: date, length: int, fq: str | None) -> dict[str, Frame]:
    from jqdata.frames import Frame

    rows = get_price(codes, None, day, "daily", names, skip_paused=True, fq=fq, count=length, panel=False)
    assert isinstance(rows, Frame), "panel=False"
    rows["row"] = length - 1 - rows.groupby("code").cumcount(ascending=False)
    tables = {name: rows.pivot(index="row", columns="code", values=name) for name in names}
    laid = {name: table.reindex(index=range(length), columns=codes) for name, table in tables.items()}
    return {name: Frame(table.rename_axis(columns=None)) for name, table in laid.items()}
