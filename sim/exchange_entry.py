"""Whether the simulated broker and exchange take an order: the checks at its entry, in the order they are made."""

from __future__ import annotations

from datetime import date

from common import messages as m
from common.beijing import day_of
from common.fees import order_fee_e4
from common.instruments import UnknownSymbol, cage_e4, price_refusal, qty_refusal, rules_of
from common.reasons import Reason
from common.sessions import Phase, is_continuous, phase_at
from sim.exchange_ledger import Ledger

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_BUY, _SELL = m.Side.BUY, m.Side.SELL

_SHUT = frozenset({Phase.AFTER_HOURS, Phase.CLOSED})


def refusal_before_quote(order: m.Order, day: date | None, now_ns: int) -> str | None:
    """What can be refused without knowing the market: the hour and the code. None where a quote is needed."""
    if day is None or day_of(now_ns) != day:
        return Reason.MARKET_CLOSED
    phase = phase_at(now_ns)
    if phase in _SHUT or (order.order_type is m.OrderType.MARKET and not is_continuous(phase)):
        return Reason.MARKET_CLOSED
    try:
        rules_of(order.symbol, day)
    except UnknownSymbol:
        return Reason.UNKNOWN_SYMBOL
    return None


def refusal_on_quote(order: m.Order, quote: m.Quote, ledger: Ledger, day: date, now_ns: int) -> str | None:
    """What the market and the account say: suspension, quantity, price, then cash and shares."""
    if quote.suspended:
        return Reason.SUSPENDED
    market = order.order_type is m.OrderType.MARKET
    sellable_qty = ledger.sellable_qty(order.symbol)
    if order.side is _SELL and order.qty > sellable_qty:
        return Reason.SELLABLE_NOT_ENOUGH
    return (
        qty_refusal(order.symbol, order.side, order.qty, sellable_qty, day, market=market)
        or price_refusal(order.symbol, order.price_e4, quote.limit_down_e4, quote.limit_up_e4, day)
        or (None if market or not is_continuous(phase_at(now_ns)) else _cage_refusal(order, quote, day))
        or _cash_refusal(order, ledger, day)
    )


def _cage_refusal(order: m.Order, quote: m.Quote, day: date) -> str | None:
    """ashare_rules 6: measured from the best opposite price, else the best own one, the last, the previous close."""
    own, opposite = (quote.bids, quote.asks) if order.side is _BUY else (quote.asks, quote.bids)
    best = opposite or own
    from_e4 = best[0][0] if best else quote.last_price_e4 or quote.prev_close_e4
    bound_e4 = cage_e4(order.symbol, order.side, from_e4, day)
    if bound_e4 is None:
        return None
    outside = order.price_e4 > bound_e4 if order.side is _BUY else order.price_e4 < bound_e4
    return Reason.PRICE_OUTSIDE_CAGE if outside else None


def _cash_refusal(order: m.Order, ledger: Ledger, day: date) -> str | None:
    """A buy needs its value at its price with fees; a sell needs cash only where its fees exceed its value."""
    value_e4 = order.qty * order.price_e4
    fee_e4 = order_fee_e4(order.symbol, order.side, value_e4, day, ledger.fees)
    need_e4 = fee_e4 + (value_e4 if order.side is _BUY else -value_e4)
    return Reason.CASH_NOT_ENOUGH if need_e4 > ledger.available_e4 else None
