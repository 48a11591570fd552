"""What risk makes of bad news from the gateway: an alert for people and, where the books differ, a halt."""

from __future__ import annotations

from common import messages as m
from common.reasons import Reason, text_of
from services.risk.limits import Desk
from services.risk.texts import row_text

SOURCE = "gateway"
RECONCILER = "对账"
"""Who halts an account whose books differ, as ``operator``."""

News = m.OrderUnknown | m.OpeningDiffers | m.BooksDiffer | m.ResolveRejected


def gateway_alarm(news: News, desk: Desk, now_ns: int) -> list[m.Message]:
    """The messages that follow; ``desk`` has folded the news already."""
    match news:
        case m.OrderUnknown():
            return [_alert(desk, Reason.UNKNOWN_OUTCOME, _unknown_text(news, desk), now_ns)]
        case m.OpeningDiffers():
            text = (
                f"{text_of(Reason.OPENING_DIFFERS)}（{news.since_day} → {news.trading_day}）：{_rows_text(news.rows)}"
            )
            return [_alert(desk, Reason.OPENING_DIFFERS, text, now_ns)]
        case m.BooksDiffer():
            text = f"{text_of(Reason.BOOKS_DIFFER)}：{_rows_text(news.rows)}"
            return [_alert(desk, Reason.BOOKS_DIFFER, text, now_ns), _halt(desk, text, now_ns)]
        case m.ResolveRejected():
            what = f"{news.client_order_id or '账目'}：{news.text}（{news.operator}）"
            return [_alert(desk, Reason(news.reason), what, now_ns)]


def _halt(desk: Desk, why: str, now_ns: int) -> m.Message:
    """Everything stops; whoever had halted the account before is still named."""
    halt = desk.halt
    if halt is not None and halt.operator != RECONCILER:
        why = f"{why}（此前已由 {halt.operator} 暂停：{halt.why}）"
    return m.TradingHalted(desk.account, False, RECONCILER, why, now_ns)


def _unknown_text(unknown: m.OrderUnknown, desk: Desk) -> str:
    key, record = unknown.client_order_id, desk.book.orders.get(unknown.client_order_id)
    order = record.order if record is not None else None
    side = ("买入" if order.side is m.Side.BUY else "卖出") if order else ""
    said = f" {order.symbol} {side} {order.qty:,} 股" if order else ""
    return f"委托 {key}{said}：{unknown.text}；查明后用 bullet-trade resolve {key} --as … 认定，此前同方向不再下单"


def _rows_text(rows: list[m.BookRow]) -> str:
    return "；".join(row_text(row) for row in rows)


def _alert(desk: Desk, code: Reason, text: str, now_ns: int) -> m.Message:
    return m.AlertRaised(desk.account, SOURCE, code, text, now_ns)
