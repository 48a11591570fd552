"""The shapes in which bars are handed to a strategy: arrays, records, and frames; only those import pandas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from common.beijing import naive
from jqdata.bars import Floats, Table
from jqdata.fields import fields_of, matrix, values
from jqdata.grid import Grid
from jqdata.units import Unit

if TYPE_CHECKING:
    from jqdata.frames import Frame, Panel

Records = NDArray[np.void]
Columns = dict[str, NDArray[Any]]
Rows = Grid | dict[str, Table]
"""Of several codes: on one grid, or each with the days it traded on."""
RECORD_FIELDS = ("date", "open", "high", "low", "close")


def columns_of(symbol: str, table: Table, names: Iterable[str], unit: Unit) -> dict[str, Floats]:
    """Arrays for the strategy to keep: what it writes into them changes nothing of ours."""
    return {name: values(symbol, table, name, unit).copy() for name in names}


def frame(columns: Mapping[str, Floats], table: Table) -> Frame:
    """Times by names."""
    from jqdata.frames import Frame, times_of

    return Frame(dict(columns), index=times_of(table.time_ns), columns=list(columns))


def numbered(columns: Mapping[str, NDArray[Any]]) -> Frame:
    """Rows 0, 1, …; shorter columns begin with nan, so that the newest values share the last row."""
    from jqdata.frames import Frame

    rows = max((len(column) for column in columns.values()), default=0)
    padded = {
        name: column if len(column) == rows else np.r_[np.full(rows - len(column), np.nan), column]
        for name, column in columns.items()
    }
    return Frame(padded, columns=list(columns))


def wide(matrix: Floats, names: Sequence[str], table: Table) -> Frame:
    """Times by names, from one line per name."""
    from jqdata.frames import Frame, times_of

    return Frame(matrix.T, index=times_of(table.time_ns), columns=list(names))


def panel(rows: Rows, names: list[str], unit: Unit) -> Panel:
    """For each field a frame of times by codes, the times of all codes together."""
    from jqdata.frames import Frame, Panel, Series, times_of

    if isinstance(rows, Grid):
        return Panel({name: wide(matrix(rows, name, unit), rows.symbols, rows.rows) for name in names})
    return Panel(
        {
            name: Frame(
                {
                    code: Series(values(code, table, name, unit), index=times_of(table.time_ns))
                    for code, table in rows.items()
                },
                columns=list(rows),
            )
            for name in names
        }
    )


def long(rows: Rows, names: list[str], unit: Unit) -> Frame:
    """One row per code and time, codes in the order asked for: ``time``, ``code`` and the fields."""
    from jqdata.frames import Frame, times_of

    if isinstance(rows, Grid):
        codes, lengths = rows.symbols, [len(rows.rows)] * len(rows.symbols)
        time_ns = np.tile(rows.rows.time_ns, len(codes))
        columns = {name: matrix(rows, name, unit).ravel() for name in names}
    else:
        codes, lengths = list(rows), [len(table) for table in rows.values()]
        time_ns = np.concatenate([np.zeros(0, np.int64), *(table.time_ns for table in rows.values())])
        columns = {
            name: np.concatenate([np.zeros(0), *(values(code, table, name, unit) for code, table in rows.items())])
            for name in names
        }
    return Frame({"time": times_of(time_ns), "code": np.repeat(np.array(codes, object), lengths), **columns})


def record_fields(names: str | Iterable[str] | None, unit: Unit) -> list[str]:
    """As ``fields_of``, with ``date``."""
    wanted = list(RECORD_FIELDS if names is None else [names] if isinstance(names, str) else names)
    fields_of([name for name in wanted if name != "date"], unit)
    return wanted


def record_columns(symbol: str, table: Table, names: list[str], unit: Unit) -> Columns:
    """Columns of one code; ``date`` holds dates for days and longer, datetimes for minutes."""
    return {name: _dates(table, unit) if name == "date" else values(symbol, table, name, unit) for name in names}


def records(columns: Columns) -> Records:
    """A structured array: ``bars['close']``, ``bars[-1]['close']``."""
    rows = len(next(iter(columns.values()))) if columns else 0
    array = np.empty(rows, dtype=[(name, column.dtype) for name, column in columns.items()])
    for name, column in columns.items():
        array[name] = column
    return array


def stacked(columns: Mapping[str, Columns]) -> Frame:
    """The codes' rows one below the other, indexed by code and number."""
    import pandas as pd

    from jqdata.frames import Frame

    frames = {code: numbered(column) for code, column in columns.items()}
    return Frame(pd.concat(frames)) if frames else Frame()


def _dates(table: Table, unit: Unit) -> NDArray[np.object_]:
    moments = [naive(ns) for ns in table.time_ns.tolist()]
    dates = np.empty(len(moments), dtype=object)
    dates[:] = [moment.date() for moment in moments] if unit.is_daily else moments
    return dates
