"""Help for a strategy that watches its own risk: what to leave out, what to sell, what to order again."""

from __future__ import annotations

from collections.abc import Iterable

from jqdata import host
from jqdata.context import Context
from jqdata.deals import Order
from jqdata.market import get_current_data
from jqdata.orders import cancel_order, get_open_orders, order
from jqdata.portfolio import Position
from jqdata.styles import OrderStyle

_RETRIED = ("filled", "cancelled", "expired")


def filter_paused(security_list: Iterable[str]) -> list[str]:
    """The codes that trade today, in their order; what the feed does not know counts as paused."""
    current = get_current_data()
    return [code for code in security_list if not current[code].paused]


def max_drawdown(values: Iterable[float]) -> float:
    """The deepest fall from a peak in a series of account values: 0.2 is 20 %; 0.0 where it never fell."""
    peak = deepest = 0.0
    for value in values:
        peak = max(peak, value)
        if peak > 0:
            deepest = max(deepest, 1 - value / peak)
    return deepest


def check_stop_loss(context: Context, ratio: float | None = None) -> list[str]:
    """Codes held that have lost more than ``ratio`` percent (None: ``STOP_LOSS_RATIO``) of what they cost on average.

    Advice only: nothing is sold, nothing ordered.
    """
    limit = host.current().stop_loss_ratio_bp / 100 if ratio is None else float(ratio)
    return [code for code, held in context.portfolio.positions.items() if _loss_percent(held) > limit]


def retry_unfilled(orders: Iterable[Order] | None = None, style: OrderStyle | None = None) -> list[Order]:
    """Cancel what is open of these orders (None: all of today's) and order the rest again, by default at the market.

    What comes back are the new orders. Left alone is what cannot be cancelled, what risk or the broker refused, and
    every order whose outcome is not known: ordering that again might buy twice.
    """
    again: list[Order] = []
    for old in list(get_open_orders().values()) if orders is None else list(orders):
        if old.is_open:
            cancel_order(old)
        rest = old.amount - old.filled
        if rest <= 0 or old.is_open or old.outcome not in _RETRIED:
            if rest > 0:
                said = f"不重下 {old.order_id} {old.security}：还剩 {rest} 股，状态 {old.status}（{old.outcome}）"
                host.current().log("warning", "order", said)
            continue
        placed = order(old.security, rest if old.is_buy else -rest, style, pindex=old.pindex)
        if placed is not None:
            again.append(placed)
    return again


def _loss_percent(position: Position) -> float:
    """Rounded where floats end, so that a loss of exactly the limit is not over it."""
    if position.avg_cost <= 0 or position.price <= 0:
        return 0.0
    return round((1 - position.price / position.avg_cost) * 100, 9)
