"""What an order of each of the vendor's price types asks of the exchange (xtquant.md 7.2)."""

from __future__ import annotations

from typing import NamedTuple

from common.messages import OrderType, Quote
from tests.qmt.rows import BUY, Row

LATEST, FIX, SH_CANCEL, SH_LIMIT, PEER, MINE, SZ_CANCEL, SZ_FIVE_CANCEL, SZ_FULL = 5, 11, 42, 43, 44, 45, 46, 47, 48
_MARKETS = {
    LATEST: "SH SZ BJ",
    FIX: "SH SZ BJ",
    SH_CANCEL: "SH BJ",
    SH_LIMIT: "SH BJ",
    PEER: "SH SZ BJ",
    MINE: "SH SZ BJ",
    SZ_CANCEL: "SZ",
    SZ_FIVE_CANCEL: "SZ",
    SZ_FULL: "SZ",
}


class Terms(NamedTuple):
    order_type: OrderType
    price_e4: int
    refusal: str = ""


def terms(row: Row, quote: Quote, environment: str) -> Terms:
    """A market order whose rest is cancelled is one at the exchange too; one whose rest stays becomes a limit order."""
    market = row.code[-2:]
    if market not in _MARKETS.get(row.price_type, "").split():
        return Terms(OrderType.LIMIT, 0, f"不支持的报价类型：{row.price_type}（{market}）")
    if row.price_type == FIX:
        return Terms(OrderType.LIMIT, round(row.price * 10_000))
    if row.price_type == LATEST:
        return Terms(OrderType.LIMIT, quote.last_price_e4)
    if environment != "live":
        return Terms(OrderType.LIMIT, 0, "模拟环境不支持市价委托")
    own, opposite = (quote.bids, quote.asks) if row.order_type == BUY else (quote.asks, quote.bids)
    bound_e4 = round(row.price * 10_000) if row.price > 0 else _limit_e4(row, quote)
    if row.price_type in (PEER, MINE, SH_LIMIT):
        levels = own[:1] if row.price_type == MINE else opposite[:1] if row.price_type == PEER else opposite[-1:]
        return Terms(OrderType.LIMIT, levels[0][0] if levels else quote.last_price_e4)
    if row.price_type == SZ_FULL and sum(qty for _, qty in opposite) < row.volume:
        return Terms(OrderType.MARKET, bound_e4, "即时全额成交或撤销：对手盘不足")
    return Terms(OrderType.MARKET, bound_e4)


def _limit_e4(row: Row, quote: Quote) -> int:
    return quote.limit_up_e4 if row.order_type == BUY else quote.limit_down_e4
