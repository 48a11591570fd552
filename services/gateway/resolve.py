"""The operator's word on an order whose outcome is unknown, as events, or why it is not taken."""

from __future__ import annotations

from common import messages as m
from common.beijing import day_of
from common.fees import FeeSchedule, fill_fee_e4
from common.orders import FOREIGN, OrderRecord, Status
from common.portfolio import Book
from common.reasons import Reason, text_of
from services.gateway.reconcile import CLAIMED

ENDS = (Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED)


def resolved(book: Book, said: m.ResolveOrder, fees: FeeSchedule, now_ns: int) -> list[m.Message]:
    """Fills that are claimed are told as trades, so that cash and shares follow; the end is told as the operator's."""
    record = book.orders.get(said.client_order_id)
    if record is None:
        return [rejected(said, Reason.UNKNOWN_ORDER, "", now_ns)]
    if record.status is not Status.UNKNOWN:
        return [rejected(said, Reason.NOT_UNKNOWN, f"当前状态 {record.status}", now_ns)]
    if said.status not in ENDS:
        return [rejected(said, Reason.BAD_RESOLVE, f"状态 {said.status}", now_ns)]
    if said.same_as:
        return [_same(book, record, said, now_ns)]
    why_not = _trouble(record, said)
    if why_not:
        return [rejected(said, Reason.BAD_RESOLVE, why_not, now_ns)]
    end = _end(record, said, now_ns)
    claimed = said.qty - record.cum_qty
    if not claimed:
        return [end]
    fill = _claimed_fill(record, said, fees, now_ns)
    # What has filled to the last share is closed by that fill; what was closed otherwise takes fills that trail.
    return [fill, end] if said.status == Status.FILLED else [end, fill]


def rejected(said: m.ResolveOrder | m.AcceptBooks, reason: Reason, detail: str, now_ns: int) -> m.ResolveRejected:
    text = text_of(reason) + (f"（{detail}）" if detail else "")
    return m.ResolveRejected(said.account, getattr(said, "client_order_id", ""), reason, text, said.operator, now_ns)


def _trouble(record: OrderRecord, said: m.ResolveOrder) -> str:
    """What cannot be true of the order, "" where all can."""
    qty, cum_qty, claimed = record.order.qty, record.cum_qty, said.qty - record.cum_qty
    if not cum_qty <= said.qty <= qty:
        return f"成交量 {said.qty:,} 不在 {cum_qty:,} 与 {qty:,} 之间"
    if (said.status == Status.FILLED) != (said.qty == qty):
        return f"委托 {qty:,} 股，成交 {said.qty:,} 股：全部成交才是 filled"
    if said.status == Status.REJECTED and said.qty:
        return "废单没有成交"
    if claimed and said.price_e4 * said.qty <= record.cum_value_e4:
        return "成交部分须给出成交均价"
    return ""


def _claimed_fill(record: OrderRecord, said: m.ResolveOrder, fees: FeeSchedule, now_ns: int) -> m.OrderFilled:
    """One trade for all that is claimed: at the price that makes the average of the whole the one that was said."""
    order, qty = record.order, said.qty - record.cum_qty
    price_e4 = (said.price_e4 * said.qty - record.cum_value_e4) // qty
    day = day_of(now_ns)
    fee_e4 = fill_fee_e4(order.symbol, order.side, record.cum_value_e4, qty * price_e4, day, fees)
    key = order.client_order_id
    venue, fill_id = record.venue_order_id, f"{CLAIMED}{key}"
    return m.OrderFilled(order.account, key, venue, fill_id, order.symbol, order.side, qty, price_e4, fee_e4, now_ns)


def _end(record: OrderRecord, said: m.ResolveOrder, now_ns: int) -> m.OrderResolved:
    order, venue = record.order, record.venue_order_id
    value_e4 = said.price_e4 * said.qty if said.qty > record.cum_qty else record.cum_value_e4
    sums = (said.qty, value_e4, record.fee_e4)
    key = order.client_order_id
    return m.OrderResolved(order.account, key, said.status, *sums, venue, "", said.operator, said.why, now_ns)


def _same(book: Book, record: OrderRecord, said: m.ResolveOrder, now_ns: int) -> m.Message:
    """The order is one that came back without our tag: what became of that one became of it."""
    other, order = book.orders.get(said.same_as), record.order
    if other is None or other.order.strategy != FOREIGN:
        return rejected(said, Reason.BAD_RESOLVE, f"没有外部委托 {said.same_as}", now_ns)
    theirs = other.order
    if (theirs.symbol, theirs.side, theirs.qty) != (order.symbol, order.side, order.qty):
        return rejected(said, Reason.BAD_RESOLVE, f"{said.same_as} 的代码、方向或数量不同", now_ns)
    if not other.is_settled:
        return rejected(said, Reason.BAD_RESOLVE, f"{said.same_as} 尚未结束，当前状态 {other.status}", now_ns)
    if other.status != said.status:
        return rejected(said, Reason.BAD_RESOLVE, f"{said.same_as} 的结果是 {other.status}", now_ns)
    key, taken = order.client_order_id, {r.venue_order_id: k for k, r in book.orders.items() if r is not other}
    if other.venue_order_id and other.venue_order_id in taken:
        return rejected(said, Reason.BAD_RESOLVE, f"{said.same_as} 已认定为 {taken[other.venue_order_id]}", now_ns)
    sums = (other.cum_qty, other.cum_value_e4, other.fee_e4)
    return m.OrderResolved(
        order.account, key, said.status, *sums, other.venue_order_id, said.same_as, said.operator, said.why, now_ns
    )
