"""The life of an order: one table of what may follow what, and one record folded by every process."""

from __future__ import annotations

import dataclasses
import enum

from common import messages as m
from common.reasons import Reason


class Status(enum.StrEnum):
    """``UNKNOWN``: sent, and the broker does not say what became of it; it is not final."""

    CREATED = "created"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DENIED = "denied"
    UNKNOWN = "unknown"


FOREIGN = "foreign"
"""``strategy`` of an order that was entered elsewhere, or whose record was lost."""

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_ACCEPTED, _PARTLY = Status.ACCEPTED, Status.PARTIALLY_FILLED

FINAL = frozenset({Status.FILLED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED, Status.DENIED})

OrderEvent = (
    m.OrderSubmitted
    | m.OrderAccepted
    | m.OrderFilled
    | m.OrderCancelled
    | m.OrderRejected
    | m.OrderExpired
    | m.OrderUnknown
    | m.OrderDenied
    | m.OrderResolved
)

ToldById = m.OrderAccepted | m.OrderCancelled | m.OrderRejected | m.OrderExpired | m.OrderUnknown | m.OrderResolved
TOLD_BY_ID = (
    m.OrderAccepted,
    m.OrderCancelled,
    m.OrderRejected,
    m.OrderExpired,
    m.OrderUnknown,
    m.OrderResolved,
)
"""What changes an order that is known already, named by its ``client_order_id`` only; fills apart."""

_AT_BROKER: dict[type[m.Message], Status] = {
    m.OrderAccepted: Status.ACCEPTED,
    m.OrderFilled: Status.PARTIALLY_FILLED,
    m.OrderCancelled: Status.CANCELLED,
    m.OrderExpired: Status.EXPIRED,
    m.OrderRejected: Status.REJECTED,
    m.OrderUnknown: Status.UNKNOWN,
}

# What may follow what. A fill that completes the order makes it FILLED wherever this table says PARTIALLY_FILLED, and a
# fill may still arrive after the broker closed the order: its trades can trail its states (xtquant 6.2).
LIFE: dict[Status, dict[type[m.Message], Status]] = {
    Status.CREATED: {m.OrderDenied: Status.DENIED, m.OrderSubmitted: Status.SUBMITTED, **_AT_BROKER},
    Status.SUBMITTED: _AT_BROKER,
    Status.ACCEPTED: {**_AT_BROKER, m.OrderAccepted: Status.ACCEPTED},
    Status.PARTIALLY_FILLED: {**_AT_BROKER, m.OrderAccepted: Status.PARTIALLY_FILLED},
    # Only of such an order the operator may say how it ended; which end it was, the event names.
    Status.UNKNOWN: {**_AT_BROKER, m.OrderResolved: Status.CANCELLED},
    Status.FILLED: {},
    Status.CANCELLED: {m.OrderFilled: Status.CANCELLED},
    Status.EXPIRED: {m.OrderFilled: Status.EXPIRED},
    Status.REJECTED: {m.OrderFilled: Status.REJECTED},
    # The gateway's word is the broker's: a power loss can make risk forget a denial and decide again.
    Status.DENIED: {m.OrderSubmitted: Status.SUBMITTED},
}


