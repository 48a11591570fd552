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
    if record.is_final or row.status == Status.SUBMITTED:
        return
    if row.status == Status.UNKNOWN:
        if record.status is not Status.UNKNOWN:
            yield m.OrderUnknown(account, key, row.text or "券商不能说明该委托的结果", row.at_ns)
        return
    if row.status == Status.REJECTED:
        reason = row.reason or Reason.BROKER_REJECTED
        yield m.OrderRejected(account, key, reason, row.text or text_of(reason), row.at_ns)
        return
    never_there = row.status == Status.EXPIRED and not row.venue_order_id
    if record.status in (Status.CREATED, Status.SUBMITTED, Status.UNKNOWN) and not never_there:
        yield m.OrderAccepted(account, key, row.venue_order_id, row.at_ns)
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
    fee_e4 = _fee_e4(row, book.filled_value_e4(key), fees)
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


def before_its_end(row: m.BrokerOrder) -> m.BrokerOrder:
    """The order as it was before it ended, so that its fills are told before its end."""
    if row.status not in (Status.CANCELLED, Status.EXPIRED, Status.FILLED):
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


def opened(day: m.BrokerDay, fees: FeeSchedule) -> m.TradingDayOpened:
    """The books at the day's start: the broker's of now, less what the day's fills changed."""
    cash_e4 = day.cash_e4
    held = {h.symbol: h for h in day.holdings}
    for fill, fee_e4 in reversed(_with_fees(day.fills, fees)):
        value_e4 = fill.qty * fill.price_e4
        cash_e4 += value_e4 + fee_e4 if fill.side is m.Side.BUY else fee_e4 - value_e4
        now = held.get(fill.symbol) or m.Holding(fill.symbol, 0, 0, 0, fill.price_e4, fill.at_ns)
        held[fill.symbol] = _before(now, fill, value_e4 + fee_e4)
    holdings = [h for h in held.values() if h.qty]
    return m.TradingDayOpened(day.account, day.trading_day, cash_e4, holdings, day.at_ns)


def _before(now: m.Holding, fill: m.BrokerFill, paid_e4: int) -> m.Holding:
    """A holding as it was before a fill. What a sold share had cost is told by those left, else by its price."""
    buys = fill.side is m.Side.BUY
    qty = now.qty - fill.qty if buys else now.qty + fill.qty
    cost_e4 = now.cost_e4 * qty // now.qty if now.qty else fill.qty * fill.price_e4
    if buys and qty and now.cost_e4 > paid_e4:
        cost_e4 = now.cost_e4 - paid_e4
    return m.Holding(fill.symbol, qty, 0, cost_e4, now.last_price_e4, now.opened_ns)


def _with_fees(fills: list[m.BrokerFill], fees: FeeSchedule) -> list[tuple[m.BrokerFill, int]]:
    """Each fill with what it adds to the fees of its order, the same as is told of it."""
    values_e4: dict[str, int] = {}
    told = []
    for fill in fills:
        key = fill.client_order_id or foreign_id(fill.venue_order_id)
        told.append((fill, _fee_e4(fill, values_e4.get(key, 0), fees)))
        values_e4[key] = values_e4.get(key, 0) + fill.qty * fill.price_e4
    return told


def _fee_e4(fill: m.BrokerFill, before_e4: int, fees: FeeSchedule) -> int:
    """The broker's word, or by our schedule where it does not say; `before_e4` of the order had filled before."""
    if fill.fee_e4 >= 0:
        return fill.fee_e4
    return fill_fee_e4(fill.symbol, fill.side, before_e4, fill.qty * fill.price_e4, day_of(fill.at_ns), fees)


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
