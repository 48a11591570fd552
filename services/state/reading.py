"""What users read of the history: stable columns, chronological, the newest rows where a limit cuts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, func, literal_column, select
from sqlalchemy.exc import DatabaseError

from common import messages as m
from common.errors import ConfigError
from common.reasons import Reason
from services.state import tables as t
from services.state.database import open_read_only


@dataclass(frozen=True, slots=True)
class _View:
    """The columns of one table as users ask for it; ``more`` stand in a second table with the same account and day."""

    table: Table
    more: tuple[Column[object], ...] = ()
    open_only: bool = False


VIEWS: dict[str, _View] = {
    "orders": _View(t.orders),
    "fills": _View(t.fills),
    "positions": _View(t.holdings, (t.cash.c.total_e4,), open_only=True),
    "account": _View(t.cash, (t.days.c.opening_cash_e4, t.days.c.opening_value_e4)),
    "equity": _View(t.equity_by_minute),
    "decisions": _View(t.decisions),
    "alerts": _View(t.alerts),
    "days": _View(t.days),
}


def read_rows(path: Path, ask: m.GetRows) -> m.Rows | m.Refusal:
    """Rows of a database nobody needs to be running for; ConfigError where there is none or it cannot be read."""
    connection = open_read_only(path)
    try:
        return rows_of(connection, ask)
    except DatabaseError as error:
        raise ConfigError(f"状态库 {path} 无法读取（{error.orig}）") from error
    finally:
        connection.close()


def rows_of(connection: Connection, ask: m.GetRows) -> m.Rows | m.Refusal:
    """An empty account means all; day 0 is the newest (for ``days``: all of them); limit 0 is no limit."""
    view = VIEWS.get(ask.table)
    if view is None:
        return m.Refusal(Reason.NOT_SUPPORTED, f"没有名为 {ask.table} 的表：{'、'.join(VIEWS)}")
    newest_first = _select(connection, view, ask).order_by(_rowid(view.table).desc())
    result = connection.execute(newest_first.limit(ask.limit) if ask.limit > 0 else newest_first)
    # SQLAlchemy's names are strings of its own, which no encoder takes.
    names = map(str, result.keys())
    return m.Rows(list(names), [list(row) for row in result.fetchall()][::-1])


def _select(connection: Connection, view: _View, ask: m.GetRows) -> Select[Any]:
    table = view.table
    found: Select[Any] = select(*table.c, *view.more)
    if view.more:
        second = view.more[0].table
        same = (second.c.account == table.c.account) & (second.c.trading_day == table.c.trading_day)
        found = found.select_from(table.join(second, same))
    if view.open_only:
        found = found.where(table.c.qty > 0)
    if ask.account:
        found = found.where(table.c.account == ask.account)
    if ask.trading_day:
        return found.where(table.c.trading_day == ask.trading_day)
    return found if table is t.days else found.where(table.c.trading_day == _newest_day(connection, table, ask.account))


def _newest_day(connection: Connection, table: Table, account: str) -> int:
    """The newest day that was opened, even if the table has no row of it yet; without any, the table's own."""
    for source in (t.days, table):
        newest = select(func.max(source.c.trading_day))
        day = connection.execute(newest.where(source.c.account == account) if account else newest).scalar()
        if day is not None:
            return int(day)
    return 0


def _rowid(table: Table) -> Column[object]:
    """SQLite numbers rows as they first came, which is the order of the events."""
    return literal_column(f"{table.name}.rowid")  # type: ignore[return-value]
