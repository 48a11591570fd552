"""What a trader reads about the terminal: what is wrong, and what to do about it."""

from __future__ import annotations

from typing import Final

from common.beijing import SECOND_NS
from services.gateway.brokers.qmt.acts import (
    Act,
    AskAsset,
    AskOrders,
    AskPositions,
    AskStatus,
    AskTrades,
    Cancel,
    Connect,
    Open,
    Place,
    Subscribe,
)
from services.gateway.brokers.qmt.calls import Overdue
from services.gateway.brokers.qmt.codes import ACCOUNT_CLOSED, ACCOUNT_CONNECTING, ACCOUNT_OK, ACCOUNT_TEXTS
from services.gateway.brokers.qmt.config import QmtAccount

CONNECTING: Final = "正在连接 QMT 终端"
DISCONNECTED: Final = "QMT 终端断开了连接：终端退出、重启或掉线；恢复后自动重连"

_NAMES: Final[dict[type[Act], str]] = {
    Open: "XtQuantTrader.start",
    Connect: "connect",
    Subscribe: "subscribe",
    AskStatus: "query_account_status",
    AskOrders: "query_stock_orders",
    AskTrades: "query_stock_trades",
    AskPositions: "query_stock_positions",
    AskAsset: "query_stock_asset",
    Place: "order_stock",
    Cancel: "cancel_order_stock",
}


def name_of(act: Act) -> str:
    return _NAMES[type(act)]


def overdue(late: Overdue) -> str:
    what = "没有应答" if late.returned else "没有返回"
    limit = f"{late.limit_ns / SECOND_NS:g}"
    return f"xtquant 的 {name_of(late.act)} 超过 {limit} 秒{what}，放弃这次连接并自动重连；反复出现请重启 QMT 终端"


def raised(act: Act, text: str) -> str:
    return f"xtquant 的 {name_of(act)} 出错：{text}；放弃这次连接并自动重连"


def garbled(text: str) -> str:
    return f"xtquant 的推送无法识别：{text}；已改为查询委托和成交，请核对 xtquant 与终端的版本"


def connected(account: QmtAccount, session_id: int) -> str:
    return f"已连接 QMT 终端：资金账号 {masked(account.account_id)} 状态正常，会话号 {session_id}"


def not_connected(*, has_queue: bool) -> str:
    """``connect`` gives one number for all that can be wrong (xtquant 3.2)."""
    if not has_queue:
        return (
            "无法连接 QMT 终端：userdata_mini 里没有 up_queue_xtquant。请以极简模式登录 QMT；"
            "登录后仍没有该文件，是账号没有 xtquant 权限，请联系券商开通"
        )
    return (
        "无法连接 QMT 终端（connect 返回 -1）：请确认 QMT 已以极简模式登录、数据路径正确；"
        "若另有程序占用同一会话号，自动换号重试，也可修改 QMT_SESSION_ID"
    )


def not_ready(account: QmtAccount, status: int | None, others: dict[str, int]) -> str:
    """Why an account may not trade by what the terminal says of it; "" where it may."""
    if status == ACCOUNT_OK:
        return ""
    if status is None and others:
        there = "、".join(masked(one) for one in sorted(others))
        return (
            f"QMT 终端里没有资金账号 {masked(account.account_id)}（已登录：{there}）："
            "请核对 QMT_ACCOUNT_ID，或在终端登录该账号"
        )
    if status is None:
        return "QMT 终端没有给出账户状态：请在终端登录资金账号"
    said = f"账户状态 {status}（{ACCOUNT_TEXTS.get(status, '未知')}）"
    if status in ACCOUNT_CONNECTING:
        return f"QMT 终端正在登录：{said}，就绪后自动恢复"
    if status == ACCOUNT_CLOSED:
        return f"收盘后，{said}，下一交易日自动恢复"
    return f"账户不可用：{said}，请在 QMT 终端重新登录该账号；就绪后自动恢复"


def not_subscribed(account: QmtAccount) -> str:
    return f"订阅资金账号 {masked(account.account_id)} 的推送失败：请核对 QMT_ACCOUNT_ID 和 QMT_ACCOUNT_TYPE；自动重试"


def stuck(count: int) -> str:
    return f"xtquant 有 {count} 个连接卡死，无法收回，进程将退出并由守护程序重新启动；反复出现请重启 QMT 终端"


def masked(account_id: str) -> str:
    """An account number as it may stand in a log."""
    return f"***{account_id[-4:]}" if len(account_id) > 4 else account_id
