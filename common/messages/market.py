"""Quotes and the clock (newest wins), and how far each process of a simulated day is."""

from __future__ import annotations

import msgspec

from common.messages.values import Message


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
    """Up to 100 quotes of market time ``at_ns``; ``tick`` counts the steps of the run, ``last`` ends a step."""

    tick: int
    at_ns: int
    quotes: tuple[Quote, ...]
    last: bool


class MarketSlice(Message, frozen=True):
    """Up to 100 quotes of the whole market, for those who listen to all of it; a live feed's only."""

    tick: int
    at_ns: int
    quotes: tuple[Quote, ...]
    last: bool


class FeedState(Message, frozen=True):
    """Whether a live feed brings what it should: ``code`` is empty, FEED_DOWN or FEED_SILENT, since ``since_ns``.

    Told when it changes, and again every half minute while something is wrong.
    """

    tick: int
    now_ns: int
    code: str
    text: str
    since_ns: int


class MarketClock(Message, frozen=True):
    """The market's time. ``turn`` names the strategy that may act now in lock-step ("" at other speeds: everybody)."""

    tick: int
    now_ns: int
    trading_day: int
    turn: str
    lockstep: bool


class MarketDayEnded(Message, frozen=True):
    """Nothing more happens on this trading day. ``run_ended``: no day follows and all is quiet, so processes end."""

    tick: int
    now_ns: int
    trading_day: int
    run_ended: bool


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
