"""Which securities belong to an index, an industry or a concept, as the data provider knows it.

The members of an index also come from quotes where its feed has them (QMT), when no provider does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date as Date
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from common.messages import Want
from common.symbols import normalize_code
from jqdata import host, provided
from jqdata.missing import missing
from jqdata.provided import Codes, codes_of
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Frame

_INDUSTRIES = "industry_members"


def get_index_stocks(index_symbol: str, date: When | None = None) -> list[str]:
    """The members of an index on a day (default: today)."""
    index, day = normalize_code(index_symbol), provided.day_of(date, provided.today())
    if provided.has("index_weights"):
        want = Want("index_weights", f"{day}", last=f"{day}", key=index, columns=["code"])
        return _texts(provided.frame("get_index_stocks", [want]), "code")
    if date is None or day == provided.today():
        found = host.current().members(index, 0)
    else:
        found = host.current().members(index, day.year * 10_000 + day.month * 100 + day.day)
    if found is None:
        raise missing("get_index_stocks")
    return sorted(found.symbols)


def get_index_weights(index_id: str, date: When | None = None) -> Frame:
    """The members of an index with ``weight`` in percent, ``display_name`` and ``date``, by code."""
    from jqdata.frames import Frame

    index, day = normalize_code(index_id), provided.day_of(date, provided.today())
    if provided.has("index_weights"):
        want = Want("index_weights", f"{day}", last=f"{day}", key=index)
        found = provided.frame("get_index_weights", [want]).rename(columns={"day": "date"}).set_index("code")
        return found[[name for name in ("display_name", "date", "weight") if name in found]]
    members = host.current().members(index, 0) if day == provided.today() else None
    if members is None or not members.weights_e6:
        raise missing("get_index_weights")
    columns = {"date": f"{day}", "weight": [weight / 1e4 for weight in members.weights_e6]}
    return Frame(columns, index=members.symbols)


def get_industry(security: Codes, date: When | None = None) -> dict[str, dict[str, dict[str, str]]]:
    """For each code its industry by classification: ``['600000.XSHG']['sw_l1']['industry_name']``."""
    codes = codes_of(security)
    found: dict[str, dict[str, dict[str, str]]] = {code: {} for code in codes}
    for row in _records(provided.frame("get_industry", [_on(_INDUSTRIES, date, codes=codes)])):
        one = {"industry_code": row["industry_code"], "industry_name": row["industry_name"]}
        found[row["code"]][row["classification"]] = one
    return found


def get_industries(name: str = "zjw", date: When | None = None) -> Frame:
    """The industries of a classification ('sw_l1', 'jq_l1', 'zjw' …) by code, with ``name`` and ``start_date``."""
    found = provided.frame("get_industries", [_on("industries", date, key=name)])
    provided.stamped(found, "start_date")
    return found.set_index("industry_code")[["name", "start_date"]]


def get_industry_stocks(industry_code: str, date: When | None = None) -> list[str]:
    """The securities of an industry on a day."""
    only = ("industry_code", "==", json.dumps(industry_code))
    want = _on(_INDUSTRIES, date, columns=["code", "industry_code"], conditions=[only])
    code = industry_code.replace("'", "''")
    sql = f"SELECT code FROM {_INDUSTRIES} WHERE industry_code = '{code}'"
    return _texts(provided.frame("get_industry_stocks", [want], sql), "code")


def get_concept(security: Codes, date: When | None = None) -> dict[str, dict[str, list[dict[str, str]]]]:
    """For each code its concepts: ``['600000.XSHG']['jq_concept']``."""
    codes = codes_of(security)
    found: dict[str, dict[str, list[dict[str, str]]]] = {code: {"jq_concept": []} for code in codes}
    for row in _records(provided.frame("get_concept", [_on("concept_members", date, codes=codes)])):
        one = {"concept_code": row["concept_code"], "concept_name": row["concept_name"]}
        found[row["code"]]["jq_concept"].append(one)
    return found


def get_concepts() -> Frame:
    """All concepts by code, with ``name`` and ``start_date``."""
    found = provided.frame("get_concepts", [_on("concepts", None)])
    provided.stamped(found, "start_date")
    return found.set_index("concept_code")[["name", "start_date"]]


def get_concept_stocks(concept_code: str, date: When | None = None) -> list[str]:
    """The securities of a concept on a day."""
    found = provided.frame("get_concept_stocks", [_on("concept_members", date, key=concept_code)])
    return _texts(found, "code")


def get_dominant_future(underlying_symbol: str, date: When | None = None, end_date: When | None = None) -> Any:
    """The dominant contract of an underlying ('IF') on a day; with ``end_date`` a Series by day."""
    first = provided.day_of(date, provided.today())
    last = provided.day_of(end_date, provided.today()) if end_date is not None else first
    days = "span" if end_date is not None else "latest"
    want = Want("dominant_futures", f"{last}", days, f"{first}", f"{last}", key=underlying_symbol)
    sql = 'SELECT "day", code FROM dominant_futures ORDER BY "day"'
    found = provided.frame("get_dominant_future", [want], sql)
    if end_date is not None:
        return found.set_index("day")["code"]
    return found["code"].iloc[-1] if len(found) else ""


def get_future_contracts(underlying_symbol: str, date: When | None = None) -> list[str]:
    """The contracts of an underlying that trade on a day."""
    found = provided.frame("get_future_contracts", [_on("future_contracts", date, key=underlying_symbol)])
    return _texts(found, "code")


_REGULATOR = "zjw"


class _Industries(NamedTuple):
    """By code, for this host on this day; of an answer that failed only for the moment."""

    bound: host.Host
    day: Date
    failed_at: datetime | None
    of: dict[str, str]


_industries: list[_Industries] = []


def industry_of(code: str) -> str:
    """Today's industry of a stock of the feed as the regulator sorts it, 'J66'; '' where no data provider knows it, or
    it does not answer.

    Asked for all stocks at once, so that reading the whole market costs one question a day.
    """
    bound = host.current()
    if not provided.has(_INDUSTRIES):
        return ""
    now = bound.now()
    if not _industries or _industries[0][:2] != (bound, now.date()) or _industries[0].failed_at not in (None, now):
        _industries[:] = [_asked_industries(bound, now)]
    return _industries[0].of.get(code, "")


def _asked_industries(bound: host.Host, now: datetime) -> _Industries:
    stocks = sorted(one.symbol for one in bound.instruments() if one.kind == "stock")
    want = _on(_INDUSTRIES, None, key=_REGULATOR, codes=stocks, columns=["code", "industry_code"])
    answer = bound.provided("get_current_data", [want])
    by_name = {column.name: column.texts for column in answer.columns}
    codes, industries = (by_name.get(name, []) for name in ("code", "industry_code"))
    found = {code: industry or "" for code, industry in zip(codes, industries, strict=True) if code is not None}
    return _Industries(bound, now.date(), now if answer.code else None, found)


def _on(dataset: str, when: When | None, **narrowed: Any) -> Want:
    """A dataset as it stood on a day, today by default."""
    day: Date = provided.day_of(when, provided.today())
    return Want(dataset, f"{day}", last=f"{day}", **narrowed)


def _texts(found: Frame, column: str) -> list[str]:
    return sorted({str(one) for one in found[column].tolist()})


def _records(found: Frame) -> Sequence[dict[str, Any]]:
    return found.to_dict("records")  # type: ignore[return-value]
