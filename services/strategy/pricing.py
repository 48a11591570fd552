"""At what price and how much: protective prices, lots, and what cash and holdings allow; plain arithmetic."""

from __future__ import annotations

from datetime import date

from common.fees import FeeSchedule, order_fee_e4
from common.instruments import cage_e4, round_buy_qty, round_price_e4, rules_of
from common.messages import Quote

_ONE_E6 = 1_000_000


def last_price_e4(quote: Quote) -> int:
    """The latest price, before the first trade the previous close; 0 where the feed knows neither."""
    return quote.last_price_e4 or quote.prev_close_e4


def protective_price_e4(quote: Quote, offset_e6: int, day: date, *, is_buy: bool) -> int:
    """The worst price a market order takes: last x (1 + offset) within price limits and cage, on the tick.

    0 where there is no price to start from. Source: settings ``MARKET_*_PRICE_PERCENT``, ashare_rules 5 and 6.
    """
    wished_e4 = last_price_e4(quote) * (_ONE_E6 + offset_e6) // _ONE_E6
    return within_limits_e4(quote, wished_e4, day, is_buy=is_buy)


def within_limits_e4(quote: Quote, wished_e4: int, day: date, *, is_buy: bool) -> int:
    """The valid price nearest to the wish that asks for no more than it: a buy rounds down, a sell up."""
    if wished_e4 <= 0:
        return 0
    side = "buy" if is_buy else "sell"
    cage = cage_e4(quote.symbol, side, _cage_base_e4(quote, is_buy=is_buy), day)
    if cage is not None:
        wished_e4 = min(wished_e4, cage) if is_buy else max(wished_e4, cage)
    tick_e4 = rules_of(quote.symbol, day).tick_e4
    price_e4 = max(round_price_e4(wished_e4, tick_e4, up=not is_buy), tick_e4)
    if quote.limit_up_e4:
        price_e4 = min(price_e4, quote.limit_up_e4)
    return max(price_e4, quote.limit_down_e4)


def _cage_base_e4(quote: Quote, *, is_buy: bool) -> int:
    """Best opposite price, else best own, else last, else previous close (ashare_rules 6)."""
    opposite, own = (quote.asks, quote.bids) if is_buy else (quote.bids, quote.asks)
    for levels in (opposite, own):
        if levels and levels[0][0] > 0:
            return levels[0][0]
    return last_price_e4(quote)


def limit_price_e4(symbol: str, yuan: float, day: date, *, is_buy: bool) -> int:
    """A strategy's limit price on the tick: what lies between two ticks asks for no more than was said.

    Prices a float's rounding error off a tick count as on it.
    """
    tick_e4 = rules_of(symbol, day).tick_e4
    return round_price_e4(round(yuan * 10_000), tick_e4, up=not is_buy)


def cost_e4(symbol: str, qty: int, price_e4: int, day: date, fees: FeeSchedule) -> int:
    """What a buy takes from the cash: value and fees."""
    return qty * price_e4 + order_fee_e4(symbol, "buy", qty * price_e4, day, fees)


def affordable_qty(symbol: str, qty: int, price_e4: int, cash_e4: int, day: date, fees: FeeSchedule) -> int:
    """The largest quantity up to ``qty`` that may be bought with ``cash_e4``, fees included; 0 if none."""
    fitting = round_buy_qty(symbol, qty, day)
    value_e4 = fitting * price_e4
    if value_e4 + value_e4 // 100 + fees.commission_min_e4 <= cash_e4:
        return fitting  # no fee schedule reaches one percent: nothing to compute on the order path
    fitting = round_buy_qty(symbol, min(fitting, max(cash_e4, 0) // price_e4), day)
    while fitting > 0 and (over_e4 := cost_e4(symbol, fitting, price_e4, day, fees) - cash_e4) > 0:
        fitting = round_buy_qty(symbol, fitting - max(over_e4 // price_e4, 1), day)
    return fitting


def parts_of(symbol: str, qty: int, order_volume_max: int, day: date, *, market: bool) -> list[int]:
    """The quantities of the orders that ``qty`` is sent as: none above the setting or the exchange's largest order."""
    rules = rules_of(symbol, day)
    most = min(order_volume_max, (rules.max_market_qty if market else rules.max_limit_qty) or order_volume_max)
    most = max(most - most % rules.lot, rules.min_buy_qty)
    if qty <= most:
        return [qty]
    whole, rest = divmod(qty, most)
    parts = [most] * whole + ([rest] if rest else [])
    if 0 < rest < rules.min_buy_qty and rules.step == 1:
        # STAR takes no order under 200 shares that does not sell everything: the last two share what is left.
        parts[-2:] = [most + rest - rules.min_buy_qty, rules.min_buy_qty]
    return parts
