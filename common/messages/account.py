"""What the gateway tells everybody about an account: the only source of cash, positions, orders and fills."""

from __future__ import annotations

from common.messages.values import BookRow, Holding, Message, Order, Side


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


class OrderResolved(Message, frozen=True):
    """The operator's word on an order whose outcome the broker does not tell: its end, who said so and why.

    Fills that the operator claims are told as ``OrderFilled`` beside it. Where the order is one that the broker told
    under no name of ours, ``same_as`` is that one's id: its fills are in the books already, and the sums are its own.
    """

    account: str
    client_order_id: str
    status: str  # common.orders.Status, a final one
    cum_qty: int
    cum_value_e4: int
    fee_e4: int
    venue_order_id: str
    same_as: str
    operator: str
    why: str
    at_ns: int


class ResolveRejected(Message, frozen=True):
    """The operator's word was not taken; ``client_order_id`` is empty where it was about the books."""

    account: str
    client_order_id: str
    reason: str
    text: str
    operator: str
    at_ns: int


class OpeningDiffers(Message, frozen=True):
    """What the broker's first statement of a day has otherwise than our books at the end of ``since_day``: dividends,
    transfers, new shares. The statement is the truth and is adopted."""

    account: str
    trading_day: int
    since_day: int
    rows: list[BookRow]
    at_ns: int


class BooksDiffer(Message, frozen=True):
    """Nothing that was told explains what the broker states, at several looks with no trade between them."""

    account: str
    rows: list[BookRow]
    at_ns: int


class BooksAdjusted(Message, frozen=True):
    """The operator accepted what the broker states: the book changes by the differences. No profit, no loss."""

    account: str
    rows: list[BookRow]
    operator: str
    why: str
    at_ns: int
