"""Our book against the broker's: the events that lie between them, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from common import messages as m
from common.beijing import day_of
from common.fees import FeeSchedule, fill_fee_e4
from common.orders import OrderRecord, Status
from common.portfolio import Book
from common.reasons import Reason, text_of

FOREIGN = "foreign"
"""``strategy`` of an order that was entered elsewhere, or whose record was lost."""


def told_by_order(book: Book, row: m.BrokerOrder) -> Iterator[m.Message]:
    """What a broker's statement about one order says that the book does not know yet. Fills come from trades only."""
    record = book.orders.get(row.client_order_id or foreign_id(row.venue_order_id))
    if record is None:
        order = _foreign_order(row)
        yield m.OrderSubmitted(order, row.at_ns, row.at_ns)
        record = OrderRecord(order, Status.SUBMITTED)
    key, account = record.order.client_order_id, row.account
    waits = record.status in (Status.CREATED, Status.SUBMITTED, Status.UNKNOWN)
    if row.status == Status.REJECTED:
        if not record.is_final:
            text = row.text or text_of(row.reason)
            yield m.OrderRejected(account, key, row.reason or Reason.BROKER_REJECTED, text, row.at_ns)
        return
    if waits and row.status != Status.SUBMITTED:
        yield m.OrderAccepted(account, key, row.venue_order_id, row.at_ns)
    if record.is_final:
        return
    if row.status == Status.CANCELLED:
        reason = row.reason or Reason.CANCELLED_BY_USER
        yield m.OrderCancelled(account, key, row.cum_qty, reason, row.text or text_of(reason), row.at_ns)
    elif row.status == Status.EXPIRED:
        reason = row.reason or Reason.DAY_ENDED
        yield m.OrderExpired(account, key, row.cum_qty, reason, row.text or text_of(reason), row.at_ns)


def told_by_fill(book: Book, row: m.BrokerFill, fees: FeeSchedule) -> Iterator[m.Message]:
    """The fill, unless the book has it; fees by our schedule where the broker does not tell them."""
    key = row.client_order_id or foreign_id(row.venue_order_id)
    record = book.orders.get(key)
    if record is not None and row.fill_id in record.fill_ids:
        return
    fee_e4 = row.fee_e4
    if fee_e4 < 0:
        before_e4 = record.cum_value_e4 if record else 0
        value_e4 = row.qty * row.price_e4
        fee_e4 = fill_fee_e4(row.symbol, row.side, before_e4, value_e4, day_of(row.at_ns), fees)
    yield m.OrderFilled(
        row.account,
        key,
        row.venue_order_id,
        row.fill_id,
        row.symbol,
        row.side,
        row.qty,
        row.price_e4,
        fee_e4,
        row.at_ns,
    )


def opened(day: m.BrokerDay) -> m.TradingDayOpened:
    """The books at the day's start: the broker's of now, less what the day's fills changed."""
    cash_e4 = day.cash_e4
    held = {h.symbol: h for h in day.holdings}
    for fill in reversed(day.fills):
        fee_e4, value_e4 = max(fill.fee_e4, 0), fill.qty * fill.price_e4
        buys = fill.side is m.Side.BUY
        cash_e4 += value_e4 + fee_e4 if buys else fee_e4 - value_e4
        now = held.get(fill.symbol) or m.Holding(fill.symbol, 0, 0, 0, fill.price_e4, fill.at_ns)
        qty = now.qty - fill.qty if buys else now.qty + fill.qty
        cost_e4 = now.cost_e4 * qty // now.qty if now.qty else value_e4
        held[fill.symbol] = m.Holding(fill.symbol, qty, 0, cost_e4, now.last_price_e4, now.opened_ns)
    holdings = [h for h in held.values() if h.qty]
    return m.TradingDayOpened(day.account, day.trading_day, cash_e4, holdings, day.at_ns)


def foreign_id(venue_order_id: str) -> str:
    """The name we give an order that carries no tag of ours; no strategy's id contains a dash."""
    return f"foreign-{venue_order_id}"


def _foreign_order(row: m.BrokerOrder) -> m.Order:
    return m.Order(
        row.client_order_id or foreign_id(row.venue_order_id),
        row.account,
        FOREIGN,
        row.symbol,
        row.side,
        m.OrderType.LIMIT,
        row.qty,
        row.price_e4,
        row.at_ns,
        row.at_ns,
    )
