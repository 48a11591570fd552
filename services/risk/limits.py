"""One account's desk at risk: its limits, its book with what is in flight, its counters, its halt."""

from __future__ import annotations

import dataclasses
from datetime import date

from common import messages as m
from common.beijing import midnight
from common.fees import FeeSchedule
from common.orders import TOLD_BY_ID, OrderRecord, Status, is_foreign
from common.portfolio import Book
from common.reasons import Reason
from common.risk_limits import RiskLimits
from services.risk.counters import Counters, counted


@dataclasses.dataclass(frozen=True, slots=True)
class Denial:
    """Why a rule says no: ``value`` against ``limit`` as texts with units, or ``why`` where nothing is measured."""

    reason: Reason
    value: str = ""
    limit: str = ""
    sign: str = ">"
    why: str = ""


@dataclasses.dataclass(slots=True)
class Cancels:
    """The cancels of today. Those of a halt are known and not counted: ``of_order`` has them with 0."""

    count: int = 0
    last_ns: int = 0
    of_order: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, cancel: m.ApprovedCancel) -> None:
        self.count += 1
        self.last_ns = cancel.approved_ns
        self.of_order[cancel.client_order_id] = self.of_order.get(cancel.client_order_id, 0) + 1

    def add_found(self, record: OrderRecord) -> None:
        """Count the cancel of an order that was cancelled and for which no cancel is on record: the record was lost."""
        order, is_cancelled = record.order, record.status is Status.CANCELLED
        if is_cancelled and record.reason == Reason.CANCELLED_BY_USER and not is_foreign(order):
            self.count += order.client_order_id not in self.of_order
            self.of_order.setdefault(order.client_order_id, 1)


class Desk:
    """What the rules read. Only the methods under "what changes it" change it, and each folds one fact."""

    def __init__(self, account: str, limits: RiskLimits, fees: FeeSchedule) -> None:
        self.account, self.limits = account, limits
        self.book = Book(account, fees)
        self.counters = Counters()
        self.cancels = Cancels()
        self.denied: dict[str, m.OrderDenied] = {}
        self.halt: m.TradingHalted | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the gateway has told what the account holds."""
        return self.book.trading_day > 0

    def known(self, client_order_id: str) -> m.Order | None:
        """The order that was decided under this id today."""
        record, denied = self.book.orders.get(client_order_id), self.denied.get(client_order_id)
        return record.order if record is not None else denied.order if denied is not None else None

    def denials(self, client_order_id: str) -> list[m.Message]:
        """The answer to a repeat: the denial again; an approved order is answered by its own events."""
        return [self.denied[client_order_id]] if client_order_id in self.denied else []

    def approve(self, order: m.Order) -> None:
        """Book an approved order as being on its way: what it needs is reserved and counted at once."""
        self.counters.count_order(self.book.enter(order))

    def deny(self, denied: m.OrderDenied) -> None:
        """Keep the answer for a repeat of the order; an id that was approved before stays what it is."""
        if denied.order.client_order_id not in self.book.orders:
            self.denied[denied.order.client_order_id] = denied

    def count_cancel(self, cancel: m.ApprovedCancel) -> None:
        if cancel.approved_ns:
            self.cancels.add(cancel)
        else:
            self.cancels.of_order.setdefault(cancel.client_order_id, 0)

    def fold(self, event: m.Message) -> None:
        """Fold an account event of the gateway."""
        fills = len(self.book.fills)
        self.book.apply(event)
        match event:
            case m.TradingDayOpened():
                self._start_day(event.trading_day)
            case m.OrderSubmitted():
                self.counters.recognize(self.book.orders[event.order.client_order_id])
                self._count(event.order.client_order_id)
            case m.OrderFilled():
                if len(self.book.fills) > fills:
                    self.counters.count_fill(event, self.book)
                self._count(event.client_order_id)
            case _ if isinstance(event, TOLD_BY_ID):
                self._count(event.client_order_id)
            case m.BooksAdjusted():
                for symbol in {row.symbol for row in event.rows if row.symbol}:
                    self.counters.count_holding(symbol, self.book)

    def restore(self, snapshot: m.AccountSnapshot) -> None:
        """Start over from the gateway's books; what was approved today and is still on its way stays reserved.

        Books without a day say that the gateway has not opened one: nothing is approved until it has.
        """
        if snapshot.trading_day != self.book.trading_day:
            self.book.orders.clear()
            self._start_day(snapshot.trading_day)
        self.book.restore(snapshot)
        self.counters = counted(self.book)
        for record in self.book.orders.values():
            self.cancels.add_found(record)

    def take_over(self, carried: m.RiskCarried) -> None:
        """Bring a fresh desk to where another one stood."""
        self.book.restore(carried.book)
        self.counters = counted(self.book)
        self.cancels = Cancels(carried.cancels, carried.cancelled_ns, dict(carried.cancels_of))
        self.denied = {denied.order.client_order_id: denied for denied in carried.denied}
        self.halt = carried.halt

    def _start_day(self, trading_day: int) -> None:
        """Yesterday's answers are forgotten; those given today before the day was opened still hold."""
        self.counters, self.cancels = counted(self.book), Cancels()
        first_ns = midnight(_date(trading_day)) if trading_day else 0
        self.denied = {key: denied for key, denied in self.denied.items() if denied.at_ns >= first_ns}

    def _count(self, client_order_id: str) -> None:
        record = self.book.orders.get(client_order_id)
        if record is not None:
            self.counters.count_order(record)
            self.cancels.add_found(record)


def _date(trading_day: int) -> date:
    return date(trading_day // 10_000, trading_day // 100 % 100, trading_day % 100)
