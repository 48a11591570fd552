"""Drives a risk core as its session does, keeping the record a restart would fold."""

from __future__ import annotations

import dataclasses
from datetime import date

from common import messages as m
from common.beijing import SECOND_NS, at
from common.fees import FeeSchedule
from common.risk_limits import RiskLimits
from services.risk.core import RiskCore

DAY = date(2026, 11, 20)
TRADING_DAY = 20261120
OPEN_NS = at(DAY, "09:30")
FEES = FeeSchedule()
ACCOUNT = "main"
PUFA, WANKE, MAOTAI, STAR = "600000.XSHG", "000002.XSHE", "600519.XSHG", "688981.XSHG"
WIDE = RiskLimits(
    order_value_max_e4=10**15,
    daily_trade_value_max_e4=10**16,
    daily_trades_max=10**6,
    stock_count_max=10**4,
    position_ratio_max_bp=1_000_000,
    stop_loss_ratio_bp=500,
    min_buy_order_value_e4=0,
    daily_cancels_max=10**6,
    cancel_interval_min_ns=0,
    cancels_per_order_max=10**6,
    order_volume_max=10**6,
)
FACTS = (
    m.TradingDayOpened,
    m.OrderSubmitted,
    m.OrderAccepted,
    m.OrderFilled,
    m.OrderCancelled,
    m.OrderRejected,
    m.OrderExpired,
    m.OrderUnknown,
    m.OrderResolved,
    m.CancelRejected,
    m.ResolveRejected,
    m.AccountMarked,
    m.BrokerLinkChanged,
    m.OpeningDiffers,
    m.BooksDiffer,
    m.BooksAdjusted,
    m.AccountSnapshot,
    m.StrategySilent,
    m.StrategyHeard,
    m.StrategyLeft,
)


def limits(**changed: int) -> RiskLimits:
    return dataclasses.replace(WIDE, **changed)


def e4(yuan: float) -> int:
    return round(yuan * 10_000)


def holding(symbol: str, qty: int, price: float, *, today: int = 0, cost: float | None = None) -> m.Holding:
    value = qty * e4(price)
    return m.Holding(symbol, qty, today, value if cost is None else e4(cost), e4(price), OPEN_NS)


class Stack:
    """Risk with a gateway's voice: ``submit``, ``fill`` and the like say what happens next."""

    def __init__(self, accounts: RiskLimits | dict[str, RiskLimits] = WIDE, inspect_every_ns: int = 0) -> None:
        self.accounts = accounts if isinstance(accounts, dict) else {ACCOUNT: accounts}
        self.inspect_every_ns = inspect_every_ns
        self.core = self._new_core()
        self.record: list[m.Message] = []
        self.now_ns = OPEN_NS
        self.made = 0
        self.fills = 0

    def _new_core(self) -> RiskCore:
        return RiskCore(self.accounts, FEES, inspect_every_ns=self.inspect_every_ns)

    def feed(self, message: m.Message) -> list[m.Message]:
        if isinstance(message, FACTS):
            self._apply(message)
        outs = self.core.decide(message, self.now_ns)
        for out in outs:
            self._apply(out)
        return outs

    def _apply(self, message: m.Message) -> None:
        self.record.append(message)
        self.core.apply(message)

    def restart(self) -> None:
        """A new process folds the record; it never decides again."""
        self.core = self._new_core()
        for message in self.record:
            self.core.apply(message)

    def roll(self) -> None:
        """A new day's journal starts from what the old one carries over."""
        self.record = self.core.carry(self.now_ns)
        self.restart()

    def open_day(self, cash: float = 1_000_000, *holdings: m.Holding, account: str = ACCOUNT) -> None:
        self.feed(m.TradingDayOpened(account, TRADING_DAY, e4(cash), list(holdings), self.now_ns))

    def order(
        self, side: str, qty: int, price: float, symbol: str = PUFA, *, account: str = ACCOUNT, key: str = ""
    ) -> m.Order:
        self.made += 1
        return m.Order(
            key or f"order{self.made}",
            account,
            "demo",
            symbol,
            m.Side(side),
            m.OrderType.LIMIT,
            qty,
            e4(price),
            self.now_ns,
            self.now_ns + 5 * SECOND_NS,
        )

    def submit(self, order: m.Order) -> m.Message:
        (out,) = self.feed(m.SubmitOrder(order))
        return out

    def place(self, side: str, qty: int, price: float, symbol: str = PUFA, account: str = ACCOUNT) -> m.Message:
        return self.submit(self.order(side, qty, price, symbol, account=account))

    def rest(self, side: str, qty: int, price: float, symbol: str = PUFA) -> m.Order:
        """An order that was approved and rests at the broker."""
        approved = self.place(side, qty, price, symbol)
        assert isinstance(approved, m.ApprovedOrder), approved
        order = approved.order
        self.feed(m.OrderSubmitted(order, self.now_ns, self.now_ns))
        self.feed(m.OrderAccepted(order.account, order.client_order_id, "v" + order.client_order_id, self.now_ns))
        return order

    def fill(self, order: m.Order, qty: int = 0, price: float = 0, fee: float = 0) -> None:
        self.fills += 1
        self.feed(
            m.OrderFilled(
                order.account,
                order.client_order_id,
                "v" + order.client_order_id,
                f"f{self.fills}",
                order.symbol,
                order.side,
                qty or order.qty,
                e4(price) or order.price_e4,
                e4(fee),
                self.now_ns,
            )
        )

    def end(self, order: m.Order, cum_qty: int = 0) -> None:
        self.feed(m.OrderCancelled(order.account, order.client_order_id, cum_qty, "CANCELLED_BY_USER", "", self.now_ns))

    def cancel(self, order: m.Order) -> m.Message:
        cancel = m.CancelOrder(order.account, order.client_order_id, order.strategy, self.now_ns + SECOND_NS)
        (out,) = self.feed(cancel)
        return out


def reason(out: m.Message) -> str:
    """The code of a denial, "" where the order or cancel was approved."""
    if isinstance(out, m.OrderDenied | m.CancelDenied):
        return out.reason
    assert isinstance(out, m.ApprovedOrder | m.ApprovedCancel), out
    return ""
