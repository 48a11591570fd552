"""The terminal's rows in our words, and our orders in the terminal's: symbols, prices, numbers of orders, holdings."""

from __future__ import annotations

import math
import re
import zlib
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from common import messages as m
from common.beijing import midnight
from common.instruments import rules_of
from common.symbols import UnknownSymbol, board_of, from_qmt, to_qmt
from services.gateway.brokers.qmt.acts import Place
from services.gateway.brokers.qmt.codes import FIX_PRICE, MARKET_TYPES, STOCK_BUY, STOCK_SELL
from services.gateway.brokers.qmt.rows import AssetRow, PositionRow

STRATEGY_CHARS: Final = 16
"""Nobody has written down how long a strategy's name may be; longer ones were seen cut (xtquant 6.3)."""

_TAG: Final = re.compile(r"[0-9]{6}[0-9a-z]{16}(?:[0-9a-z]{2})?")
_VENUE: Final = re.compile(r"([0-9]{8})-([0-9]+)")
_NOISE_E4: Final = 1
"""How far from a price a float of it may be: one in single precision is 0.7 of 1/10000 yuan off at 1,000 yuan."""


def day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def symbol_of(code: str) -> str:
    """'600000.XSHG' from '600000.SH'. Raises UnknownSymbol for another market's, or where no board has such a code."""
    symbol = from_qmt(code)
    board_of(symbol)
    return symbol


def venue_id(day: date, order_id: int) -> str:
    """The broker's number of an order as we tell it: the terminal counts anew each day (xtquant 6.4)."""
    return f"{day_number(day)}-{order_id}"


def order_id_of(venue_order_id: str, day: date) -> int:
    """The terminal's number; 0 where it is another day's or no number of ours."""
    found = _VENUE.fullmatch(venue_order_id)
    return int(found[2]) if found and int(found[1]) == day_number(day) else 0


def tag_of(remark: str, day: date) -> str:
    """A remark that has the form of the ids our strategies give on ``day``; "" for what others write.

    Only for orders that are not known in this life: people's orders must not get a name that could be ours.
    """
    is_ours = _TAG.fullmatch(remark) and remark[:6] == f"{day:%y%m%d}"
    return remark if is_ours else ""


def e4(yuan: float) -> int:
    """1/10000 yuan; 0 for what is no number."""
    if not math.isfinite(yuan):
        return 0
    return int((Decimal(str(yuan)) * 10_000).quantize(Decimal(1), ROUND_HALF_EVEN))


def price_e4(yuan: float, symbol: str, day: date) -> int:
    """A price without the noise of its float: the tick it lies beside. An average lies on none and stays."""
    exact, tick_e4 = e4(yuan), rules_of(symbol, day).tick_e4
    on_tick = int((Decimal(exact) / tick_e4).quantize(Decimal(1), ROUND_HALF_EVEN)) * tick_e4
    return on_tick if abs(on_tick - exact) <= _NOISE_E4 else exact


def cash_e4(asset: AssetRow) -> int:
    """The whole cash: what can be used and what open orders hold."""
    return e4(asset.cash) + e4(asset.frozen_cash)


def holding_of(row: PositionRow, day: date) -> m.Holding:
    """What is neither sellable nor held by open sell orders was bought today. ``opened_ns`` 0: the terminal says not.

    The cost price may be missing, or negative where a broker spreads realised gains over what is left: then the price
    of the purchase counts, and where there is none the last.
    """
    symbol = symbol_of(row.stock_code)
    today_qty = min(max(row.volume - row.can_use_volume - row.frozen_volume, 0), row.volume)
    last_e4 = price_e4(row.last_price or row.market_value / row.volume, symbol, day)
    cost = next((price for price in (row.avg_price, row.open_price) if price > 0), 0.0)
    cost_e4 = e4(cost * row.volume) if cost else last_e4 * row.volume
    opened_ns = midnight(day) if today_qty == row.volume else 0
    return m.Holding(symbol, row.volume, today_qty, cost_e4, last_e4, opened_ns)


def place_of(order: m.Order, account_id: str, *, market_types: bool) -> Place:
    """The call that submits an order. A market order carries its protective price either way; risk valued it at that.

    As a limit order (the default) the terminal keeps to it. Whether it does for the exchanges' market types nobody has
    measured (xtquant 7.2), and simulated accounts refuse those.
    """
    code = to_qmt(order.symbol)
    by_market = order.order_type is m.OrderType.MARKET and market_types
    return Place(
        account_id=account_id,
        code=code,
        order_type=STOCK_BUY if order.side is m.Side.BUY else STOCK_SELL,
        volume=order.qty,
        price_type=MARKET_TYPES[code.partition(".")[2]] if by_market else FIX_PRICE,
        price=order.price_e4 / 10_000,
        strategy=strategy_code(order.strategy),
        remark=order.client_order_id,
    )


def strategy_code(strategy: str) -> str:
    """At most 16 ASCII characters that a person recognises; a name with others gets a number of its own."""
    if strategy.isascii() and len(strategy) <= STRATEGY_CHARS:
        return strategy
    ascii_part = "".join(char for char in strategy if char.isascii() and char.isalnum())
    return f"{ascii_part[: STRATEGY_CHARS - 8]}{zlib.crc32(strategy.encode()):08x}"


def is_known(code: str) -> bool:
    """Whether an instrument is one that our books can hold."""
    try:
        symbol_of(code)
    except UnknownSymbol:
        return False
    return True
