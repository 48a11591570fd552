"""JoinQuant's tables as SQLAlchemy's: what a strategy builds its queries from. Imported at the first use of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Float, MetaData, String, Table, TableClause, column, table
from sqlalchemy.sql.operators import in_op, not_in_op
from sqlalchemy.types import TypeDecorator, TypeEngine

from jqdata.datasets import LIBRARY_DATABASES, STATEMENTS
from jqdata.table_columns import NUMBERS, words_of

Made = Callable[..., Any]


def _plain(value: Any) -> Any:
    """What strategies compare with, in the values that the tables hold: ISO days, Python's own numbers."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == value.min.time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _comparator(of: type[TypeEngine[Any]]) -> Any:
    class Comparator(of.Comparator):  # type: ignore[name-defined, misc]
        """Takes any collection for ``in_``: sets, Series and indexes as well as lists."""

        def operate(self, op: Made, *other: Any, **kwargs: Any) -> Any:
            if op in (in_op, not_in_op) and _is_collection(other[0]):
                other = ([_plain(one) for one in other[0]], *other[1:])
            return super().operate(op, *map(_plain, other), **kwargs)

    return Comparator


def _is_collection(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str) and not hasattr(value, "__clause_element__")


class Number(TypeDecorator[Any]):
    """A number; compared with numpy's as with Python's."""

    impl = Float
    cache_ok = True
    comparator_factory = _comparator(Float)


class Words(TypeDecorator[Any]):
    """Codes, names and days; days may be compared with dates as well as with texts."""

    impl = String
    cache_ok = True
    comparator_factory = _comparator(String)

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return _plain(value)

    def process_literal_param(self, value: Any, dialect: Any) -> str:
        return str(_plain(value))


class Anything(TypeDecorator[Any]):
    """A column that is known by name only."""

    impl = String
    cache_ok = True
    comparator_factory = _comparator(String)

    def process_literal_param(self, value: Any, dialect: Any) -> Any:
        return _plain(value)

    def literal_processor(self, dialect: Any) -> Made:
        def written(value: Any) -> str:
            value = _plain(value)
            return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"

        return written


def _table(name: str) -> Table:
    words = (Column(word, Words) for word in words_of(name))
    return Table(name, MetaData(), *words, *(Column(one, Number) for one in NUMBERS[name]))


TABLES: dict[str, Table] = {name: _table(name) for name in ("valuation", *STATEMENTS)}
_OTHERS: dict[str, TableClause] = {}


def column_of(owner: str, name: str) -> Any:
    """A column; AttributeError where the table is known not to have it."""
    found = TABLES.get(owner)
    if found is not None:
        if name not in found.c:
            raise AttributeError(f"{owner} 没有字段 {name!r}")
        return found.c[name]
    owning = clause_of(owner)
    if name not in owning.c:
        # JoinQuant's databases have hundreds of tables; a column is made when a strategy names it.
        owning.append_column(column(name, Anything()))
    return owning.c[name]


def clause_of(owner: str) -> TableClause:
    """A table by its name: ``valuation``, ``finance.STK_XR_XD``."""
    if owner in TABLES:
        return TABLES[owner]
    assert owner.partition(".")[0] in LIBRARY_DATABASES
    return _OTHERS.setdefault(owner, table(owner))
