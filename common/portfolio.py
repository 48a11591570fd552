"""An account's book: cash, positions, orders and fills of the day, folded from the gateway's account events.

Every process that needs the account keeps its own book and folds the same events, so all books are equal whenever
their owners have seen the same event. Risk and strategy also enter orders that are still on their way (``enter``).
"""

from __future__ import annotations

import dataclasses

from common import messages as m
from common.beijing import day_of
from common.fees import FeeSchedule, order_fee_e4
from common.instruments import rules_of
from common.orders import TOLD_BY_ID, OrderEvent, OrderRecord, Status, ToldById, record_of

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_BUY = m.Side.BUY


@dataclasses.dataclass(slots=True)
class Position:
    """``today_qty`` was bought today, ``frozen_qty`` stands in open sell orders, ``cost_e4`` is their cost."""

    symbol: str
    qty: int = 0
    today_qty: int = 0
    frozen_qty: int = 0
    cost_e4: int = 0
    last_price_e4: int = 0
    opened_ns: int = 0
    settles: int = 1  # 1: T+1, 0: T+0

    @property
    def closeable_qty(self) -> int:
        """What can be sold now: T+1 locks today's purchases (ashare_rules 7), open sell orders freeze theirs."""
        return max(self.qty - self.today_qty * self.settles - self.frozen_qty, 0)

    @property
    def value_e4(self) -> int:
        return self.qty * self.last_price_e4

    def holding(self) -> m.Holding:
        return m.Holding(self.symbol, self.qty, self.today_qty, self.cost_e4, self.last_price_e4, self.opened_ns)


