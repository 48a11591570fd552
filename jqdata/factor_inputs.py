"""What factors are computed from, as frames of days by codes; each value as it was known after the close of its day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from common.messages import Want
from jqdata import provided
from jqdata.datasets import givers, spoken
from jqdata.factor_names import NEEDS, Source, input_of
from jqdata.known_statements import known_statements
from jqdata.market import get_price
from jqdata.members import get_concept_stocks, get_index_stocks, get_industry_stocks
from jqdata.missing import NeedsProvider

if TYPE_CHECKING:
    import pandas as pd

    from jqdata.frames import Frame


def frames(
    function: str, names: Iterable[str], codes: Sequence[str], days: Sequence[date], fq: str | None = "post"
) -> dict[str, Frame]:
    """For each name a frame of ``days`` by ``codes``; nan where nothing is known. ``fq`` is that of the prices.

    ValueError for a name that means nothing; NeedsProvider, with the name, where its data needs one there is none of.
    """
    by_source: dict[Source, list[str]] = {}
    for name in dict.fromkeys(names):
        by_source.setdefault(input_of(name).source, []).append(name)
    made: dict[str, Frame] = {}
    for source, wanted in by_source.items():
        if source is Source.PRICE:
            made |= _prices(wanted, codes, days, fq)
        else:
            made |= _FETCHES[source](Asker(function, source, wanted), codes, days)
    return made


class Asker:
    """Asks for the inputs of one source, and says which of them it was where there is no answer."""

    def __init__(self, function: str, source: Source, names: list[str]) -> None:
        self.function, self.source, self.names = function, source, names

    def check(self, *datasets: str) -> None:
        """NeedsProvider unless the chosen provider has these datasets."""
        for dataset in datasets:
            if not provided.has(dataset):
                shown = f"{self.function} 的 {'、'.join(self.names)}"
                given = f"可由数据源 {spoken(givers(dataset))} 提供（设置 DEFAULT_DATA_PROVIDER），当前没有"
                raise NeedsProvider(f"{shown} 需要{NEEDS[self.source]}，{given} [NEEDS_PROVIDER]")

    def ask(self, wants: list[Want], sql: str = "") -> Frame:
        self.check(*(want.dataset for want in wants))
        return provided.frame(f"jqfactor.{self.function}", wants, sql)


def _prices(names: list[str], codes: Sequence[str], days: Sequence[date], fq: str | None) -> dict[str, Frame]:
    panel: Any = get_price(list(codes), days[0], days[-1], "daily", names, fq=fq)
    return {name: _laid(panel[name], codes, days) for name in names}


def _valuations(asker: Asker, codes: Sequence[str], days: Sequence[date]) -> dict[str, Frame]:
    want = Want("valuation", f"{days[-1]}", "span", f"{days[0]}", f"{days[-1]}", codes=list(codes),
                columns=["code", "day", *asker.names])  # fmt: skip
    found = asker.ask([want])
    return {name: _wide(found, "day", "code", name, codes, days) for name in asker.names}


def _flows(asker: Asker, codes: Sequence[str], days: Sequence[date]) -> dict[str, Frame]:
    want = Want("money_flow", f"{days[-1]}", "span", f"{days[0]}", f"{days[-1]}", codes=list(codes),
                columns=["date", "sec_code", *asker.names])  # fmt: skip
    found = asker.ask([want])
    return {name: _wide(found, "date", "sec_code", name, codes, days) for name in asker.names}


def _factors(asker: Asker, codes: Sequence[str], days: Sequence[date]) -> dict[str, Frame]:
    span = "span", f"{days[0]}", f"{days[-1]}"
    found = asker.ask([Want("factor_values", f"{days[-1]}", *span, key=",".join(asker.names), codes=list(codes))])
    made = {}
    for name in asker.names:
        part = found[found["factor"] == name]
        if not len(part):
            raise ValueError(f"{asker.function}：{name!r} 不是字段、行业、概念或指数，因子库在这些天也没有它的值")
        made[name] = _wide(part, "day", "code", "value", codes, days)
    return made


def _statements(asker: Asker, codes: Sequence[str], days: Sequence[date]) -> dict[str, Frame]:
    from jqdata.frames import Frame

    of_years, inputs = asker.source is Source.YEAR, [input_of(name) for name in asker.names]
    made = {}
    for table in dict.fromkeys(one.table for one in inputs):
        wanted = [one for one in inputs if one.table == table]
        fields, back = list(dict.fromkeys(one.field for one in wanted)), max(one.back for one in wanted)
        known = known_statements(asker.ask, table, fields, back, list(codes), days, of_years=of_years)
        for one in wanted:
            made[one.name] = Frame(known.values(one.back, one.field), index=_index(days), columns=list(codes))
    return made


def _members(dataset: str, listed: Callable[[str, Any], list[str]]) -> Callable[..., dict[str, Frame]]:
    """1 for what belongs on that day, 0 for the rest; the members of an index also come from a feed that has them."""

    def fetched(asker: Asker, codes: Sequence[str], days: Sequence[date]) -> dict[str, Frame]:
        from jqdata.frames import Frame

        if asker.source is not Source.INDEX:
            asker.check(dataset)
        made = {}
        for name in asker.names:
            members = [set(listed(name, day)) for day in days]
            belongs = [[int(code in those) for code in codes] for those in members]
            made[name] = Frame(belongs, index=_index(days), columns=list(codes))
        return made

    return fetched


_FETCHES: dict[Source, Callable[[Asker, Sequence[str], Sequence[date]], dict[str, Frame]]] = {
    Source.VALUATION: _valuations,
    Source.QUARTER: _statements,
    Source.YEAR: _statements,
    Source.INDUSTRY: _members("industry_members", get_industry_stocks),
    Source.CONCEPT: _members("concept_members", get_concept_stocks),
    Source.INDEX: _members("index_weights", get_index_stocks),
    Source.FLOW: _flows,
    Source.FACTOR: _factors,
}


def _wide(rows: pd.DataFrame, day: str, code: str, value: str, codes: Sequence[str], days: Sequence[date]) -> Frame:
    from jqdata.frames import Frame

    unique = rows.drop_duplicates([day, code], keep="last")
    return _laid(Frame(unique.pivot(index=day, columns=code, values=value).astype(float)), codes, days)


def _laid(table: pd.DataFrame, codes: Sequence[str], days: Sequence[date]) -> Frame:
    import pandas as pd

    from jqdata.frames import Frame

    stamped = table.set_axis(pd.DatetimeIndex(pd.to_datetime(table.index)).normalize(), axis=0)
    return Frame(stamped.reindex(index=_index(days), columns=list(codes)).rename_axis(columns=None))


def _index(days: Sequence[date]) -> pd.DatetimeIndex:
    import pandas as pd

    return pd.DatetimeIndex([f"{day}" for day in days])
