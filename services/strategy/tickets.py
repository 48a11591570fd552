"""The strategy's orders of the day as it sees them: one ticket each, also where several orders were sent for it."""

from __future__ import annotations

from collections.abc import Sequence

from common import messages as m
from common.beijing import naive
from common.orders import OrderRecord
from common.portfolio import Book
from jqdata.deals import Order, Ticket, Trade, trade_of
from jqdata.styles import LimitOrderStyle, MarketOrderStyle
from services.strategy.ids import siblings, whole_of
from services.strategy.subs import Subs


class Sent:
    """The records of the orders sent for one ticket; those of a finished day stay as they were last seen."""

    def __init__(self, book: Book) -> None:
        self.ids: list[str] = []
        self._book = book
        self._last: list[OrderRecord] = []

    def __call__(self) -> Sequence[OrderRecord]:
        found = [record for key in self.ids if (record := self._book.orders.get(key)) is not None]
        self._last = found or self._last
        return self._last


class Tickets:
    """Tickets by the id the strategy knows, oldest first; ``group_of`` finds the ticket of an order that was sent."""

    def __init__(self, book: Book, strategy: str, subs: Subs) -> None:
        self._book, self._strategy, self._subs = book, strategy, subs
        self.orders: dict[str, Order] = {}
        self.tickets: dict[str, Ticket] = {}
        self.sent: dict[str, Sent] = {}
        self.group_of: dict[str, str] = {}

    def open_day(self) -> None:
        """Yesterday's orders are no longer listed."""
        self.orders, self.tickets, self.sent, self.group_of = {}, {}, {}, {}

    def add(self, ticket: Ticket) -> Order:
        sent = self.sent[ticket.order_id] = Sent(self._book)
        self.tickets[ticket.order_id] = ticket
        order = self.orders[ticket.order_id] = Order(ticket, sent)
        return order

    def sends(self, group: str, client_order_id: str) -> None:
        """An order goes out for a ticket."""
        self.sent[group].ids.append(client_order_id)
        self.group_of[client_order_id] = group

    def groups(self) -> dict[str, list[str]]:
        """The parts of orders that were split."""
        return {group: sent.ids for group, sent in self.sent.items() if len(sent.ids) > 1}

    def placed(self, order_id: str) -> str:
        """The order that this call placed in its callback's former life, in whichever sub-account; '' for none."""
        if order_id in self.orders:
            return order_id
        subs = len(self._subs.ledgers)
        return next((one for one in siblings(order_id, subs) if one in self.orders), "") if subs else ""

    def is_of(self, group: str, pindex: int) -> bool:
        """Whether an order is a sub-account's; where the account is not divided all are."""
        return not self._subs.ledgers or self._subs.owner(group) == pindex

    def adopt(self, groups: dict[str, list[str]]) -> None:
        """Make tickets for orders the book has from before a restart; parts of one tell it by their ids, and
        ``groups`` says it of those whose ids do not."""
        group_of = {part: group for group, parts in groups.items() for part in parts}
        parts: dict[str, list[m.Order]] = {}
        for key, record in self._book.orders.items():
            if record.order.strategy == self._strategy and key not in self.group_of:
                parts.setdefault(group_of.get(key, whole_of(key)), []).append(record.order)
        for group, orders in parts.items():
            if group not in self.tickets:
                amount = sum(order.qty for order in orders)
                self.add(_ticket(group, orders[0], amount, self._subs.owner(group) or 0))
            for order in orders:
                self.sends(group, order.client_order_id)

    def trades(self) -> dict[str, Trade]:
        """Today's trades of our orders by trade id."""
        return {
            fill.fill_id: trade_of(fill, self.tickets[self.group_of[fill.client_order_id]])
            for fill in self._book.fills
            if fill.client_order_id in self.group_of
        }

    def unsettled_ids(self, symbol: str, pindex: int) -> list[str]:
        """What a sub-account sent for a symbol and has not ended, or whose fills are on their way; oldest first."""
        return [
            record.order.client_order_id
            for record in self._book.open_orders()
            if record.order.symbol == symbol
            and record.order.strategy == self._strategy
            and self.is_of(record.order.client_order_id, pindex)
        ]


def _ticket(group: str, order: m.Order, amount: int, pindex: int) -> Ticket:
    is_limit = order.order_type is m.OrderType.LIMIT
    return Ticket(
        order_id=group,
        security=order.symbol,
        is_buy=order.side is m.Side.BUY,
        amount=amount,
        add_time=naive(order.created_ns),
        pindex=pindex,
        style=LimitOrderStyle(order.price_e4 / 1e4) if is_limit else MarketOrderStyle(),
    )
