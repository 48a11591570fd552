"""What the orders of the day add up to, kept up to date order by order so that a decision never scans the day."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from typing import NamedTuple, TypeVar

from common import messages as m
from common.orders import OrderRecord, Status
from common.portfolio import Book

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_BUY, _UNKNOWN = m.Side.BUY, Status.UNKNOWN


class Share(NamedTuple):
    """What one order adds to the counters. ``open_e4`` is what can still trade, at the order's price."""

    trades: int = 0
    open_e4: int = 0
    unknown: bool = False


NOTHING = Share()
_Key = TypeVar("_Key", bound=Hashable)


def share_of(record: OrderRecord) -> Share:
    """An order takes a place among the day's trades while it is open or once it traded; otherwise it gives it back."""
    leaves = record.leaves_qty
    return Share(int(leaves > 0 or record.cum_qty > 0), leaves * record.order.price_e4, record.status is _UNKNOWN)


@dataclasses.dataclass(slots=True)
class Counters:
    """Sums over the day's orders and fills of one account; ``open_buys_e4`` is by symbol, without those that are 0."""

    trades: int = 0
    filled_e4: int = 0
    open_e4: int = 0
    open_buys_e4: dict[str, int] = dataclasses.field(default_factory=dict)
    unknown: dict[tuple[str, m.Side], int] = dataclasses.field(default_factory=dict)
    held: set[str] = dataclasses.field(default_factory=set)
    entered_elsewhere: set[str] = dataclasses.field(default_factory=set)  # venue_order_id
    shares: dict[str, Share] = dataclasses.field(default_factory=dict)  # by client_order_id

    @property
    def symbols(self) -> set[str]:
        """Instruments that are held, or will be when the open buys trade."""
        return self.held | self.open_buys_e4.keys()

    def count_order(self, record: OrderRecord) -> None:
        """Take the order's new share for the one it had."""
        order = record.order
        old, new = self.shares.get(order.client_order_id, NOTHING), share_of(record)
        if new == old:
            return
        if new == NOTHING:
            del self.shares[order.client_order_id]
        else:
            self.shares[order.client_order_id] = new
        self.trades += new.trades - old.trades
        self.open_e4 += new.open_e4 - old.open_e4
        if order.side is _BUY:
            _add(self.open_buys_e4, order.symbol, new.open_e4 - old.open_e4)
        _add(self.unknown, (order.symbol, order.side), new.unknown - old.unknown)

    def recognize(self, record: OrderRecord) -> None:
        """An order is told whose trades came before it: it is no longer one of which only trades are known."""
        if record.fill_ids and record.venue_order_id in self.entered_elsewhere:
            self.entered_elsewhere.discard(record.venue_order_id)
            self.trades -= 1

    def count_fill(self, fill: m.OrderFilled, book: Book) -> None:
        """Add a fill that ``book`` has just taken; trades of orders entered elsewhere use the account's limits too."""
        self.filled_e4 += fill.qty * fill.price_e4
        self.count_holding(fill.symbol, book)
        if fill.client_order_id not in book.orders and fill.venue_order_id not in self.entered_elsewhere:
            self.entered_elsewhere.add(fill.venue_order_id)
            self.trades += 1

    def count_holding(self, symbol: str, book: Book) -> None:
        if book.positions[symbol].qty > 0:
            self.held.add(symbol)
        else:
            self.held.discard(symbol)


def counted(book: Book) -> Counters:
    """The counters of a book, from its first order to its last."""
    counters = Counters()
    for record in book.orders.values():
        counters.count_order(record)
    for symbol in book.positions:
        counters.count_holding(symbol, book)
    for fill in book.fills:
        counters.count_fill(fill, book)
    return counters


def _add(sums: dict[_Key, int], key: _Key, difference: int) -> None:
    if not difference:
        return
    total = sums.get(key, 0) + difference
    if total:
        sums[key] = total
    else:
        sums.pop(key, None)