class Book:
    """``apply`` folds account events; reservations of open orders are kept up to date with every change."""

    def __init__(self, account: str, fees: FeeSchedule) -> None:
        self.account, self.fees = account, fees
        self.trading_day = 0
        self.cash_e4 = self.opening_cash_e4 = self.opening_value_e4 = 0
        self.frozen_cash_e4 = 0
        self.link_up = True
        self.differing: tuple[m.BookRow, ...] = ()  # what the broker's books have otherwise, as it was told last
        self.positions: dict[str, Position] = {}
        self.orders: dict[str, OrderRecord] = {}
        self.fills: list[m.OrderFilled] = []
        self._reserved: dict[str, int] = {}  # client_order_id -> frozen cash (buys) or shares (sells)
        self._early: dict[str, list[m.OrderFilled]] = {}  # fills told before their order, as of one entered elsewhere

    # -- what can be read ----------------------------------------------------------------------------------------

    @property
    def available_cash_e4(self) -> int:
        return self.cash_e4 - self.frozen_cash_e4

    @property
    def positions_value_e4(self) -> int:
        return sum(p.value_e4 for p in self.positions.values())

    @property
    def total_value_e4(self) -> int:
        return self.cash_e4 + self.positions_value_e4

    def closeable_qty(self, symbol: str) -> int:
        position = self.positions.get(symbol)
        return position.closeable_qty if position else 0

    def filled_value_e4(self, client_order_id: str) -> int:
        """What has traded of an order so far, also of one that was not told yet."""
        record = self.orders.get(client_order_id)
        if record is not None:
            return record.cum_value_e4
        return sum(fill.qty * fill.price_e4 for fill in self._early.get(client_order_id, ()))

    def open_orders(self) -> list[OrderRecord]:
        return [self.orders[key] for key in self._reserved]

    # -- what changes it -----------------------------------------------------------------------------------------

    def enter(self, order: m.Order) -> OrderRecord:
        """Book an order that is on its way, so that what it needs is reserved at once."""
        key = order.client_order_id
        record = self.orders.get(key)
        if record is None:
            record = self.orders[key] = OrderRecord(order, updated_ns=order.created_ns)
            for fill in self._early.pop(key, ()):
                record.apply(fill)
            self._reserve(record)
        return record

    def apply(self, event: m.Message) -> None:
        match event:
            case m.OrderSubmitted():
                self._change(self.enter(event.order), event)
            case m.OrderAccepted():
                self._told(event)
            case m.OrderFilled():
                self._fill(event)
            case m.OrderDenied():
                # Nothing is reserved for it: its symbol or quantity may be the very reason why it was denied.
                record = self.orders.setdefault(event.order.client_order_id, OrderRecord(event.order))
                self._change(record, event)
            case m.OrderExpired(order=order) if order is not None:
                self._change(self.enter(order), event)
            case _ if isinstance(event, TOLD_BY_ID):
                self._told(event)
            case m.AccountMarked():
                self.mark(event.prices_e4)
            case m.TradingDayOpened():
                self._open_day(event)
            case m.BooksDiffer():
                self.differing = tuple(event.rows)
            case m.BooksAdjusted():
                self.differing = ()
                for row in event.rows:
                    self._adjust(row, event.at_ns)
            case m.BrokerLinkChanged():
                self.link_up = event.up

    def mark(self, prices_e4: dict[str, int]) -> None:
        for symbol, price_e4 in prices_e4.items():
            if symbol in self.positions:
                self.positions[symbol].last_price_e4 = price_e4

    # -- parts ---------------------------------------------------------------------------------------------------

    def _told(self, event: ToldById) -> None:
        record = self.orders.get(event.client_order_id)
        if record is not None:
            self._change(record, event)

    def _change(self, record: OrderRecord, event: OrderEvent) -> bool:
        leaves_before = record.leaves_qty
        changed = record.apply(event)
        if record.leaves_qty != leaves_before:
            self._reserve(record)
        return changed

    def _fill(self, fill: m.OrderFilled) -> None:
        if not self._is_new(fill):
            return
        self.fills.append(fill)
        position = self.positions.get(fill.symbol)
        if position is None:
            position = self.positions[fill.symbol] = self._position(fill.symbol, fill.at_ns)
        value_e4 = fill.qty * fill.price_e4
        if fill.side is _BUY:
            position.opened_ns = position.opened_ns if position.qty else fill.at_ns
            position.qty += fill.qty
            position.today_qty += fill.qty
            position.cost_e4 += value_e4 + fill.fee_e4
            self.cash_e4 -= value_e4 + fill.fee_e4
        else:
            position.cost_e4 -= position.cost_e4 * fill.qty // position.qty if position.qty else 0
            position.qty -= fill.qty
            # T+0 may sell what was bought today; under T+1 the sold shares are always older ones.
            position.today_qty = min(position.today_qty, max(position.qty, 0))
            self.cash_e4 += value_e4 - fill.fee_e4
        position.last_price_e4 = fill.price_e4

    def _adjust(self, row: m.BookRow, at_ns: int) -> None:
        """Take over what the broker has more or less; the opening moves too, since it is neither gain nor loss."""
        if not row.symbol:
            self.cash_e4 += row.difference
            self.opening_cash_e4 += row.difference
            self.opening_value_e4 += row.difference
            return
        position = self.positions.get(row.symbol)
        if position is None:
            position = self.positions[row.symbol] = self._position(row.symbol, at_ns)
        if row.difference < 0 < position.qty:
            position.cost_e4 += position.cost_e4 * row.difference // position.qty
        position.qty += row.difference
        self.opening_value_e4 += row.difference * position.last_price_e4

    def _is_new(self, fill: m.OrderFilled) -> bool:
        record = self.orders.get(fill.client_order_id)
        if record is not None:
            return self._change(record, fill)
        early = self._early.setdefault(fill.client_order_id, [])
        if any(known.fill_id == fill.fill_id for known in early):
            return False
        early.append(fill)
        return True

    def _position(self, symbol: str, opened_ns: int) -> Position:
        return Position(symbol, opened_ns=opened_ns, settles=rules_of(symbol, day_of(opened_ns)).t_plus)

    def _reserve(self, record: OrderRecord) -> None:
        """Set what `record` holds back: cash at its price with fees for a buy, shares for a sell."""
        order, key = record.order, record.order.client_order_id
        held = self._reserved.get(key, 0)
        leaves = record.leaves_qty
        if order.side is _BUY:
            need = 0
            if leaves:
                ahead_e4 = record.cum_value_e4 + leaves * order.price_e4
                fee_e4 = order_fee_e4(order.symbol, "buy", ahead_e4, day_of(order.created_ns), self.fees)
                need = leaves * order.price_e4 + max(fee_e4 - record.fee_e4, 0)
            self.frozen_cash_e4 += need - held
        else:
            need = leaves
            position = self.positions.get(order.symbol)
            if position is None and need:
                position = self.positions[order.symbol] = self._position(order.symbol, order.created_ns)
            if position is not None:
                position.frozen_qty += need - held
        if leaves:
            self._reserved[key] = need
        else:
            self._reserved.pop(key, None)

    def _open_day(self, day: m.TradingDayOpened) -> None:
        self.trading_day, self.cash_e4, self.frozen_cash_e4 = day.trading_day, day.cash_e4, 0
        self.orders, self.fills, self._reserved, self._early, self.differing = {}, [], {}, {}, ()
        self._hold(day.holdings, day.at_ns)
        self.opening_cash_e4, self.opening_value_e4 = self.cash_e4, self.total_value_e4

    def _hold(self, holdings: list[m.Holding], at_ns: int) -> None:
        self.positions = {
            h.symbol: Position(
                h.symbol,
                h.qty,
                h.today_qty,
                0,
                h.cost_e4,
                h.last_price_e4,
                h.opened_ns,
                rules_of(h.symbol, day_of(at_ns)).t_plus,
            )
            for h in holdings
        }

    # -- snapshots -----------------------------------------------------------------------------------------------

    def snapshot(self, mode: str, at_ns: int) -> m.AccountSnapshot:
        return m.AccountSnapshot(
            account=self.account,
            trading_day=self.trading_day,
            opening_cash_e4=self.opening_cash_e4,
            opening_value_e4=self.opening_value_e4,
            cash_e4=self.cash_e4,
            holdings=[p.holding() for p in self.positions.values()],
            orders=[r.state() for r in self.orders.values()],
            fills=list(self.fills),
            mode=mode,
            link_up=self.link_up,
            at_ns=at_ns,
            differing=self.differing,
        )

    def restore(self, snapshot: m.AccountSnapshot) -> None:
        """Start over from a snapshot; orders still on their way to the gateway (``CREATED`` here) are kept."""
        on_their_way = [r.order for r in self.orders.values() if r.status is Status.CREATED]
        fills: dict[str, list[m.OrderFilled]] = {}
        for fill in snapshot.fills:
            fills.setdefault(fill.client_order_id, []).append(fill)
        self.trading_day, self.cash_e4, self.frozen_cash_e4 = snapshot.trading_day, snapshot.cash_e4, 0
        self.opening_cash_e4, self.opening_value_e4 = snapshot.opening_cash_e4, snapshot.opening_value_e4
        self.link_up, self.fills, self._reserved = snapshot.link_up, list(snapshot.fills), {}
        self.differing = snapshot.differing
        self._hold(snapshot.holdings, snapshot.at_ns)
        self.orders = {
            s.order.client_order_id: record_of(s, fills.get(s.order.client_order_id, [])) for s in snapshot.orders
        }
        self._early = {key: early for key, early in fills.items() if key not in self.orders}
        for record in self.orders.values():
            self._reserve(record)
        for order in on_their_way:
            if order.client_order_id not in self.orders:
                self.enter(order)
