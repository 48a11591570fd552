"""Between the gateway core and its back-end, and from a process to itself; never on the wire."""

from __future__ import annotations

from common.messages.market import Quote
from common.messages.values import Holding, Message, Order, Side


class PlaceAtBroker(Message, frozen=True):
    order: Order


class CancelAtBroker(Message, frozen=True):
    account: str
    client_order_id: str
    venue_order_id: str


class AskBroker(Message, frozen=True):
    """Ask for every order, fill and position of the day, and the cash.

    ``look``: trading goes on meanwhile; orders placed after it may be missing in the answer.
    """

    account: str
    look: bool = False


class BrokerOrder(Message, frozen=True):
    """An order as the broker states it. ``status`` is a name of common.orders.Status."""

    account: str
    client_order_id: str  # read back from the broker's tag; empty for orders entered elsewhere
    venue_order_id: str
    symbol: str
    side: Side
    qty: int
    price_e4: int
    status: str
    cum_qty: int
    reason: str
    text: str
    at_ns: int


class BrokerFill(Message, frozen=True):
    """A trade as the broker states it; ``fee_e4`` is -1 where the broker does not say."""

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


class BrokerCancelRefused(Message, frozen=True):
    account: str
    client_order_id: str
    reason: str
    text: str
    at_ns: int


class BrokerDay(Message, frozen=True):
    """The broker's whole day, as of one moment. ``cash_e4`` is the whole cash, what orders hold included.

    ``complete``: every order that ever arrived today is listed under the tag it was sent with, and none is on its way
    any more; so one of ours that is not listed did not and will not arrive. Only a broker that lives and dies with its
    back-end, as the simulator does, can say that of orders sent by an earlier life. Where requests may still be in a
    terminal's queue, where the list may lag, or where tags may be cut or dropped, it is False.
    """

    account: str
    trading_day: int
    orders: list[BrokerOrder]
    fills: list[BrokerFill]
    cash_e4: int
    holdings: list[Holding]
    complete: bool
    at_ns: int


class BrokerLink(Message, frozen=True):
    account: str
    up: bool
    text: str


class MinutePassed(Message, frozen=True):
    """The shell tells a core that a market minute ended, with the last prices of the symbols it uses."""

    minute_ns: int
    prices_e4: dict[str, int]


class Wake(Message, frozen=True):
    """The clock moved."""


class CaughtUp(Message, frozen=True):
    """A strategy has stepped all that has arrived: the quotes that wait for its `handle_tick` are the newest."""


class CodeChanged(Message, frozen=True):
    """The strategy's file is to be taken as it now is; on record here, so that a replay takes it at the same place."""

    source: bytes


class Started(Message, frozen=True):
    """First message of a process's life; ``recovered`` when a journal was folded before it, whose last step was taken
    at market time ``alive_ns``.

    ``life`` is when the process started. ``given`` names by their digests the things it began with: its settings and,
    for a strategy, its file and saved state (common/kept.py). A replay begins the life with the same.
    """

    recovered: bool
    life: int = 0
    given: dict[str, str] = {}  # noqa: RUF012 - msgspec copies an empty default
    alive_ns: int = 0


class KeptAnswer(Message, frozen=True):
    """Stands in a journal for a large answer ``kind``, whose bytes are kept beside it; so does a provider's."""

    digest: str
    kind: str
    size: int


class StrategySilent(Message, frozen=True):
    """The session of risk has heard nothing of a strategy for longer than allowed."""

    strategy: str
    silent_ns: int


class StrategyHeard(Message, frozen=True):
    """A strategy that was away is heard again."""

    strategy: str


class StrategyLeft(Message, frozen=True):
    """A strategy said that it ends in order."""

    strategy: str


class PaceDue(Message, frozen=True):
    """The shell of quotes tells its core how far the clock may go at a speed above lock-step."""

    until_ns: int


class ClockMoved(Message, frozen=True):
    """Quotes' own record of what it has published, so that a restarted clock goes on from there."""

    number: int
    now_ns: int
    trading_day: int
    days_done: int
    day_ended: bool
    run_ended: bool = False


class SymbolsPublished(Message, frozen=True):
    """Quotes' own record of the symbols it publishes."""

    symbols: list[str]


class QuotesCame(Message, frozen=True):
    """Up to 100 quotes that a live feed brought at ``at_ns``, of the symbols somebody wants."""

    at_ns: int
    quotes: tuple[Quote, ...]


class FeedLink(Message, frozen=True):
    """A live feed's connection came or went, at ``at_ns``."""

    up: bool
    text: str
    at_ns: int


class WholeHeard(Message, frozen=True):
    """Whether somebody listens to the quotes of the whole market."""

    heard: bool
