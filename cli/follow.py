"""Shows what is being written to a log: whole lines of the day's file, from where the run began."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from common import beijing
from common.clock import wall_ns
from common.logs import LEVELS, log_path, read_line


class LogTail:
    """New lines of one process's log, those below ``level`` left out; goes on in the next day's file."""

    def __init__(self, process: str, folder: Path, level: str) -> None:
        self._process, self._folder, self._level = process, folder, LEVELS[level]
        self._day = beijing.day_of(wall_ns())
        self._path = log_path(process, folder, self._day)
        self._offset = size_of(self._path)
        self._shows = True  # whether the record that a continuing line belongs to is shown

    def read(self) -> list[str]:
        """The lines since the last call."""
        lines = self._rest_of_file()
        today = beijing.day_of(wall_ns())
        if today != self._day:
            self._turn(today)
            lines += self._rest_of_file()
        return [line for line in lines if self._is_shown(line)]

    def _turn(self, today: date) -> None:
        self._day, self._offset = today, 0
        self._path = log_path(self._process, self._folder, today)

    def _rest_of_file(self) -> list[str]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.decode("utf-8", "replace").splitlines()

    def _is_shown(self, text: str) -> bool:
        line = read_line(text)
        if line is not None:
            self._shows = LEVELS.get(line.level, LEVELS["CRITICAL"]) >= self._level
        return self._shows


def size_of(path: Path) -> int:
    """Bytes in the file now, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def last_line(path: Path, since: int = 0) -> str:
    """The last line with text after byte ``since``, "" where there is none: what a process said before it ended."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(since if since <= end else 0, end - 8192))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
