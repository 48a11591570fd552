"""The store behind state: rows and the position of their stream, written together or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, insert, literal_column, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError

from common import messages as m
from common.beijing import day_of
from common.errors import JournalUnwritable
from common.fees import FeeSchedule
from common.history_rows import Row, fill_of, holding_of, order_state
from common.orders import Status
from common.portfolio import Book
from services.state import tables as t
from services.state.database import open_database
from services.state.reading import rows_of

ROOM_BYTES = 256 * 1024
_UPSERTED = (t.meta, t.streams, t.days, t.orders, t.fills, t.holdings, t.cash, t.equity_by_minute, t.decisions)
_OF_A_RUN = (t.days, t.orders, t.fills, t.holdings, t.cash, t.equity_by_minute, t.decisions)


class Store:
    """Rows are gathered with ``put`` and ``note``, and go to the file with ``commit``, once a turn.

    A later row of the same key takes the place of the earlier one, so a busy turn writes each order once. Where a disk
    refuses, what was not committed is dropped and JournalUnwritable raised: ``is_behind`` then asks the owner to start
    over from ``positions``, since the streams send everything later once more.
    """

    def __init__(self, path: Path) -> None:
        self._connection = open_database(path)
        self._upserts = {table.name: _upsert(table) for table in _UPSERTED}
        self._keys = {table.name: tuple(column.name for column in table.primary_key) for table in _UPSERTED}
        self._rows: dict[str, dict[tuple[object, ...], Row]] = {table.name: {} for table in _UPSERTED}
        self._alerts: list[Row] = []
        self.has_new_stream = False  # where a stream begins is not on file yet
        self.is_behind = False
        self._positions = self._positions_on_file()

    def _positions_on_file(self) -> dict[tuple[str, str], tuple[int, int]]:
        found = {
            (row.channel, row.account): (int(row.epoch), int(row.seq))
            for row in self._connection.execute(select(t.streams))
        }
        self._connection.rollback()
        return found

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            self._connection.rollback()
            for rows in self._rows.values():
                rows.clear()
            self._alerts.clear()
            self.is_behind = True
            raise JournalUnwritable(f"state.db 写入失败：{error.orig}") from error

    def start_over(self) -> None:
        """After a refusal: go back to what is on file; JournalUnwritable while the disk still refuses."""
        with self._written():
            # One row fits into what SQLite had taken of the disk already, so room for many is asked for.
            self._connection.execute(self._upserts[t.meta.name], {"key": "room", "value": "0" * ROOM_BYTES})
            self._connection.commit()
            self._connection.execute(delete(t.meta).where(t.meta.c.key == "room"))
            self._connection.commit()
        self._positions = self._positions_on_file()
        self.is_behind = False

    # What has been seen.

    def positions(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(channel, account) -> (epoch, seq) of the last event whose rows are here; what a listener goes on from."""
        return dict(self._positions)

    def is_new(self, channel: str, account: str, seq: int) -> bool:
        return seq > self._positions.get((channel, account), (0, 0))[1]

    def note(self, channel: str, account: str, epoch: int, seq: int) -> None:
        """The rows put since the last commit end with those of this event, or of a snapshot as of it."""
        self.has_new_stream = self.has_new_stream or (channel, account) not in self._positions
        self._positions[channel, account] = (epoch, seq)
        self.put(t.streams, {"channel": channel, "account": account, "epoch": epoch, "seq": seq})

    # What is written.

    def put(self, table: Table, row: Row) -> None:
        self._rows[table.name][tuple(row[key] for key in self._keys[table.name])] = row

    def add_alert(self, row: Row) -> None:
        self._alerts.append(row)

    def forget(self, account: str, trading_day: int) -> None:
        """Take out the rows of a day that is told anew from its start; alerts stay."""
        with self._written():
            self._write()
            for table in _OF_A_RUN:
                self._connection.execute(delete(table).where(_of_day(table, account, trading_day)))

    def forget_but(self, snapshot: m.AccountSnapshot) -> None:
        """Take out what the gateway's books of the day do not know, and what is later than they: an earlier run's rows.

        Orders that risk denied never reached the gateway and stay.
        """
        orders = {state.order.client_order_id for state in snapshot.orders}
        with self._written():
            self._write()
            self._forget_rest(snapshot, t.orders.c.client_order_id, orders, t.orders.c.status != Status.DENIED.value)
            self._forget_rest(snapshot, t.fills.c.fill_id, {fill.fill_id for fill in snapshot.fills})
            self._forget_rest(snapshot, t.holdings.c.symbol, {holding.symbol for holding in snapshot.holdings})
            for at_ns in (t.equity_by_minute.c.minute_ns, t.decisions.c.at_ns):
                of_day = _of_day(at_ns.table, snapshot.account, snapshot.trading_day)
                self._connection.execute(delete(at_ns.table).where(of_day, at_ns > snapshot.at_ns))

    def _forget_rest(
        self, snapshot: m.AccountSnapshot, key: Column[Any], kept: set[str], *where: ColumnElement[bool]
    ) -> None:
        of_day = _of_day(key.table, snapshot.account, snapshot.trading_day)
        found = set(self._connection.execute(select(key).where(of_day, *where)).scalars())
        for name in found - kept:
            self._connection.execute(delete(key.table).where(of_day, key == name))

    def commit(self) -> None:
        """Everything since the last commit, in one transaction."""
        with self._written():
            self._write()
            self._connection.commit()
        self.has_new_stream = False

    def close(self) -> None:
        """What the disk still refuses is asked for again by the next start."""
        with contextlib.suppress(JournalUnwritable):
            self.commit()
        self._connection.close()

    def _write(self) -> None:
        for name, rows in self._rows.items():
            if rows:
                self._connection.execute(self._upserts[name], list(rows.values()))
                rows.clear()
        if self._alerts:
            self._connection.execute(insert(t.alerts), self._alerts)
            self._alerts.clear()

    # What is read back.

    def read(self, ask: m.GetRows) -> m.Rows | m.Refusal:
        """Rows up to the last event, committed or not."""
        with self._written():
            self._write()
        return rows_of(self._connection, ask)

    def opened_ns(self, account: str, trading_day: int) -> int | None:
        """When the day was opened; None for a day that was not."""
        with self._written():
            self._write()
        return self._connection.execute(
            select(t.days.c.opened_ns).where(_of_day(t.days, account, trading_day))
        ).scalar()

    def accounts(self) -> list[str]:
        self._write()
        return list(self._connection.execute(select(t.cash.c.account).distinct()).scalars())

    def load_book(self, account: str, fees: FeeSchedule) -> Book:
        """The account's book as of the last event, of its newest day; an empty book where there is none."""
        book = Book(account, fees)
        snapshot = self._snapshot(account)
        if snapshot is not None:
            book.restore(snapshot)
        return book

    def _snapshot(self, account: str) -> m.AccountSnapshot | None:
        self._write()
        newest = select(func.max(t.cash.c.trading_day)).where(t.cash.c.account == account).scalar_subquery()
        joined = t.cash.outerjoin(
            t.days, (t.days.c.account == t.cash.c.account) & (t.days.c.trading_day == t.cash.c.trading_day)
        )
        found = self._connection.execute(
            select(t.cash, t.days.c.opening_cash_e4, t.days.c.opening_value_e4)
            .select_from(joined)
            .where(t.cash.c.account == account, t.cash.c.trading_day == newest)
        ).first()
        if found is None:
            return None
        day = found.trading_day
        return m.AccountSnapshot(
            account=account,
            trading_day=day,
            opening_cash_e4=found.opening_cash_e4 or 0,
            opening_value_e4=found.opening_value_e4 or 0,
            cash_e4=found.cash_e4,
            holdings=[holding_of(row) for row in self._day_rows(t.holdings, account, day)],
            orders=[order_state(row) for row in self._day_rows(t.orders, account, day)],
            fills=[fill_of(row) for row in self._day_rows(t.fills, account, day)],
            mode="",
            link_up=found.link_up,
            at_ns=found.at_ns,
        )

    def _day_rows(self, table: Table, account: str, trading_day: int) -> list[Row]:
        found = select(table).where(_of_day(table, account, trading_day)).order_by(literal_column("rowid"))
        return [dict(row) for row in self._connection.execute(found).mappings()]


def _of_day(table: Table, account: str, trading_day: int) -> ColumnElement[bool]:
    return (table.c.account == account) & (table.c.trading_day == trading_day)


def _upsert(table: Table) -> sqlite.Insert:
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def day_number(at_ns: int) -> int:
    """The Beijing date as an integer, for an event of an account whose day is not known."""
    day = day_of(at_ns)
    return day.year * 10_000 + day.month * 100 + day.day
