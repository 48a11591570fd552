"""The verb ``positions``: what is held, what it cost and what it is worth."""

from __future__ import annotations

from cli import rows
from cli.desk import look
from cli.listing import listing
from common.settings import Loaded


def positions(loaded: Loaded, day: str | None, *, csv: bool) -> int:
    """Print them for now, or for the end of a past day."""
    seen = look(loaded, day)
    listing(loaded, seen.title("持仓"), rows.POSITIONS, rows.position_rows(seen.book, seen.names), csv=csv)
    return 0
