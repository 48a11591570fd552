"""From what a strategy asks to an order that can be sent, or the reason why there is none (jq_api 5)."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from common import messages as m
from common.beijing import at
from common.instruments import UnknownSymbol, round_buy_qty, round_sell_qty, rules_of
from common.reasons import Reason, text_of
from jqdata.host import OrderAsk
from jqdata.styles import LimitOrderStyle, MarketOrderStyle, StopLimitOrderStyle, StopMarketOrderStyle
from services.strategy import pricing
from services.strategy.runtime import Runtime

TARGETS = ("target", "target_value")
_CLOSED_FROM = "15:00"
_MARKET_STYLES = (MarketOrderStyle, StopMarketOrderStyle)
_STYLES = (LimitOrderStyle, StopLimitOrderStyle, *_MARKET_STYLES)


class Wanted(NamedTuple):
    """An order in the exchange's terms; ``price_e4`` of a market order is its protective price. ``pindex`` None: it is
    older than the sub-accounts."""

    symbol: str
    is_buy: bool
    qty: int
    price_e4: int
    market: bool
    pindex: int | None = 0


@dataclasses.dataclass(frozen=True, slots=True)
class No:
    """Why no order is made; ``text`` adds what the reason's own text does not say."""

    reason: Reason
    text: str = ""


def refusal(ask: OrderAsk, quote: m.Quote | None, runtime: Runtime, *, known: bool) -> No | None:
    """Why nothing can be ordered here and now, whatever the quantity; ``known``: the feed has the symbol."""
    if ask.side != "long":
        return No(Reason.NOT_SUPPORTED, f"side={ask.side!r}：股票只能做多")
    if why := runtime.subs.refusal(ask.pindex):
        return No(Reason.NOT_SUPPORTED, why)
    if not isinstance(ask.style, _STYLES):
        return No(Reason.NOT_SUPPORTED, f"{type(ask.style).__name__} 尚不支持")
    if isinstance(ask.style, StopMarketOrderStyle | StopLimitOrderStyle) and not ask.style.stop_price > 0:
        return No(Reason.PRICE_NOT_TICK, "触发价必须大于 0")
    try:
        rules = rules_of(ask.security, runtime.day)
    except UnknownSymbol:
        return No(Reason.UNKNOWN_SYMBOL)
    if not rules.tradable:
        return No(Reason.NOT_SUPPORTED, "指数不能交易")
    if not rules.max_market_qty and isinstance(ask.style, _MARKET_STYLES):
        return No(Reason.NOT_SUPPORTED, "该品种没有市价委托，请用 LimitOrderStyle")
    if quote is None:
        return No(Reason.NO_QUOTE if known else Reason.UNKNOWN_SYMBOL)
    if quote.suspended:
        return No(Reason.SUSPENDED)
    if runtime.now_ns >= at(runtime.day, _CLOSED_FROM):
        return No(Reason.MARKET_CLOSED)
    return None if pricing.last_price_e4(quote) else No(Reason.NO_QUOTE)


def signed_qty(ask: OrderAsk, quote: m.Quote, held: int) -> int:
    """Shares to buy (positive) or sell, before lots, cash and T+1; values count at the latest price."""
    match ask.kind:
        case "amount":
            return int(ask.number)
        case "value":
            return int(ask.number * 10_000 / pricing.last_price_e4(quote))
        case "target":
            return int(ask.number) - held
        case "target_value":
            return int(ask.number * 10_000 / pricing.last_price_e4(quote)) - held


def price_e4(ask: OrderAsk, quote: m.Quote, runtime: Runtime, *, is_buy: bool) -> int:
    """The limit of a limit order, the protective price of a market order."""
    if isinstance(ask.style, LimitOrderStyle):
        return pricing.limit_price_e4(ask.security, ask.style.limit_price, runtime.day, is_buy=is_buy)
    worst = ask.style.limit_price if isinstance(ask.style, MarketOrderStyle) else None
    return market_price_e4(quote, round((worst or 0) * 10_000), runtime, is_buy=is_buy)


def market_price_e4(quote: m.Quote, worst_e4: int, runtime: Runtime, *, is_buy: bool) -> int:
    """``worst_e4`` is the strategy's own protective price, 0 for the one of the settings."""
    if worst_e4:
        return pricing.within_limits_e4(quote, worst_e4, runtime.day, is_buy=is_buy)
    config = runtime.config
    offset_e6 = config.market_buy_offset_e6 if is_buy else config.market_sell_offset_e6
    return pricing.protective_price_e4(quote, offset_e6, runtime.day, is_buy=is_buy)


def fitted(wanted: Wanted, cash_e4: int, closeable: int, runtime: Runtime) -> Wanted | No:
    """The order cut to whole lots and to what cash or holdings allow; a cut that lots do not explain is logged."""
    symbol, day = wanted.symbol, runtime.day
    if wanted.is_buy:
        whole = round_buy_qty(symbol, wanted.qty, day)
        qty = pricing.affordable_qty(symbol, whole, wanted.price_e4, cash_e4, day, runtime.config.fees)
        short = Reason.CASH_NOT_ENOUGH
    else:
        whole = round_sell_qty(symbol, wanted.qty, max(closeable, wanted.qty), day)
        qty = round_sell_qty(symbol, wanted.qty, closeable, day)
        short = Reason.SELLABLE_NOT_ENOUGH
    if whole == 0:
        return No(Reason.AMOUNT_ZERO, f"{wanted.qty} 股不足一个交易单位")
    if qty == wanted.qty:
        return wanted
    what = f"可用资金 {cash_e4 / 1e4:,.2f}" if wanted.is_buy else f"可卖 {closeable} 股"
    if qty == 0:
        return No(short, what)
    if qty < whole:
        runtime.log_later("warning", "order", lambda: f"{symbol} {what}，数量由 {whole} 调整为 {qty}")
    return wanted._replace(qty=qty)


def no_line(symbol: str, no: No) -> str:
    """The reason in words and as a code, and the security."""
    detail = f"：{no.text}" if no.text else ""
    return f"{text_of(no.reason)} [{no.reason}] {symbol}{detail}"
