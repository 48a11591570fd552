"""Orders on their way (strategy to risk to gateway) and the desk's commands (operator to risk)."""

from __future__ import annotations

from common.messages.values import BookRow, Message, Order


class SubmitOrder(Message, frozen=True):
    order: Order


class DenyOrder(Message, frozen=True):
    """An order of somebody on another machine that the token's own limits forbid, as the proxy sends it on: risk denies
    it, so that it ends the way every order ends. ``why`` is what the trader reads."""

    order: Order
    reason: str
    why: str


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


class Reconcile(Message, frozen=True):
    """Compare our book with the broker's now."""

    account: str
    operator: str


class AcceptBooks(Message, frozen=True):
    """Take the broker's word for these differences; they must be those of the last look."""

    account: str
    rows: list[BookRow]
    operator: str
    why: str


class ResolveOrder(Message, frozen=True):
    """What became of an order whose outcome is unknown, as the operator found out.

    ``qty`` is what had traded of it in all and ``price_e4`` at what average; ``same_as`` names the order that came back
    without our tag, whose end and fills are then its own.
    """

    account: str
    client_order_id: str
    status: str
    qty: int
    price_e4: int
    same_as: str
    operator: str
    why: str


class ApprovedByDesk(Message, frozen=True):
    """A command of the operator about the broker's books; risk has seen that the account is ours."""

    command: Reconcile | AcceptBooks | ResolveOrder
    approved_ns: int


class ApprovedOrder(Message, frozen=True):
    order: Order
    approved_ns: int


class ApprovedCancel(Message, frozen=True):
    """``approved_ns`` is 0 for the cancels of a halt, which no limit counts."""

    account: str
    client_order_id: str
    expire_ns: int
    approved_ns: int = 0
