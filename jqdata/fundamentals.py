"""Financial statements, valuations and factors: JoinQuant's tables and the functions that read them.

No feed of ours has such data yet; every function says so, and who would give it, when it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jqdata.missing import Missing, missing
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Frame, Panel

Codes = str | Sequence[str]

query: Any = Missing("query")
valuation: Any = Missing("valuation")
indicator: Any = Missing("indicator")
income: Any = Missing("income")
balance: Any = Missing("balance")
cash_flow: Any = Missing("cash_flow")
finance: Any = Missing("finance")
macro: Any = Missing("macro")
bond: Any = Missing("bond")
opt: Any = Missing("opt")
jy: Any = Missing("jy")


def get_fundamentals(query_object: Any, date: When | None = None, statDate: str | None = None) -> Frame:
    """One row per code of what the query asks, as known after the close of ``date`` (default: the day before now).

    ``statDate`` ('2025q1', '2025') asks for the statements of a period instead.
    """
    raise missing("get_fundamentals")


def get_fundamentals_continuously(
    query_object: Any, end_date: When | None = None, count: int = 1, panel: bool = True
) -> Frame | Panel:
    """What the query asks on each of the last ``count`` days up to ``end_date``."""
    raise missing("get_fundamentals_continuously")


def get_valuation(
    security_list: Codes,
    start_date: When | None = None,
    end_date: When | None = None,
    fields: Codes | None = None,
    count: int | None = None,
) -> Frame:
    """Rows of the ``valuation`` table by code and day."""
    raise missing("get_valuation")


def get_history_fundamentals(
    security: Codes,
    fields: Sequence[Any],
    watch_date: When | None = None,
    stat_date: str | None = None,
    count: int = 1,
    interval: str = "1q",
    stat_by_year: bool = False,
) -> Frame:
    """Statements of the last ``count`` quarters ('1q') or years ('1y')."""
    raise missing("get_history_fundamentals")


def get_factor_values(
    securities: Codes,
    factors: Any,
    start_date: When | None = None,
    end_date: When | None = None,
    count: int | None = None,
) -> dict[str, Frame]:
    """JoinQuant's ready-made factors: for each a frame of days by codes."""
    raise missing("get_factor_values")


def get_all_factors() -> Frame:
    """The catalogue of JoinQuant's factors: ``factor``, ``factor_intro``, ``category``."""
    raise missing("get_all_factors")
