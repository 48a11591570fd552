"""What the gateway tells everybody about an account: the only source of cash, positions, orders and fills."""

from __future__ import annotations

from common.messages.values import Holding, Message, Order, Side


class TradingDayOpened(Message, frozen=True):
    """The broker's books at the start of a trading day; yesterday's purchases are sellable in them."""

    account: str
    trading_day: int
    cash_e4: int
    holdings: list[Holding]
    at_ns: int


class OrderSubmitted(Message, frozen=True):
    """On its way to the broker; on disk before the broker is called."""

    order: Order
    approved_ns: int
    at_ns: int


class OrderAccepted(Message, frozen=True):
    account: str
    client_order_id: str
    venue_order_id: str
    at_ns: int


class OrderFilled(Message, frozen=True):
    """One trade of the broker (FIX 17 ``fill_id``); ``fee_e4`` is what this fill adds to the order's fees."""

    account: str
    client_order_id: str
    venue_order_id: str
    fill_id: str
    symbol: str
    side: Side
    qty: int
    price_e4: int
    fee_e4: int
    at_ns: int


class OrderCancelled(Message, frozen=True):
    """The rest was cancelled; ``cum_qty`` is what the broker says was filled, whose fills may still be on their way."""

    account: str
    client_order_id: str
    cum_qty: int
    reason: str
    text: str
    at_ns: int


class OrderRejected(Message, frozen=True):
    account: str
    client_order_id: str
    reason: str
    text: str
    at_ns: int


class OrderExpired(Message, frozen=True):
    """Ended by time: at the close, or before it reached the broker. ``order`` is set where no event told it before."""

    account: str
    client_order_id: str
    cum_qty: int
    reason: str
    text: str
    at_ns: int
    order: Order | None = None


class OrderUnknown(Message, frozen=True):
    """Sent, and the broker does not say what became of it; not final, blocks its account, symbol and side."""

    account: str
    client_order_id: str
    text: str
    at_ns: int


class CancelRejected(Message, frozen=True):
    account: str
    client_order_id: str
    reason: str
    text: str
    at_ns: int


class AccountMarked(Message, frozen=True):
    """Last prices of what is held, once a market minute; ``minute_ns`` is the END label of the minute."""

    account: str
    minute_ns: int
    prices_e4: dict[str, int]


class BrokerLinkChanged(Message, frozen=True):
    account: str
    up: bool
    text: str
    at_ns: int
