"""One account at the terminal: its orders of the day as the terminal shows them, over an exchange, kept in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from common import messages as m
from common.beijing import DAY_NS, day_of
from common.fees import FeeSchedule, fill_fee_e4
from common.instruments import from_qmt
from common.orders import Status
from common.sessions import Phase, phase_at
from sim.exchange import Event, Exchange
from sim.exchange_draft import stated
from tests.qmt.rows import CANCELLED, FILLED, JUNK, PART_CANCEL, PARTLY, REPORTED, WAITING, Account, Happening, Row
from tests.qmt.street import Street


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
        cash_e4 = self.exchange.ledger.cash_e4
        self._fold(m.BrokerDay(self.account.account_id, number_of(day), [], [], cash_e4, held, True, now_ns))

    def pass_time(self, now_ns: int, day: date, *, ends: bool) -> list[Happening]:
        """What the clock does: what waited is reported at 9:15, orders end after the close, a new day has no orders.

        `ends` says whether an order that the close ended is shown so; some counters leave it as it was.
        """
        told: list[Happening] = []
        is_new_day = number_of(day) != self.exchange.trading_day
        for event in self.exchange.clock(now_ns, number_of(day)):
            told += self._fold(event, ends=ends and not is_new_day)
        if is_new_day:
            self.rows, self._by_venue = {}, {}
            self._write(["rows_gone"])
            return []
        for row in self.rows.values():
            if row.status == WAITING and row.venue_id and not _is_early(now_ns):
                told.append(self.change(row, status=REPORTED, sysid=_sysid(row)))
        return told

    # -- orders --------------------------------------------------------------------------------------------------

    def enter(self, row: Row) -> Happening:
        """A new row, at 48; nothing has left for the exchange."""
        self.rows[row.order_id] = row
        self._write(["row", asdict(row)])
        return self.snapshot(row)

    def change(self, row: Row, **changes: Any) -> Happening:
        self._set(row, changes)
        self._write(["set", row.order_id, changes])
        return self.snapshot(row)

    def snapshot(self, row: Row) -> Happening:
        return Happening("order", Row(**asdict(row)))

    def report(self, row: Row, order_type: m.OrderType, price_e4: int, now_ns: int) -> list[Happening]:
        """Bring a row to the exchange and tell what becomes of it."""
        symbol = from_qmt(row.code)
        told = self.look(symbol, now_ns)
        order = m.Order(
            client_order_id=str(row.order_id),
            account=row.account,
            strategy=row.strategy,
            symbol=symbol,
            side=row.side,
            order_type=order_type,
            qty=row.volume,
            price_e4=price_e4,
            created_ns=row.at_ns,
            expire_ns=now_ns + DAY_NS,
        )
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
        [event] = self.exchange.decide(m.CancelAtBroker(row.account, str(row.order_id), row.venue_id), now_ns)
        if isinstance(event, m.BrokerCancelRefused):
            return event.text
        return self._fold(event)

    def force_fill(self, row: Row, qty: int, now_ns: int) -> list[Happening]:
        """A trade at the order's own price, whatever the market does."""
        exchange = self.exchange
        live = exchange.orders[row.venue_id]
        order, qty = live.order, min(qty, live.leaves_qty)
        worth_e4, day = qty * order.price_e4, day_of(now_ns)
        fill = m.BrokerFill(
            account=row.account,
            client_order_id=order.client_order_id,
            venue_order_id=row.venue_id,
            fill_id=f"F{exchange.trading_day}-{len(exchange.fills) + 1}",
            symbol=order.symbol,
            side=row.side,
            qty=qty,
            price_e4=order.price_e4,
            fee_e4=fill_fee_e4(order.symbol, row.side, live.cum_value_e4, worth_e4, day, exchange.fees),
            at_ns=now_ns,
        )
        told = self._fold(fill)
        if row.traded == row.volume:
            self._fold(stated(live, Status.FILLED, row.volume, "", now_ns))
        return told

    def by_sysid(self, sysid: str) -> Row | None:
        return next((row for row in self.rows.values() if sysid and row.sysid == sysid), None)

    def row_of(self, fill: m.BrokerFill) -> Row:
        return self.rows[int(fill.client_order_id)]

    # -- folding -------------------------------------------------------------------------------------------------

    def restore(self, record: list[Any], event_of: Callable[[bytes], Event]) -> None:
        match record:
            case ["row", fields]:
                self.rows[fields["order_id"]] = Row(**fields)
            case ["set", order_id, changes]:
                self._set(self.rows[order_id], changes)
            case ["ev", packed, order_id, changes]:
                self.exchange.apply(event_of(packed))
                if order_id in self.rows:
                    self._set(self.rows[order_id], changes)
            case ["rows_gone"]:
                self.rows, self._by_venue = {}, {}

    def _set(self, row: Row, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            setattr(row, name, value)
        if row.venue_id:
            self._by_venue[row.venue_id] = row

    def _fold(self, event: Event, *, ends: bool = True) -> list[Happening]:
        """One record holds the event and what it changes in the list, so a kill never parts them."""
        row, changes = self._meaning(event, ends=ends)
        self.exchange.apply(event)
        self._write(["ev", event, row.order_id if row else 0, changes])
        if row is None or not changes:
            return []
        self._set(row, changes)
        told = self.snapshot(row)
        return [told, Happening("trade", told.row, event)] if isinstance(event, m.BrokerFill) else [told]

    def _meaning(self, event: Event, *, ends: bool) -> tuple[Row | None, dict[str, Any]]:
        """Which row an event is about, and what it changes there."""
        match event:
            case m.BrokerFill():
                row = self._by_venue[event.venue_order_id]
                traded, paid_e4 = row.traded + event.qty, row.paid_e4 + event.qty * event.price_e4
                return row, {"traded": traded, "paid_e4": paid_e4, "status": FILLED if traded == row.volume else PARTLY}
            case m.BrokerOrder(status=Status.ACCEPTED):
                row = self.rows[int(event.client_order_id)]
                if _is_early(event.at_ns):
                    return row, {"venue_id": event.venue_order_id}
                sysid = _sysid(row, event.venue_order_id)
                return row, {"venue_id": event.venue_order_id, "sysid": sysid, "status": REPORTED}
            case m.BrokerOrder(status=Status.REJECTED):
                row = self.rows[int(event.client_order_id)]
                return row, {"venue_id": event.venue_order_id, "status": JUNK, "msg": event.text}
            case m.BrokerOrder(status=Status.CANCELLED | Status.EXPIRED):
                closed = self._by_venue.get(event.venue_order_id)
                if closed is not None and (ends or event.status == Status.CANCELLED):
                    return closed, {"status": PART_CANCEL if closed.traded else CANCELLED}
        return None, {}


def number_of(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _is_early(now_ns: int) -> bool:
    """Until 9:15 an order waits at the counter (49)."""
    return phase_at(now_ns) is Phase.PRE_OPEN


def _sysid(row: Row, venue_id: str = "") -> str:
    """The counter's number, one series a market and day."""
    return f"{row.code[-2:]}{int(venue_id or row.venue_id):06d}"
