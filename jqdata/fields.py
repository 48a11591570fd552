"""The fields of a bar that strategies may ask for, and which of them a table answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from common.beijing import day_of, midnight
from common.instruments import limit_prices_e4
from common.symbols import UnknownSymbol
from jqdata import host
from jqdata.adjust import on_tick, ticks_of
from jqdata.bars import Floats, Span, Table, fetch, midnights, table_of
from jqdata.units import STANDARD, Unit

if TYPE_CHECKING:
    from jqdata.grid import Grid

_COLUMNS = (*STANDARD, "pre_close", "paused")
FIELDS = (*_COLUMNS, "avg", "factor", "high_limit", "low_limit")


def fields_of(fields: str | Iterable[str] | None, unit: Unit, default: tuple[str, ...] = STANDARD) -> list[str]:
    """The fields as a list; ValueError for one there is none of, or that bars of several days or minutes lack."""
    if fields is None:
        return list(default)
    wanted = [fields] if isinstance(fields, str) else list(fields)
    allowed = FIELDS if unit.is_plain else (*STANDARD, "avg", "factor")
    for name in wanted:
        if _plain(name) not in allowed:
            raise ValueError(f"不支持的字段 {name!r}，可用：{', '.join(allowed)}")
    return wanted


def values(symbol: str, table: Table, field: str, unit: Unit) -> Floats:
    """One field of every row, in yuan or shares; nan where it is not known."""
    name = _plain(field)
    if name == "pre_close":
        return _on_tick(symbol, table, table.pre_close)
    if name in _COLUMNS:
        column: Floats = getattr(table, name)
        return column
    if name == "avg":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(table.volume > 0, table.money / table.volume, table.close)
    if name == "factor":
        return table.factor
    return _limits(symbol, table, unit, upper=name == "high_limit")


def matrix(grid: Grid, field: str, unit: Unit) -> Floats:
    """One field of every symbol of a grid: a line per symbol, for the strategy to keep."""
    name = _plain(field)
    if name not in ("high_limit", "low_limit") and (name != "pre_close" or not _is_adjusted(grid.rows)):
        return values("", grid.rows, field, unit).copy()
    lines = [values(symbol, table, field, unit) for symbol, table in grid.tables().items()]
    return np.array(lines).reshape(len(grid.symbols), len(grid.rows))


def _plain(name: str) -> str:
    """'price' is the older name of 'avg'; spaces around a name are JoinQuant's own."""
    stripped = re.sub(r"\s", "", name) if isinstance(name, str) else str(name)
    return "avg" if stripped == "price" else stripped


def _limits(symbol: str, table: Table, unit: Unit, *, upper: bool) -> Floats:
    """The price limits of each row's day, from that day's previous close, on the scale of the row's prices; nan where
    there is none."""
    if not len(table):
        return np.zeros(0)
    days = midnights(table.time_ns)
    raw = np.round(table.pre_close / table.factor, 4)
    closes = dict(zip(days.tolist(), raw.tolist(), strict=True)) if unit.is_daily else _closes(symbol, days)
    instrument = host.current().instrument(symbol)
    limits = {
        day: _limit(symbol, day, close, upper=upper, st=instrument is not None and instrument.st)
        for day, close in closes.items()
    }
    return _on_tick(symbol, table, np.array([limits.get(day, np.nan) for day in days.tolist()]) * table.factor)


def _on_tick(symbol: str, table: Table, prices: Floats) -> Floats:
    """Adjusted prices rounded as all others: a close at the limit is equal to it."""
    return on_tick(prices, table.factor, ticks_of(symbol)) if _is_adjusted(table) else prices


def _is_adjusted(table: Table) -> bool:
    return bool(np.any(np.isfinite(table.factor) & (table.factor != 1)))


def _closes(symbol: str, days: np.typing.NDArray[np.int64]) -> dict[int, float]:
    """The previous close of each day that minutes lie in, today's included."""
    span, unit = (
        Span(int(days[-1]) + 86_400 * 10**9 - 1, 0, midnight(day_of(int(days[0]))), running=True),
        Unit("1d", 1),
    )
    table = table_of([symbol], [fetch([symbol], unit, span)[symbol]], unit)
    return dict(zip(table.time_ns.tolist(), table.pre_close.tolist(), strict=True))


def _limit(symbol: str, midnight_ns: int, pre_close: float, *, upper: bool, st: bool) -> float:
    if not pre_close > 0:
        return float("nan")
    try:
        down_e4, up_e4 = limit_prices_e4(symbol, round(pre_close * 10_000), day_of(midnight_ns), st=st)
    except UnknownSymbol:
        return float("nan")
    limit_e4 = up_e4 if upper else down_e4
    return limit_e4 / 1e4 if limit_e4 else float("nan")
