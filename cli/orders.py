"""The verb ``orders``: the day's orders, those that risk denied included."""

from __future__ import annotations

from cli import rows
from cli.desk import look
from cli.listing import listing
from common.settings import Loaded


def orders(loaded: Loaded, day: str | None, *, csv: bool) -> int:
    """Print them for now, or for the end of a past day."""
    seen = look(loaded, day)
    listing(loaded, seen.title("委托"), rows.ORDERS, rows.order_rows(seen.orders), csv=csv)
    return 0
