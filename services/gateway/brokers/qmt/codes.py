"""The vendor's numbers and what they mean to us; tests compare them with ``xtconstant`` of the installed wheel.

They stand here a second time since the core decides without the SDK, which is imported in the worker alone.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from common.messages import Side
from common.orders import Status

STOCK_BUY: Final = 23
STOCK_SELL: Final = 24

SIDES: Final = {STOCK_BUY: Side.BUY, STOCK_SELL: Side.SELL, 27: Side.BUY, 31: Side.SELL, 40: Side.BUY, 44: Side.SELL}
"""Order types that move shares and cash as a plain buy or sale: also bought on credit, and sold to repay.

What borrows or returns shares (28, 29, 41, 42) or exchanges a fund for its basket (134, 135) is none of these.
"""

FIX_PRICE: Final = 11
MARKET_SH_CONVERT_5_CANCEL: Final = 42
MARKET_SZ_CONVERT_5_CANCEL: Final = 47

MARKET_TYPES: Final = {
    "SH": MARKET_SH_CONVERT_5_CANCEL,
    "BJ": MARKET_SH_CONVERT_5_CANCEL,
    "SZ": MARKET_SZ_CONVERT_5_CANCEL,
}
"""A market order takes the best five levels and the rest is cancelled, on each exchange: what comes nearest to the
market order a strategy means. 44 trades at one level only and leaves the rest as a limit order at that price."""

ACCOUNT_OK: Final = 0
ACCOUNT_CONNECTING: Final = frozenset({1, 2, 4, 5})
ACCOUNT_CLOSED: Final = 6
ACCOUNT_TEXTS: Final = {
    -1: "无效",
    1: "等待登录",
    2: "登录中",
    3: "登录失败",
    4: "初始化中",
    5: "数据刷新中",
    6: "收盘后",
    7: "穿透副链接断开",
    8: "系统停用",
    9: "用户停用",
}

ACCOUNT_TYPES: Final = {"stock": "STOCK", "credit": "CREDIT"}
"""The account types this back-end trades, by the word of our settings."""

ACCOUNT_TYPE_CODES: Final = {"stock": 2, "credit": 3}
"""One number can stand for several accounts at a terminal: of shares, and of either Hong Kong connection."""


@dataclasses.dataclass(frozen=True, slots=True)
class Meaning:
    """What a status says. ``cancelling``: somebody's cancel is on its way to the exchange (xtquant 8)."""

    status: Status
    cancelling: bool = False


ORDER_STATES: Final = {
    48: Meaning(Status.SUBMITTED),
    49: Meaning(Status.SUBMITTED),
    50: Meaning(Status.ACCEPTED),
    51: Meaning(Status.ACCEPTED, cancelling=True),
    52: Meaning(Status.PARTIALLY_FILLED, cancelling=True),
    53: Meaning(Status.CANCELLED),
    54: Meaning(Status.CANCELLED),
    55: Meaning(Status.PARTIALLY_FILLED),
    56: Meaning(Status.FILLED),
    57: Meaning(Status.REJECTED),
}
"""Statuses that say something. 255, 0, 86 and whatever else comes keep the state the order had (xtquant 8)."""
