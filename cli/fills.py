"""The verb ``fills``: the day's trades."""

from __future__ import annotations

from cli import rows
from cli.desk import look
from cli.listing import listing
from common.settings import Loaded


def fills(loaded: Loaded, day: str | None, *, csv: bool) -> int:
    """Print them for now, or for the end of a past day."""
    seen = look(loaded, day)
    listing(loaded, seen.title("成交"), rows.FILLS, rows.fill_rows(seen.snapshot.fills), csv=csv)
    return 0
