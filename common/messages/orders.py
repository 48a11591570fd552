"""Orders on their way (strategy to risk to gateway) and the desk's commands (operator to risk)."""

from __future__ import annotations

from common.messages.values import Message, Order


class SubmitOrder(Message, frozen=True):
    order: Order


class CancelOrder(Message, frozen=True):
    account: str
    client_order_id: str
    strategy: str
    expire_ns: int


class RaiseAlert(Message, frozen=True):
    """A process that binds no topic asks risk to publish an alert on its behalf."""

    account: str
    source: str
    code: str
    text: str
    at_ns: int


class Halt(Message, frozen=True):
    account: str
    buys_only: bool
    cancel_open: bool
    operator: str
    why: str


class Resume(Message, frozen=True):
    account: str
    operator: str


class ApprovedOrder(Message, frozen=True):
    order: Order
    approved_ns: int


class ApprovedCancel(Message, frozen=True):
    """``approved_ns`` is 0 for the cancels of a halt, which no limit counts."""

    account: str
    client_order_id: str
    expire_ns: int
    approved_ns: int = 0
