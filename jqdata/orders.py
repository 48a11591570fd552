"""Placing, cancelling and listing orders; what the host cannot place comes back as None, never as an exception."""

from __future__ import annotations

import math
from numbers import Integral

from common.symbols import UnknownSymbol, normalize_code
from jqdata import host
from jqdata.deals import Order, OrderStatus, Trade
from jqdata.host import AskKind, OrderAsk
from jqdata.styles import MarketOrderStyle, OrderStyle


def order(
    security: str,
    amount: float,
    style: OrderStyle | None = None,
    side: str = "long",
    pindex: int = 0,
    close_today: bool = False,
    *,
    wait_timeout: float | None = None,
) -> Order | None:
    """Buy (positive) or sell (negative) ``amount`` shares, by default at the market.

    Waits for the order's end up to ``wait_timeout`` seconds (None: ``TRADE_MAX_WAIT_TIME``, 0: not at all). None where
    no order was made: suspended or unknown code, nothing left after lots, cash or T+1, a short side, a wrong pindex.
    """
    return _place("amount", security, amount, style, side, pindex, close_today, wait_timeout)


def order_value(
    security: str,
    value: float,
    style: OrderStyle | None = None,
    side: str = "long",
    pindex: int = 0,
    close_today: bool = False,
    *,
    wait_timeout: float | None = None,
) -> Order | None:
    """Buy or sell for ``value`` yuan at the latest price; otherwise as :func:`order`."""
    return _place("value", security, value, style, side, pindex, close_today, wait_timeout)


def order_target(
    security: str,
    amount: float,
    style: OrderStyle | None = None,
    side: str = "long",
    pindex: int = 0,
    close_today: bool = False,
    *,
    wait_timeout: float | None = None,
) -> Order | None:
    """Buy or sell until ``amount`` shares are held; open orders of the security are cancelled first."""
    return _place("target", security, amount, style, side, pindex, close_today, wait_timeout)


def order_target_value(
    security: str,
    value: float,
    style: OrderStyle | None = None,
    side: str = "long",
    pindex: int = 0,
    close_today: bool = False,
    *,
    wait_timeout: float | None = None,
) -> Order | None:
    """Buy or sell until ``value`` yuan of the security are held; open orders of it are cancelled first."""
    return _place("target_value", security, value, style, side, pindex, close_today, wait_timeout)


def cancel_order(order_or_id: Order | str | None) -> Order | None:
    """Ask for the cancel; the order, or None where today has no such order."""
    if order_or_id is None:
        return None
    return host.current().cancel(order_or_id.order_id if isinstance(order_or_id, Order) else str(order_or_id))


def get_open_orders() -> dict[str, Order]:
    """Today's unfinished orders by id."""
    return {key: found for key, found in host.current().orders().items() if found.is_open}


def get_orders(
    order_id: str | None = None, security: str | None = None, status: OrderStatus | None = None
) -> dict[str, Order]:
    """Today's orders by id, those that fit every condition given."""
    return {
        key: found
        for key, found in host.current().orders().items()
        if (order_id is None or key == order_id)
        and (security is None or found.security == normalize_code(security))
        and (status is None or found.status == status)
    }


def get_trades() -> dict[str, Trade]:
    """Today's trades by trade id."""
    return host.current().trades()


def _place(
    kind: AskKind,
    security: str,
    number: float,
    style: OrderStyle | None,
    side: str,
    pindex: int,
    close_today: bool,
    wait_timeout: float | None,
) -> Order | None:
    if style is not None and not isinstance(style, OrderStyle):
        raise TypeError(f"style 应为 MarketOrderStyle、LimitOrderStyle 等下单方式：{style!r}")
    if wait_timeout is not None and not wait_timeout >= 0:
        raise ValueError(f"wait_timeout 应为不小于 0 的秒数：{wait_timeout!r}")
    running = host.current()
    try:
        symbol = normalize_code(security)
    except UnknownSymbol as error:
        running.log("warning", "order", f"{error}，取消下单")
        return None
    if not math.isfinite(number):
        running.log("warning", "order", f"{symbol} 的下单数量或金额不是有限的数（{number}），取消下单")
        return None
    resolved = style or MarketOrderStyle()
    wait = None if wait_timeout is None else float(wait_timeout)
    pindex = int(pindex) if isinstance(pindex, Integral) else pindex
    return running.place(OrderAsk(symbol, kind, float(number), resolved, side, pindex, bool(close_today), wait))
