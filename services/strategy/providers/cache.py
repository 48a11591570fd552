"""A cache on the disk before a provider that is slow or counts its calls: what is past is fetched once."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from common import messages as m
from common.wire import encode
from services.strategy.providers.evaluate import plain
from services.strategy.providers.faults import Fault, ProviderFault
from services.strategy.providers.provider import Provider

if TYPE_CHECKING:
    import pandas as pd

_UNUSED_DAYS = 60
_SETTLED_DAYS = 2
_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, fetched TEXT, used TEXT, columns TEXT, rows TEXT)"


class Cached:
    """``folder`` holds one SQLite file a provider, which strategies share; ``today`` is the wall clock's day.

    An answer about a day that was over for two days when it was fetched stays good; a younger one, which the source may
    still complete, for the day it was fetched on. An answer without rows is never kept.
    """

    def __init__(self, inner: Provider, folder: Path, today: Callable[[], date]) -> None:
        self._inner, self._today = inner, today
        self._file = folder / f"{inner.name}.db"
        self._swept = False

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def datasets(self) -> frozenset[str]:
        return self._inner.datasets

    def rows(self, want: m.Want) -> pd.DataFrame:
        key = hashlib.sha256(encode(m.AskProvider(0, "", [want], ""))).hexdigest()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file)) as db:
                self._sweep(db)
                found = self._kept(db, key, want)
            if found is None:
                # The file is let go meanwhile: another strategy may want something that is there.
                found = self._inner.rows(want)
                if len(found):
                    with closing(sqlite3.connect(self._file)) as db:
                        self._keep(db, key, found)
        except sqlite3.DatabaseError as e:
            text = f"数据缓存 {self._file} 无法使用（{e}）：请删除该文件，它会重新生成"
            raise ProviderFault(Fault.DATA_FILE_BAD, text) from e
        return found

    def _kept(self, db: sqlite3.Connection, key: str, want: m.Want) -> pd.DataFrame | None:
        import pandas as pd

        row = db.execute("SELECT fetched, columns, rows FROM answers WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        fetched, columns, rows = date.fromisoformat(row[0]), json.loads(row[1]), json.loads(row[2])
        settled = fetched >= date.fromisoformat(want.known[:10]) + timedelta(days=_SETTLED_DAYS)
        if not settled and fetched != self._today():
            return None
        db.execute("UPDATE answers SET used = ? WHERE key = ?", (f"{self._today()}", key))
        db.commit()
        return pd.DataFrame(rows, columns=columns)

    def _keep(self, db: sqlite3.Connection, key: str, found: pd.DataFrame) -> None:
        columns = [f"{name}" for name in found.columns]
        rows = list(zip(*(plain(found.iloc[:, at]) for at in range(len(columns))), strict=True))
        shown = json.dumps(columns, ensure_ascii=False), json.dumps(rows, ensure_ascii=False)
        db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (key, *[f"{self._today()}"] * 2, *shown))
        db.commit()

    def _sweep(self, db: sqlite3.Connection) -> None:
        """Once a process: make the table, and let go what nobody has used for long."""
        if not self._swept:
            db.execute(_TABLE)
            unused = self._today() - timedelta(days=_UNUSED_DAYS)
            db.execute("DELETE FROM answers WHERE used < ?", (f"{unused}",))
            db.commit()
            self._swept = True
