"""`on_order`, `on_trade`, `on_risk_alert`: what the strategy is told of its orders and of risk, one call after another.

Beyond JoinQuant, and optional. A call waits until the running callback has ended, and sees the order as it then is.
What was on its way to the strategy when its process died is not told again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from common import messages as m
from common.beijing import naive
from jqdata.alerts import Alert
from jqdata.deals import Order, OrderStatus, Trade, trade_of
from services.strategy.tickets import Tickets

ON_ORDER, ON_TRADE, ON_RISK_ALERT = "on_order", "on_trade", "on_risk_alert"
NAMES = (ON_ORDER, ON_TRADE, ON_RISK_ALERT)
_WAITING_MAX = 10_000

_ABOUT_ORDERS = (
    m.OrderAccepted | m.OrderFilled | m.OrderCancelled | m.OrderRejected | m.OrderExpired | m.OrderUnknown
    | m.OrderResolved
)  # fmt: skip


class Told(NamedTuple):
    """One call to make: ``argument`` comes after the context, ``trigger`` tells it from every other of the day."""

    name: str
    argument: Order | Trade | Alert
    trigger: str


class Hooks:
    """``defined`` are the hooks the strategy has; nothing is noted for others."""

    def __init__(self, tickets: Tickets, strategy: str) -> None:
        self._tickets, self._strategy = tickets, strategy
        self.defined: frozenset[str] = frozenset()
        self._waiting: deque[Told] = deque()
        self._orders_waiting: set[str] = set()
        self._shown: dict[str, tuple[OrderStatus, int, bool]] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def clear(self) -> None:
        """A day is over."""
        self._waiting.clear()
        self._orders_waiting.clear()
        self._shown.clear()

    def note(self, message: m.Message) -> None:
        """Remember what a message has to tell."""
        match message:
            case _ if not self.defined:
                return
            case m.OrderDenied() if message.order.strategy == self._strategy:
                self._about(message.order.client_order_id)
                self._alert(message.at_ns, message.reason, message.text, "risk", message.order.client_order_id)
            case m.OrderSubmitted(order=order) if order.strategy == self._strategy:
                self._about(order.client_order_id)
            case m.OrderFilled():
                self._about(message.client_order_id)
                self._filled(message)
            case _ if isinstance(message, _ABOUT_ORDERS):
                self._about(message.client_order_id)
            case m.CancelDenied() if message.client_order_id in self._tickets.group_of:
                self._alert(message.at_ns, message.reason, message.text, "risk", message.client_order_id)
            case m.TradingHalted():
                self._alert(message.at_ns, "HALTED", message.why, message.operator)
            case m.TradingResumed():
                self._alert(message.at_ns, "RESUMED", message.halted_why, message.operator)
            case m.AlertRaised() if message.source != self._strategy:
                self._alert(message.at_ns, message.code, message.text, message.source)

    def next(self) -> Told | None:
        """The next call to make; an order that looks as when it was told last is left out."""
        while self._waiting:
            told = self._waiting.popleft()
            order = told.argument
            if not isinstance(order, Order):
                return told
            self._orders_waiting.discard(order.order_id)
            shown = order.status, order.filled, order.outcome == "unknown"
            if self._shown.get(order.order_id) != shown:
                self._shown[order.order_id] = shown
                return told
        return None

    def _about(self, client_order_id: str) -> None:
        """An order that changes again before its call is made is told once."""
        group = self._tickets.group_of.get(client_order_id)
        if ON_ORDER in self.defined and group is not None and group not in self._orders_waiting:
            self._orders_waiting.add(group)
            self._add(ON_ORDER, self._tickets.orders[group])

    def _filled(self, fill: m.OrderFilled) -> None:
        group = self._tickets.group_of.get(fill.client_order_id)
        if ON_TRADE in self.defined and group is not None:
            self._add(ON_TRADE, trade_of(fill, self._tickets.tickets[group]))

    def _alert(self, at_ns: int, code: str, text: str, source: str, client_order_id: str = "") -> None:
        if ON_RISK_ALERT not in self.defined:
            return
        group = self._tickets.group_of.get(client_order_id, "")
        security = self._tickets.orders[group].security if group else ""
        self._add(ON_RISK_ALERT, Alert(naive(at_ns), code, text, source, security, group))

    def _add(self, name: str, argument: Order | Trade | Alert) -> None:
        self._count += 1
        if len(self._waiting) < _WAITING_MAX:
            self._waiting.append(Told(name, argument, f"{name}.{self._count}"))


def defined_in(function: Callable[[str], object]) -> frozenset[str]:
    """The hooks that a strategy has; ``function`` finds one by name."""
    return frozenset(name for name in NAMES if function(name))
