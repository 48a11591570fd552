"""Past snapshots, call auctions, money flows, margin lists and the like.

No feed of ours has them yet; every function says so, and who would give them, when it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jqdata.missing import missing, part_missing
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Frame

Codes = str | Sequence[str]


def get_ticks(
    security: Codes,
    end_dt: When | None = None,
    start_dt: When | None = None,
    count: int | None = None,
    fields: Codes | None = None,
    skip: bool = True,
    df: bool = False,
) -> Any:
    """Past three-second snapshots with five levels, up to ``end_dt``; ``skip`` leaves out those without a trade."""
    raise part_missing("get_ticks(早于当日)", "历史快照")


def get_call_auction(security: Codes, start_date: When, end_date: When, fields: Codes | None = None) -> Frame:
    """The 09:25 snapshot of each day."""
    raise missing("get_call_auction")


def get_money_flow(
    security_list: Codes,
    start_date: When | None = None,
    end_date: When | None = None,
    fields: Codes | None = None,
    count: int | None = None,
) -> Frame:
    """Net inflow of large, medium and small orders by code and day, in 10,000 yuan."""
    raise missing("get_money_flow")


def get_billboard_list(
    stock_list: Codes | None = None,
    start_date: When | None = None,
    end_date: When | None = None,
    count: int | None = None,
) -> Frame:
    """What the exchanges published about unusual trading, by code and day."""
    raise missing("get_billboard_list")


def get_locked_shares(
    stock_list: Codes | None = None,
    start_date: When | None = None,
    end_date: When | None = None,
    forward_count: int | None = None,
) -> Frame:
    """Shares whose lock-up ends, by code and day."""
    raise missing("get_locked_shares")


def get_mtss(
    security_list: Codes,
    start_date: When | None = None,
    end_date: When | None = None,
    fields: Codes | None = None,
    count: int | None = None,
) -> Frame:
    """Margin buying and short selling by code and day."""
    raise missing("get_mtss")


def get_margincash_stocks(date: When | None = None) -> list[str]:
    """What may be bought on margin on a day."""
    raise missing("get_margincash_stocks")


def get_marginsec_stocks(date: When | None = None) -> list[str]:
    """What may be sold short on a day."""
    raise missing("get_marginsec_stocks")
