"""What state.db says of a world's day, read off its tables as a user would, and held against what state was told."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import messages as m
from common import wire
from common.errors import WireError
from common.orders import FINAL, Status
from common.portfolio import Book
from services.state.database import open_read_only
from services.state.reading import rows_of
from services.state.store import Store

_FINAL_WORDS: dict[type[m.Message], str] = {
    m.OrderCancelled: "cancelled",
    m.OrderRejected: "rejected",
    m.OrderExpired: "expired",
    m.OrderDenied: "denied",
}
Row = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Kept:
    """How one order stands with somebody who keeps the account."""

    status: Status
    cum_qty: int
    fee_e4: int

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


@dataclasses.dataclass(frozen=True)
class Account:
    """The account as somebody keeps it; ``fills`` are (id, venue's number, symbol, side, quantity, price)."""

    cash_e4: int
    held: dict[str, tuple[int, int]]
    orders: dict[str, Kept]
    fills: list[tuple[object, ...]]

    @classmethod
    def of_book(cls, book: Book) -> Account:
        return cls(
            book.cash_e4,
            {symbol: (p.qty, p.today_qty) for symbol, p in book.positions.items() if p.qty},
            {key: Kept(r.status, r.cum_qty, r.fee_e4) for key, r in book.orders.items()},
            [(f.fill_id, f.venue_order_id, f.symbol, f.side, f.qty, f.price_e4) for f in book.fills],
        )


def rows_as_told(answer: m.Rows | m.Refusal) -> list[Row]:
    assert isinstance(answer, m.Rows), f"a table of state is refused: {answer}"
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _alert(row: Row) -> tuple[str, str, int]:
    return row["source"], row["code"], row["at_ns"]


class History:
    """The tables of the one day there is."""

    def __init__(self, path: Path) -> None:
        connection = open_read_only(path)
        try:
            tables = ("days", "orders", "fills", "positions", "account", "decisions", "alerts")
            self.tables = {name: rows_as_told(rows_of(connection, m.GetRows(name, "", 0, 0))) for name in tables}
        finally:
            connection.close()

    def account(self) -> Account:
        """ValueError unless there is one row of the account."""
        (cash,) = self.tables["account"]
        return Account(
            cash["cash_e4"],
            {row["symbol"]: (row["qty"], row["today_qty"]) for row in self.tables["positions"]},
            {
                row["client_order_id"]: Kept(Status(row["status"]), row["cum_qty"], row["fee_e4"])
                for row in self.tables["orders"]
            },
            [
                (r["fill_id"], r["venue_order_id"], r["symbol"], r["side"], r["qty"], r["price_e4"])
                for r in self.tables["fills"]
            ],
        )


@dataclasses.dataclass
class Told:
    """What has arrived at state, from the first snapshot of a stream on. After a power loss risk may tell another
    thing under a number that it has forgotten, and what state forgot too it is not told again as it was."""

    ends: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    alerts: dict[tuple[int, int], tuple[str, str, int]] = dataclasses.field(default_factory=dict)
    denied: set[str] = dataclasses.field(default_factory=set)
    fills: dict[str, int] = dataclasses.field(default_factory=dict)  # by id, the number under which it was told
    joined_late: bool = False  # a snapshot stood for decisions: it holds no history

    def hear(self, data: bytes) -> None:
        try:
            frame = wire.decode_frame(data)
        except WireError:
            return
        match frame:
            case wire.State(channel="decisions", seq=seq):
                self.joined_late = self.joined_late or seq > 0
            case wire.Event(channel=channel):
                self._event(frame, wire.decode_body(channel, frame.body))

    def _event(self, frame: wire.Event, message: m.Message) -> None:
        match message:
            case m.AlertRaised(source=source, code=code, at_ns=at_ns):
                self.alerts[frame.epoch, frame.seq] = (source, code, at_ns)
            case m.OrderFilled(fill_id=fill_id):
                self.fills.setdefault(fill_id, frame.seq)
            case m.OrderDenied(order=order):
                self.denied.add(order.client_order_id)
        if (word := _FINAL_WORDS.get(type(message))) is not None:
            named: Any = getattr(message, "order", None) or message
            self.ends.setdefault(named.client_order_id, set()).add(word)

    def apart(self, store: Store) -> Iterator[str]:
        """Where a life of state finds rows that do not end where it is to go on, though the power was never lost."""
        positions = {channel: seq for (channel, _), (_, seq) in store.positions().items()}
        filled = {row["fill_id"] for row in rows_as_told(store.read(m.GetRows("fills", "", 0, 0)))}
        for fill_id, seq in self.fills.items():
            if (fill_id in filled) != (seq <= positions.get("account", -1)):
                yield f"state goes on from {positions}, fill {fill_id} was told as {seq}"
        rows = Counter(map(_alert, rows_as_told(store.read(m.GetRows("alerts", "", 0, 0)))))
        for (_, seq), alert in self.alerts.items():
            if bool(rows[alert]) != (seq <= positions.get("decisions", -1)) and not self.joined_late:
                yield f"state goes on from {positions}, alert {alert} was told as {seq}"

    def open_points(self, history: History, *, power_lost: bool) -> Iterator[str]:
        """Rows too many, and those that are missing although nobody forgot anything."""
        for key, words in self.ends.items():
            # A denial that was told and lost with the power, before it was on the disk, is decided again.
            if len(words - {"denied"} if power_lost else words) > 1:
                yield f"state was told that {key} ended as {sorted(words)}"
        if len(history.tables["days"]) != 1:
            yield f"there are {len(history.tables['days'])} rows of days"
        rows = Counter(map(_alert, history.tables["alerts"]))
        told = Counter(self.alerts.values())
        forgotten = power_lost or self.joined_late
        for alert in (rows - told) | (Counter() if forgotten else told - rows):
            yield f"alert {alert} was told {told[alert]} times and has {rows[alert]} rows"
        decided = Counter(r["client_order_id"] for r in history.tables["decisions"] if r["decision"] == "denied")
        for key in set() if forgotten else self.denied - set(decided):
            yield f"the denial of {key} has no row"
