"""What is kept of sub-accounts: each one's opening of a day, and what changed it otherwise than by orders."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Lot:
    """Shares of one security at a day's opening; ``cost_e4`` is what all of them cost."""

    symbol: str
    qty: int
    cost_e4: int
    last_price_e4: int
    opened_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class Opening:
    """A sub-account when a day begins; ``inout_e4`` is what was put in so far, less what was taken out."""

    type: str
    cash_e4: int
    inout_e4: int
    lots: tuple[Lot, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Transfer:
    """Cash that a callback moved today from one sub-account to another; ``id`` names the call."""

    id: str
    source: int
    target: int
    cash_e4: int


@dataclasses.dataclass(frozen=True, slots=True)
class SubsState:
    """All sub-accounts by pindex. Fills are not kept: the account's book has those of the day.

    ``outside`` are orders of the strategy from before it had sub-accounts, on that day. ``before`` is what the account
    held of their securities at the end of ``since_day``, until it is compared with what it holds now; then None.
    """

    trading_day: int
    openings: tuple[Opening, ...]
    moved: tuple[Transfer, ...] = ()
    outside: tuple[str, ...] = ()
    before: dict[str, int] | None = None
    since_day: int = 0


def read(shown: dict[str, Any] | None) -> SubsState | None:
    """From what ``dataclasses.asdict`` made of it; KeyError or TypeError where something is missing or unknown."""
    if shown is None:
        return None
    openings = [{**one, "lots": tuple(Lot(**lot) for lot in one["lots"])} for one in shown["openings"]]
    return SubsState(
        trading_day=shown["trading_day"],
        openings=tuple(Opening(**one) for one in openings),
        moved=tuple(Transfer(**one) for one in shown["moved"]),
        outside=tuple(shown["outside"]),
        before=shown["before"],
        since_day=shown["since_day"],
    )
