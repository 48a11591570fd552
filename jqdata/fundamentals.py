"""Financial statements, valuations and factors: JoinQuant's tables and the functions that read them.

The data provider has the rows. Nothing comes back that was published after the day before now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from common.messages import Want
from jqdata import provided
from jqdata.datasets import LIBRARY_DATABASES, OF_YEARS, STATEMENTS, period_end
from jqdata.provided import Codes, codes_of
from jqdata.queries import Compiled, Database, Query, TableOf
from jqdata.queries import query as query
from jqdata.units import When

if TYPE_CHECKING:
    from jqdata.frames import Frame, Panel

valuation: Any = TableOf("valuation")
indicator: Any = TableOf("indicator")
income: Any = TableOf("income")
balance: Any = TableOf("balance")
cash_flow: Any = TableOf("cash_flow")
finance: Any = Database("finance")
macro: Any = Database("macro")
bond: Any = Database("bond")
opt: Any = Database("opt")
jy: Any = Database("jy")


def get_fundamentals(query_object: Any, date: When | None = None, statDate: str | int | None = None) -> Frame:
    """One row per code of what the query asks, as known after the close of ``date`` (default: the day before now).

    ``statDate`` ('2025q1', '2025') asks for the statements of a period instead.
    """
    if date is not None and statDate is not None:
        raise ValueError("get_fundamentals 的 date 与 statDate 只能给一个")
    compiled = _compiled("get_fundamentals", query_object)
    known = provided.day_of(date, provided.yesterday())
    period = _period(statDate)
    wants = [_want(compiled, table, known, period) for table in compiled.tables]
    return provided.frame("get_fundamentals", wants, compiled.sql, compiled.names)


def get_fundamentals_continuously(
    query_object: Any, end_date: When | None = None, count: int = 1, panel: bool = True
) -> Frame | Panel:
    """What the query asks on each of the last ``count`` days up to ``end_date`` (the day before now).

    ``panel[field]`` are frames of days by codes; ``panel=False`` gives one long frame with ``day`` and ``code``.
    """
    import pandas as pd

    from jqdata.frames import Frame, Panel

    function = "get_fundamentals_continuously"
    compiled = _compiled(function, query_object.with_code() if isinstance(query_object, Query) else query_object)
    last = provided.day_of(end_date, provided.yesterday())
    parts = []
    for day in provided.trading_days(last, count):
        wants = [_want(compiled, table, day, "") for table in compiled.tables]
        part = provided.frame(function, wants, compiled.sql, compiled.names)
        part["day"] = f"{day}"
        parts.append(part)
    found = Frame(pd.concat(parts, ignore_index=True))
    if not panel:
        return found.sort_values(["code", "day"], ignore_index=True)
    provided.stamped(found, "day")
    fields = [name for name in found.columns if name not in ("code", "day")]
    return Panel({name: Frame(found.pivot(index="day", columns="code", values=name)) for name in fields})


def get_valuation(
    security_list: Codes,
    start_date: When | None = None,
    end_date: When | None = None,
    fields: Any = None,
    count: int | None = None,
) -> Frame:
    """Rows of the ``valuation`` table by code and day, up to ``end_date`` (the day before now)."""
    from jqdata.table_columns import NUMBERS

    latest = provided.yesterday()
    first, last = provided.span_of(start_date, end_date, count, latest)
    names = _field_names(fields) or list(NUMBERS["valuation"])
    columns = ["code", "day", *(name for name in names if name not in ("code", "day"))]
    want = Want("valuation", f"{latest}", "span", first, last, codes=codes_of(security_list), columns=columns)
    found = provided.frame("get_valuation", [want])
    return found.sort_values(["code", "day"], ignore_index=True)


def get_history_fundamentals(
    security: Codes,
    fields: Sequence[Any],
    watch_date: When | None = None,
    stat_date: str | int | None = None,
    count: int = 1,
    interval: str = "1q",
    stat_by_year: bool = False,
) -> Frame:
    """Statements of the last ``count`` quarters ('1q') or of the same quarter of as many years ('1y').

    As known on ``watch_date`` (the day before now), or up to the period ``stat_date``. One row per code and period.
    """
    if watch_date is not None and stat_date is not None:
        raise ValueError("get_history_fundamentals 的 watch_date 与 stat_date 只能给一个")
    if interval not in ("1q", "1y") or (stat_by_year and interval != "1y"):
        raise ValueError(f"interval 应为 '1q' 或 '1y'（stat_by_year 时为 '1y'）：{interval!r}")
    tables: dict[str, list[str]] = {}
    for one in fields:
        tables.setdefault(one.table.name, []).append(one.name)
    if other := [name for name in tables if name not in STATEMENTS]:
        raise ValueError(f"get_history_fundamentals 只能取 {'、'.join(STATEMENTS)} 的字段：{'、'.join(other)}")
    by_quarter = interval == "1y" and not stat_by_year
    known, codes = provided.day_of(watch_date, provided.yesterday()), codes_of(security)
    wants = [
        Want(
            f"{name}_year" if stat_by_year and name in OF_YEARS else name,
            f"{known}",
            "history",
            last=f"{known}",
            period=_period(stat_date),
            count=int(count) * (4 if by_quarter or (stat_by_year and name not in OF_YEARS) else 1),
            codes=codes,
            columns=["code", "statDate", *(one for one in columns if one not in ("code", "statDate"))],
            table=name,
        )
        for name, columns in tables.items()
    ]
    found = provided.frame("get_history_fundamentals", wants, _joined_by_period(tables))
    if by_quarter and len(found):
        newest = found.groupby("code")["statDate"].transform("max")
        found = found[found["statDate"].str[4:] == newest.str[4:]]
    return found.sort_values(["code", "statDate"], ignore_index=True)


def get_factor_values(
    securities: Codes,
    factors: Any,
    start_date: When | None = None,
    end_date: When | None = None,
    count: int | None = None,
) -> dict[str, Frame]:
    """JoinQuant's ready-made factors: for each a frame of days by codes, up to ``end_date`` (the day before now)."""
    from jqdata.frames import Frame

    latest = provided.yesterday()
    first, last = provided.span_of(start_date, end_date, count, latest)
    wanted = [factors] if isinstance(factors, str) else list(factors)
    codes = codes_of(securities)
    want = Want("factor_values", f"{latest}", "span", first, last, key=",".join(wanted), codes=codes)
    found = provided.frame("get_factor_values", [want])
    provided.stamped(found, "day")
    parts = {name: found[found["factor"] == name] for name in wanted}
    pivots = {name: part.pivot(index="day", columns="code", values="value") for name, part in parts.items()}
    return {name: Frame(pivot.reindex(columns=codes)) for name, pivot in pivots.items()}


