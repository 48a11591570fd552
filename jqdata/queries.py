"""``query(...)``: SQLAlchemy-style questions over JoinQuant's tables, turned into SQL and into what they need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from jqdata.datasets import DATASETS, LIBRARY_DATABASES

if TYPE_CHECKING:
    from sqlalchemy import Select


class TableOf:
    """A table by its name; SQLAlchemy is imported when a column is first taken."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from jqdata.tables import column_of

        return column_of(self._name, name)

    def __repr__(self) -> str:
        return self._name


class Database:
    """One of JoinQuant's databases: ``finance.STK_XR_XD`` is a table, ``finance.run_query`` asks it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tables: dict[str, TableOf] = {}

    def run_query(self, query_object: Query) -> Any:
        """The rows of a query over this database's tables, of what was published before today; a frame."""
        from jqdata.fundamentals import run_query

        return run_query(self._name, query_object)

    def __getattr__(self, name: str) -> TableOf:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._tables.setdefault(name, TableOf(f"{self._name}.{name}"))

    def __repr__(self) -> str:
        return self._name


class Compiled(NamedTuple):
    """A query as SQL; ``tables`` are the columns it reads by table, ``named`` those of them that it names itself.

    ``names`` are what its columns are called, '' where SQL's own name stays; none at all of a whole unknown table.
    """

    sql: str
    tables: dict[str, list[str]]
    named: dict[str, list[str]]
    names: list[str]
    conditions: dict[str, list[tuple[str, str, str]]]


