"""What data providers hold, dataset by dataset: how rows become known, and which providers have them."""

from __future__ import annotations

import dataclasses
import enum

PROVIDERS = ("local", "jqdata", "akshare", "tushare")
"""The data providers there are plug-ins for, as ``DEFAULT_DATA_PROVIDER`` names them."""

LIBRARIES = {"jqdata": "jqdatasdk", "akshare": "akshare", "tushare": "tushare", "local": "本地文件夹（local）"}
"""How each is called in a text for people."""


class Shape(enum.StrEnum):
    """How the state on a day follows from rows.

    *snapshot*: all rows of the newest ``time`` up to it. *statement*: of each code the newest period published by then.
    *membership*: rows whose ``start_date`` to ``end_date`` (empty: open; its own day excluded) holds the day.
    *dated*: rows that stand for themselves.
    """

    SNAPSHOT = "snapshot"
    STATEMENT = "statement"
    MEMBERSHIP = "membership"
    DATED = "dated"


@dataclasses.dataclass(frozen=True, slots=True)
class Dataset:
    """``time`` is the column that says since when a row is known: a day or a moment. ``key`` parts the dataset.

    ``by_code``: it is asked for by code and in the same spans of days by everybody, so each code is kept by itself.
    """

    name: str
    shape: Shape
    time: str
    code: str = "code"
    key: str = ""
    providers: tuple[str, ...] = ("local", "jqdata")
    by_code: bool = False


_ALL = ("local", "jqdata", "akshare", "tushare")
STATEMENTS = ("indicator", "income", "balance", "cash_flow")
OF_YEARS = ("indicator", "income", "cash_flow")
"""Statements whose numbers are a quarter's own, so that those of a whole year are a dataset of their own."""

DATASETS: dict[str, Dataset] = {
    one.name: one
    for one in (
        Dataset("bars_1d", Shape.DATED, "day", providers=_ALL, by_code=True),
        Dataset("bars_1m", Shape.DATED, "time", providers=_ALL, by_code=True),
        Dataset("adjustments", Shape.DATED, "day", providers=_ALL, by_code=True),
        Dataset("securities", Shape.DATED, "start_date", providers=_ALL),
        Dataset("trade_days", Shape.DATED, "day", code="", providers=_ALL),
        Dataset("valuation", Shape.SNAPSHOT, "day", providers=("local", "jqdata", "tushare")),
        *(Dataset(name, Shape.STATEMENT, "pubDate", providers=_ALL) for name in STATEMENTS),
        *(Dataset(f"{name}_year", Shape.STATEMENT, "pubDate") for name in OF_YEARS),
        Dataset("index_weights", Shape.SNAPSHOT, "day", key="index_code", providers=_ALL),
        Dataset("industry_members", Shape.MEMBERSHIP, "start_date", key="classification"),
        Dataset("industries", Shape.DATED, "start_date", code="industry_code", key="classification"),
        Dataset("concept_members", Shape.MEMBERSHIP, "start_date", key="concept_code"),
        Dataset("concepts", Shape.DATED, "start_date", code="concept_code"),
        Dataset("extras", Shape.DATED, "day", key="info"),
        Dataset("money_flow", Shape.DATED, "date", code="sec_code", providers=("local", "jqdata", "tushare")),
        Dataset("billboard", Shape.DATED, "day", providers=("local", "jqdata", "akshare", "tushare")),
        Dataset("locked_shares", Shape.DATED, "pub_date", providers=("local", "jqdata", "tushare")),
        Dataset("mtss", Shape.DATED, "date", code="sec_code", providers=("local", "jqdata", "tushare")),
        Dataset("margincash_stocks", Shape.SNAPSHOT, "day"),
        Dataset("marginsec_stocks", Shape.SNAPSHOT, "day"),
        Dataset("factor_values", Shape.DATED, "day", key="factor"),
        Dataset("factors", Shape.DATED, "", code="factor", providers=("local", "jqdata")),
        Dataset("factor_kanban", Shape.SNAPSHOT, "date", key="universe"),
        Dataset("factor_stats", Shape.DATED, "date", code="factor", key="factor"),
        Dataset("factor_style_returns", Shape.DATED, "date", code="factor", key="factor"),
        Dataset("factor_specific_returns", Shape.DATED, "date", key="category"),
        Dataset("factor_cov", Shape.DATED, "date", code="factor", key="factor"),
        Dataset("alpha101", Shape.DATED, "day", key="alpha"),
        Dataset("alpha191", Shape.DATED, "day", key="alpha"),
        Dataset("technical", Shape.DATED, "day", key="indicator"),
        Dataset("call_auction", Shape.DATED, "time"),
        Dataset("ticks", Shape.DATED, "time"),
        Dataset("dominant_futures", Shape.DATED, "day", key="underlying"),
        Dataset("future_contracts", Shape.MEMBERSHIP, "start_date", key="underlying"),
    )
}

LIBRARY_DATABASES = ("finance", "macro", "bond", "opt", "jy")
"""JoinQuant's databases of many tables; a dataset of theirs is called ``finance.STK_XR_XD``."""

_KNOWN_SINCE = ("pub_date", "pubDate", "publish_date", "board_plan_pub_date", "day", "date", "stat_date", "end_date")


def dataset_of(name: str, columns: tuple[str, ...] = ()) -> Dataset:
    """The dataset; a table of a database is known since the first of its ``columns`` that tells of time.

    KeyError where there is no such dataset.
    """
    database, dot, _ = name.partition(".")
    if dot and database in LIBRARY_DATABASES:
        since = next((column for column in _KNOWN_SINCE if column in columns), "")
        return Dataset(name, Shape.DATED, since)
    return DATASETS[name]


def givers(name: str) -> tuple[str, ...]:
    """The providers that have a dataset."""
    return dataset_of(name).providers


def spoken(providers: tuple[str, ...]) -> str:
    """The providers for a reader: ``jqdatasdk、akshare 或 tushare``."""
    *rest, last = (LIBRARIES[name] for name in providers)
    return f"{'、'.join(rest)} 或 {last}" if rest else last


_PERIOD_ENDS = {"q1": "-03-31", "q2": "-06-30", "q3": "-09-30", "q4": "-12-31"}


def period_end(period: str) -> str:
    """``2025q1`` and ``2025`` as the ISO day the period ends on."""
    return period[:4] + _PERIOD_ENDS[period[4:] or "q4"]
