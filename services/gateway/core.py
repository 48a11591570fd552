"""Places approved orders at the broker, once, and tells everybody what the broker says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from common import messages as m
from common.channels import CHANNELS
from common.fees import FeeSchedule
from common.orders import OrderRecord, Status
from common.portfolio import Book
from common.reasons import Reason, text_of
from common.session_events import account_of
from services.gateway.reconcile import before_its_end, foreign_id, opened, told_by_fill, told_by_order

_BOOKED = frozenset(CHANNELS["account"].types)


class GatewayCore:
    """Keeps the order book of record, one book an account. Orders wait with their sender until an account is ready."""

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(self, accounts: tuple[str, ...], fees: FeeSchedule, mode: str) -> None:
        self.fees, self.mode = fees, mode
        self.books = {account: Book(account, fees) for account in accounts}
        # Accounts whose day the broker has told since this process started, and statements it still owes. While one is
        # on its way nothing is placed: an order younger than the statement would look as if it had never arrived.
        self.ready: set[str] = set()
        self.owed: dict[str, int] = {}
        self.handed: set[str] = set()  # orders handed to the broker since this process started: never once more
        self.marked_ns = 0  # the last minute that was marked
        self.cancelling: set[str] = set()  # cancels handed to the broker and not answered yet

    # -- decides -------------------------------------------------------------------------------------------------

    def takes(self, message: m.Message, now_ns: int) -> bool:
        """Whether a command can be stepped now; others stay with their sender, who keeps sending them."""
        match message:
            case m.ApprovedOrder(order=order):
                return self._takes(order.account, order.expire_ns, now_ns)
            case m.ApprovedCancel(account=account, expire_ns=expire_ns):
                return self._takes(account, expire_ns, now_ns)
        return True

    def _takes(self, account: str, expire_ns: int, now_ns: int) -> bool:
        if account in self.ready or account not in self.books:
            return True
        # Without a day on record even an old order may stand at the broker: only its statement can tell.
        return now_ns > expire_ns and self.books[account].trading_day > 0

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
        if order.client_order_id in self.handed or (book is not None and order.client_order_id in book.orders):
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
        elif now_ns > cancel.expire_ns:
            reason = Reason.EXPIRED
        else:
            return [m.CancelAtBroker(account, key, record.venue_order_id)]
        return [m.CancelRejected(account, key, reason, text_of(reason), now_ns)]

    def _mark(self, book: Book, minute: m.MinutePassed) -> m.Message:
        held = {s: minute.prices_e4[s] for s, p in book.positions.items() if p.qty and s in minute.prices_e4}
        return m.AccountMarked(book.account, minute.minute_ns, held)

    # -- the broker's day against ours -----------------------------------------------------------------------------

    def _reconcile(self, day: m.BrokerDay, now_ns: int) -> list[m.Message]:
        book = self.books[day.account]
        outs: list[m.Message] = []
        if day.trading_day > book.trading_day:
            outs += [_unknown(r.order, "交易日已结束，券商没有说明结果", now_ns) for r in _undecided(book)]
            outs.append(opened(day, self.fees))
            book = Book(day.account, self.fees)
            book.apply(outs[-1])
        else:
            # What is told below depends on what was told just before it, so a scratch book follows along.
            book = _copy(book)
        for row in day.orders:
            _follow(book, outs, told_by_order(book, before_its_end(row)))
        for fill in day.fills:
            _follow(book, outs, told_by_fill(book, fill, self.fees))
        for row in day.orders:
            _follow(book, outs, told_by_order(book, row))
        if self.owed.get(day.account):
            return outs  # the newest statement decides about what is not listed
        listed = {row.client_order_id or foreign_id(row.venue_order_id) for row in day.orders}
        for record in book.open_orders():
            key = record.order.client_order_id
            if record.is_final:
                continue  # only its last fills are still on their way
            if key not in listed:
                outs.extend(self._missing(record, now_ns, complete=day.complete))
            elif key in self.cancelling:
                outs.append(m.CancelAtBroker(day.account, key, record.venue_order_id))
        return outs

    def _missing(self, record: OrderRecord, now_ns: int, *, complete: bool) -> Iterator[m.Message]:
        """An order the broker does not list. Where its list is complete the order never arrived, and may be placed now:
        that is still the first time. Otherwise nobody knows, and it is never guessed."""
        order, key = record.order, record.order.client_order_id
        arrived = bool(record.venue_order_id or record.cum_qty)
        if arrived or key in self.handed or not complete:
            if record.status is not Status.UNKNOWN:
                yield _unknown(order, "券商未列出该委托，结果未知", now_ns)
        elif key in self.cancelling:
            text = "委托未到达券商，已按撤单要求不再发出"
            yield m.OrderCancelled(order.account, key, 0, Reason.CANCELLED_BY_USER, text, now_ns)
        elif record.status is Status.SUBMITTED and now_ns <= order.expire_ns:
            yield m.PlaceAtBroker(order)
        else:
            text = "委托未到达券商，不再发出"
            yield m.OrderExpired(order.account, key, 0, Reason.EXPIRED, text, now_ns)

    # -- folds ---------------------------------------------------------------------------------------------------

    def apply(self, message: m.Message) -> None:
        match message:
            case m.PlaceAtBroker(order=order):
                self.handed.add(order.client_order_id)
            case m.CancelAtBroker(client_order_id=key):
                self.cancelling.add(key)
            case m.AskBroker(account=account):
                self.owed[account] = self.owed.get(account, 0) + 1
                self.ready.discard(account)
            case m.BrokerDay(account=account):
                self.owed[account] = max(self.owed.get(account, 0) - 1, 0)
                if not self.owed[account]:
                    self.ready.add(account)
            case m.BrokerLink(account=account, up=False):
                self.owed[account] = 0
                self.ready.discard(account)
            case m.AccountMarked(minute_ns=minute_ns):
                self.marked_ns = max(self.marked_ns, minute_ns)
            case m.Started():
                self.owed.clear()
                self.ready.clear()
                self.handed.clear()
            case m.CancelRejected(client_order_id=key) | m.OrderCancelled(client_order_id=key):
                self.cancelling.discard(key)
            case m.TradingDayOpened(account=account) if account in self.books:
                self.cancelling.difference_update(self.books[account].orders)
        if type(message) in _BOOKED and (book := self.books.get(account_of(message))) is not None:
            book.apply(message)

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


def _follow(book: Book, outs: list[m.Message], told: Iterable[m.Message]) -> None:
    for event in told:
        outs.append(event)
        book.apply(event)


def _undecided(book: Book) -> Iterator[OrderRecord]:
    """Orders whose end nobody has told, and of which nobody has said so either."""
    return (r for r in book.open_orders() if not r.is_final and r.status is not Status.UNKNOWN)


def _unknown(order: m.Order, text: str, now_ns: int) -> m.Message:
    return m.OrderUnknown(order.account, order.client_order_id, text, now_ns)


def _copy(book: Book) -> Book:
    copy = Book(book.account, book.fees)
    snapshot = book.snapshot("", 0)
    copy.restore(snapshot)
    return copy
