"""State's part of the world's disk: the shipped store on a real SQLite file, and what a kill or a power loss leaves."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import OperationalError

from common.errors import JournalUnwritable
from common.history_rows import Row
from services.state.store import Store
from sim.world_disk import Cross, Disk

_WAL_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_BACKFILLED = struct.Struct("=96xI")
"""Where the shared index of a write-ahead log says how many of its frames are in the database (sqlite.org, walformat
2.2)."""


class StateDisk(Disk):
    """``state.db`` with its write-ahead log; both outlive the process."""

    def __init__(self, folder: Path, process: str) -> None:
        super().__init__(folder, process)
        self.path = folder / "state.db"
        self.log, self.index = folder / "state.db-wal", folder / "state.db-shm"
        self.store: WorldStore | None = None
        self._backfilled = 0

    def open_store(self, cross: Cross) -> WorldStore:
        """For one life of the process; JournalUnwritable where there is no room even to begin."""
        if self.full:
            raise JournalUnwritable(f"{self.path.name} 无法打开：No space left on device")
        self.store = WorldStore(self, cross)
        return self.store

    def cut_off(self) -> None:
        """The process is gone, and its files are as it left them: closing them in order would have tidied them up."""
        if self.store is None:
            return
        self._backfilled = self._frames_in_database()
        left = {path: path.read_bytes() for path in (self.path, self.log) if path.exists()}
        self.store.abandon()
        self.store = None
        for path in (self.log, self.index):
            path.unlink(missing_ok=True)
        for path, data in left.items():
            path.write_bytes(data)

    def lose_power(self, rng: Random) -> None:
        """With synchronous=NORMAL a commit is in the log and not on the disk: what no checkpoint took may be gone from
        anywhere on, also from the middle of a frame."""
        if not self.log.exists():
            return
        data = self.log.read_bytes()
        synced = min(_WAL_HEADER_BYTES + self._backfilled * self._frame_bytes(data), len(data))
        self.log.write_bytes(data[: rng.choice((synced, rng.randint(synced, len(data)), len(data)))])

    def tear(self, length: int) -> None:
        """The process dies in the middle of what it wrote to the log since that was so long."""
        if self._frames_in_database() == 0 and (written := self.log.stat().st_size - length) > 0:
            with self.log.open("r+b") as file:
                file.truncate(length + written // 2)

    def has_synced(self, text: str) -> bool:
        return False

    def _frames_in_database(self) -> int:
        if not self.index.exists():
            return 0
        with self.index.open("rb") as file:
            head = file.read(_BACKFILLED.size)
        return int(_BACKFILLED.unpack(head)[0]) if len(head) == _BACKFILLED.size else 0

    @staticmethod
    def _frame_bytes(log: bytes) -> int:
        return _FRAME_HEADER_BYTES + int.from_bytes(log[8:12], "big") if len(log) >= _WAL_HEADER_BYTES else 0


class WorldStore(Store):
    """The shipped store on this disk. Each step towards a commit is a border where the process can die."""

    def __init__(self, disk: StateDisk, cross: Cross) -> None:
        self._disk, self._cross, self._has_news = disk, cross, False
        super().__init__(disk.path)

    def note(self, channel: str, account: str, epoch: int, seq: int) -> None:
        self._cross("call")
        super().note(channel, account, epoch, seq)
        self._cross("called")

    def put(self, table: Table, row: Row) -> None:
        self._has_news = True
        super().put(table, row)

    def add_alert(self, row: Row) -> None:
        self._has_news = True
        super().add_alert(row)

    def commit(self) -> None:
        if not self._has_news:
            super().commit()
            return
        self._cross("sync")
        due = self._disk.tears_in == 1
        self._disk.tears_in -= self._disk.tears_in > 0
        length = self._disk.log.stat().st_size if due and self._disk.log.exists() else 0
        super().commit()
        self._has_news = False
        if due:
            self._disk.tear(length)
            self._cross("torn")
        self._cross("synced")

    def start_over(self) -> None:
        with self._written():
            self._find_room()
        super().start_over()

    def abandon(self) -> None:
        """Nothing of what is under way is written any more."""
        self._connection.close()

    def _write(self) -> None:
        if not self._alerts and not any(self._rows.values()):
            return
        self._cross("write")
        super()._write()
        self._cross("written")
        self._find_room()

    def _find_room(self) -> None:
        """The log grows with everything that is written."""
        if self._disk.full:
            raise OperationalError("COMMIT", {}, _full())


def _full() -> Any:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error
