"""One account at the terminal: its orders of the day as the terminal shows them, over an exchange, kept in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from common import messages as m
from common.beijing import SECOND_NS
from common.fees import FeeSchedule
from common.instruments import from_qmt, to_qmt
from common.orders import Status
from sim.exchange import Event, Exchange
from tests.qmt.street import Street

BUY, SELL = 23, 24
UNREPORTED, WAITING, REPORTED, REPORTED_CANCEL, PARTLY_CANCEL = 48, 49, 50, 51, 52
PART_CANCEL, CANCELLED, PARTLY, FILLED, JUNK = 53, 54, 55, 56, 57
FINAL = frozenset({PART_CANCEL, CANCELLED, FILLED, JUNK})


@dataclass
class Row:
    """An order as the terminal keeps it. Prices are floats in yuan, as the wire has them."""

    order_id: int
    account: str
    code: str
    order_type: int
    volume: int
    price_type: int
    price: float
    at_ns: int
    strategy: str = ""
    remark: str = ""
    session: int = 0
    seq: int = 0
    sysid: str = ""
    status: int = UNREPORTED
    msg: str = ""
    traded: int = 0
    paid_e4: int = 0
    venue_id: str = ""

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def side(self) -> m.Side:
        return m.Side.BUY if self.order_type == BUY else m.Side.SELL


@dataclass
class Happening:
    """Something a client may hear of: the row as it is at this moment, a trade of it, or an error about it."""

    kind: str  # order, trade, order_error, cancel_error
    row: Row
    fill: m.BrokerFill | None = None
    error_id: int = 0
    msg: str = ""


@dataclass
class Account:
    """What the terminal starts with. `holdings` maps codes of QMT to (shares, cost a share in yuan)."""

    account_id: str
    cash: float = 1_000_000.0
    kind: int = 2
    holdings: dict[str, tuple[int, float]] = field(default_factory=dict)


class Desk:
    """`write` puts one record of the account on file; `restore` folds them again after a restart."""

    def __init__(self, account: Account, street: Street, write: Callable[[list[Any]], None]) -> None:
        self.account = account
        self.rows: dict[int, Row] = {}
        self.exchange = Exchange(account.account_id, round(account.cash * 10_000), FeeSchedule())
        self._street, self._write = street, write
        self._by_venue: dict[str, Row] = {}

    # -- the day -------------------------------------------------------------------------------------------------

    def open_first_day(self, day: date, now_ns: int) -> None:
        held = [
            m.Holding(from_qmt(code), qty, 0, round(cost * 10_000) * qty, round(cost * 10_000), now_ns)
            for code, (qty, cost) in self.account.holdings.items()
        ]
        self._take(
            m.BrokerDay(
                self.account.account_id, number_of(day), [], [], self.exchange.ledger.cash_e4, held, True, now_ns
            )
        )

    def pass_time(self, now_ns: int, day: date, *, ends: bool) -> list[Happening]:
        """What the clock does: orders end after the close, and a new day begins with an empty list."""
        told: list[Happening] = []
        is_new_day = number_of(day) != self.exchange.trading_day
        for event in self.exchange.clock(now_ns, number_of(day)):
            if is_new_day and isinstance(event, m.BrokerOrder):
                self._take(event)
            else:
                told += self._fold(event, ends=ends)
        if is_new_day:
            self.rows, self._by_venue = {}, {}
            self._write(["rows_gone"])
        return told

    # -- orders --------------------------------------------------------------------------------------------------

    def enter(self, row: Row) -> Happening:
        """A new row, at 48; nothing has left for the exchange."""
        self.rows[row.order_id] = row
        self._write(["row", asdict(row)])
        return self.snapshot(row)

    def change(self, row: Row, **changes: Any) -> Happening:
        for name, value in changes.items():
            setattr(row, name, value)
        self._write(["set", row.order_id, changes])
        return self.snapshot(row)

    def snapshot(self, row: Row) -> Happening:
        return Happening("order", Row(**asdict(row)))

    def report(self, row: Row, order_type: m.OrderType, price_e4: int, now_ns: int) -> list[Happening]:
        """Bring a row to the exchange and tell what becomes of it."""
        told = self.look(from_qmt(row.code), now_ns)
        order = m.Order(
            str(row.order_id), row.account, row.strategy, from_qmt(row.code), row.side, order_type, row.volume, price_e4,
            row.at_ns, now_ns + SECOND_NS * 86_400,
        )  # fmt: skip
        for event in self.exchange.decide(m.PlaceAtBroker(order), now_ns):
            told += self._fold(event)
        for event in self.exchange.met():
            told += self._fold(event)
        return told

    def look(self, symbol: str, now_ns: int) -> list[Happening]:
        """Let the exchange see the newest quote of a symbol."""
        told: list[Happening] = []
        for event in self.exchange.quoted(self._street.quote(symbol, now_ns), now_ns):
            told += self._fold(event)
        return told

    def step(self, now_ns: int) -> list[Happening]:
        """The newest quotes of everything that rests."""
        return [told for symbol in self.exchange.resting_symbols() for told in self.look(symbol, now_ns)]

    def withdraw(self, row: Row, now_ns: int) -> list[Happening] | str:
        """Take an order from the exchange; the refusal's text where that is too late."""
        request = m.CancelAtBroker(row.account, str(row.order_id), row.venue_id)
        [event] = self.exchange.decide(request, now_ns)
        if isinstance(event, m.BrokerCancelRefused):
            return event.text
        return self._fold(event)

    def force_fill(self, row: Row, qty: int, now_ns: int) -> list[Happening]:
        """A trade at the order's own price, whatever the market does."""
        live = self.exchange.orders[row.venue_id]
        qty = min(qty, live.leaves_qty)
        fill = m.BrokerFill(
            row.account, str(row.order_id), row.venue_id, f"F{self.exchange.trading_day}-{len(self.exchange.fills) + 1}",
            live.order.symbol, row.side, qty, live.order.price_e4, 0, now_ns,
        )  # fmt: skip
        told = self._fold(fill)
        if row.traded == row.volume:
            self._fold(self._stated(live, Status.FILLED, now_ns))
        return told

    def by_sysid(self, sysid: str) -> Row | None:
        return next((row for row in self.rows.values() if sysid and row.sysid == sysid), None)

    # -- folding -------------------------------------------------------------------------------------------------

    def restore(self, record: list[Any], event_of: Callable[[bytes], Event]) -> None:
        match record:
            case ["row", fields]:
                self.rows[fields["order_id"]] = row = Row(**fields)
            case ["set", order_id, changes]:
                row = self.rows[order_id]
                for name, value in changes.items():
                    setattr(row, name, value)
                if row.venue_id:
                    self._by_venue[row.venue_id] = row
            case ["ev", packed]:
                self.exchange.apply(event_of(packed))
            case ["rows_gone"]:
                self.rows, self._by_venue = {}, {}

    def _take(self, event: Event) -> None:
        self.exchange.apply(event)
        self._write(["ev", event])

    def _fold(self, event: Event, *, ends: bool = True) -> list[Happening]:
        self._take(event)
        match event:
            case m.BrokerOrder():
                return self._order_said(event, ends=ends)
            case m.BrokerFill():
                row = self._by_venue[event.venue_order_id]
                traded, paid = row.traded + event.qty, row.paid_e4 + event.qty * event.price_e4
                status = FILLED if traded == row.volume else PARTLY
                said = self.change(row, traded=traded, paid_e4=paid, status=status)
                return [said, Happening("trade", said.row, event)]
        return []

    def _order_said(self, said: m.BrokerOrder, *, ends: bool) -> list[Happening]:
        row = self._by_venue.get(said.venue_order_id)
        match said.status:
            case Status.ACCEPTED:
                row = self.rows[int(said.client_order_id)]
                self._by_venue[said.venue_order_id] = row
                sysid = f"{row.code[-2:]}{int(said.venue_order_id):06d}"
                return [self.change(row, venue_id=said.venue_order_id, sysid=sysid, status=REPORTED)]
            case Status.REJECTED:
                row = self.rows[int(said.client_order_id)]
                return [self.change(row, venue_id=said.venue_order_id, status=JUNK, msg=said.text)]
            case Status.CANCELLED | Status.EXPIRED if row and (ends or said.status == Status.CANCELLED):
                return [self.change(row, status=PART_CANCEL if row.traded else CANCELLED, msg="")]
        return []

    def _stated(self, live: Any, status: Status, now_ns: int) -> m.BrokerOrder:
        order = live.order
        return m.BrokerOrder(
            order.account, order.client_order_id, live.venue_order_id, order.symbol, order.side, order.qty,
            order.price_e4, status, live.cum_qty, "", "", now_ns,
        )  # fmt: skip


def number_of(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def code_of(symbol: str) -> str:
    return to_qmt(symbol)
