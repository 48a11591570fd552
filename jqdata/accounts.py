"""Money between sub-accounts; and what JoinQuant lets a strategy do that a live stock account of ours cannot."""

from __future__ import annotations

from operator import index

from jqdata import host
from jqdata.missing import missing
from jqdata.styles import OrderStyle


def inout_cash(cash: float, pindex: int = 0) -> None:
    """Pay money in or out of the account."""
    raise missing("inout_cash")


def transfer_cash(from_pindex: int, to_pindex: int, cash: float) -> None:
    """Move yuan from one sub-account to another, at once; ValueError where it has less, or there is no such one."""
    host.current().transfer(index(from_pindex), index(to_pindex), float(cash))


def margincash_open(security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0) -> None:
    """Buy on margin."""
    raise missing("margincash_open")


def margincash_close(security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0) -> None:
    """Sell to pay the margin loan back."""
    raise missing("margincash_close")


def margincash_direct_refund(value: float, pindex: int = 0) -> None:
    """Pay the margin loan back in cash."""
    raise missing("margincash_direct_refund")


def marginsec_open(security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0) -> None:
    """Sell short."""
    raise missing("marginsec_open")


def marginsec_close(security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0) -> None:
    """Buy back what was sold short."""
    raise missing("marginsec_close")


def buy_open(security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0) -> None:
    """Open a long position in a future."""
    raise missing("buy_open")


def sell_open(security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0) -> None:
    """Open a short position in a future."""
    raise missing("sell_open")


def buy_close(
    security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0, close_today: bool = False
) -> None:
    """Close a short position in a future."""
    raise missing("buy_close")


def sell_close(
    security: str, amount: float, style: OrderStyle | None = None, pindex: int = 0, close_today: bool = False
) -> None:
    """Close a long position in a future."""
    raise missing("sell_close")
