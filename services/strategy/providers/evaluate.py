"""One answer of a data provider: its rows as tables in memory, cut at what was known, and the question run over them.

This is the only way from a provider to a strategy, so no provider can let the future through.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from common import messages as m
from jqdata.datasets import Dataset, Shape, dataset_of, period_end
from services.strategy.providers.faults import Fault, ProviderFault
from services.strategy.providers.provider import Provider

if TYPE_CHECKING:
    import pandas as pd

_SHAPED = {
    Shape.SNAPSHOT: lambda dataset, want: _snapshot(dataset, want),
    Shape.STATEMENT: lambda dataset, want: _statement(dataset, want),
    Shape.MEMBERSHIP: lambda dataset, want: _membership(want),
}


def answer(provider: Provider, ask: m.AskProvider) -> m.ProviderAnswer:
    """Ask the provider for what is wanted and answer from it; faults become the answer's code and text."""
    try:
        if len(ask.wants) == 1 and not ask.sql and dataset_of(ask.wants[0].dataset).by_code:
            return m.ProviderAnswer(ask.number, _series(ask.wants[0], _rows(provider, ask.wants[0])))
        with closing(sqlite3.connect(":memory:")) as db:
            for want in ask.wants:
                _load(db, want, _rows(provider, want))
            return m.ProviderAnswer(ask.number, _columns(db, ask))
    except ProviderFault as fault:
        return m.ProviderAnswer(ask.number, [], fault.code, fault.text)


def _rows(provider: Provider, want: m.Want) -> pd.DataFrame:
    if "." not in want.dataset and want.dataset not in provider.datasets:
        raise ProviderFault(Fault.NOT_PROVIDED, f"数据源 {provider.name} 没有 {want.dataset}")
    rows = provider.rows(want)
    if not len(rows) and dataset_of(want.dataset).by_code:
        return rows.reindex(columns=want.columns)  # a library's own nothing may have no columns at all
    absent = [column for column in want.columns if column not in rows.columns]
    if missing := [column for column in absent if column not in want.optional]:
        text = f"数据源 {provider.name} 的 {want.dataset} 没有列 {'、'.join(missing)}"
        raise ProviderFault(Fault.DATA_COLUMN_MISSING, text)
    return rows.reindex(columns=[*rows.columns, *absent]) if absent else rows


def _series(want: m.Want, rows: pd.DataFrame) -> list[m.ProvidedColumn]:
    """The wanted columns of a span of days of some codes, cut as :func:`visible` cuts, but a hundred times as many rows
    as anything else has; in the order in which the provider gave them."""
    import numpy as np

    dataset = dataset_of(want.dataset)
    codes, known, last = set(want.codes), want.known, min(want.known, want.last or want.known)
    whose, when = (list(plain(rows[name])) for name in (dataset.code, dataset.time))
    seen = [
        code in codes and want.first <= time and time[: len(known)] <= known and time[: len(last)] <= last
        for code, time in zip(whose, when, strict=True)
    ]
    kept = np.array(seen, np.bool_)
    texts = {dataset.code: whose, dataset.time: when}
    found = []
    for name in want.columns:
        if name in texts:
            shown = [text for text, is_seen in zip(texts[name], seen, strict=True) if is_seen]
            found.append(m.ProvidedColumn(name, "texts", b"", shown))
        else:
            numbers = rows[name].astype("float64").to_numpy()[kept]
            found.append(m.ProvidedColumn(name, "floats", numbers.astype("<f8").tobytes(), []))
    return found


def _load(db: sqlite3.Connection, want: m.Want, rows: pd.DataFrame) -> None:
    """What of the rows may be seen, as a table of the dataset's name."""
    names = [str(name) for name in rows.columns]
    table = want.table or want.dataset
    raw, seen = quoted(f"all of {table}"), quoted(table)
    db.execute(f"CREATE TABLE {raw} ({', '.join(map(quoted, names))})")
    dataset = dataset_of(want.dataset, tuple(names))
    # A query without an order of its own finds rows as they lie here, wherever they came from.
    order = [names.index(name) for name in (dataset.key, dataset.time, dataset.code) if name in names]
    columns = [plain(rows.iloc[:, at]) for at in range(len(names))]
    lying = sorted(zip(*columns, strict=True), key=lambda row: [str(row[at]) for at in order])
    db.executemany(f"INSERT INTO {raw} VALUES ({', '.join('?' * len(names))})", lying)
    shown = ", ".join(map(quoted, want.columns or names))
    db.execute(f"CREATE TABLE {seen} AS SELECT {shown} FROM ({visible(dataset, want, raw, names)})")
    db.execute(f"DROP TABLE {raw}")
    if "code" in (want.columns or names):
        # Tables are joined by code; without this the market's five thousand would be compared with each other.
        db.execute(f"CREATE INDEX {quoted('by code of ' + table)} ON {seen} (code)")


