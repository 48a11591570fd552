"""The sub-accounts of a strategy: which order is whose, and what each of them may use (jq_api 1: set_subportfolios).

The broker knows one account. What is not in a ledger (held before, traded by hand or by others) belongs to none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TypeGuard

from common import messages as m
from common.orders import TOLD_BY_ID, OrderRecord, foreign_id
from common.portfolio import Book
from services.strategy.ids import sub_of, whole_of
from services.strategy.ledger import STOCK, Ledger
from services.strategy.sub_state import Opening, SubsState, Transfer


class Subs:
    """``ledgers`` is empty where the account is not divided: then all of it is sub-account 0.

    The owner of an order stands in its id, so it is wherever the order is: in the journals and at the broker.
    """

    def __init__(self, account: Book, strategy: str) -> None:
        self._account, self._strategy = account, strategy
        self.ledgers: tuple[Ledger, ...] = ()
        self.state: SubsState | None = None
        self._at_ns = 0

    # -- what can be read ----------------------------------------------------------------------------------------

    def refusal(self, pindex: object) -> str:
        """Why nothing can be ordered in a sub-account, or ''."""
        if not self.ledgers:
            return "" if pindex == 0 else f"pindex={pindex}：账户只有 0 号子账户"
        if not self.has(pindex):
            return f"pindex={pindex}：子账户为 0 至 {len(self.ledgers) - 1}"
        type_ = self.ledgers[pindex].type
        return "" if type_ == STOCK else f"pindex={pindex} 的类型是 {type_!r}：只有 'stock' 子账户可以交易"

    def has(self, pindex: object) -> TypeGuard[int]:
        return isinstance(pindex, int) and 0 <= pindex < len(self.ledgers)

    def book(self, pindex: int | None) -> Book:
        """The ledger's book; the account's where there is no such sub-account."""
        return self.ledgers[pindex].book if self.has(pindex) else self._account

    def free_cash_e4(self, pindex: int) -> int:
        """What an order of it may use: no more than the account has."""
        return min(self._account.available_cash_e4, self.book(pindex).available_cash_e4)

    def closeable_qty(self, symbol: str, pindex: int) -> int:
        return min(self._account.closeable_qty(symbol), self.book(pindex).closeable_qty(symbol))

    def owner(self, order_id: str) -> int | None:
        """The sub-account of an order of this strategy; None where there are none, or it is of before them."""
        if self.state is None or whole_of(order_id) in self.state.outside:
            return None
        pindex = sub_of(order_id)
        return pindex if self.has(pindex) else None

    # -- what changes them ---------------------------------------------------------------------------------------

    def divided(self, openings: tuple[Opening, ...], outside: tuple[str, ...]) -> SubsState | None:
        """To begin with these; ``outside``: orders of today that belong to none of them. No openings: undivided."""
        return SubsState(self._account.trading_day, openings, outside=outside) if openings else None

    def divide(self, state: SubsState | None, at_ns: int) -> None:
        self._at_ns = at_ns
        self.load(state)
        self._refold()

    def load(self, state: SubsState | None) -> None:
        """After a restart, before anything is folded."""
        self.state = state
        count = len(state.openings) if state is not None else 0
        self.ledgers = tuple(Ledger(n, self._account.account, self._account.fees) for n in range(count))

    def move(self, moved: Transfer, at_ns: int) -> None:
        """Cash goes from one to another."""
        self.state = self.state_with(moved)
        self.ledgers[moved.source].put(-moved.cash_e4, at_ns)
        self.ledgers[moved.target].put(moved.cash_e4, at_ns)

    def state_with(self, moved: Transfer) -> SubsState:
        """What is to be kept once ``moved`` is done."""
        assert self.state is not None, "an undivided account has nobody to move cash to"
        return dataclasses.replace(self.state, moved=(*self.state.moved, moved))

    def enter(self, order: m.Order) -> None:
        """An order that is on its way reserves what it needs, in the account and in its ledger."""
        self._account.enter(order)
        if self.is_live and (pindex := self._owner_of(order.client_order_id)) is not None:
            self.book(pindex).enter(order)

    def fold(self, event: m.Message) -> None:
        """The account's book takes an event, and the ledger whose it is."""
        if not isinstance(event, m.TradingDayOpened):
            self._account.apply(event)
            if self.is_live:
                self._follow(event)
            return
        if self.is_live and event.trading_day > self._account.trading_day:
            self._roll(event.trading_day)
        self._account.apply(event)
        self._at_ns = event.at_ns
        self._refold()

    def restore(self, snapshot: m.AccountSnapshot) -> None:
        """Start over from a snapshot of the account; one of a later day leaves the ledgers where they were."""
        self._account.restore(snapshot)
        self._at_ns = snapshot.at_ns
        self._refold()

    # -- days ----------------------------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """The ledgers are of the account's day."""
        return self.state is not None and self.state.trading_day == self._account.trading_day

    @property
    def is_behind(self) -> bool:
        """The account's day is later: how the ledgers' own ended was not heard here."""
        return self.state is not None and self.state.trading_day < self._account.trading_day

    @property
    def is_unchecked(self) -> bool:
        """What happened to the account since the day before is not looked at yet."""
        return self.is_behind or (self.is_live and self.state is not None and self.state.before is not None)

    def catch_up(self, fills: list[m.OrderFilled], before: dict[str, int]) -> None:
        """What was traded to the end of the ledgers' day, known or not; then the account's day begins for them."""
        assert self.state is not None
        for ledger, opening in zip(self.ledgers, self.state.openings, strict=True):
            if ledger.book.trading_day != self.state.trading_day:
                self._open(ledger, opening)
            for fill in fills:
                if self.owner(fill.client_order_id) == ledger.pindex:
                    ledger.book.apply(fill)
        since_day = self.state.trading_day
        self.state = SubsState(self._account.trading_day, self._closings(), before=before, since_day=since_day)
        self._refold()

    def adopt(self, openings: tuple[Opening, ...]) -> None:
        """The openings of today as they are after the look at the account."""
        assert self.state is not None
        self.state = dataclasses.replace(self.state, openings=openings, before=None, since_day=0)
        self._refold()

    # -- parts ---------------------------------------------------------------------------------------------------

    def _roll(self, trading_day: int) -> None:
        """The day is over with all that was told of it: its end is the next one's opening."""
        closings = self._closings()
        held = sorted({lot.symbol for closing in closings for lot in closing.lots})
        positions = self._account.positions
        before = {symbol: positions[symbol].qty if symbol in positions else 0 for symbol in held}
        self.state = SubsState(trading_day, closings, before=before, since_day=self._account.trading_day)

    def _closings(self) -> tuple[Opening, ...]:
        return tuple(ledger.closing() for ledger in self.ledgers)

    def _open(self, ledger: Ledger, opening: Opening) -> None:
        assert self.state is not None
        ledger.open(opening, self.state.trading_day, self._prices_e4(), self._at_ns)
        for moved in self.state.moved:
            if ledger.pindex == moved.source:
                ledger.put(-moved.cash_e4, self._at_ns)
            if ledger.pindex == moved.target:
                ledger.put(moved.cash_e4, self._at_ns)

    def _prices_e4(self) -> dict[str, int]:
        return {symbol: p.last_price_e4 for symbol, p in self._account.positions.items() if p.last_price_e4}

    def _refold(self) -> None:
        """All ledgers anew from their openings and what the account's book knows of the day."""
        if not self.is_live:
            return
        assert self.state is not None
        for ledger, opening in zip(self.ledgers, self.state.openings, strict=True):
            self._open(ledger, opening)
            records = list(self._records(ledger.pindex))
            keys = {record.order.client_order_id for record in records}
            # Fills of an order that the operator recognized as ours stay under the name they were told by.
            keys |= {foreign_id(record.venue_order_id) for record in records if record.venue_order_id}
            ledger.refold(records, [f for f in self._account.fills if f.client_order_id in keys], self._at_ns)
            ledger.book.mark(self._prices_e4())

    def _records(self, pindex: int) -> Iterator[OrderRecord]:
        return (record for key, record in self._account.orders.items() if self._owner_of(key) == pindex)

    def _owner_of(self, client_order_id: str) -> int | None:
        """Of an order the account's book knows, whoever placed it."""
        record = self._account.orders.get(client_order_id)
        return self.owner(client_order_id) if record and record.order.strategy == self._strategy else None

    def _follow(self, event: m.Message) -> None:
        match event:
            case m.AccountMarked():
                for ledger in self.ledgers:
                    ledger.book.apply(event)
            case m.OrderSubmitted(order=order) | m.OrderDenied(order=order):
                self._tell(order.client_order_id, event)
            case m.OrderFilled():
                self._tell(event.client_order_id, event)
                for ledger in self.ledgers:
                    ledger.book.mark({event.symbol: event.price_e4})
            case m.OrderResolved() if event.same_as:
                self._refold()
            case _ if isinstance(event, TOLD_BY_ID):
                self._tell(event.client_order_id, event)

    def _tell(self, client_order_id: str, event: m.Message) -> None:
        pindex = self._owner_of(client_order_id)
        if pindex is None:
            return
        book, record = self.book(pindex), self._account.orders[client_order_id]
        if client_order_id not in book.orders and record.cum_qty:
            self._refold()  # its fills were told before the order itself
        else:
            book.apply(event)
