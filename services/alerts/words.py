"""What a person must know of an event, as one line in Chinese with its stable code."""

from __future__ import annotations

from typing import NamedTuple

from common import messages as m
from common.reasons import Reason, text_of


class Line(NamedTuple):
    """``at_ns`` is market time; lines of one ``code``, ``source`` and ``account`` are of a kind."""

    at_ns: int
    code: str
    source: str
    account: str
    text: str

    @property
    def kind(self) -> tuple[str, str, str]:
        return self.code, self.source, self.account


def line_of(event: m.Message) -> Line | None:
    """The line, or None where nobody need be called: fills and what ends with the day are in the books."""
    match event:
        case m.AlertRaised():
            return Line(event.at_ns, event.code, event.source, event.account, event.text)
        case m.TradingHalted():
            what = "买入" if event.buys_only else "交易"
            text = f"{what}已被 {event.operator} 暂停" + (f"：{event.why}" if event.why else "")
            return Line(event.at_ns, "TRADING_HALTED", "risk", event.account, text)
        case m.TradingResumed():
            before = f"（此前由 {event.halted_by} 暂停：{event.halted_why}）" if event.halted_by else ""
            text = f"交易已由 {event.operator} 恢复{before}"
            return Line(event.at_ns, "TRADING_RESUMED", "risk", event.account, text)
        case m.OrderDenied(order=order):
            return Line(event.at_ns, event.reason, order.strategy, order.account, f"{event.text} {order.symbol}")
        case m.OrderRejected() | m.OrderUnknown() | m.OrderExpired():
            return _ended(event)
        case m.BrokerLinkChanged():
            code, what = ("BROKER_UP", "恢复") if event.up else ("BROKER_DOWN", "中断")
            return Line(event.at_ns, code, "gateway", event.account, f"券商连接{what}：{event.text}")
    return None


def _ended(event: m.OrderRejected | m.OrderUnknown | m.OrderExpired) -> Line | None:
    match event:
        case m.OrderUnknown():
            code, text = "ORDER_UNKNOWN", f"委托 {event.client_order_id} 结果未知：{event.text}"
        case m.OrderExpired(reason=Reason.DAY_ENDED):
            return None
        case m.OrderExpired():
            code, text = "ORDER_EXPIRED", f"委托 {event.client_order_id} 失效 [{event.reason}]：{_why(event)}"
        case _:
            code, text = "ORDER_REJECTED", f"委托 {event.client_order_id} 被拒绝 [{event.reason}]：{_why(event)}"
    return Line(event.at_ns, code, "gateway", event.account, text)


def _why(event: m.OrderRejected | m.OrderExpired) -> str:
    return event.text or text_of(event.reason)
