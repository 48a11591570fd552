"""What risk tells everybody: denials, halts, alerts."""

from __future__ import annotations

from common.messages.values import Message, Order


class OrderDenied(Message, frozen=True):
    """``limit_value`` and ``value`` are texts with their unit as the trader reads them; ``largest_qty`` would pass."""

    order: Order
    reason: str
    text: str
    value: str
    limit_value: str
    largest_qty: int
    at_ns: int


class CancelDenied(Message, frozen=True):
    account: str
    client_order_id: str
    reason: str
    text: str
    at_ns: int


class TradingHalted(Message, frozen=True):
    account: str
    buys_only: bool
    operator: str
    why: str
    at_ns: int


class TradingResumed(Message, frozen=True):
    account: str
    operator: str
    halted_by: str
    halted_why: str
    at_ns: int


class AlertRaised(Message, frozen=True):
    account: str
    source: str
    code: str
    text: str
    at_ns: int
