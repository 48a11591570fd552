"""What the plug-ins for bars have in common: kinds of codes, the auction's minute, and the ratios of factors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from common.symbols import Board, UnknownSymbol, board_of

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["stock", "fund", "lof", "index"]

_KINDS: dict[Board, Kind] = {Board.INDEX: "index", Board.ETF: "fund", Board.REIT: "fund", Board.LOF: "lof"}
_FIRST_MINUTE = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum", "money": "sum"}


def kind_of(code: str) -> Kind:
    """What kind of call has its bars."""
    try:
        return _KINDS.get(board_of(code), "stock")
    except UnknownSymbol:
        return "stock"


def trading_days(first: str, last: str) -> int:
    """How many there are at most."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days * 5 // 7 + 2


def with_auction(rows: pd.DataFrame) -> pd.DataFrame:
    """Minutes with the one labelled 9:30, the auction's print, made part of the first: JoinQuant's 9:31 holds it."""
    early = rows["time"].str.endswith("09:30:00")
    if not early.any():
        return rows
    named = rows.assign(time=rows["time"].where(~early, rows["time"].str.replace("09:30:00", "09:31:00")))
    named = named.sort_values(["code", "time"], kind="stable")
    found: pd.DataFrame = named.groupby(["code", "time"], as_index=False, sort=False).agg(_FIRST_MINUTE)
    return found


def ratios(factors: pd.DataFrame, first: str) -> pd.DataFrame:
    """The ex-days from ``first`` on out of cumulative factors, given by ``code``, ``day`` and ``factor``: on each the
    factor has grown by the ratio of the close before to the day's reference price."""
    import pandas as pd

    found: list[tuple[str, str, float]] = []
    for code, of_code in factors.dropna(subset=["factor"]).sort_values("day").groupby("code"):
        found += _grown(str(code), zip(of_code["day"].tolist(), of_code["factor"].tolist(), strict=True), first)
    return pd.DataFrame(found, columns=["code", "day", "ratio"])


def _grown(code: str, factors: Iterable[tuple[str, float]], first: str) -> list[tuple[str, str, float]]:
    both = pairwise(factors)
    return [
        (code, day, now / before)
        for (_, before), (day, now) in both
        if day >= first and before > 0 and now > 0 and now != before
    ]
