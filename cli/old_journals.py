"""Removes what JOURNAL_KEEP_DAYS no longer asks to keep of the runs before this one."""

from __future__ import annotations

import re
from pathlib import Path

from common.beijing import DAY_NS

_NAME = re.compile(r".+-([0-9]{8})\.journal(\.torn)?")


def remove_old_journals(folder: Path, first_day: str, keep_days: int, now_ns: int) -> list[Path]:
    """Remove journals last written more than ``keep_days`` ago and return them; those of ``first_day`` stay.

    The age is the file's: a recorded day of years ago may have been played today.
    """
    current = first_day.replace("-", "")
    removed = []
    for path in sorted(folder.glob("*.journal*")):
        found = _NAME.fullmatch(path.name)
        if found and found[1] != current and now_ns - path.stat().st_mtime_ns > keep_days * DAY_NS:
            path.unlink()
            removed.append(path)
    return removed
