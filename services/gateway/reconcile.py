"""Our book against the broker's: the events that lie between them, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from common import messages as m
from common.beijing import day_of
from common.fees import FeeSchedule, fill_fee_e4
from common.orders import FOREIGN, OrderRecord, Status, foreign_id
from common.portfolio import Book
from common.reasons import Reason, text_of

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_CREATED, _SUBMITTED, _ACCEPTED, _CANCELLED, _REJECTED, _EXPIRED, _UNKNOWN, _FILLED = (
    Status.CREATED,
    Status.SUBMITTED,
    Status.ACCEPTED,
    Status.CANCELLED,
    Status.REJECTED,
    Status.EXPIRED,
    Status.UNKNOWN,
    Status.FILLED,
)

CLAIMED = "claimed-"
"""How the ids of fills begin that an operator claims: no broker told them."""


def key_of(book: Book, row: m.BrokerOrder | m.BrokerFill) -> str:
    """The name in our book of the order that a row of the broker is about.

    A tag names it only while nothing contradicts: brokers cut tags, so that two orders may come back with one, and drop
    them, so that an order known by the broker's number comes back without.
    """
    tag, venue = row.client_order_id, row.venue_order_id
    record = book.orders.get(tag)
    if tag and record is not None and _may_be(record, row):
        return tag
    foreign = foreign_id(venue)
    if foreign in book.orders or not venue:
        return foreign
    known = next((key for key, r in book.orders.items() if r.venue_order_id == venue and _may_be(r, row)), "")
    # A tag that no record of ours contradicts may be of an order whose record was lost.
    return known or (tag if tag and record is None else foreign)


def _may_be(record: OrderRecord, row: m.BrokerOrder | m.BrokerFill) -> bool:
    order, venue = record.order, record.venue_order_id
    same = (order.symbol, order.side) == (row.symbol, row.side) and (not venue or venue == row.venue_order_id)
    return same and (isinstance(row, m.BrokerFill) or order.qty == row.qty)


def told_by_order(book: Book, row: m.BrokerOrder) -> Iterator[m.Message]:
    """What a broker's statement about one order says that the book does not know yet. Fills come from trades only."""
    key = key_of(book, row)
    record = book.orders.get(key)
    if record is None:
        order = _foreign_order(key, row)
        yield m.OrderSubmitted(order, row.at_ns, row.at_ns)
        record = OrderRecord(order, _SUBMITTED)
    account = row.account
    if record.is_final or row.status == _SUBMITTED:
        return
    if row.status == _UNKNOWN:
        if record.status is not _UNKNOWN:
            yield m.OrderUnknown(account, key, row.text or "券商不能说明该委托的结果", row.at_ns)
        return
    if row.status == _REJECTED:
        reason = row.reason or Reason.BROKER_REJECTED
        yield m.OrderRejected(account, key, reason, row.text or text_of(reason), row.at_ns)
        return
    never_there = row.status == _EXPIRED and not row.venue_order_id
    if record.status in (_CREATED, _SUBMITTED, _UNKNOWN) and not never_there:
        yield m.OrderAccepted(account, key, row.venue_order_id, row.at_ns)
    if row.status == _CANCELLED:
        reason = row.reason or Reason.CANCELLED_BY_USER
        yield m.OrderCancelled(account, key, row.cum_qty, reason, row.text or text_of(reason), row.at_ns)
    elif row.status == _EXPIRED:
        reason = row.reason or Reason.DAY_ENDED
        yield m.OrderExpired(account, key, row.cum_qty, reason, row.text or text_of(reason), row.at_ns)


def told_by_fill(book: Book, row: m.BrokerFill, fees: FeeSchedule) -> Iterator[m.Message]:
    """The fill, unless the book has it; fees by our schedule where the broker does not tell them."""
    if not is_new(book, row):
        return
    key = key_of(book, row)
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


def is_new(book: Book, fill: m.BrokerFill) -> bool:
    """Whether a listed fill is to be told.

    It is not where the order was told under another name, and not where the operator claimed the order's fills: they
    count already, and should the broker's be others, the comparison of the books will say so.
    """
    record = book.orders.get(key_of(book, fill))
    foreign = book.orders.get(foreign_id(fill.venue_order_id))
    if any(r is not None and fill.fill_id in r.fill_ids for r in (record, foreign)):
        return False
    return record is None or not any(fill_id.startswith(CLAIMED) for fill_id in record.fill_ids)


def before_its_end(row: m.BrokerOrder) -> m.BrokerOrder:
    """The order as it was before it ended, so that its fills are told before its end."""
    if row.status not in (_CANCELLED, _EXPIRED, _FILLED):
        return row
    return m.BrokerOrder(
        row.account,
        row.client_order_id,
        row.venue_order_id,
        row.symbol,
        row.side,
        row.qty,
        row.price_e4,
        _ACCEPTED,
        row.cum_qty,
        "",
        "",
        row.at_ns,
    )


def opened(day: m.BrokerDay, fees: FeeSchedule) -> m.TradingDayOpened:
    """The books at the day's start: the broker's of now, less what the day's fills changed."""
    cash_e4 = day.cash_e4
    held = {h.symbol: h for h in day.holdings}
    for fill, fee_e4 in reversed(with_fees(day.fills, fees)):
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


def with_fees(fills: list[m.BrokerFill], fees: FeeSchedule) -> list[tuple[m.BrokerFill, int]]:
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


def _foreign_order(key: str, row: m.BrokerOrder) -> m.Order:
    return m.Order(
        key,
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
