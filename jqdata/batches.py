"""Several orders at once, as JoinQuant's baskets: all of them are sent, or none where one cannot be covered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from common.symbols import normalize_code
from jqdata import host
from jqdata.deals import Order
from jqdata.market import get_current_data
from jqdata.orders import cancel_order, order
from jqdata.styles import LimitOrderStyle

_KEYS = frozenset({"security", "code", "amount", "style", "side", "pindex", "close_today"})


def batch_submit_orders(orders: Sequence[Mapping[str, Any]]) -> list[Order | None]:
    """Place ``{'security': …, 'amount': …, 'style': …}`` one after the other, without waiting for their ends.

    Nothing is placed, and the list is empty, where all buys together need more than the available cash at their limits
    or the latest price, or sells of a code more than is closeable. ValueError for a basket that is written wrongly.
    """
    basket = [_checked(one) for one in orders]
    if why := _uncovered(basket):
        host.current().log("warning", "order", f"篮子委托 {len(basket)} 笔全部不提交：{why}")
        return []
    return [order(**one, wait_timeout=0) for one in basket]


def batch_cancel_orders(orders: Iterable[Order | str]) -> list[Order | None]:
    """Cancel orders one after the other; None for those that today does not have."""
    return [cancel_order(one) for one in orders]


def _checked(one: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(one) - _KEYS:
        raise ValueError(f"篮子委托不认识的字段：{'、'.join(sorted(map(str, unknown)))}")
    if "amount" not in one or ("security" not in one and "code" not in one):
        raise ValueError(f"篮子委托应有 security 和 amount：{dict(one)!r}")
    rest = {name: value for name, value in one.items() if name not in ("security", "code")}
    return {"security": normalize_code(one.get("security", one.get("code"))), **rest}


def _uncovered(basket: list[dict[str, Any]]) -> str:
    """What is short, or ''."""
    running, current = host.current(), get_current_data()
    cash, sells = defaultdict[int, float](float), defaultdict[tuple[str, int], float](float)
    for one in basket:
        code, amount, style = one["security"], float(one["amount"]), one.get("style")
        pindex = one.get("pindex", 0)
        if amount > 0:
            price = style.limit_price if isinstance(style, LimitOrderStyle) else current[code].last_price
            cash[pindex] += amount * (price if price == price else 0.0)
        else:
            sells[code, pindex] -= amount
    for pindex, wanted in cash.items():
        if wanted > (free := running.available_cash(pindex)):
            return f"需要资金 {wanted:,.2f}，可用 {free:,.2f}"
    for (code, pindex), amount in sells.items():
        if amount > (closeable := running.closeable_amount(code, pindex)):
            return f"{code} 要卖 {amount:g} 股，可卖 {closeable} 股"
    return ""