class Query:
    """What ``query`` gives. Each method returns a new one, as SQLAlchemy's do."""

    def __init__(self, select: Select[Any], entities: Sequence[Any]) -> None:
        self._select, self._entities = select, entities

    def __reduce__(self) -> NoReturn:
        """As on JoinQuant: what is saved of `g` would come back with tables that are not these."""
        raise TypeError("query 不能保存在 g 里：请在用到时或在 process_initialize 里构造")

    def _with(self, select: Select[Any]) -> Query:
        return Query(select, self._entities)

    def filter(self, *criteria: Any) -> Query:
        """Rows that meet all of these; ``&``, ``|`` and ``~`` combine conditions in brackets."""
        return self._with(self._select.where(*criteria))

    where = filter

    def join(self, target: Any, onclause: Any) -> Query:
        """Rows of both tables that belong together; tables of fundamentals are joined by code without it."""
        return self._with(self._select.where(onclause))

    def order_by(self, *columns: Any) -> Query:
        return self._with(self._select.order_by(*columns))

    def group_by(self, *columns: Any) -> Query:
        return self._with(self._select.group_by(*columns))

    def having(self, *criteria: Any) -> Query:
        return self._with(self._select.having(*criteria))

    def distinct(self, *columns: Any) -> Query:
        return self._with(self._select.distinct(*columns))

    def limit(self, count: int | None) -> Query:
        return self._with(self._select.limit(None if count is None else int(count)))

    def offset(self, count: int | None) -> Query:
        return self._with(self._select.offset(None if count is None else int(count)))

    def compiled(self) -> Compiled:
        """ValueError, in Chinese, where it names no table or cannot be written as SQL."""
        from sqlalchemy.dialects import sqlite
        from sqlalchemy.exc import SQLAlchemyError

        tables = _read(self._select, self._entities)
        if not tables:
            raise ValueError("query 里没有任何表的字段")
        select = self._joined(tables)
        try:
            dialect = sqlite.dialect(paramstyle="named")
            text = str(select.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        except (SQLAlchemyError, NotImplementedError) as e:
            raise ValueError(f"query 无法写成 SQL：{str(e).splitlines()[0]}") from e
        from sqlalchemy import literal

        own = [one for one in self._entities if not isinstance(one, TableOf)]
        named = _read(self._select.with_only_columns(*(own or [literal(1)])), own)
        return Compiled(text, tables, named, _names(select), _conditions(self._select))

    def with_code(self) -> Query:
        """The same with the code in front, unless it is asked for already."""
        from jqdata.tables import TABLES

        if any(one.name == "code" for one in self._select.selected_columns):
            return self
        owner = next((name for name in _read(self._select, self._entities) if name in TABLES), "valuation")
        code = TABLES[owner].c.code
        return Query(self._select.with_only_columns(code, *self._select.selected_columns), self._entities)

    def _joined(self, tables: dict[str, list[str]]) -> Select[Any]:
        """Tables of fundamentals belong together by code, as on JoinQuant."""
        from jqdata.tables import TABLES

        together = [TABLES[name] for name in tables if name in TABLES]
        select = self._select
        for other in together[1:]:
            select = select.where(together[0].c.code == other.c.code)
        return select


def query(*entities: Any) -> Query:
    """Ask for columns or whole tables: ``query(valuation.code, indicator.roe).filter(valuation.market_cap < 50)``."""
    from sqlalchemy import literal_column, select

    from jqdata.tables import TABLES, clause_of

    if not entities:
        raise ValueError("query 没有给字段或表")
    chosen: list[Any] = []
    for one in entities:
        if isinstance(one, TableOf):
            clause = clause_of(one._name)
            whole = one._name in TABLES
            chosen += list(clause.c) if whole else [literal_column(f'"{one._name}".*')]
        elif isinstance(one, str | Database) or not (hasattr(one, "__clause_element__") or hasattr(one, "compile")):
            raise TypeError(f"query 的参数应为字段或表，而不是 {one!r}")
        else:
            chosen.append(one)
    made = select(*chosen)
    for one in entities:
        if isinstance(one, TableOf) and one._name not in TABLES:
            made = made.select_from(clause_of(one._name))
    return Query(made, entities)


def _read(select: Select[Any], entities: Sequence[Any]) -> dict[str, list[str]]:
    """The columns that a query reads, by table; of a whole table that is known by name only none are listed."""
    from sqlalchemy.sql import visitors

    found: dict[str, dict[str, None]] = {}
    for node in visitors.iterate(select):
        owner = getattr(getattr(node, "table", None), "name", None) if node.__visit_name__ == "column" else None
        if owner in DATASETS or (owner and owner.partition(".")[0] in LIBRARY_DATABASES):
            found.setdefault(str(owner), {})[str(node.name)] = None  # type: ignore[attr-defined]
    read = {owner: ["code", *(name for name in names if name != "code")] for owner, names in found.items()}
    read |= {owner: list(found[owner]) for owner in found if "." in owner}
    whole = [one._name for one in entities if isinstance(one, TableOf) and "." in one._name]
    return read | {name: [] for name in whole}


def _conditions(select: Select[Any]) -> dict[str, list[tuple[str, str, str]]]:
    """Comparisons of a column with values that every row must meet, by table: what a provider may ask its source."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for clause in _conjuncts(select.whereclause):
        left, right = getattr(clause, "left", None), getattr(clause, "right", None)
        owner = getattr(getattr(left, "table", None), "name", None)
        operator = _OPERATORS.get(getattr(getattr(clause, "operator", None), "__name__", ""))
        value = getattr(right, "value", None)
        if owner and operator and value is not None and left is not None:
            found.setdefault(owner, []).append((left.name, operator, json.dumps(value, default=str)))
    return found


_OPERATORS = {"eq": "==", "ge": ">=", "gt": ">", "le": "<=", "lt": "<", "in_op": "in"}


def _conjuncts(clause: Any) -> Iterator[Any]:
    if clause is None:
        return
    if getattr(getattr(clause, "operator", None), "__name__", "") == "and_":
        for one in clause.clauses:
            yield from _conjuncts(one)
    elif getattr(clause, "element", None) is not None and clause.__visit_name__ == "grouping":
        yield from _conjuncts(clause.element)
    else:
        yield clause


def _names(select: Select[Any]) -> list[str]:
    """Names that come twice get a number, as JoinQuant's do: ``code``, ``code.1``."""
    from sqlalchemy import Label
    from sqlalchemy.sql.elements import ColumnClause

    columns = list(select.selected_columns)
    if any(one.name.endswith(".*") for one in columns):
        return []
    names = [one.name if isinstance(one, ColumnClause | Label) else "" for one in columns]
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        count = seen.get(name, 0)
        seen[name] = count + 1
        unique.append(f"{name}.{count}" if name and count else name)
    return unique
