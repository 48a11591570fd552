"""The world's disk: what was written and not synced is gone after a power loss, a record can be torn, space can end."""

from __future__ import annotations

import errno
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from common.journal import Journal
from services.strategy.keeper import Saved
from services.strategy.live_state import LiveState, from_json, to_json

_SECTOR_BYTES = 512
Cross = Callable[[str], None]
"""Told of each border a process crosses; raises where the process dies there."""


class Disk:
    """One process's part of the disk; it outlives the process. ``synced`` is the length that survives a power loss."""

    def __init__(self, folder: Path, process: str) -> None:
        self.path = folder / f"{process}.journal"
        self.synced = 0
        self.full = 0  # how many faults keep it full
        self.tears_in = 0  # at which write from now on it ends in the middle, and the process with it; 0: never
        self.g: bytes | None = None
        self.state: str | None = None

    def lose_power(self, rng: Random) -> None:
        """What was not synced is kept up to anywhere; sectors that were not written may be zeros."""
        if not self.path.exists():
            return
        data = self.path.read_bytes()
        unsynced = len(data) - self.synced
        kept = self.synced + (rng.choice((0, rng.randint(0, unsynced), unsynced)) if unsynced > 0 else 0)
        zeros = b""
        if rng.random() < 0.3:
            kept = min(-(-kept // _SECTOR_BYTES) * _SECTOR_BYTES, len(data))
            zeros = b"\0" * (len(data) - kept)
        self.path.write_bytes(data[:kept] + zeros)
        self.synced = min(self.synced, kept)

    def has_synced(self, text: str) -> bool:
        """Whether what would survive a power loss says this."""
        return text.encode() in self.path.read_bytes()[: self.synced]

    def open(self, cross: Cross, run: int) -> tuple[Journal, list[bytes]]:
        """The shipped journal on this disk, for one life of the process."""
        disk = self

        class WorldJournal(Journal):
            def _write(self, data: bytes) -> None:
                cross("write")
                due = disk.tears_in == 1
                disk.tears_in -= disk.tears_in > 0
                if due:
                    self._file.write(data[: len(data) // 2])
                    cross("torn")
                super()._write(data)
                cross("written")

            def _sync(self) -> None:
                cross("sync")
                disk.synced = self._file.tell()
                cross("synced")

        class Opened(WorldJournal):
            def __init__(self, path: Path, length: int) -> None:
                super().__init__(path, length)
                disk.synced = min(disk.synced, length)
                self._file = _File(self._file, disk)  # type: ignore[assignment]

        return Opened.open(self.path, {"run": run})


class _File:
    """The journal's file, on a disk that may be full."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: bytes | memoryview) -> int:
        if self._disk.full:
            self._file.write(bytes(data)[: len(data) // 3])
            raise OSError(errno.ENOSPC, "No space left on device")
        written: int = self._file.write(data)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class WorldKeeper:
    """The strategy's two files: each is whole and on the disk when ``save`` returns, as with ``FileKeeper``."""

    def __init__(self, disk: Disk, cross: Cross) -> None:
        self._disk, self._cross = disk, cross

    def load(self) -> Saved | None:
        if self._disk.g is None or self._disk.state is None:
            return None
        return Saved(from_json(json.loads(self._disk.state)), pickle.loads(self._disk.g))

    def save_g(self, pickled: bytes) -> None:
        self._cross("call")
        self._space()
        self._disk.g = pickled
        self._cross("called")

    def save_state(self, state: LiveState) -> None:
        self._cross("call")
        self._space()
        self._disk.state = json.dumps(to_json(state))
        self._cross("called")

    def begin_day(self, trading_day: int) -> None:
        """A world looks at what stands, not at what stood."""

    def _space(self) -> None:
        if self._disk.full:
            raise OSError(errno.ENOSPC, "No space left on device")
