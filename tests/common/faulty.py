"""A file of a disk that says no when the test says so."""

from __future__ import annotations

import os

from common.journal import Journal


class FaultyFile:
    """Stands in for a journal's file; while ``error`` is set, what is in ``refuses`` fails with it."""

    def __init__(self, journal: Journal) -> None:
        self.error = 0
        self.refuses: tuple[str, ...] = ("write", "truncate", "fileno")
        self.room = 0  # bytes that still fit before a write fails
        self._file = journal._file
        journal._file = self  # type: ignore[assignment]

    def write(self, data: memoryview) -> int:
        if self.error and "write" in self.refuses:
            if not self.room:
                self._fail()
            data, self.room = data[: self.room], max(self.room - len(data), 0)
        return self._file.write(data)

    def truncate(self, size: int) -> int:
        self._ask("truncate")
        return self._file.truncate(size)

    def fileno(self) -> int:
        self._ask("fileno")
        return self._file.fileno()

    def seek(self, at: int) -> int:
        return self._file.seek(at)

    def close(self) -> None:
        self._file.close()

    def _ask(self, what: str) -> None:
        if self.error and what in self.refuses:
            self._fail()

    def _fail(self) -> None:
        raise OSError(self.error, os.strerror(self.error))
