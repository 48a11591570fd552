"""The data provider ``jqdata``: JoinQuant's own data by its library jqdatasdk, with the user's account."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from common import messages as m
from jqdata.datasets import DATASETS, LIBRARY_DATABASES, STATEMENTS
from services.strategy.providers import jqdata_alpha, jqdata_bars, jqdata_factors
from services.strategy.providers.faults import Fault, ProviderFault

if TYPE_CHECKING:
    import pandas as pd

_ROWS_MAX = 10_000
"""jqdatasdk cuts an answer of ``get_fundamentals`` there, without a word."""

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt,
}  # fmt: skip


class JoinQuant:
    """``load`` imports the library; the account is logged in at the first question."""

    name = "jqdata"
    datasets = frozenset(name for name, one in DATASETS.items() if "jqdata" in one.providers)

    def __init__(
        self, username: str, password: str, load: Callable[[], Any] = lambda: import_module("jqdatasdk")
    ) -> None:
        self._username, self._password, self._load = username, password, load
        self._library: Any = None

    def rows(self, want: m.Want) -> pd.DataFrame:
        sdk = self._logged_in()
        if want.dataset.partition(".")[0] in LIBRARY_DATABASES:
            return _library_table(sdk, want)
        if want.dataset == "valuation":
            return _span_of_valuations(sdk, want) if want.mode == "span" else _fundamentals(sdk, want)
        if want.dataset.removesuffix("_year") in STATEMENTS:
            return _history(sdk, want) if want.mode == "history" else _fundamentals(sdk, want)
        return _FETCHES[want.dataset](sdk, want)

    def _logged_in(self) -> Any:
        if self._library is None:
            sdk = self._load()
            try:
                sdk.auth(self._username, self._password)
            except Exception as e:  # the library has no kind of its own for an account that is refused
                if isinstance(e, OSError) or type(e).__module__.startswith("thriftpy2"):
                    raise  # the line to the server, not the account
                said = next(iter(str(e).splitlines()), "")
                text = f"聚宽数据登录被拒绝（{said}）：请检查 JQDATA_USERNAME、JQDATA_PASSWORD 与账号的试用期"
                raise ProviderFault(Fault.CREDENTIALS_REFUSED, text) from e
            self._library = sdk
        return self._library


def _columns_of(sdk: Any, want: m.Want) -> list[Any]:
    """The wanted columns and those by which rows are cut off, as the library's."""
    name = want.dataset.removesuffix("_year")
    table = getattr(sdk, name)
    keys = ["code", "day"] if name == "valuation" else ["code", "pubDate", "statDate"]
    names = dict.fromkeys([*keys, *want.columns])
    return [getattr(table, one) for one in names if hasattr(table, one)]


def _fundamentals(sdk: Any, want: m.Want) -> pd.DataFrame:
    columns = _columns_of(sdk, want)
    query = sdk.query(*columns)
    if want.codes:
        query = query.filter(columns[0].in_(want.codes))
    when = {"statDate": want.period} if want.mode == "period" else {"date": want.last}
    found: pd.DataFrame = sdk.get_fundamentals(query, **when)
    if len(found) >= _ROWS_MAX:
        raise ProviderFault(
            Fault.PROVIDER_FAILED, f"jqdatasdk 的 {want.dataset} 超过 {_ROWS_MAX} 行，被截断：请缩小范围"
        )
    return found


def _span_of_valuations(sdk: Any, want: m.Want) -> pd.DataFrame:
    fields = [name for name in want.columns if name not in ("code", "day")]
    found: pd.DataFrame = sdk.get_valuation(
        want.codes, start_date=want.first or None, end_date=want.last, fields=fields or None
    )
    return found


def _history(sdk: Any, want: m.Want) -> pd.DataFrame:
    by_year = want.dataset.endswith("_year")
    when = {"stat_date": want.period} if want.period else {"watch_date": want.last or want.known}
    found: pd.DataFrame = sdk.get_history_fundamentals(
        want.codes,
        _columns_of(sdk, want)[1:],
        count=want.count,
        interval="1y" if by_year else "1q",
        stat_by_year=by_year,
        **when,
    )
    return found


def _library_table(sdk: Any, want: m.Want) -> pd.DataFrame:
    """All columns of the rows that meet the conditions; page by page, since an answer ends at some thousand rows."""
    database, _, name = want.dataset.partition(".")
    table = getattr(getattr(sdk, database), name)
    query = sdk.query(table)
    for column, how, value in want.conditions:
        field, number = getattr(table, column), json.loads(value)
        query = query.filter(field.in_(number) if how == "in" else _OPERATORS[how](field, number))
    found: pd.DataFrame = getattr(sdk, database).run_offset_query(query)
    return found


# -- members ---------------------------------------------------------------------------------------------------------


def _frame(rows: Iterable[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows), columns=columns)


def _index(sdk: Any, want: m.Want) -> pd.DataFrame:
    if want.columns == ["code"]:
        codes = sdk.get_index_stocks(want.key, date=want.last)
        rows = ({"index_code": want.key, "day": want.last, "code": code} for code in codes)
        return _frame(rows, ["index_code", "day", "code"])
    found = sdk.get_index_weights(want.key, date=want.last)
    found = found.rename_axis("code").reset_index().rename(columns={"date": "day"})
    return found.assign(index_code=want.key)  # type: ignore[no-any-return]


_MEMBER = ["classification", "industry_code", "industry_name", "code", "start_date", "end_date"]