def visible(dataset: Dataset, want: m.Want, raw: str, names: Sequence[str]) -> str:
    """The SELECT of what of a raw table may be seen: known by then, and of the days, codes and key that are wanted."""
    where = ["1"]
    if dataset.time:
        if dataset.time not in names:
            text = f"{want.dataset} 缺少列 {dataset.time}，无法判断数据何时公布"
            raise ProviderFault(Fault.DATA_COLUMN_MISSING, text)
        where.append(f"substr({quoted(dataset.time)}, 1, {len(want.known)}) <= {text_of(want.known)}")
    if want.codes and dataset.code in names:
        where.append(f"{quoted(dataset.code)} IN ({', '.join(map(text_of, want.codes))})")
    if want.key and dataset.key in names:
        where.append(f"{quoted(dataset.key)} IN ({', '.join(map(text_of, want.key.split(',')))})")
    known = f"SELECT * FROM {raw} WHERE {' AND '.join(where)}"
    if want.mode == "span":
        return _span(dataset, want, known, names)
    shaped = _SHAPED.get(dataset.shape)
    return known if shaped is None else shaped(dataset, want).format(known=known)


def _span(dataset: Dataset, want: m.Want, known: str, names: Sequence[str]) -> str:
    time = quoted("day" if dataset.name == "locked_shares" else dataset.time)
    lower = f" AND {time} >= {text_of(want.first)}" if want.first else ""
    upper = f" AND substr({time}, 1, {len(want.last)}) <= {text_of(want.last)}" if want.last else ""
    order = f"{time}, {quoted(dataset.code)}" if dataset.code in names else time
    return f"SELECT * FROM ({known}) WHERE 1{lower}{upper} ORDER BY {order}"


def _snapshot(dataset: Dataset, want: m.Want) -> str:
    time = quoted(dataset.time)
    upper = f" WHERE {time} <= {text_of(want.last)}" if want.last else ""
    newest = f"SELECT max({time}) FROM ({{known}}){upper}"
    return f"SELECT * FROM ({{known}}) WHERE {time} = ({newest})"


def _statement(dataset: Dataset, want: m.Want) -> str:
    """Of each code and period the newest version, and of those the periods that are wanted."""
    upper = f" WHERE {quoted(dataset.time)} <= {text_of(want.last)}" if want.last else ""
    version = f'row_number() OVER (PARTITION BY code, "statDate" ORDER BY "{dataset.time}" DESC)'
    versions = f'SELECT *, {version} AS "the version" FROM ({{known}}){upper}'
    if want.mode == "period":
        end = text_of(period_end(want.period))
        return f'SELECT * FROM ({versions}) WHERE "the version" = 1 AND "statDate" = {end}'
    until = f' AND "statDate" <= {text_of(period_end(want.period))}' if want.period else ""
    rank = 'row_number() OVER (PARTITION BY code ORDER BY "statDate" DESC)'
    ranked = f'SELECT *, {rank} AS "the rank" FROM ({versions}) WHERE "the version" = 1{until}'
    return f'SELECT * FROM ({ranked}) WHERE "the rank" <= {max(want.count, 1)}'


def _membership(want: m.Want) -> str:
    day = text_of(want.last or want.known)
    open_ended = "end_date IS NULL OR end_date = ''"
    return f"SELECT * FROM ({{known}}) WHERE start_date <= {day} AND ({open_ended} OR end_date > {day})"


def _columns(db: sqlite3.Connection, ask: m.AskProvider) -> list[m.ProvidedColumn]:
    try:
        cursor = db.execute(ask.sql or f"SELECT * FROM {quoted(ask.wants[0].table or ask.wants[0].dataset)}")
        rows = cursor.fetchall()
    except sqlite3.Error as e:
        raise ProviderFault(Fault.BAD_QUERY, f"查询无法执行：{e}") from e
    names = [str(described[0]) for described in cursor.description]
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return [packed(name, column) for name, column in zip(names, values, strict=True)]


def packed(name: str, values: Sequence[Any]) -> m.ProvidedColumn:
    """A column of SQLite's values in the form it travels in."""
    kinds = {type(value) for value in values}
    if kinds == {int}:
        return m.ProvidedColumn(name, "ints", struct.pack(f"<{len(values)}q", *values), [])
    if kinds <= {int, float, type(None)}:
        floats = [math.nan if value is None else float(value) for value in values]
        return m.ProvidedColumn(name, "floats", struct.pack(f"<{len(floats)}d", *floats), [])
    return m.ProvidedColumn(name, "texts", b"", [None if value is None else str(value) for value in values])


def plain(values: pd.Series[Any]) -> Iterable[Any]:
    """A pandas column in the values that SQLite keeps: days and moments as ISO text, nothing as NULL."""
    match values.dtype.kind:
        case "i" | "u" | "b":
            return [int(value) for value in values.tolist()]
        case "f":
            return [None if value != value else value for value in values.tolist()]
        case _:
            return [plain_value(value) for value in values.tolist()]


def plain_value(value: Any) -> Any:
    """One value as SQLite keeps it."""
    if type(value) is str:
        return value
    if value is None or value != value:  # None, nan, NaT
        return None
    if isinstance(value, datetime):
        at_midnight = not (value.hour or value.minute or value.second)
        return f"{value:%Y-%m-%d}" if at_midnight else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "item"):
        value = value.item()  # numpy's own
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, str | int | float) else str(value)


def quoted(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def text_of(value: str) -> str:
    """A text literal of SQL."""
    return "'" + value.replace("'", "''") + "'"
