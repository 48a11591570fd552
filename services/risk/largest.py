"""The quantity a trader may send instead of a denied one."""

from __future__ import annotations

from common import messages as m
from common.beijing import day_of
from common.instruments import round_buy_qty, round_sell_qty, rules_of
from services.risk.limits import Desk
from services.risk.rules import MONOTONE, first_denial


def largest_qty(order: m.Order, desk: Desk) -> int:
    """The most shares of this order that pass every rule and the exchange's lots (ashare_rules 3); 0 if none do."""
    day = day_of(order.created_ns)
    rules = rules_of(order.symbol, day)
    low, high = 0, rules.max_market_qty if order.order_type is m.OrderType.MARKET else rules.max_limit_qty
    while low < high:
        middle = (low + high + 1) // 2
        if first_denial(_of(order, middle), desk, MONOTONE) is None:
            low = middle
        else:
            high = middle - 1
    if order.side is m.Side.BUY:
        qty = round_buy_qty(order.symbol, low, day)
    else:
        qty = round_sell_qty(order.symbol, low, desk.book.closeable_qty(order.symbol), day)
    return qty if qty and first_denial(_of(order, qty), desk) is None else 0


def _of(order: m.Order, qty: int) -> m.Order:
    return m.Order(
        order.client_order_id,
        order.account,
        order.strategy,
        order.symbol,
        order.side,
        order.order_type,
        qty,
        order.price_e4,
        order.created_ns,
        order.expire_ns,
    )
