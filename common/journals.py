"""The day files of the journals: the newest is written, older ones are compressed, and the oldest removed."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from common.beijing import DAY_NS

PACKED = ".gz"
_NAME = re.compile(r"(?P<process>.+)-(?P<day>[0-9]{8})\.journal")
_ANY = re.compile(r".+-([0-9]{8})\.journal(\.torn|\.gz|\.v[0-9]+\.bak)?")


def path_of(folder: Path, process: str, day: date) -> Path:
    return folder / f"{process}-{day:%Y%m%d}.journal"


def days(folder: Path, process: str) -> dict[date, Path]:
    """The journals of a process by day, oldest first, compressed or not."""
    found = {}
    for path in sorted(folder.glob(f"{process}-*.journal*"), reverse=True):
        name = _NAME.fullmatch(path.name.removesuffix(PACKED))
        if name is not None and name["process"] == process:
            # Of a file and its finished copy, the file sorts first and so comes last here.
            found[_day(name["day"])] = path
    return dict(sorted(found.items()))


def newest(folder: Path, process: str) -> tuple[date, Path] | None:
    """The journal a process goes on from; None for one that has none."""
    found = days(folder, process)
    return next(((day, found[day]) for day in reversed(found)), None)


def compress_before(folder: Path, process: str, day: date) -> list[Path]:
    """Compress what a process wrote before ``day``; a kill leaves the file, its copy, or both, whole."""
    return [_compress(path) for then, path in days(folder, process).items() if then < day and path.suffix != PACKED]


def remove_old(folder: Path, current: date, keep_days: int, now_ns: int) -> list[Path]:
    """Remove journals last written more than ``keep_days`` ago and return them; those of ``current`` stay.

    The age is the file's: a recorded day of years ago may have been played today.
    """
    return [path for path in _old(folder, current, now_ns - keep_days * DAY_NS) if _removed(path)]


def _old(folder: Path, current: date, before_ns: int) -> Iterator[Path]:
    for path in sorted(folder.glob("*.journal*")):
        found = _ANY.fullmatch(path.name)
        with contextlib.suppress(FileNotFoundError):  # another process of the desk may have removed it
            if found and _day(found[1]) != current and path.stat().st_mtime_ns < before_ns:
                yield path


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:  # open in another program, which Windows does not allow, or gone: next time
        return False
    return True


def _compress(path: Path) -> Path:
    packed = path.with_name(path.name + PACKED)
    draft = packed.with_name(packed.name + ".new")
    written = path.stat()
    with draft.open("wb") as file:
        file.write(gzip.compress(path.read_bytes(), mtime=0))
        file.flush()
        os.fsync(file.fileno())
    # The copy is as old as what it holds.
    os.utime(draft, ns=(written.st_atime_ns, written.st_mtime_ns))
    draft.replace(packed)
    path.unlink()
    return packed


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
