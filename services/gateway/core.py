"""Places approved orders at the broker, once, and tells everybody what the broker says."""

from __future__ import annotations

from common import messages as m
from common.beijing import SECOND_NS
from common.channels import CHANNELS
from common.fees import FeeSchedule
from common.orders import LIFE, Status, is_foreign
from common.portfolio import Book
from common.reasons import Reason, text_of
from common.session_events import account_of
from services.gateway.carrying import carried, take_over
from services.gateway.compare import compared
from services.gateway.halts import ALWAYS_NS, Halted
from services.gateway.looks import Looks
from services.gateway.reconcile import told_by_fill, told_by_order
from services.gateway.reminders import Reminders
from services.gateway.resolve import rejected, resolved
from services.gateway.statement import Asked, Sent, Statement

SILENT_NS = 3 * SECOND_NS
"""An order of which the broker has said nothing for so long is looked up; a request takes it well under a second."""

_BOOKED = frozenset(CHANNELS["account"].types)
_WORDS = frozenset({*LIFE[Status.SUBMITTED], m.OrderResolved})
_BOOKED_ONLY = frozenset({m.OrderSubmitted, m.OrderAccepted, m.OrderFilled})
"""What changes nothing but a book: an order in hand is not held up by a look at all that may change more."""


class GatewayCore:
    """Keeps the order book of record, one book an account. Orders wait with their sender until an account is ready."""

    journals_all = False
    busy = False

    def __init__(
        self,
        accounts: tuple[str, ...],
        fees: FeeSchedule,
        mode: str,
        *,
        look_every_ns: int = 0,
        tolerance_e4: int = 0,
    ) -> None:
        self.fees, self.mode, self.look_every_ns = fees, mode, look_every_ns
        self.books = {account: Book(account, fees) for account in accounts}
        self.looks = {account: Looks(tolerance_e4) for account in accounts}
        # Accounts whose day the broker has told since this process started, and statements it still owes. While the
        # first of a link or a day is on its way nothing is placed: what is on record and not at the broker is decided
        # by it. A look beside the trading decides only about what was sent before it.
        self.ready: set[str] = set()
        self.owed: dict[str, list[Asked]] = {account: [] for account in accounts}
        self.answered: dict[str, Asked] = {}  # what the statement in hand was asked with
        self.handed: set[str] = set()  # orders handed to the broker since this process started: never once more
        self.marked_ns = 0  # the last minute that was marked
        self.silent: dict[str, dict[str, int]] = {account: {} for account in accounts}  # handed, not a word: since when
        self.cancelling: set[str] = set()  # cancels handed to the broker and not answered yet
        self.reminders = Reminders()
        # Risk approves nothing while an account is halted; what it had approved before and waited on the way here (the
        # broker's link was down, this process hung) is not placed any more. Since when, and whether only buys are.
        self.halts: dict[str, Halted] = {}

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
                return self._said(message)
            case m.BrokerFill():
                return list(told_by_fill(self.books[message.account], message, self.fees))
            case m.BrokerCancelRefused(account=account, client_order_id=key):
                return [m.CancelRejected(account, key, message.reason, message.text, message.at_ns)]
            case m.BrokerDay():
                return self._stated(message, now_ns)
            case m.BrokerLink(account=account, up=up, text=text):
                changed = m.BrokerLinkChanged(account, up, text, now_ns)
                return [changed, m.AskBroker(account)] if up else [changed]
            case m.ApprovedByDesk(command=command):
                return self._desk(command, now_ns)
            case m.MarketClock(trading_day=day):
                reminders = [one for book in self.books.values() for one in self.reminders.due(book, message, now_ns)]
                return [*reminders, *self._due(now_ns, day)]
            case m.Wake():
                return self._due(now_ns)
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
        if (halted := self.halts.get(order.account)) is not None and halted.stops(order, approved.approved_ns):
            return [_unsent(order, Reason.HALTED, now_ns)]
        return [m.OrderSubmitted(order, approved.approved_ns, now_ns), m.PlaceAtBroker(order)]

    def _cancel(self, cancel: m.ApprovedCancel, now_ns: int) -> list[m.Message]:
        account, key = cancel.account, cancel.client_order_id
        record = self.books[account].orders.get(key) if account in self.books else None
        if record is not None and is_foreign(record.order):
            reason = Reason.FOREIGN_ORDER
        elif record is None or record.is_final:
            reason = Reason.UNKNOWN_ORDER if record is None else Reason.ORDER_CLOSED
        elif now_ns > cancel.expire_ns:
            reason = Reason.EXPIRED
        else:
            return [m.CancelAtBroker(account, key, record.venue_order_id)]
        return [m.CancelRejected(account, key, reason, text_of(reason), now_ns)]

    def _said(self, row: m.BrokerOrder) -> list[m.Message]:
        """A stranger's order that looks like one of ours the broker is silent about raises a doubt at once."""
        account, book = row.account, self.books[row.account]
        told = list(told_by_order(book, row))
        is_stranger = bool(told) and isinstance(told[0], m.OrderSubmitted)
        if is_stranger and account in self.ready and not self.owed[account]:
            ours = (book.orders[key].order for key in self.silent[account])
            if any((o.symbol, o.side, o.qty) == (row.symbol, row.side, row.qty) for o in ours):
                told.append(m.AskBroker(account, look=True))
        return told

    def _mark(self, book: Book, minute: m.MinutePassed) -> m.Message:
        held = {s: minute.prices_e4[s] for s, p in book.positions.items() if p.qty and s in minute.prices_e4}
        return m.AccountMarked(book.account, minute.minute_ns, held)

    # -- the broker's day against ours -----------------------------------------------------------------------------

    def _stated(self, day: m.BrokerDay, now_ns: int) -> list[m.Message]:
        account = day.account
        asked = None if self.owed[account] else self.answered[account]
        sent = Sent(self.handed, self.cancelling, self.halts.get(account))
        outs = Statement(self.books[account], day, asked, sent).events(now_ns)
        looks = self.looks[account]
        return [*outs, m.BooksDiffer(account, looks.certain(), now_ns)] if looks.fresh else outs

    def _due(self, now_ns: int, trading_day: int = 0) -> list[m.Message]:
        """Statements to ask for: of a new day, or for a look at the one that goes on."""
        return [
            m.AskBroker(account, look=book.trading_day >= trading_day)
            for account, book in self.books.items()
            if account in self.ready and (book.trading_day < trading_day or self._looks_at(account, now_ns))
        ]

    def _looks_at(self, account: str, now_ns: int) -> bool:
        """Whether it is time to look: one interval after the last look, and where something is in doubt."""
        looks = self.looks[account]
        if self.owed[account] or not self.books[account].trading_day:
            return False
        by_interval = self.look_every_ns and now_ns >= looks.looked_ns + self.look_every_ns
        return bool(by_interval) or 0 < self._doubt_ns(account) <= now_ns

    def _doubt_ns(self, account: str) -> int:
        """When the broker is to be asked about what is in doubt; 0 where nothing is."""
        silent = next(iter(self.silent[account].values()), 0)
        times = (silent + SILENT_NS if silent else 0, self.looks[account].again_ns)
        return min((time_ns for time_ns in times if time_ns), default=0)

    @property
    def wake_ns(self) -> int:
        """The interval needs no waking: the clock is heard often enough. What is in doubt is not left waiting."""
        times = [self._doubt_ns(a) for a in self.books if a in self.ready and not self.owed[a]]
        return min((time_ns for time_ns in times if time_ns), default=0)

    # -- the desk's word -------------------------------------------------------------------------------------------

    def _desk(self, command: m.Reconcile | m.AcceptBooks | m.ResolveOrder, now_ns: int) -> list[m.Message]:
        book = self.books.get(command.account)
        if book is None:
            return []
        match command:
            case m.ResolveOrder():
                return resolved(book, command, self.fees, now_ns)
            case m.AcceptBooks(rows=rows):
                looks = self.looks[command.account]
                if not rows or looks.suspects or rows != looks.differing:
                    return [rejected(command, Reason.BOOKS_CHANGED, "", now_ns)]
                return [m.BooksAdjusted(command.account, rows, command.operator, command.why, now_ns)]
        return [m.AskBroker(command.account, look=True)] if command.account in self.ready else []

    # -- folds ---------------------------------------------------------------------------------------------------

    def apply(self, message: m.Message) -> None:
        if type(message) not in _BOOKED_ONLY:
            self._note(message)
        if type(message) in _BOOKED and (book := self.books.get(account_of(message))) is not None:
            book.apply(message)
            if type(message) in _WORDS:
                self.silent[book.account].pop(message.client_order_id, None)  # type: ignore[attr-defined]

    def _note(self, message: m.Message) -> None:
        match message:
            case m.PlaceAtBroker(order=order):
                self.handed.add(order.client_order_id)
                record = self.books[order.account].orders[order.client_order_id]
                self.silent[order.account][order.client_order_id] = record.updated_ns
            case m.CancelAtBroker(client_order_id=key):
                self.cancelling.add(key)
            case m.AskBroker(account=account, look=look):
                self.owed[account].append(Asked.now(self.books[account], look=look))
                if not look:
                    self.ready.discard(account)
            case m.BrokerDay():
                self._answer(message)
            case m.BrokerLink(account=account, up=False):
                self.owed[account] = []
                self.ready.discard(account)
            case m.BrokerLinkChanged():
                self.reminders.note(message)
            case m.AccountMarked(minute_ns=minute_ns):
                self.marked_ns = max(self.marked_ns, minute_ns)
            case m.TradingHalted(account=account):
                self.halts[account] = Halted(message.at_ns, message.buys_only)
            case m.TradingResumed(account=account) | m.RiskReport(account=account, halted=False):
                self.halts.pop(account, None)
            case m.RiskReport(account=account):
                self.halts[account] = Halted(ALWAYS_NS, message.buys_only)
            case m.Started():
                self.owed = {account: [] for account in self.books}
                self.ready.clear()
                self.handed.clear()
                self.silent = {account: {} for account in self.books}
            case m.BooksDiffer(account=account, rows=rows):
                self.looks[account].tell(rows)
            case m.BooksAdjusted(account=account):
                self.looks[account].adjust()
            case m.CancelRejected(client_order_id=key) | m.OrderCancelled(client_order_id=key):
                self.cancelling.discard(key)
            case m.GatewayCarried(account=account) if account in self.books:
                take_over(self, message)
            case m.TradingDayOpened(account=account) if account in self.books:
                self.cancelling.difference_update(self.books[account].orders)
                self.silent[account].clear()
                self.looks[account].open_day()

    def _answer(self, day: m.BrokerDay) -> None:
        """One statement that was owed is here; where no other is, its books are compared with ours."""
        account, book, owed = day.account, self.books[day.account], self.owed[day.account]
        asked = self.answered[account] = owed.pop(0) if owed else Asked.now(book, look=False)
        looks = self.looks[account]
        looks.fresh = False
        if not any(not other.look for other in owed):
            self.ready.add(account)
        if owed:
            return
        for key in asked.orders:
            self.silent[account].pop(key, None)
        looks.looked_ns = day.at_ns
        if day.trading_day == book.trading_day:
            looks.look(compared(book, day, asked.fills, self.fees), day.at_ns, len(day.fills))

    def carry(self, now_ns: int) -> list[m.Message]:
        """The books, and what is under way with the brokers."""
        return [carried(self, account, now_ns) for account in self.books]

    # -- answers -------------------------------------------------------------------------------------------------

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        if account not in self.books:
            return m.Refusal(Reason.UNKNOWN_ACCOUNT, f"账户 {account} 不存在")
        return self.books[account].snapshot(self.mode, now_ns)

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        assert isinstance(query, m.GetAccount | m.GetBooks), f"no answer to {query}"
        if isinstance(query, m.GetBooks) and query.account in self.books:
            return self._report(query.account)
        return self.snapshot(query.account, now_ns)

    def _report(self, account: str) -> m.BooksReport:
        looks = self.looks[account]
        return m.BooksReport(
            account=account,
            trading_day=self.books[account].trading_day,
            looks=looks.count,
            looked_ns=looks.looked_ns,
            ready=account in self.ready,
            rows=looks.rows,
            differing=looks.differing,
            unsettled=bool(looks.suspects),
            tolerance_e4=looks.tolerance_e4,
        )


def _unsent(order: m.Order, reason: Reason, now_ns: int) -> m.Message:
    return m.OrderExpired(order.account, order.client_order_id, 0, reason, text_of(reason), now_ns, order)
