"""What a whole day as the broker states it says that our book does not know yet, and what it leaves in doubt."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from common import messages as m
from common.orders import FOREIGN, OrderRecord, Status
from common.portfolio import Book
from common.reasons import Reason
from services.gateway.compare import opening_differs
from services.gateway.halts import Halted
from services.gateway.reconcile import before_its_end, key_of, opened, told_by_fill, told_by_order


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What the book held when a statement was asked for: its answer knows all of that, and maybe more.

    ``look``: orders were placed on while it was awaited.
    """

    orders: frozenset[str]  # those that had not ended
    fills: int
    look: bool

    @classmethod
    def now(cls, book: Book, *, look: bool) -> Asked:
        return cls(frozenset(r.order.client_order_id for r in book.open_orders()), len(book.fills), look)


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """What this life of the gateway handed to the broker."""

    orders: set[str]
    cancels: set[str]
    halted: Halted | None = None  # the desk's present state


class Statement:
    """One ``BrokerDay`` beside the book as it was; ``asked`` is None where a later one decides what is missing."""

    def __init__(self, book: Book, day: m.BrokerDay, asked: Asked | None, sent: Sent) -> None:
        self.book, self.day, self.asked, self.sent, self.fees = book, day, asked, sent, book.fees

    def events(self, now_ns: int) -> list[m.Message]:
        """The events between the book and the statement, then what is to be done about orders that are not listed."""
        outs = self._opening(now_ns) if self.day.trading_day > self.book.trading_day else []
        book = self.book
        if outs:
            book = Book(self.day.account, self.fees)
            book.apply(outs[-1])
            outs += opening_differs(self.book, outs[-1], now_ns)
        for row in self.day.orders:
            book = self._follow(book, outs, told_by_order(book, before_its_end(row)))
        for fill in self.day.fills:
            book = self._follow(book, outs, told_by_fill(book, fill, self.fees))
        for row in self.day.orders:
            book = self._follow(book, outs, told_by_order(book, row))
        if self.asked is not None:
            outs += self._open_orders(book, self.asked, now_ns)
        return outs

    def _follow(self, book: Book, outs: list[m.Message], told: Iterable[m.Message]) -> Book:
        """What is told next depends on what was told just before it, so a scratch book follows along.

        Mostly a look tells nothing: the copy is made when it is needed.
        """
        for event in told:
            if book is self.book:
                book = Book(self.day.account, self.fees)
                book.restore(self.book.snapshot("", 0))
            outs.append(event)
            book.apply(event)
        return book

    def _opening(self, now_ns: int) -> list[m.Message]:
        text = "交易日已结束，券商没有说明结果"
        undecided = [r for r in self.book.open_orders() if not r.is_final and r.status is not Status.UNKNOWN]
        return [*(_unknown(r.order, text, now_ns) for r in undecided), opened(self.day, self.fees)]

    def _open_orders(self, book: Book, asked: Asked, now_ns: int) -> Iterator[m.Message]:
        listed = {key_of(book, row) for row in self.day.orders}
        for record in book.open_orders():
            key = record.order.client_order_id
            if record.is_final:
                continue  # only its last fills are still on their way
            if key in listed:
                if key in self.sent.cancels and not asked.look:
                    yield m.CancelAtBroker(book.account, key, record.venue_order_id)
            elif key in asked.orders:
                yield from self._missing(book, record, now_ns)

    def _missing(self, book: Book, record: OrderRecord, now_ns: int) -> Iterator[m.Message]:
        """An order the broker does not list. Where its list is complete the order never arrived, and may be placed now:
        that is still the first time. Otherwise nobody knows, and it is never guessed."""
        order, key = record.order, record.order.client_order_id
        arrived = bool(record.venue_order_id or record.cum_qty)
        if arrived or key in self.sent.orders or not self.day.complete or self._is_like_a_stranger(book, order):
            if record.status is not Status.UNKNOWN:
                yield _unknown(order, "券商未列出该委托，结果未知", now_ns)
        elif key in self.sent.cancels:
            text = "委托未到达券商，已按撤单要求不再发出"
            yield m.OrderCancelled(order.account, key, 0, Reason.CANCELLED_BY_USER, text, now_ns)
        elif self.sent.halted is not None and self.sent.halted.stops(order, order.created_ns):
            text = "交易已暂停，委托未到达券商，不再发出"
            yield m.OrderExpired(order.account, key, 0, Reason.HALTED, text, now_ns)
        elif record.status is Status.SUBMITTED and now_ns <= order.expire_ns:
            yield m.PlaceAtBroker(order)
        else:
            text = "委托未到达券商，不再发出"
            yield m.OrderExpired(order.account, key, 0, Reason.EXPIRED, text, now_ns)

    def _is_like_a_stranger(self, book: Book, order: m.Order) -> bool:
        """Whether the list has an order under no name of ours that could be this one, its tag cut or dropped."""
        listed = (book.orders[key_of(book, row)].order for row in self.day.orders)
        return any(
            o.strategy == FOREIGN and (o.symbol, o.side, o.qty) == (order.symbol, order.side, order.qty) for o in listed
        )


def _unknown(order: m.Order, text: str, now_ns: int) -> m.Message:
    return m.OrderUnknown(order.account, order.client_order_id, text, now_ns)
