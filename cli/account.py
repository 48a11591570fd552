"""The verb ``account``: cash, value and the day's gain."""

from __future__ import annotations

from cli import rows
from cli.desk import look
from cli.listing import listing
from common.settings import Loaded


def account(loaded: Loaded, day: str | None, *, csv: bool) -> int:
    """Print them for now, or for the end of a past day."""
    seen = look(loaded, day)
    listing(loaded, seen.title("账户"), rows.ACCOUNT, [rows.account_row(seen.book)], csv=csv)
    return 0
