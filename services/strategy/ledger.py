"""One sub-account's ledger: its part of the account's cash and shares, folded from its own orders alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from common import messages as m
from common.fees import FeeSchedule
from common.orders import OrderRecord
from common.portfolio import Book
from services.strategy.sub_state import Lot, Opening

STOCK = "stock"
"""The type of sub-account that can trade here (SubPortfolioConfig, jq_api 1)."""


class Ledger:
    """``book`` reckons as the account's does, from an opening made here and the events of the own orders."""

    def __init__(self, pindex: int, account: str, fees: FeeSchedule) -> None:
        self.pindex = pindex
        self.book = Book(account, fees)
        self.type, self.inout_e4 = STOCK, 0

    def open(self, opening: Opening, trading_day: int, prices_e4: Mapping[str, int], at_ns: int) -> None:
        """Begin a day, without orders; ``prices_e4`` are newer than the opening's own."""
        self.type, self.inout_e4 = opening.type, opening.inout_e4
        held = [
            m.Holding(lot.symbol, lot.qty, 0, lot.cost_e4, prices_e4.get(lot.symbol, lot.last_price_e4), lot.opened_ns)
            for lot in opening.lots
        ]
        self.book.apply(m.TradingDayOpened(self.book.account, trading_day, opening.cash_e4, held, at_ns))

    def put(self, cash_e4: int, at_ns: int) -> None:
        """Cash that came in, or went out where negative: neither gain nor loss."""
        rows = [m.BookRow("", 0, cash_e4)]
        self.book.apply(m.BooksAdjusted(self.book.account, rows, "", "", at_ns))
        self.inout_e4 += cash_e4

    def refold(self, records: Iterable[OrderRecord], fills: Iterable[m.OrderFilled], at_ns: int) -> None:
        """Take what the account's book knows of the own orders, right after ``open``."""
        for fill in fills:
            self.book.apply(fill)
        snapshot = self.book.snapshot("", at_ns)
        snapshot.orders.extend(record.state() for record in records)
        self.book.restore(snapshot)

    def closing(self) -> Opening:
        """What the next day begins with."""
        held = self.book.positions.values()
        lots = tuple(Lot(p.symbol, p.qty, p.cost_e4, p.last_price_e4, p.opened_ns) for p in held if p.qty > 0)
        return Opening(self.type, self.book.cash_e4, self.inout_e4, lots)

    @property
    def is_flat(self) -> bool:
        """It holds nothing and has nothing on its way."""
        return not self.book.open_orders() and not any(p.qty for p in self.book.positions.values())
