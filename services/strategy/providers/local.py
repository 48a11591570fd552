"""The data provider ``local``: a folder of one Parquet or CSV file a dataset, kept ready in a SQLite file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from common import messages as m
from jqdata.datasets import DATASETS, Dataset, Shape, dataset_of
from services.strategy.providers.evaluate import plain, plain_value, quoted, visible
from services.strategy.providers.faults import Fault, ProviderFault

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_ENDINGS = (".parquet", ".csv")
_STORE = "local-{}.db"


class LocalFolder:
    """``folder`` holds ``valuation.csv``, ``finance.STK_XR_XD.parquet`` …; ``cache`` where the SQLite file lies.

    A file is read again whenever its size or time has changed, so that a nightly job may replace it.
    """

    name = "local"
    datasets = frozenset(name for name, one in DATASETS.items() if "local" in one.providers)

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder = folder
        mark = hashlib.sha256(str(folder.absolute()).encode("utf-8")).hexdigest()[:12]
        self._store = cache / _STORE.format(mark)

    def rows(self, want: m.Want) -> pd.DataFrame:
        import pandas as pd

        path = self._path_of(want.dataset)
        try:
            self._store.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._store)) as db:
                names = self._fresh(db, want.dataset, path)
                shown = ", ".join(map(quoted, _needed(want, names)))
                select = visible(dataset_of(want.dataset, tuple(names)), want, quoted(want.dataset), names)
                return pd.read_sql_query(f"SELECT {shown} FROM ({select})", db)
        except sqlite3.DatabaseError as e:
            text = f"本地数据的缓存 {self._store} 无法使用（{e}）：请删除该文件，它会重新生成"
            raise ProviderFault(Fault.DATA_FILE_BAD, text) from e
        except OSError as e:
            raise ProviderFault(Fault.DATA_FILE_BAD, f"{e.filename or path} 无法读写：{e.strerror}") from e

    def _path_of(self, dataset: str) -> Path:
        for ending in _ENDINGS:
            if (path := self._folder / f"{dataset}{ending}").is_file():
                return path
        text = f"本地数据缺少文件 {dataset}.csv 或 {dataset}.parquet：请放到 LOCAL_DATA_DIR 指定的文件夹 {self._folder}"
        raise ProviderFault(Fault.DATA_FILE_MISSING, text)

    def _fresh(self, db: sqlite3.Connection, dataset: str, path: Path) -> list[str]:
        """The columns of the dataset's table, which holds what the file holds now."""
        db.execute("CREATE TABLE IF NOT EXISTS files (dataset TEXT PRIMARY KEY, stamp TEXT)")
        found = path.stat()
        stamp = f"{path.name} {found.st_size} {found.st_mtime_ns}"
        before = db.execute("SELECT stamp FROM files WHERE dataset = ?", (dataset,)).fetchone()
        if before != (stamp,):
            _fill(db, dataset, _read(path))
            db.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (dataset, stamp))
            db.commit()
        return [row[1] for row in db.execute(f"PRAGMA table_info({quoted(dataset)})")]


def _needed(want: m.Want, names: list[str]) -> list[str]:
    """The wanted columns there are, and those by which the rows are cut off."""
    if not want.columns:
        return names
    dataset = dataset_of(want.dataset, tuple(names))
    needed = {*want.columns, dataset.code, dataset.time, dataset.key, "statDate", "start_date", "end_date", "day"}
    return [name for name in names if name in needed]


class _Table(NamedTuple):
    names: list[str]
    parts: Iterator[Iterable[tuple[Any, ...]]]
    """Rows in SQLite's values, some ten thousand at a time: a file may be larger than memory."""


def _read(path: Path) -> _Table:
    """ProviderFault where it is not what its name says, or the library for it is missing."""
    if path.suffix == ".csv":
        return _read_csv(path)
    if find_spec("duckdb") is None:
        text = f"读取 {path.name} 需要 duckdb：请运行 pip install 'bullet-bus[local]'，或改用 CSV"
        raise ProviderFault(Fault.LIBRARY_MISSING, text)
    return _read_parquet(path)


def _read_csv(path: Path) -> _Table:
    """Columns of codes and days stay text whatever they look like."""
    import pandas as pd

    try:
        names = [str(name) for name in pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns]
    except (ValueError, UnicodeDecodeError) as e:
        raise _unreadable(path, e, "带表头的 UTF-8 文件") from e
    return _Table([name.strip() for name in names], _parts_of_csv(path, names))


def _parts_of_csv(path: Path, names: list[str]) -> Iterator[Iterable[tuple[Any, ...]]]:
    import pandas as pd

    texts = {name: str for name in names if name.strip().endswith(_TEXTS)}
    try:
        for part in pd.read_csv(path, dtype=texts, encoding="utf-8-sig", chunksize=_ROWS_A_PART):
            yield zip(*(plain(part.iloc[:, at]) for at in range(part.shape[1])), strict=True)
    except (ValueError, UnicodeDecodeError) as e:
        raise _unreadable(path, e, "带表头的 UTF-8 文件") from e


def _read_parquet(path: Path) -> _Table:
    """By DuckDB, which leaves pandas as it is: with pyarrow installed pandas changes what every frame is made of."""
    import duckdb

    connection = duckdb.connect()
    try:
        cursor = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [str(described[0]) for described in cursor.description]
    except duckdb.Error as e:
        connection.close()
        raise _unreadable(path, e, " Parquet 文件") from e
    return _Table(names, _parts_of_parquet(connection))


def _parts_of_parquet(connection: duckdb.DuckDBPyConnection) -> Iterator[Iterable[tuple[Any, ...]]]:
    """The file is let go at the end: on Windows nobody could replace it otherwise."""
    with closing(connection):
        while rows := connection.fetchmany(_ROWS_A_PART):
            yield [tuple(map(plain_value, row)) for row in rows]


def _unreadable(path: Path, error: Exception, kind: str) -> ProviderFault:
    said = next(iter(str(error).splitlines()), "")
    return ProviderFault(Fault.DATA_FILE_BAD, f"本地数据 {path} 无法读取（{said}）：应为{kind}")


_ROWS_A_PART = 50_000
_TEXTS = ("code", "Date", "_date", "day", "date", "time", "classification", "underlying", "info", "factor", "name")


def _fill(db: sqlite3.Connection, dataset: str, rows: _Table) -> None:
    names = rows.names
    row = dataset_of(dataset, tuple(names))
    _check(dataset, row, names)
    table = quoted(dataset)
    db.execute(f"DROP TABLE IF EXISTS {table}")
    db.execute(f"CREATE TABLE {table} ({', '.join(map(quoted, names))})")
    marks = ", ".join("?" * len(names))
    for part in rows.parts:
        db.executemany(f"INSERT INTO {table} VALUES ({marks})", part)
    order = (row.code, row.time) if row.by_code else (row.key, row.time, row.code)
    keys = [name for name in order if name in names]
    if keys:
        db.execute(f"CREATE INDEX {quoted('by key of ' + dataset)} ON {table} ({', '.join(map(quoted, keys))})")


def _check(dataset: str, row: Dataset, names: list[str]) -> None:
    needed = [row.time, row.key, *(["statDate"] if row.shape is Shape.STATEMENT else [])]
    needed += ["end_date"] if row.shape is Shape.MEMBERSHIP else []
    needed += [row.code] if "." not in dataset else []
    if missing := [name for name in needed if name and name not in names]:
        raise ProviderFault(Fault.DATA_COLUMN_MISSING, f"本地数据 {dataset} 缺少列 {'、'.join(missing)}")
