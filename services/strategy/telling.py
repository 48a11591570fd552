"""What the trader should read about our orders and the desk."""

from __future__ import annotations

from common import messages as m
from common.reasons import text_of
from services.strategy.runtime import Runtime
from services.strategy.tickets import Tickets


def tell(message: m.Message, rt: Runtime, tickets: Tickets) -> None:
    """Lines about what has a word for the trader; they wait until what a step produced has been sent."""

    def line(level: str, text: str) -> None:
        rt.log_later(level, "order", lambda: text)

    match message:
        case m.OrderDenied() if message.order.strategy == rt.config.strategy:
            line("error", f"{message.text} {message.order.symbol}")
        case m.OrderRejected() if message.client_order_id in tickets.group_of:
            said = message.text or text_of(message.reason)
            line("error", f"委托 {message.client_order_id} 被拒绝 [{message.reason}]：{said}")
        case m.OrderUnknown() if message.client_order_id in tickets.group_of:
            line("error", f"委托 {message.client_order_id} 结果未知：{message.text}")
        case m.OrderResolved() if message.client_order_id in tickets.group_of:
            said = f"{message.operator} 认定为 {message.status}，成交 {message.cum_qty:,} 股：{message.why}"
            line("warning", f"委托 {message.client_order_id} 由 {said}")
        case m.CancelDenied() | m.CancelRejected() if message.client_order_id in tickets.group_of:
            said = message.text or text_of(message.reason)
            line("warning", f"撤单 {message.client_order_id} 未成功 [{message.reason}]：{said}")
        case m.TradingHalted():
            what = "买入" if message.buys_only else "交易"
            line("warning", f"{what}已被 {message.operator} 暂停：{message.why}")
        case m.TradingResumed():
            line("warning", f"交易已由 {message.operator} 恢复")
        case m.BrokerLinkChanged():
            line("warning", f"券商连接{'恢复' if message.up else '中断'}：{message.text}")
        case m.AlertRaised() if message.source != rt.config.strategy:
            line("warning", f"告警 [{message.code}] {message.source}：{message.text}")
