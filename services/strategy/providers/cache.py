"""A cache on the disk before a provider that is slow or counts its calls: what is past is fetched once."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from common import messages as m
from common.wire import encode
from jqdata.datasets import dataset_of
from services.strategy.providers.evaluate import plain
from services.strategy.providers.faults import Fault, ProviderFault
from services.strategy.providers.provider import Provider

if TYPE_CHECKING:
    import pandas as pd

_UNUSED_DAYS = 60
_SETTLED_DAYS = 2
_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, fetched TEXT, used TEXT, columns TEXT, rows TEXT)"


class _Answer(NamedTuple):
    columns: list[str]
    rows: list[Any]


class Cached:
    """``folder`` holds one SQLite file a provider, which strategies share; ``today`` is the wall clock's day.

    An answer about a day that was over for two days when it was fetched stays good; a younger one, which the source may
    still complete, for the day it was fetched on. An answer without rows is not kept; a code without rows in an answer
    about many, for the day.
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
        dataset = dataset_of(want.dataset)
        parted = {code: want.about([code]) for code in want.codes} if dataset.by_code else {}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file)) as db:
                self._sweep(db)
                found = self._kept(db, parted or {"": want})
            missing = [code for code in parted or ("",) if code not in found]
            if not missing:
                return _frame(list(found.values()))
            # The file is let go meanwhile: another strategy may want something that is there.
            fetched = self._inner.rows(want.about(missing) if parted else want)
            if not len(fetched):
                return _frame(list(found.values())) if found else fetched
            fresh = _by_code(_answer(fetched), missing) if parted else {}
            with closing(sqlite3.connect(self._file)) as db:
                for code, answer in (fresh or {"": _answer(fetched)}).items():
                    self._keep(db, parted.get(code, want), answer)
                db.commit()
            return _frame([*found.values(), *fresh.values()]) if parted else fetched
        except sqlite3.DatabaseError as e:
            text = f"数据缓存 {self._file} 无法使用（{e}）：请删除该文件，它会重新生成"
            raise ProviderFault(Fault.DATA_FILE_BAD, text) from e

    def _kept(self, db: sqlite3.Connection, wants: Mapping[str, m.Want]) -> dict[str, _Answer]:
        """What is there and still good, under the names of the wants."""
        found: dict[str, _Answer] = {}
        for name, want in wants.items():
            key = _key(want)
            row = db.execute("SELECT fetched, columns, rows FROM answers WHERE key = ?", (key,)).fetchone()
            if row is None:
                continue
            fetched, answer = date.fromisoformat(row[0]), _Answer(json.loads(row[1]), json.loads(row[2]))
            settled = fetched >= date.fromisoformat(want.known[:10]) + timedelta(days=_SETTLED_DAYS)
            if fetched == self._today() or (settled and answer.rows):
                db.execute("UPDATE answers SET used = ? WHERE key = ?", (f"{self._today()}", key))
                found[name] = answer
        db.commit()
        return found

    def _keep(self, db: sqlite3.Connection, want: m.Want, answer: _Answer) -> None:
        shown = (json.dumps(part, ensure_ascii=False) for part in answer)
        row = (_key(want), *[f"{self._today()}"] * 2, *shown)
        db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)

    def _sweep(self, db: sqlite3.Connection) -> None:
        """Once a process: make the table, and let go what nobody has used for long."""
        if not self._swept:
            db.execute(_TABLE)
            unused = self._today() - timedelta(days=_UNUSED_DAYS)
            db.execute("DELETE FROM answers WHERE used < ?", (f"{unused}",))
            db.commit()
            self._swept = True


def _key(want: m.Want) -> str:
    return hashlib.sha256(encode(m.AskProvider(0, "", [want], ""))).hexdigest()


def _answer(found: pd.DataFrame) -> _Answer:
    columns = [f"{name}" for name in found.columns]
    return _Answer(columns, list(zip(*(plain(found.iloc[:, at]) for at in range(len(columns))), strict=True)))


def _by_code(answer: _Answer, codes: Sequence[str]) -> dict[str, _Answer]:
    at = answer.columns.index("code")
    found = {code: _Answer(answer.columns, []) for code in codes}
    for row in answer.rows:
        if row[at] in found:
            found[row[at]].rows.append(row)
    return found


def _frame(answers: Sequence[_Answer]) -> pd.DataFrame:
    """The rows of all of them; their columns are the same wherever there are rows."""
    import pandas as pd

    columns = next((one.columns for one in answers if one.rows), answers[0].columns if answers else [])
    return pd.DataFrame([row for one in answers for row in one.rows], columns=columns)