def _industry_members(sdk: Any, want: m.Want) -> pd.DataFrame:
    """As they stood on the day that is asked for, which is all the library says."""
    stood = {"start_date": want.last, "end_date": None}
    if want.conditions:
        industry = json.loads(want.conditions[0][2])
        codes = sdk.get_industry_stocks(industry, date=want.last)
        return _frame(({"industry_code": industry, "code": code, **stood} for code in codes), _MEMBER)
    found = sdk.get_industry(want.codes, date=want.last)
    rows = (
        {"classification": kind, "code": code, **one, **stood} for code, of in found.items() for kind, one in of.items()
    )
    return _frame(rows, _MEMBER)


def _industries(sdk: Any, want: m.Want) -> pd.DataFrame:
    found = sdk.get_industries(name=want.key, date=want.last).rename_axis("industry_code").reset_index()
    return found.assign(classification=want.key)  # type: ignore[no-any-return]


def _concept_members(sdk: Any, want: m.Want) -> pd.DataFrame:
    stood = {"start_date": want.last, "end_date": None}
    columns = ["concept_code", "concept_name", "code", "start_date", "end_date"]
    if want.key:
        codes = sdk.get_concept_stocks(want.key, date=want.last)
        return _frame(({"concept_code": want.key, "code": code, **stood} for code in codes), columns)
    found = sdk.get_concept(want.codes, date=want.last)
    rows = ({"code": code, **one, **stood} for code, of in found.items() for one in of.get("jq_concept", ()))
    return _frame(rows, columns)


def _concepts(sdk: Any, want: m.Want) -> pd.DataFrame:
    return sdk.get_concepts().rename_axis("concept_code").reset_index()  # type: ignore[no-any-return]


def _listed(fetch: str) -> Callable[[Any, m.Want], pd.DataFrame]:
    def fetched(sdk: Any, want: m.Want) -> pd.DataFrame:
        return _frame(
            ({"day": want.last, "code": code} for code in getattr(sdk, fetch)(date=want.last)), ["day", "code"]
        )

    return fetched


def _contracts(sdk: Any, want: m.Want) -> pd.DataFrame:
    codes = sdk.get_future_contracts(want.key, date=want.last)
    rows = ({"underlying": want.key, "code": code, "start_date": want.last, "end_date": None} for code in codes)
    return _frame(rows, ["underlying", "code", "start_date", "end_date"])


def _dominant(sdk: Any, want: m.Want) -> pd.DataFrame:
    if want.mode == "span":
        by_day = sdk.get_dominant_future(want.key, date=want.first, end_date=want.last)
        rows = [{"underlying": want.key, "day": f"{day}"[:10], "code": code} for day, code in by_day.items()]
    else:
        code = sdk.get_dominant_future(want.key, date=want.last)
        rows = [{"underlying": want.key, "day": want.last, "code": code}] if code else []
    return _frame(rows, ["underlying", "day", "code"])


# -- flows, factors --------------------------------------------------------------------------------------------------


def _dated(fetch: str) -> Callable[[Any, m.Want], pd.DataFrame]:
    def fetched(sdk: Any, want: m.Want) -> pd.DataFrame:
        span = {"start_date": want.first or None, "end_date": want.last}
        return getattr(sdk, fetch)(want.codes or None, **span)  # type: ignore[no-any-return]

    return fetched


def _locked(sdk: Any, want: m.Want) -> pd.DataFrame:
    """The library does not say when a lock-up's end was announced: what it has now counts as known."""
    found = sdk.get_locked_shares(want.codes or None, start_date=want.first, end_date=want.last)
    return found.assign(pub_date=want.known)  # type: ignore[no-any-return]


def _extras(sdk: Any, want: m.Want) -> pd.DataFrame:
    found = sdk.get_extras(want.key, want.codes, start_date=want.first, end_date=want.last, df=True)
    return _melted(found, "info", want.key)


def _factor_values(sdk: Any, want: m.Want) -> pd.DataFrame:
    import pandas as pd

    names = want.key.split(",")
    found = sdk.get_factor_values(
        securities=want.codes, factors=names, start_date=want.first or None, end_date=want.last
    )
    return pd.concat([_melted(found[name], "factor", name) for name in names], ignore_index=True)


def _melted(table: pd.DataFrame, key: str, value: str) -> pd.DataFrame:
    long = table.rename_axis("day").reset_index().melt(id_vars="day", var_name="code", value_name="value")
    return long.assign(**{key: value})


def _all_factors(sdk: Any, want: m.Want) -> pd.DataFrame:
    return sdk.get_all_factors()  # type: ignore[no-any-return]


def _auctions(sdk: Any, want: m.Want) -> pd.DataFrame:
    return sdk.get_call_auction(want.codes, start_date=want.first, end_date=want.last)  # type: ignore[no-any-return]


def _ticks(sdk: Any, want: m.Want) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for code in want.codes:
        span = {"count": want.count} if want.count else {"start_dt": want.first}
        part = sdk.get_ticks(code, end_dt=want.last, skip=want.key == "skip", df=True, **span)
        parts.append(part.assign(code=code))
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return found


_FETCHES: dict[str, Callable[[Any, m.Want], pd.DataFrame]] = {
    **jqdata_bars.FETCHES,
    "index_weights": _index,
    "industry_members": _industry_members,
    "industries": _industries,
    "concept_members": _concept_members,
    "concepts": _concepts,
    "margincash_stocks": _listed("get_margincash_stocks"),
    "marginsec_stocks": _listed("get_marginsec_stocks"),
    "future_contracts": _contracts,
    "dominant_futures": _dominant,
    "money_flow": _dated("get_money_flow"),
    "billboard": _dated("get_billboard_list"),
    "mtss": _dated("get_mtss"),
    "locked_shares": _locked,
    "extras": _extras,
    "factor_values": _factor_values,
    "factors": _all_factors,
    "call_auction": _auctions,
    "ticks": _ticks,
    **jqdata_alpha.FETCHES,
    **jqdata_factors.FETCHES,
}
