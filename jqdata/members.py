"""Which securities belong to an index, an industry or a concept.

No feed of ours knows memberships yet; every function says so, and who would give them, when it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jqdata.missing import missing
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Frame

Codes = str | Sequence[str]


def get_index_stocks(index_symbol: str, date: When | None = None) -> list[str]:
    """The members of an index on a day (default: today)."""
    raise missing("get_index_stocks")


def get_index_weights(index_id: str, date: When | None = None) -> Frame:
    """The members of an index with ``weight`` in percent, ``display_name`` and ``date``, by code."""
    raise missing("get_index_weights")


def get_industry(security: Codes, date: When | None = None) -> dict[str, dict[str, dict[str, str]]]:
    """For each code its industry by classification: ``['600000.XSHG']['sw_l1']['industry_name']``."""
    raise missing("get_industry")


def get_industries(name: str = "zjw", date: When | None = None) -> Frame:
    """The industries of a classification ('sw_l1', 'jq_l1', 'zjw' …) by code, with ``name`` and ``start_date``."""
    raise missing("get_industries")


def get_industry_stocks(industry_code: str, date: When | None = None) -> list[str]:
    """The securities of an industry on a day."""
    raise missing("get_industry_stocks")


def get_concept(security: Codes, date: When | None = None) -> dict[str, dict[str, list[dict[str, str]]]]:
    """For each code its concepts: ``['600000.XSHG']['jq_concept']``."""
    raise missing("get_concept")


def get_concepts() -> Frame:
    """All concepts by code, with ``name`` and ``start_date``."""
    raise missing("get_concepts")


def get_concept_stocks(concept_code: str, date: When | None = None) -> list[str]:
    """The securities of a concept on a day."""
    raise missing("get_concept_stocks")


def get_dominant_future(underlying_symbol: str, date: When | None = None, end_date: When | None = None) -> Any:
    """The dominant contract of an underlying ('IF') on a day."""
    raise missing("get_dominant_future")


def get_future_contracts(underlying_symbol: str, date: When | None = None) -> list[str]:
    """The contracts of an underlying that trade on a day."""
    raise missing("get_future_contracts")
