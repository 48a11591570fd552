"""What messages carry: an order, a holding, an instrument, a quote, columns of bars."""

from __future__ import annotations

import enum

import msgspec


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"


class OrderType(enum.StrEnum):
    LIMIT = "limit"
    MARKET = "market"


class Message(msgspec.Struct, frozen=True, tag=True):
    """Root of the catalogue: immutable, and tagged on the wire by its class name."""


class Order(msgspec.Struct, frozen=True):
    """What was asked for; never changes. ``client_order_id`` (FIX 11) is at most 24 ASCII letters and digits."""

    client_order_id: str
    account: str
    strategy: str
    symbol: str
    side: Side
    order_type: OrderType
    qty: int
    price_e4: int  # limit price; for a market order its protective price. Risk values at it, the gateway sends it.
    created_ns: int
    expire_ns: int  # market time; a hop that sees the order later than this must not act on it


class Holding(msgspec.Struct, frozen=True):
    """A position as a broker or a snapshot states it. ``today_qty`` was bought today and is locked by T+1."""

    symbol: str
    qty: int
    today_qty: int
    cost_e4: int  # what the held shares cost in all, fees included
    last_price_e4: int
    opened_ns: int


class BookRow(msgspec.Struct, frozen=True):
    """One line of our book beside the broker's: shares of ``symbol``, or cash (in e4) where it is empty."""

    symbol: str
    ours: int
    brokers: int

    @property
    def difference(self) -> int:
        """What the broker has more than we."""
        return self.brokers - self.ours


class OrderState(msgspec.Struct, frozen=True):
    """An order with what became of it, as a snapshot or a query answer states it."""

    order: Order
    status: str  # common.orders.Status
    venue_order_id: str
    cum_qty: int
    cum_value_e4: int
    fee_e4: int
    reason: str
    text: str
    updated_ns: int
    final_cum_qty: int = -1  # what the broker said was filled when it closed the order; -1: not closed
