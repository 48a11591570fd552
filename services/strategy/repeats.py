"""Whether an order of a callback's former life is what the callback, entered again, asks for."""

from __future__ import annotations

from datetime import date

from common.instruments import round_buy_qty, round_sell_qty
from jqdata.deals import Ticket
from jqdata.host import OrderAsk
from jqdata.styles import LimitOrderStyle, StopLimitOrderStyle, StopMarketOrderStyle
from services.strategy.asks import TARGETS
from services.strategy.pricing import limit_price_e4


def repeats(ask: OrderAsk, ticket: Ticket, day: date) -> bool:
    """As far as the ask itself says it: a value or a target makes another quantity at another price or holding."""
    if (ask.security, ask.pindex) != (ticket.security, ticket.pindex) or not _same_style(ask, ticket, day):
        return False
    return ask.kind in TARGETS or (ask.number > 0) == ticket.is_buy


def asked_qty(ask: OrderAsk, day: date) -> int:
    """The whole lots an amount asks for; 0 where the ask names no amount."""
    if ask.kind != "amount":
        return 0
    qty = abs(int(ask.number))
    if ask.number > 0:
        return round_buy_qty(ask.security, qty, day)
    return round_sell_qty(ask.security, qty, qty, day)


def _same_style(ask: OrderAsk, ticket: Ticket, day: date) -> bool:
    """A market order's own protective price is left out: it is not kept with the order."""
    asked, placed = ask.style, ticket.style
    if isinstance(asked, StopMarketOrderStyle | StopLimitOrderStyle):
        return True  # once triggered it is a market or a limit order
    if not isinstance(asked, LimitOrderStyle) or not isinstance(placed, LimitOrderStyle):
        return isinstance(asked, LimitOrderStyle) == isinstance(placed, LimitOrderStyle)
    price_e4 = limit_price_e4(ask.security, asked.limit_price, day, is_buy=ticket.is_buy)
    return price_e4 == limit_price_e4(ask.security, placed.limit_price, day, is_buy=ticket.is_buy)
