"""Every message that crosses a border between processes, or between the gateway core and its broker, declared once.

Units: ``*_e4`` is 1/10,000 yuan, ``qty`` and ``volume`` are shares, ``*_ns`` is UTC nanoseconds since the epoch,
``trading_day`` is the Beijing date as an integer ``20261120``. Symbols are JoinQuant's (``600000.XSHG``).
Commands are imperatives, events are past tense. *Denied* is by our risk, *rejected* is by the broker.
Which message travels on which channel, and who may send it, stands in ``common/channels.py``.
"""

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


# -- values carried inside messages ---------------------------------------------------------------------------------


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


# -- orders: strategy -> risk ---------------------------------------------------------------------------------------


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


# -- desk: operator -> risk -----------------------------------------------------------------------------------------


class Halt(Message, frozen=True):
    account: str
    buys_only: bool
    cancel_open: bool
    operator: str
    why: str


class Resume(Message, frozen=True):
    account: str
    operator: str


# -- approved: risk -> gateway --------------------------------------------------------------------------------------


class ApprovedOrder(Message, frozen=True):
    order: Order
    approved_ns: int


class ApprovedCancel(Message, frozen=True):
    """``approved_ns`` is 0 for the cancels of a halt, which no limit counts."""

    account: str
    client_order_id: str
    expire_ns: int
    approved_ns: int = 0


# -- decisions: risk -> everyone ------------------------------------------------------------------------------------


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


# -- account: gateway -> everyone -----------------------------------------------------------------------------------


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
    """Ended by time: at the close, or before it reached the broker."""

    account: str
    client_order_id: str
    cum_qty: int
    reason: str
    text: str
    at_ns: int


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


# -- market and clock: quotes -> everyone, newest wins -----------------------------------------------------------------


class Quote(msgspec.Struct, frozen=True, array_like=True):
    """A snapshot of one instrument. ``volume`` and ``money_e4`` are cumulative for the day.

    ``trade_low_e4``/``trade_high_e4`` bound the prices traded since the previous quote (0: not known, or no trade).
    ``bids``/``asks`` are up to five (price_e4, qty) levels, best first; empty where the feed has no book.
    """

    symbol: str
    at_ns: int
    last_price_e4: int
    open_e4: int
    high_e4: int
    low_e4: int
    prev_close_e4: int
    limit_down_e4: int
    limit_up_e4: int
    volume: int
    money_e4: int
    trade_low_e4: int
    trade_high_e4: int
    suspended: bool
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class QuoteBatch(Message, frozen=True):
    """Up to 100 quotes of market time ``at_ns``; ``tick`` counts the market's steps of the run, ``last`` ends a step."""

    tick: int
    at_ns: int
    quotes: tuple[Quote, ...]
    last: bool


class MarketClock(Message, frozen=True):
    """The market's time. ``turn`` names the strategy that may act now in lock-step ("" at other speeds: everybody)."""

    tick: int
    now_ns: int
    trading_day: int
    turn: str
    lockstep: bool


class MarketDayEnded(Message, frozen=True):
    """Nothing more happens on this trading day; ``run_ended`` says that no day follows."""

    tick: int
    now_ns: int
    trading_day: int
    run_ended: bool


# -- pace: everyone -> quotes, only in a simulated day ------------------------------------------------------------------


class Progress(Message, frozen=True):
    """How far a process is: ``tick`` it has stepped, stream positions sent and seen, when it wants to be woken.

    Quotes knows that all is quiet when every position sent has been seen by everyone who listens. ``wake_ns`` is
    market time, 0 for never; ``busy`` says that it waits for an answer or has input left.
    """

    member: str
    run: int
    tick: int
    sent: dict[str, int]
    seen: dict[str, int]
    wake_ns: int
    busy: bool


class Leave(Message, frozen=True):
    """A strategy that joined the running stack is going; the clock no longer waits for it."""

    member: str


# -- queries and their answers: no effect, never on the order path -----------------------------------------------------


class Subscribe(Message, frozen=True):
    """Asks quotes to publish these symbols; answered with their latest quotes."""

    symbols: list[str]


