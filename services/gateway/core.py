"""Places approved orders at the broker, once, and tells everybody what the broker says."""

from __future__ import annotations

from collections.abc import Iterable

from common import messages as m
from common.fees import FeeSchedule
from common.orders import Status
from common.portfolio import Book
from common.reasons import Reason, text_of
from services.gateway.reconcile import opened, told_by_fill, told_by_order


class GatewayCore:
    """Keeps the order book of record, one book an account. Orders wait with their sender until an account is ready."""

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(self, accounts: tuple[str, ...], fees: FeeSchedule, mode: str) -> None:
        self.fees, self.mode = fees, mode
        self.books = {account: Book(account, fees) for account in accounts}
        self.ready: set[str] = set()  # accounts whose day the broker has told since this process started
        self.cancelling: set[str] = set()  # cancels handed to the broker and not answered yet

    # -- decides -------------------------------------------------------------------------------------------------

    def takes(self, message: m.Message, now_ns: int) -> bool:
        """Whether a command can be stepped now; others stay with their sender, who keeps sending them."""
        match message:
            case m.ApprovedOrder(order=order):
                return order.account in self.ready or now_ns > order.expire_ns or order.account not in self.books
            case m.ApprovedCancel(account=account):
                return account in self.ready or account not in self.books
        return True

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        match message:
            case m.ApprovedOrder():
                return self._place(message, now_ns)
            case m.ApprovedCancel():
                return self._cancel(message, now_ns)
            case m.BrokerOrder():
                return list(told_by_order(self.books[message.account], message))
            case m.BrokerFill():
                return list(told_by_fill(self.books[message.account], message, self.fees))
            case m.BrokerCancelRefused(account=account, client_order_id=key):
                return [m.CancelRejected(account, key, message.reason, message.text, message.at_ns)]
            case m.BrokerDay():
                return self._reconcile(message, now_ns)
            case m.BrokerLink(account=account, up=up, text=text):
                changed = m.BrokerLinkChanged(account, up, text, now_ns)
                return [changed, m.AskBroker(account)] if up else [changed]
            case m.MarketClock(trading_day=day):
                return [m.AskBroker(a) for a, book in self.books.items() if a in self.ready and book.trading_day < day]
            case m.MinutePassed():
                return [self._mark(book, message) for book in self.books.values() if book.trading_day]
        return []

    def _place(self, approved: m.ApprovedOrder, now_ns: int) -> list[m.Message]:
        order = approved.order
        book = self.books.get(order.account)
        if book is not None and order.client_order_id in book.orders:
            return []
        if book is None:
            return [_unsent(order, Reason.UNKNOWN_ACCOUNT, now_ns)]
        if now_ns > order.expire_ns:
            return [_unsent(order, Reason.EXPIRED, now_ns)]
        return [m.OrderSubmitted(order, approved.approved_ns, now_ns), m.PlaceAtBroker(order)]

    def _cancel(self, cancel: m.ApprovedCancel, now_ns: int) -> list[m.Message]:
        account, key = cancel.account, cancel.client_order_id
        record = self.books[account].orders.get(key) if account in self.books else None
        if record is None or record.is_final:
            reason = Reason.UNKNOWN_ORDER if record is None else Reason.ORDER_CLOSED
            return [m.CancelRejected(account, key, reason, text_of(reason), now_ns)]
        return [m.CancelAtBroker(account, key, record.venue_order_id)]

    def _mark(self, book: Book, minute: m.MinutePassed) -> m.Message:
        held = {s: minute.prices_e4[s] for s, p in book.positions.items() if p.qty and s in minute.prices_e4}
        return m.AccountMarked(book.account, minute.minute_ns, held)

    # -- the broker's day against ours -----------------------------------------------------------------------------

    def _reconcile(self, day: m.BrokerDay, now_ns: int) -> list[m.Message]:
        book = self.books[day.account]
        outs: list[m.Message] = []
        if day.trading_day > book.trading_day:
            outs.append(opened(day))
            book = Book(day.account, self.fees)
            book.apply(outs[0])
        else:
            # What is told below depends on what was told just before it, so a scratch book follows along.
            book = _copy(book)
        for row in day.orders:
            _follow(book, outs, told_by_order(book, _without_end(row)))
        for fill in day.fills:
            _follow(book, outs, told_by_fill(book, fill, self.fees))
        for row in day.orders:
            _follow(book, outs, told_by_order(book, row))
        listed = {row.client_order_id for row in day.orders}
        for record in book.open_orders():
            if record.order.client_order_id not in listed:
                outs.extend(self._missing(record.order, record.status, day, now_ns))
            elif record.order.client_order_id in self.cancelling:
                outs.append(m.CancelAtBroker(day.account, record.order.client_order_id, record.venue_order_id))
        return outs

    def _missing(self, order: m.Order, status: Status, day: m.BrokerDay, now_ns: int) -> Iterable[m.Message]:
        """An order the broker does not list. Where its list is complete the order never arrived, and may be placed now:
        that is still the first time. Otherwise nobody knows, and it is never guessed."""
        if not day.complete:
            if status is not Status.UNKNOWN:
                yield m.OrderUnknown(order.account, order.client_order_id, "券商未列出该委托，结果未知", now_ns)
        elif status is Status.SUBMITTED and now_ns <= order.expire_ns:
            yield m.PlaceAtBroker(order)
        else:
            reason = Reason.EXPIRED
            yield m.OrderExpired(
                order.account, order.client_order_id, 0, reason, "委托未到达券商，已过有效时间", now_ns
            )

    # -- folds ---------------------------------------------------------------------------------------------------

    def apply(self, message: m.Message) -> None:
        match message:
            case m.CancelAtBroker(client_order_id=key):
                self.cancelling.add(key)
            case m.BrokerDay(account=account):
                self.ready.add(account)
            case m.BrokerLink(account=account, up=False):
                self.ready.discard(account)
            case m.Started():
                self.ready.clear()
            case m.CancelRejected(client_order_id=key) | m.OrderCancelled(client_order_id=key):
                self.cancelling.discard(key)
        account = _account_of(message)
        if account in self.books:
            self.books[account].apply(message)

    # -- answers -------------------------------------------------------------------------------------------------

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        if account not in self.books:
            return m.Refusal(Reason.UNKNOWN_ACCOUNT, f"账户 {account} 不存在")
        return self.books[account].snapshot(self.mode, now_ns)

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        assert isinstance(query, m.GetAccount), f"no answer to {query}"
        return self.snapshot(query.account, now_ns)


def _unsent(order: m.Order, reason: Reason, now_ns: int) -> m.Message:
    return m.OrderExpired(order.account, order.client_order_id, 0, reason, text_of(reason), now_ns, order)


def _account_of(message: m.Message) -> str:
    order: m.Order | None = getattr(message, "order", None)
    account: str = order.account if order is not None else getattr(message, "account", "")
    return account


def _follow(book: Book, outs: list[m.Message], told: Iterable[m.Message]) -> None:
    for event in told:
        outs.append(event)
        book.apply(event)


def _without_end(row: m.BrokerOrder) -> m.BrokerOrder:
    """The order as it was before it ended, so that its fills are told before its end."""
    ended = row.status in (Status.CANCELLED, Status.EXPIRED, Status.FILLED)
    if not ended:
        return row
    return m.BrokerOrder(
        row.account,
        row.client_order_id,
        row.venue_order_id,
        row.symbol,
        row.side,
        row.qty,
        row.price_e4,
        Status.ACCEPTED,
        row.cum_qty,
        "",
        "",
        row.at_ns,
    )


def _copy(book: Book) -> Book:
    copy = Book(book.account, book.fees)
    snapshot = book.snapshot("", 0)
    copy.restore(snapshot)
    return copy
