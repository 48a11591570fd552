"""A strategy's orders and trades, always as the events so far have made them; money in yuan."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NoReturn

from common.beijing import naive
from common.messages import OrderFilled, Side
from common.orders import OrderRecord, Status
from jqdata.styles import MarketOrderStyle, OrderStyle


class LiveView:
    """What shows the running account and must not be kept in ``g``: it cannot be pickled."""

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} 反映实时账户，不能保存到 g 中；请保存其中的数值")


class OrderStatus(enum.IntEnum):
    """JoinQuant's values: ``filled`` is PARTLY filled, ``held`` is fully filled; ``str()`` gives the bare name."""

    new = 8
    open = 0
    filled = 1
    canceled = 2
    rejected = 3
    held = 4

    def __bool__(self) -> bool:
        """Also ``open``, whose value is 0, is a status."""
        return True

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)


@dataclasses.dataclass
class Ticket:
    """What the strategy ordered. The host sets ``ended`` where it ends without the broker (a queued order cancelled).

    ``cost_before_e4`` is the average cost of one share before a sell, in 1/10,000 yuan.
    """

    order_id: str
    security: str
    is_buy: bool
    amount: int
    add_time: datetime
    style: OrderStyle = dataclasses.field(default_factory=MarketOrderStyle)
    side: str = "long"
    pindex: int = 0
    cost_before_e4: int = 0
    ended: OrderStatus | None = None
    text: str = ""


class Order(LiveView):
    """One order of the strategy. ``records`` finds what was sent for it: nothing while queued, several if split."""

    def __init__(self, ticket: Ticket, records: Callable[[], Sequence[OrderRecord]]) -> None:
        self._ticket = ticket
        self._records = records

    @property
    def order_id(self) -> str:
        return self._ticket.order_id

    @property
    def security(self) -> str:
        return self._ticket.security

    @property
    def is_buy(self) -> bool:
        return self._ticket.is_buy

    @property
    def amount(self) -> int:
        """Shares ordered."""
        return self._ticket.amount

    @property
    def add_time(self) -> datetime:
        return self._ticket.add_time

    @property
    def style(self) -> OrderStyle:
        return self._ticket.style

    @property
    def side(self) -> str:
        return self._ticket.side

    @property
    def pindex(self) -> int:
        return self._ticket.pindex

    @property
    def action(self) -> str:
        """'open' for a buy, 'close' for a sell."""
        return "open" if self.is_buy else "close"

    @property
    def filled(self) -> int:
        """Shares traded so far."""
        return sum(record.cum_qty for record in self._records())

    @property
    def price(self) -> float:
        """Average price of the fills, not the limit; 0.0 before the first."""
        filled = self.filled
        return sum(record.cum_value_e4 for record in self._records()) / filled / 1e4 if filled else 0.0

    @property
    def avg_cost(self) -> float:
        """For a buy the price; for a sell what one share had cost before it."""
        return self.price if self.is_buy else self._ticket.cost_before_e4 / 1e4

    @property
    def commission(self) -> float:
        """All fees so far."""
        return sum(record.fee_e4 for record in self._records()) / 1e4

    @property
    def status(self) -> OrderStatus:
        records = self._records()
        if self._ticket.ended is not None:
            return self._ticket.ended
        if not records:
            return OrderStatus.new
        if not all(record.is_final for record in records):
            return OrderStatus.filled if self.filled else OrderStatus.open
        if all(record.status is Status.FILLED for record in records):
            return OrderStatus.held
        refused = all(record.status in (Status.REJECTED, Status.DENIED) for record in records)
        return OrderStatus.rejected if refused and not self.filled else OrderStatus.canceled

    @property
    def outcome(self) -> str:
        """The desk's own word for the state: 'unknown' while the broker does not say what became of it.

        Otherwise ``queued`` or a name of ``common.orders.Status``; of a split order, that of the part that is behind.
        """
        records = self._records()
        if self._ticket.ended is not None:
            return {OrderStatus.held: "filled", OrderStatus.canceled: "cancelled"}.get(
                self._ticket.ended, str(self._ticket.ended)
            )
        if not records:
            return "queued"
        return min(records, key=_behind).status.value

    @property
    def reason(self) -> str:
        """The code of ``common/reasons.py`` that ended it, or ''."""
        return next((record.reason for record in self._records() if record.reason), "")

    @property
    def text(self) -> str:
        """Why it ended, for people, or ''."""
        return next((record.text for record in self._records() if record.text), self._ticket.text)

    @property
    def is_open(self) -> bool:
        return self.status in (OrderStatus.new, OrderStatus.open, OrderStatus.filled)

    def __repr__(self) -> str:
        return (
            f"Order({self.order_id}, {self.security}, {'买' if self.is_buy else '卖'} {self.amount}, "
            f"已成 {self.filled} @ {self.price:.4f}, {self.status})"
        )


_PROGRESS = (
    Status.UNKNOWN,
    Status.CREATED,
    Status.SUBMITTED,
    Status.ACCEPTED,
    Status.PARTIALLY_FILLED,
    Status.DENIED,
    Status.REJECTED,
    Status.EXPIRED,
    Status.CANCELLED,
    Status.FILLED,
)


def _behind(record: OrderRecord) -> int:
    return _PROGRESS.index(record.status)


@dataclasses.dataclass(frozen=True)
class Trade:
    """One trade of an order; ``commission`` is what it added to the order's fees."""

    time: datetime
    security: str
    amount: int
    price: float
    trade_id: str
    order_id: str
    is_buy: bool
    commission: float
    pindex: int = 0


def trade_of(fill: OrderFilled, ticket: Ticket) -> Trade:
    """The trade of a fill, under the order the strategy knows."""
    return Trade(
        time=naive(fill.at_ns),
        security=fill.symbol,
        amount=fill.qty,
        price=fill.price_e4 / 1e4,
        trade_id=fill.fill_id,
        order_id=ticket.order_id,
        is_buy=fill.side is Side.BUY,
        commission=fill.fee_e4 / 1e4,
        pindex=ticket.pindex,
    )
