"""State: folds what gateway and risk tell into the rows of state.db, and answers questions about them."""

from __future__ import annotations

from common import history_rows as rows
from common import messages as m
from common.fees import FeeSchedule
from common.portfolio import Book
from common.reasons import Reason, text_of
from services.state import tables as t
from services.state.decisions import approved_row, decision_row
from services.state.store import Store, day_number

OrderChange = m.OrderAccepted | m.OrderCancelled | m.OrderRejected | m.OrderExpired | m.OrderUnknown | m.OrderResolved


class StateCore:
    """It needs no journal: its memory is the store, which knows the last event of each stream.

    The shell sets ``position`` (channel, account, epoch, seq) to that of the event in hand before ``apply``.
    """

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(self, store: Store, fees: FeeSchedule) -> None:
        self.store, self.fees = store, fees
        self.position = ("", "", 0, 0)
        self.books: dict[str, Book] = {}
        self.load()

    def load(self) -> None:
        """The books as the store has them."""
        self.books = {account: self.store.load_book(account, self.fees) for account in self.store.accounts()}

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        return []

    def apply(self, message: m.Message) -> None:
        self.take(*self.position, message)

    def take(self, channel: str, account: str, epoch: int, seq: int, message: m.Message) -> bool:
        """Fold one event or snapshot; False for an event whose rows are already there, and for what keeps no rows."""
        match message:
            case m.AccountSnapshot():
                self.restore(message)
            case m.RiskReport():
                pass  # It holds no history; what was missed of the decisions before it is lost to the store.
            case _:
                if not self.store.is_new(channel, account, seq) or not self._fold(message):
                    return False
        self.store.note(channel, account, epoch, seq)
        return True

    def restore(self, snapshot: m.AccountSnapshot) -> None:
        """Start over from the gateway's books; rows that are here already are written again as they are.

        Books without a day are those of a gateway that has not opened one yet: there is nothing to keep.
        """
        book = self._book(snapshot.account)
        known = set(book.orders)
        book.restore(snapshot)
        if not book.trading_day:
            return
        self.store.forget_but(snapshot)
        opened_ns = self.store.opened_ns(snapshot.account, snapshot.trading_day)
        self.store.put(t.days, rows.day_row(book, snapshot.at_ns if opened_ns is None else opened_ns))
        for record in book.orders.values():
            self.store.put(t.orders, rows.order_row(book.trading_day, record))
            if record.order.client_order_id not in known:
                # The time of its approval is not in the snapshot; it was made hardly earlier.
                self.store.put(t.decisions, approved_row(book.trading_day, record.order, record.order.created_ns))
        for fill in book.fills:
            self._put_fill(book, fill, book.trading_day)
        for symbol in book.positions:
            self._put_holding(book, symbol, book.trading_day)
        self.store.put(t.cash, rows.cash_row(book, book.trading_day, snapshot.at_ns))

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        if isinstance(query, m.GetRows):
            return self.store.read(query)
        return m.Refusal(Reason.NOT_SUPPORTED, text_of(Reason.NOT_SUPPORTED))

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        """State publishes nothing, so nobody joins it late."""
        return m.Refusal(Reason.NOT_SUPPORTED, text_of(Reason.NOT_SUPPORTED))

    def carry(self, now_ns: int) -> list[m.Message]:
        """State keeps no journal, so no day of it is begun anew."""
        return []

    def _fold(self, event: m.Message) -> bool:
        match event:
            case m.TradingDayOpened():
                self._open_day(event)
            case m.OrderSubmitted():
                book = self._book(event.order.account)
                book.apply(event)
                day = self._day(book, event.at_ns)
                self.store.put(t.decisions, approved_row(day, event.order, event.approved_ns))
                self._put_order(book, event.order.client_order_id, event.at_ns)
            case m.OrderAccepted() | m.OrderCancelled() | m.OrderRejected() | m.OrderExpired() | m.OrderUnknown():
                self._change(event)
            case m.OrderResolved():
                self._change(event)
                self.store.put(t.decisions, decision_row(self._day(self._book(event.account), event.at_ns), event))
            case m.OrderFilled():
                self._fill(event)
            case m.AccountMarked():
                self._mark(event)
            case m.BrokerLinkChanged():
                book = self._book(event.account)
                book.apply(event)
                self.store.put(t.cash, rows.cash_row(book, self._day(book, event.at_ns), event.at_ns))
            case m.OrderDenied():
                self._deny(event)
            case m.CancelDenied() | m.TradingHalted() | m.TradingResumed():
                day = self._day(self._book(event.account), event.at_ns)
                self.store.put(t.decisions, decision_row(day, event))
            case m.AlertRaised():
                self.store.add_alert(rows.alert_row(self._day(self._book(event.account), event.at_ns), event))
            case m.BooksAdjusted():
                self._adjust(event)
            case m.CancelRejected() | m.ResolveRejected():
                pass  # The order goes on as it was; the strategy's log or risk's alert tells the refusal.
            case m.OpeningDiffers() | m.BooksDiffer():
                pass  # Nothing changes by it; what risk makes of it, an alert or a halt, has rows of its own.
            case _:
                return False
        return True

    def _open_day(self, event: m.TradingDayOpened) -> None:
        """A day that is opened a second time is a new run of it: a simulated day starts again from a fresh account."""
        if self.store.opened_ns(event.account, event.trading_day) is not None:
            self.store.forget(event.account, event.trading_day)
        book = self._book(event.account)
        book.apply(event)
        self.store.put(t.days, rows.day_row(book, event.at_ns))
        for symbol in book.positions:
            self._put_holding(book, symbol, event.trading_day)
        self.store.put(t.cash, rows.cash_row(book, event.trading_day, event.at_ns))

    def _change(self, event: OrderChange) -> None:
        book = self._book(event.account)
        book.apply(event)
        if event.client_order_id in book.orders:
            self._put_order(book, event.client_order_id, event.at_ns)
        if isinstance(event, m.OrderExpired) and event.order is not None:
            # It was approved and never submitted; when it was approved nobody told.
            day = self._day(book, event.at_ns)
            self.store.put(t.decisions, approved_row(day, event.order, event.order.created_ns))

    def _fill(self, fill: m.OrderFilled) -> None:
        book = self._book(fill.account)
        known = len(book.fills)
        book.apply(fill)
        if len(book.fills) == known:
            return
        day = self._day(book, fill.at_ns)
        self._put_fill(book, fill, day)
        if fill.client_order_id in book.orders:
            self.store.put(t.orders, rows.order_row(day, book.orders[fill.client_order_id]))
        self._put_holding(book, fill.symbol, day)
        self.store.put(t.cash, rows.cash_row(book, day, fill.at_ns))

    def _mark(self, event: m.AccountMarked) -> None:
        book = self._book(event.account)
        book.apply(event)
        day = self._day(book, event.minute_ns)
        for symbol in event.prices_e4.keys() & book.positions.keys():
            self._put_holding(book, symbol, day)
        self.store.put(t.equity_by_minute, rows.equity_row(book, day, event.minute_ns))
        self.store.put(t.cash, rows.cash_row(book, day, event.minute_ns))

    def _adjust(self, event: m.BooksAdjusted) -> None:
        """The day's opening moves with the books, or its profit would show what was no profit."""
        book = self._book(event.account)
        book.apply(event)
        day = self._day(book, event.at_ns)
        opened_ns = self.store.opened_ns(event.account, day)
        self.store.put(t.days, rows.day_row(book, event.at_ns if opened_ns is None else opened_ns))
        for row in event.rows:
            if row.symbol:
                self._put_holding(book, row.symbol, day)
        self.store.put(t.cash, rows.cash_row(book, day, event.at_ns))
        self.store.put(t.decisions, decision_row(day, event))

    def _deny(self, denied: m.OrderDenied) -> None:
        book = self._book(denied.order.account)
        book.apply(denied)
        day = self._day(book, denied.at_ns)
        self.store.put(t.orders, rows.order_row(day, book.orders[denied.order.client_order_id]))
        self.store.put(t.decisions, decision_row(day, denied))

    def _put_order(self, book: Book, client_order_id: str, at_ns: int) -> None:
        """The order, and what it holds back of cash or shares."""
        record, day = book.orders[client_order_id], self._day(book, at_ns)
        self.store.put(t.orders, rows.order_row(day, record))
        if record.order.side is m.Side.SELL and record.order.symbol in book.positions:
            self._put_holding(book, record.order.symbol, day)
        self.store.put(t.cash, rows.cash_row(book, day, at_ns))

    def _put_fill(self, book: Book, fill: m.OrderFilled, trading_day: int) -> None:
        record = book.orders.get(fill.client_order_id)
        self.store.put(t.fills, rows.fill_row(trading_day, fill, record.order.strategy if record else ""))

    def _put_holding(self, book: Book, symbol: str, trading_day: int) -> None:
        self.store.put(t.holdings, rows.holding_row(book.account, trading_day, book.positions[symbol]))

    def _book(self, account: str) -> Book:
        return self.books.setdefault(account, Book(account, self.fees))

    def _day(self, book: Book, at_ns: int) -> int:
        """The account's trading day; before it was opened, the date of the event."""
        return book.trading_day or day_number(at_ns)
