"""What is known of an order or a fill, as the broker's word to the gateway."""

from __future__ import annotations

import dataclasses
from datetime import date

from common import messages as m
from common.orders import Status
from services.gateway.brokers.qmt.acts import Now
from services.gateway.brokers.qmt.codes import SIDES
from services.gateway.brokers.qmt.hours import Hours
from services.gateway.brokers.qmt.rows import TradeRow
from services.gateway.brokers.qmt.states import Known
from services.gateway.brokers.qmt.translate import price_e4, symbol_of, venue_id


@dataclasses.dataclass(frozen=True, slots=True)
class Context:
    """Whose report it is, of which trading day, and when it is made."""

    alias: str
    day: date
    hours: Hours
    now: Now


def order_of(known: Known, name: str, order: m.Order | None, context: Context) -> m.BrokerOrder:
    """``order`` is ours, where it is: its price is the one we asked for, the terminal's may be a working price."""
    row = known.row
    symbol = symbol_of(row.stock_code)
    return m.BrokerOrder(
        account=context.alias,
        client_order_id=name,
        venue_order_id=venue_id(context.day, known.order_id),
        symbol=symbol,
        side=SIDES[row.order_type],
        qty=row.order_volume,
        price_e4=order.price_e4 if order else max(price_e4(row.price, symbol, context.day), 0),
        status=known.status,
        cum_qty=known.cum_qty,
        reason=known.reason,
        text=known.text,
        at_ns=context.now.wall_ns,
    )


def fill_of(row: TradeRow, name: str, number: int, context: Context) -> m.BrokerFill:
    """``fee_e4`` -1: within the day the commission is 0 or an estimate, and only part of the fees (xtquant 5)."""
    symbol = symbol_of(row.stock_code)
    return m.BrokerFill(
        account=context.alias,
        client_order_id=name,
        venue_order_id=venue_id(context.day, number),
        fill_id=row.traded_id,
        symbol=symbol,
        side=SIDES[row.order_type],
        qty=row.traded_volume,
        price_e4=price_e4(row.traded_price, symbol, context.day),
        fee_e4=-1,
        at_ns=context.hours.time_ns(row.traded_time, context.now.wall_ns),
    )


def taken_of(order: m.Order, number: int, context: Context) -> m.BrokerOrder:
    """An order that the terminal has answered, and neither pushed nor listed yet."""
    return _plain(order, venue_id(context.day, number), Status.SUBMITTED, "", "", context.now.wall_ns)


def failure_of(order: m.Order, status: Status, reason: str, text: str, at_ns: int) -> m.BrokerOrder:
    """An order that never stood at the broker."""
    return _plain(order, "", status, reason, text, at_ns)


def _plain(order: m.Order, venue: str, status: Status, reason: str, text: str, at_ns: int) -> m.BrokerOrder:
    key, symbol, side = order.client_order_id, order.symbol, order.side
    words = status, 0, reason, text, at_ns
    return m.BrokerOrder(order.account, key, venue, symbol, side, order.qty, order.price_e4, *words)