class Quotes(Message, frozen=True):
    quotes: list[Quote]
    unknown: list[str]


class GetTicks(Message, frozen=True):
    """Published quotes of ``symbols`` with ``after_ns < at_ns <= until_ns``, for a simulator that was down."""

    symbols: list[str]
    after_ns: int
    until_ns: int


class Ticks(Message, frozen=True):
    quotes: list[Quote]


class GetBars(Message, frozen=True):
    """END-labelled bars up to ``end_ns``: the last ``count`` of them, or all from ``start_ns`` where count is 0.

    ``unit`` is ``1d`` or ``1m``. Only bars complete at ``end_ns`` (or now, if earlier) are returned, unless ``running`` asks for the unfinished one too.
    """

    symbols: list[str]
    unit: str
    count: int
    start_ns: int
    end_ns: int
    running: bool


class BarColumns(msgspec.Struct, frozen=True, array_like=True):
    """Columns of little-endian int64: END label in ns, prices in e4, volume in shares, money in e4; equal lengths."""

    symbol: str
    time_ns: bytes
    open_e4: bytes
    high_e4: bytes
    low_e4: bytes
    close_e4: bytes
    volume: bytes
    money_e4: bytes
    prev_close_e4: bytes
    suspended: bytes  # one byte a bar, 0 or 1


class Bars(Message, frozen=True):
    columns: list[BarColumns]
    unknown: list[str]


class Instrument(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    kind: str  # stock | etf | lof | index | convertible | …
    start_day: int
    end_day: int
    st: bool


class GetInstruments(Message, frozen=True):
    """All instruments the feed knows where ``symbols`` is empty."""

    symbols: list[str]


class Instruments(Message, frozen=True):
    instruments: list[Instrument]


class GetAccount(Message, frozen=True):
    account: str


class AccountSnapshot(Message, frozen=True):
    """The account and its day as the gateway's book has it; cash is the whole cash, what orders hold included."""

    account: str
    trading_day: int
    opening_cash_e4: int
    opening_value_e4: int
    cash_e4: int
    holdings: list[Holding]
    orders: list[OrderState]
    fills: list[OrderFilled]
    mode: str
    link_up: bool
    at_ns: int


class GetRisk(Message, frozen=True):
    account: str


class RiskReport(Message, frozen=True):
    """Every limit with its use, as texts a trader reads: (name, used, limit)."""

    account: str
    halted: bool
    buys_only: bool
    operator: str
    why: str
    rows: list[tuple[str, str, str]]
    counters: dict[str, int]


class GetStatus(Message, frozen=True):
    pass


class ProcessStatus(Message, frozen=True):
    name: str
    pid: int
    run: int
    started_ns: int
    now_ns: int
    trading_day: int
    lag: int  # events known to be published that this process has not stepped yet
    last_message_ns: int
    bad_frames: int
    journal_bytes: int
    notes: dict[str, str]


class GetRows(Message, frozen=True):
    """Rows of the state process's history: ``table`` is one of its tables, ``trading_day`` 0 for the newest."""

    table: str
    account: str
    trading_day: int
    limit: int


class Rows(Message, frozen=True):
    columns: list[str]
    rows: list[list[str | int | float | bool | None]]


class Refusal(Message, frozen=True):
    """Why a query or a frame was not taken; ``reason`` is a code of common/reasons.py."""

    reason: str
    text: str


# -- broker: gateway core <-> back-end, never leaves the process ---------------------------------------------------------


class PlaceAtBroker(Message, frozen=True):
    order: Order


class CancelAtBroker(Message, frozen=True):
    account: str
    client_order_id: str
    venue_order_id: str


class AskBroker(Message, frozen=True):
    """Ask for every order, fill and position of the day, and the cash."""

    account: str


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
    """The broker's whole day. ``complete``: an order of ours that is not listed did not and will not arrive."""

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


class Started(Message, frozen=True):
    """First message of a process's life; ``recovered`` when a journal was folded before it."""

    recovered: bool
