"""What a factor may be computed from, by the names that ``dependencies`` and ``neutralize`` give it.

Beside bars these are JoinQuant's 基础因子 (its page 因子定义和计算): statements as they were known on a day, those of
1 to 8 quarters before (``roa_4``) and of whole years (``roa_y``, ``roa_y1``), valuations, memberships as 1 or 0, money
flows, and the factors of its library.
"""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

from jqdata.datasets import OF_YEARS
from jqdata.fields import FIELDS
from jqdata.table_columns import NUMBERS

QUARTERS_BACK_MAX, YEARS_BACK_MAX = 8, 5
CLASSIFICATIONS = ("jq_l1", "jq_l2", "sw_l1", "sw_l2", "sw_l3", "zjw")

# A name that two tables have means the statement's: `operating_profit` is that of the income statement.
_TABLES = ("income", "balance", "cash_flow", "indicator")
_SIZES = ("main", "xl", "l", "m", "s")
_FLOWS = frozenset({"change_pct", *(f"net_{what}_{size}" for what in ("amount", "pct") for size in _SIZES)})
_EARLIER = re.compile(r"(?P<field>\w+)_(?P<year>y?)(?P<back>\d*)")
_INDUSTRY = re.compile(r"HY\d{3}|8[05]\d{4}|[A-S]\d{2}")  # JoinQuant's, Shenwan's, the regulator's (zjw)
_CONCEPT = re.compile(r"(GN|SC)\d+")
_INDEX = re.compile(r"\d{6}\.[A-Z]+")


class Source(enum.StrEnum):
    """Where an input comes from."""

    PRICE = "price"
    VALUATION = "valuation"
    QUARTER = "quarter"
    YEAR = "year"
    INDUSTRY = "industry"
    CONCEPT = "concept"
    INDEX = "index"
    FLOW = "flow"
    FACTOR = "factor"


NEEDS = {
    Source.VALUATION: "市值数据", Source.QUARTER: "财务数据", Source.YEAR: "年度财务数据", Source.INDUSTRY: "行业分类",
    Source.CONCEPT: "概念成分", Source.INDEX: "指数成分", Source.FLOW: "资金流向", Source.FACTOR: "聚宽因子库的数据",
}  # fmt: skip
"""What it is called in a text for people; bars need no provider."""

_DATASETS = {
    Source.INDUSTRY: "industry_members", Source.CONCEPT: "concept_members", Source.INDEX: "index_weights",
    Source.FLOW: "money_flow", Source.FACTOR: "factor_values",
}  # fmt: skip


class Input(NamedTuple):
    """One input; of a statement its ``table``, its ``field`` and how many periods ``back`` from the newest."""

    name: str
    source: Source
    table: str = ""
    field: str = ""
    back: int = 0

    @property
    def dataset(self) -> str:
        """Where its values lie; '' for bars."""
        if self.table:
            return dataset_of_statements(self.table, of_years=self.source is Source.YEAR)
        return _DATASETS.get(self.source, "")


def dataset_of_statements(table: str, *, of_years: bool) -> str:
    """Balances of a year are those of its last quarter."""
    return f"{table}_year" if of_years and table in OF_YEARS else table


def input_of(name: str) -> Input:
    """What a name means; what is none of the others is taken for a factor of the library. ValueError: not to be had."""
    if name in FIELDS or name == "price":
        return Input(name, Source.PRICE)
    if name in NUMBERS["valuation"]:
        return Input(name, Source.VALUATION, "valuation", name)
    if name in _FLOWS:
        return Input(name, Source.FLOW)
    for source, pattern in ((Source.INDUSTRY, _INDUSTRY), (Source.CONCEPT, _CONCEPT), (Source.INDEX, _INDEX)):
        if pattern.fullmatch(name):
            return Input(name, source)
    return _statement(name) or Input(name, Source.FACTOR)


def _statement(name: str) -> Input | None:
    if table := _table_of(name):
        return Input(name, Source.QUARTER, table, name)
    parts = _EARLIER.fullmatch(name)
    if parts is None or not (parts["year"] or parts["back"]):
        return None
    field, back = parts["field"], int(parts["back"] or 0)
    if field in NUMBERS["valuation"]:
        raise ValueError(f"{name!r} 没有：市值表的字段没有前几季度、前几年的值")
    table = _table_of(field)
    if not table:
        return None
    most = YEARS_BACK_MAX if parts["year"] else QUARTERS_BACK_MAX
    if back > most or (not parts["year"] and not back):
        raise ValueError(f"{name!r} 没有：季度为 _1 至 _{QUARTERS_BACK_MAX}，年度为 _y、_y1 至 _y{YEARS_BACK_MAX}")
    return Input(name, Source.YEAR if parts["year"] else Source.QUARTER, table, field, back)


def _table_of(field: str) -> str:
    return next((table for table in _TABLES if field in NUMBERS[table]), "")
