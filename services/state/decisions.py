"""What risk and the operator decided, as rows: approved, denied, cancel_denied, halted, resumed, resolved, adjusted."""

from __future__ import annotations

from common import messages as m
from common.history_rows import Row

Decision = m.OrderDenied | m.CancelDenied | m.TradingHalted | m.TradingResumed | m.OrderResolved | m.BooksAdjusted


def approved_row(trading_day: int, order: m.Order, approved_ns: int) -> Row:
    """Risk publishes no approvals: an order that was submitted is one that risk approved."""
    return _row(order.account, trading_day, "approved", approved_ns) | _of(order)


def decision_row(trading_day: int, decision: Decision) -> Row:
    at_ns = decision.at_ns
    match decision:
        case m.OrderDenied():
            told = {
                "reason": decision.reason,
                "value": decision.value,
                "limit_value": decision.limit_value,
                "largest_qty": decision.largest_qty,
                "text": decision.text,
            }
            return _row(decision.order.account, trading_day, "denied", at_ns) | _of(decision.order) | told
        case m.CancelDenied():
            told = {
                "client_order_id": decision.client_order_id,
                "once_ns": at_ns,
                "reason": decision.reason,
                "text": decision.text,
            }
            return _row(decision.account, trading_day, "cancel_denied", at_ns) | told
        case m.TradingHalted():
            what = "buys" if decision.buys_only else "all"
            told = {"once_ns": at_ns, "operator": decision.operator, "value": what, "text": decision.why}
            return _row(decision.account, trading_day, "halted", at_ns) | told
        case m.TradingResumed():
            told = {"once_ns": at_ns, "operator": decision.operator, "text": decision.halted_why}
            return _row(decision.account, trading_day, "resumed", at_ns) | told
        case m.OrderResolved():
            told = {
                "client_order_id": decision.client_order_id,
                "operator": decision.operator,
                "value": decision.status,
                "qty": decision.cum_qty,
                "text": decision.why,
            }
            return _row(decision.account, trading_day, "resolved", at_ns) | told
        case m.BooksAdjusted():
            value = "；".join(f"{row.symbol or 'CASH'} {row.ours} {row.brokers}" for row in decision.rows)
            told = {"once_ns": at_ns, "operator": decision.operator, "value": value, "text": decision.why}
            return _row(decision.account, trading_day, "adjusted", at_ns) | told


def _row(account: str, trading_day: int, decision: str, at_ns: int) -> Row:
    """A row in which nothing is said yet but who, when and what."""
    texts = dict.fromkeys(("strategy", "operator", "symbol", "side", "reason", "value", "limit_value", "text"), "")
    return {
        "account": account,
        "trading_day": trading_day,
        "decision": decision,
        "client_order_id": "",
        "once_ns": 0,
        **texts,
        "qty": 0,
        "price_e4": 0,
        "largest_qty": 0,
        "at_ns": at_ns,
    }


def _of(order: m.Order) -> Row:
    return {
        "client_order_id": order.client_order_id,
        "strategy": order.strategy,
        "symbol": order.symbol,
        "side": order.side.value,
        "qty": order.qty,
        "price_e4": order.price_e4,
    }
