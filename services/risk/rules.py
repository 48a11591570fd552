"""The rules of the desk: one rule, one function from an order and the desk to a denial or None.

A value equal to its limit passes. Orders are valued at their own price: the limit price, or the protective price of
a market order. Rules for what an account holds look at buys only: a sell that reduces a position always passes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from common import messages as m
from common.beijing import day_of
from common.fees import order_fee_e4
from common.instruments import UnknownSymbol, rules_of
from common.orders import OrderRecord, Status
from common.reasons import Reason, text_of
from services.risk.limits import Denial, Desk
from services.risk.texts import limit_percent_text, money_text, percent_text, seconds_text

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_BUY, _SELL = m.Side.BUY, m.Side.SELL

Rule = Callable[[m.Order, Desk], Denial | None]
CancelRule = Callable[[OrderRecord, Desk, int], Denial | None]

_ID_LENGTH_MAX = 24


def valid(order: m.Order, desk: Desk) -> Denial | None:
    """What no account may send: QMT carries at most 24 ASCII letters and digits of an order's id."""
    key = order.client_order_id
    if not (key.isascii() and key.isalnum() and len(key) <= _ID_LENGTH_MAX):
        return _bad("委托编号须为至多 24 位字母数字")
    if order.qty <= 0:
        return _bad(f"数量须大于 0：{order.qty}")
    if order.price_e4 <= 0:
        return _bad(f"价格须大于 0：{money_text(order.price_e4)}")
    try:
        tradable = rules_of(order.symbol, day_of(order.created_ns)).tradable
    except UnknownSymbol as error:
        return _bad(str(error))
    return None if tradable else _bad(f"{order.symbol} 不可交易")


def not_halted(order: m.Order, desk: Desk) -> Denial | None:
    halt = desk.halt
    if halt is None or (halt.buys_only and order.side is _SELL):
        return None
    what = "买入已暂停" if halt.buys_only else text_of(Reason.HALTED)
    return Denial(Reason.HALTED, why=f"{what}（{halt.operator}：{halt.why}）")


def outcome_known(order: m.Order, desk: Desk) -> Denial | None:
    """An order whose outcome is unknown blocks its symbol and side for every id until it is settled."""
    if (order.symbol, order.side) not in desk.counters.unknown:
        return None
    unknown = [r.order for r in desk.book.open_orders() if r.status is Status.UNKNOWN]
    keys = "、".join(o.client_order_id for o in unknown if (o.symbol, o.side) == (order.symbol, order.side))
    why = f"{text_of(Reason.UNKNOWN_OUTCOME)}（{keys}；bullet-trade resolve 可认定其结果）"
    return Denial(Reason.UNKNOWN_OUTCOME, why=why)


def order_volume(order: m.Order, desk: Desk) -> Denial | None:
    limit = desk.limits.order_volume_max
    return Denial(Reason.ORDER_MAX_VOLUME, f"{order.qty:,}", f"{limit:,}") if order.qty > limit else None


def order_value(order: m.Order, desk: Desk) -> Denial | None:
    return _above(Reason.MAX_ORDER_VALUE, _value_e4(order), desk.limits.order_value_max_e4)


def least_buy_value(order: m.Order, desk: Desk) -> Denial | None:
    value_e4, limit_e4 = _value_e4(order), desk.limits.min_buy_order_value_e4
    if order.side is _SELL or value_e4 >= limit_e4:
        return None
    return Denial(Reason.MIN_BUY_ORDER_VALUE, money_text(value_e4), money_text(limit_e4), sign="<")


def daily_trades(order: m.Order, desk: Desk) -> Denial | None:
    trades, limit = desk.counters.trades + 1, desk.limits.daily_trades_max
    return Denial(Reason.MAX_DAILY_TRADES, str(trades), str(limit)) if trades > limit else None


def daily_trade_value(order: m.Order, desk: Desk) -> Denial | None:
    value_e4 = desk.counters.filled_e4 + desk.counters.open_e4 + _value_e4(order)
    return _above(Reason.MAX_DAILY_TRADE_VALUE, value_e4, desk.limits.daily_trade_value_max_e4)