def get_all_factors() -> Frame:
    """The catalogue of JoinQuant's factors: ``factor``, ``factor_intro``, ``category``."""
    return provided.frame("get_all_factors", [Want("factors", f"{provided.yesterday()}")])


def run_query(database: str, query_object: Any) -> Frame:
    """The rows of a query over the tables of one database, of what was published before today."""
    compiled = _compiled(f"{database}.run_query", query_object)
    if other := [name for name in compiled.tables if name.partition(".")[0] != database]:
        raise ValueError(f"{database}.run_query 不能查询 {'、'.join(other)}")
    known = f"{provided.yesterday()}"
    wants = [
        Want(name, known, columns=columns, conditions=compiled.conditions.get(name, []))
        for name, columns in compiled.tables.items()
    ]
    found = provided.frame(database, wants, compiled.sql, compiled.names)
    if database != "jy":  # whose columns are moments
        for at in range(len(found.columns)):
            if (days := _days(found.iloc[:, at].tolist())) is not None:
                found.isetitem(at, days)
    return found


def _days(values: list[Any]) -> list[date | None] | None:
    """ISO days as dates, which JoinQuant has in tables of its databases; None where they are something else."""
    if not any(values) or not all(not one or (isinstance(one, str) and len(one) == 10) for one in values):
        return None
    try:
        return [date.fromisoformat(one) if one else None for one in values]
    except ValueError:
        return None


def _compiled(function: str, query_object: Any) -> Compiled:
    if not isinstance(query_object, Query):
        raise TypeError(f"{function} 的参数应为 query(...)，而不是 {type(query_object).__name__}")
    compiled = query_object.compiled()
    if function.startswith("get_") and (other := [name for name in compiled.tables if "." in name]):
        database = other[0].partition(".")[0]
        assert database in LIBRARY_DATABASES
        raise ValueError(f"{function} 不能查询 {other[0]}：请用 {database}.run_query")
    return compiled


def _want(compiled: Compiled, table: str, known: date, period: str) -> Want:
    """What a query reads of one table of fundamentals; of a whole table, the columns there are."""
    columns, named = compiled.tables[table], {"code", *compiled.named.get(table, ())}
    optional = [one for one in columns if one not in named]
    dataset, mode, last = table, "latest", known
    if table == "valuation":
        last = provided.trading_day(min(date.fromisoformat(period_end(period)), known) if period else known)
    elif period:
        dataset = f"{table}_year" if len(period) == 4 and table in OF_YEARS else table
        mode = "period"
    return Want(
        dataset, f"{known}", mode, last=f"{last}", period=period, table=table, columns=columns, optional=optional
    )


def _period(written: str | int | None) -> str:
    """'2025q1' or '2025' as written there; ValueError for anything else."""
    if written is None:
        return ""
    period = str(written).lower()
    if not (period[:4].isdigit() and len(period) in (4, 6) and period[4:] in ("", "q1", "q2", "q3", "q4")):
        raise ValueError(f"statDate 应如 '2025q1' 或 '2025'：{written!r}")
    return period


def _joined_by_period(tables: dict[str, list[str]]) -> str:
    first, *others = tables
    fields = [f'{name}."{field}"' for name, columns in tables.items() for field in columns if field != "statDate"]
    shown = ", ".join([f"{first}.code", f'{first}."statDate"', *(one for one in fields if not one.endswith('."code"'))])
    joins = (
        f'LEFT JOIN {name} ON {name}.code = {first}.code AND {name}."statDate" = {first}."statDate"' for name in others
    )
    return " ".join([f"SELECT {shown} FROM {first}", *joins])


def _field_names(fields: Any) -> list[str]:
    wanted = [fields] if isinstance(fields, str) or hasattr(fields, "name") else fields or []
    return [one if isinstance(one, str) else str(one.name) for one in wanted]
