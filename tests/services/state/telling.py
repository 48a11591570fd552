"""Gateway and risk telling a day, made from a seed; as a program it writes the day until it is killed."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select

from common import messages as m
from common.beijing import MINUTE_NS, SECOND_NS, at
from common.fees import FeeSchedule
from common.orders import Status
from common.portfolio import Book
from services.state import tables as t
from services.state.core import StateCore
from services.state.database import open_read_only
from services.state.store import Store

ACCOUNT = "main"
TRADING_DAY = 20261120
OPEN_NS = at(date(2026, 11, 20), "09:30")
FEES = FeeSchedule()
SYMBOLS = ("600000.XSHG", "000002.XSHE", "510300.XSHG", "688981.XSHG")
COMMIT_EVERY = 7


@dataclass(frozen=True)
class Told:
    channel: str
    account: str
    epoch: int
    seq: int
    event: m.Message


class Teller:
    """Makes events that could follow what was told before; ``book`` is the gateway's own."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.book = Book(ACCOUNT, FEES)
        self.seqs = {"account": 0, "decisions": 0}
        self.now_ns = OPEN_NS
        self.made = 0

    def told(self, channel: str, event: m.Message) -> Told:
        self.seqs[channel] += 1
        if channel == "account":
            self.book.apply(event)
        return Told(channel, ACCOUNT, 1, self.seqs[channel], event)

    def open_day(self, trading_day: int = TRADING_DAY) -> Told:
        held = [m.Holding(symbol, 5000, 0, 5000 * 80_000, 90_000, OPEN_NS) for symbol in SYMBOLS[:2]]
        return self.told("account", m.TradingDayOpened(ACCOUNT, trading_day, 10**10, held, self.now_ns))

    def day(self, count: int) -> Iterator[Told]:
        yield self.open_day()
        for _ in range(count):
            self.now_ns += self.random.randrange(SECOND_NS)
            yield self.next()

    def next(self) -> Told:
        open_orders = [r for r in self.book.open_orders() if r.status is not Status.CREATED]
        draw = self.random.random()
        if draw < 0.05:
            return self.told("decisions", self._decision())
        if draw < 0.10:
            prices = {symbol: self.random.randrange(80_000, 120_000, 100) for symbol in SYMBOLS}
            return self.told("account", m.AccountMarked(ACCOUNT, self.now_ns // MINUTE_NS * MINUTE_NS, prices))
        if draw < 0.14:
            return self.told("account", self._news())
        if draw < 0.40 or not open_orders:
            return self.told("account", m.OrderSubmitted(self._order(), self.now_ns, self.now_ns))
        return self.told("account", self._change(self.random.choice(open_orders).order.client_order_id))

    def _news(self) -> m.Message:
        """Of the books: what differs, and now and then what was accepted."""
        symbol = self.random.choice(SYMBOLS)
        rows = [m.BookRow("", 0, self.random.randrange(-(10**6), 10**6)), m.BookRow(symbol, 0, 100)]
        match self.random.randrange(4):
            case 0:
                return m.OpeningDiffers(ACCOUNT, TRADING_DAY, TRADING_DAY - 1, rows, self.now_ns)
            case 1:
                return m.ResolveRejected(ACCOUNT, "order1", "NOT_UNKNOWN", "", "li", self.now_ns)
            case 2:
                return m.BooksDiffer(ACCOUNT, rows, self.now_ns)
        return m.BooksAdjusted(ACCOUNT, rows, "li", "银证转入", self.now_ns)

    def _order(self) -> m.Order:
        self.made += 1
        symbol = self.random.choice(SYMBOLS)
        closeable = self.book.closeable_qty(symbol)
        side = m.Side.SELL if closeable and self.random.random() < 0.5 else m.Side.BUY
        qty = min(self.random.randrange(100, 1000, 100), closeable if side is m.Side.SELL else 1000)
        price_e4 = self.random.randrange(80_000, 120_000, 100)
        return m.Order(
            f"order{self.made}",
            ACCOUNT,
            self.random.choice(("demo", "other")),
            symbol,
            side,
            m.OrderType.LIMIT,
            qty,
            price_e4,
            self.now_ns,
            self.now_ns + SECOND_NS,
        )

    def _change(self, key: str) -> m.Message:
        record, now_ns = self.book.orders[key], self.now_ns
        order, left = record.order, record.leaves_qty
        if record.status is Status.UNKNOWN and self.random.random() < 0.5:
            sums = (record.cum_qty, record.cum_value_e4, record.fee_e4)
            return m.OrderResolved(ACCOUNT, key, "cancelled", *sums, "v" + key, "", "li", "柜台查实", now_ns)
        match self.random.randrange(8):
            case 0:
                return m.OrderAccepted(ACCOUNT, key, "v" + key, now_ns)
            case 1:
                cum_qty = record.cum_qty + (left // 2 if self.random.random() < 0.3 else 0)
                return m.OrderCancelled(ACCOUNT, key, cum_qty, "CANCELLED_BY_USER", "已按要求撤单", now_ns)
            case 2:
                return m.OrderUnknown(ACCOUNT, key, "券商未答复", now_ns)
            case 3:
                return m.CancelRejected(ACCOUNT, key, "CANCEL_NOT_ALLOWED", "当前时段不可撤单", now_ns)
        qty = self.random.randint(1, left)
        fill_id = f"f{self.seqs['account']}"
        price_e4 = order.price_e4 - 100
        return m.OrderFilled(ACCOUNT, key, "v" + key, fill_id, order.symbol, order.side, qty, price_e4, 50_000, now_ns)

    def _decision(self) -> m.Message:
        now_ns = self.now_ns
        match self.random.randrange(5):
            case 0:
                return m.TradingHalted(ACCOUNT, True, "operator.1", "检查", now_ns)
            case 1:
                return m.TradingResumed(ACCOUNT, "operator.1", "operator.1", "检查", now_ns)
            case 2:
                return m.AlertRaised(ACCOUNT, "risk", "STOP_LOSS_RATIO", "亏损", now_ns)
            case 3:
                return m.CancelDenied(ACCOUNT, "order1", "ORDER_CLOSED", "委托已结束", now_ns)
        text = "风控拒单 MAX_ORDER_VALUE: 102,194.00 > 100,000.00（按 27.62，可下 3,600 股）"
        return m.OrderDenied(self._order(), "MAX_ORDER_VALUE", text, "102,194.00", "100,000.00", 3600, now_ns)


def tell(core: StateCore, day: list[Told], *, commit_every: int = COMMIT_EVERY) -> None:
    for number, told in enumerate(day, start=1):
        core.take(told.channel, told.account, told.epoch, told.seq, told.event)
        if number % commit_every == 0:
            core.store.commit()
    core.store.commit()


def write(path: Path, day: list[Told]) -> None:
    store = Store(path)
    tell(StateCore(store, FEES), day)
    store.close()


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    connection = open_read_only(path)
    try:
        return {
            name: sorted(tuple(row) for row in connection.execute(select(table)))
            for name, table in t.metadata.tables.items()
        }
    finally:
        connection.close()


def _main(path: str, seed: str, count: str) -> None:
    store = Store(Path(path))
    core = StateCore(store, FEES)
    for number, told in enumerate(Teller(int(seed)).day(int(count)), start=1):
        core.take(told.channel, told.account, told.epoch, told.seq, told.event)
        if number % COMMIT_EVERY == 0:
            store.commit()
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