def stock_count(order: m.Order, desk: Desk) -> Denial | None:
    if order.side is _SELL or order.symbol in desk.counters.held or order.symbol in desk.counters.open_buys_e4:
        return None
    count, limit = len(desk.counters.symbols) + 1, desk.limits.stock_count_max
    return Denial(Reason.MAX_STOCK_COUNT, str(count), str(limit)) if count > limit else None


def position_ratio(order: m.Order, desk: Desk) -> Denial | None:
    """The position as it would be, marked at the last price, its open buys and this one at their prices."""
    if order.side is _SELL:
        return None
    held = desk.book.positions.get(order.symbol)
    value_e4 = (held.value_e4 if held else 0) + desk.counters.open_buys_e4.get(order.symbol, 0) + _value_e4(order)
    total_e4, limit_bp = desk.book.total_value_e4, desk.limits.position_ratio_max_bp
    if value_e4 * 10_000 <= total_e4 * limit_bp:
        return None
    return Denial(Reason.MAX_POSITION_RATIO, percent_text(value_e4, total_e4), limit_percent_text(limit_bp))


def cash(order: m.Order, desk: Desk) -> Denial | None:
    """Fees are estimated as the book reserves them, so what passes here leaves no account in the red."""
    if order.side is _SELL:
        return None
    value_e4 = _value_e4(order)
    need_e4 = value_e4 + order_fee_e4(order.symbol, "buy", value_e4, day_of(order.created_ns), desk.book.fees)
    return _above(Reason.CASH_NOT_ENOUGH, need_e4, desk.book.available_cash_e4)


def sellable(order: m.Order, desk: Desk) -> Denial | None:
    if order.side is _BUY:
        return None
    closeable = desk.book.closeable_qty(order.symbol)
    return Denial(Reason.SELLABLE_NOT_ENOUGH, f"{order.qty:,}", f"{closeable:,}") if order.qty > closeable else None


RULES: tuple[Rule, ...] = (
    valid,
    not_halted,
    outcome_known,
    order_volume,
    order_value,
    least_buy_value,
    daily_trades,
    daily_trade_value,
    stock_count,
    position_ratio,
    cash,
    sellable,
)
# Whoever passes one of these with some quantity passes it with every smaller one.
MONOTONE: tuple[Rule, ...] = (order_volume, order_value, daily_trade_value, position_ratio, cash, sellable)


def first_denial(order: m.Order, desk: Desk, rules: Iterable[Rule] = RULES) -> Denial | None:
    for rule in rules:
        denial = rule(order, desk)
        if denial is not None:
            return denial
    return None


def daily_cancels(record: OrderRecord, desk: Desk, now_ns: int) -> Denial | None:
    cancels, limit = desk.cancels.count + 1, desk.limits.daily_cancels_max
    return Denial(Reason.MAX_DAILY_CANCELS, str(cancels), str(limit)) if cancels > limit else None


def cancel_interval(record: OrderRecord, desk: Desk, now_ns: int) -> Denial | None:
    passed_ns, limit_ns = now_ns - desk.cancels.last_ns, desk.limits.cancel_interval_min_ns
    if desk.cancels.last_ns == 0 or passed_ns >= limit_ns:
        return None
    return Denial(Reason.MIN_CANCEL_INTERVAL_SECONDS, seconds_text(passed_ns), seconds_text(limit_ns), sign="<")


def cancels_of_order(record: OrderRecord, desk: Desk, now_ns: int) -> Denial | None:
    cancels = desk.cancels.of_order.get(record.order.client_order_id, 0) + 1
    limit = desk.limits.cancels_per_order_max
    return Denial(Reason.MAX_CANCEL_PER_ORDER, str(cancels), str(limit)) if cancels > limit else None


CANCEL_RULES: tuple[CancelRule, ...] = (daily_cancels, cancel_interval, cancels_of_order)


def _value_e4(order: m.Order) -> int:
    return order.qty * order.price_e4


def _above(reason: Reason, value_e4: int, limit_e4: int) -> Denial | None:
    return Denial(reason, money_text(value_e4), money_text(limit_e4)) if value_e4 > limit_e4 else None


def _bad(why: str) -> Denial:
    return Denial(Reason.BAD_ORDER, why=f"{text_of(Reason.BAD_ORDER)}（{why}）")