@dataclasses.dataclass(slots=True)
class OrderRecord:
    """An order and what became of it so far. ``cum_value_e4`` and ``fee_e4`` are summed over its fills."""

    order: m.Order
    status: Status = Status.CREATED
    venue_order_id: str = ""
    cum_qty: int = 0
    cum_value_e4: int = 0
    fee_e4: int = 0
    reason: str = ""
    text: str = ""
    updated_ns: int = 0
    final_cum_qty: int = -1
    fill_ids: set[str] = dataclasses.field(default_factory=set)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def is_settled(self) -> bool:
        """Final, and every fill the broker spoke of has arrived."""
        return self.status in FINAL and self.cum_qty >= self.final_cum_qty

    @property
    def leaves_qty(self) -> int:
        """FIX 151: what can still trade; for an order closed by the broker, the fills still on their way."""
        if self.status not in FINAL:
            return self.order.qty - self.cum_qty
        return max(self.final_cum_qty - self.cum_qty, 0)

    @property
    def avg_price_e4(self) -> int:
        """FIX 6, rounded half up; 0 before the first fill."""
        return (2 * self.cum_value_e4 + self.cum_qty) // (2 * self.cum_qty) if self.cum_qty else 0

    def apply(self, event: OrderEvent) -> bool:
        """Fold one event; False where it says nothing new (a repeat, or a state the table does not allow)."""
        following = LIFE[self.status].get(type(event))
        if following is None:
            return False
        match event:
            case m.OrderFilled():
                if event.fill_id in self.fill_ids:
                    return False
                self._fill(event)
                if following is _PARTLY and self.cum_qty == self.order.qty:
                    following = Status.FILLED
            case m.OrderSubmitted():
                self.reason = self.text = ""
            case m.OrderAccepted():
                self.venue_order_id = event.venue_order_id
            case m.OrderCancelled() | m.OrderExpired():
                self.final_cum_qty, self.reason, self.text = event.cum_qty, event.reason, event.text
            case m.OrderRejected() | m.OrderDenied():
                self.reason, self.text = event.reason, event.text
            case m.OrderUnknown():
                self.text = event.text
            case m.OrderResolved():
                following = Status(event.status)
                self._resolve(event)
        if following is _ACCEPTED and self.cum_qty:
            following = _PARTLY
        self.status, self.updated_ns = following, event.at_ns
        return True

    def _resolve(self, said: m.OrderResolved) -> None:
        self.final_cum_qty, self.reason, self.text = said.cum_qty, Reason.RESOLVED, f"{said.operator}：{said.why}"
        if said.same_as:
            # Its fills were told under the other name and stay there; only what they add up to is this order's too.
            self.venue_order_id, self.cum_qty = said.venue_order_id, said.cum_qty
            self.cum_value_e4, self.fee_e4 = said.cum_value_e4, said.fee_e4

    def _fill(self, fill: m.OrderFilled) -> None:
        self.fill_ids.add(fill.fill_id)
        # Where the acceptance never came, this is the only word of the broker's number.
        self.venue_order_id = self.venue_order_id or fill.venue_order_id
        self.cum_qty += fill.qty
        self.cum_value_e4 += fill.qty * fill.price_e4
        self.fee_e4 += fill.fee_e4
        assert self.cum_qty <= self.order.qty, f"overfill of {self.order.client_order_id}"

    def state(self) -> m.OrderState:
        return m.OrderState(
            order=self.order,
            status=self.status,
            venue_order_id=self.venue_order_id,
            cum_qty=self.cum_qty,
            cum_value_e4=self.cum_value_e4,
            fee_e4=self.fee_e4,
            reason=self.reason,
            text=self.text,
            updated_ns=self.updated_ns,
            final_cum_qty=self.final_cum_qty,
        )


def record_of(state: m.OrderState, fills: list[m.OrderFilled]) -> OrderRecord:
    """The record a snapshot speaks of; ``fills`` are those of this order."""
    return OrderRecord(
        order=state.order,
        status=Status(state.status),
        venue_order_id=state.venue_order_id,
        cum_qty=state.cum_qty,
        cum_value_e4=state.cum_value_e4,
        fee_e4=state.fee_e4,
        reason=state.reason,
        text=state.text,
        updated_ns=state.updated_ns,
        final_cum_qty=state.final_cum_qty,
        fill_ids={f.fill_id for f in fills},
    )


def foreign_id(venue_order_id: str) -> str:
    """The name we give an order that carries no tag of ours; no strategy's id contains a dash."""
    return f"{FOREIGN}-{venue_order_id}"


def is_foreign(order: m.Order) -> bool:
    """Whether somebody else entered it: it is followed and counted, and never touched."""
    return order.client_order_id.startswith(f"{FOREIGN}-")
