"""Queries and their answers: no effect, never on the order path."""

from __future__ import annotations

import msgspec

from common.messages.account import OrderFilled
from common.messages.decisions import OrderDenied
from common.messages.market import Quote
from common.messages.values import BookRow, Holding, Message, OrderState


class Subscribe(Message, frozen=True):
    """Asks quotes to publish these symbols; answered with their latest quotes."""

    symbols: list[str]


class GetLatest(Message, frozen=True):
    """The latest quotes of these symbols, of all the feed follows where there are none; nothing is published for it."""

    symbols: list[str]


class Quotes(Message, frozen=True):
    quotes: list[Quote]
    unknown: list[str]


class GetTicks(Message, frozen=True):
    """Published quotes of ``symbols`` with ``after_ns < at_ns <= until_ns``: for a simulator that was down, and for
    a strategy that looks back."""

    symbols: list[str]
    after_ns: int
    until_ns: int


class Ticks(Message, frozen=True):
    quotes: list[Quote]


class GetBars(Message, frozen=True):
    """END-labelled bars up to ``end_ns``: the last ``count`` of them, or all from ``start_ns`` where count is 0.

    ``unit`` is ``1d`` or ``1m``. Only bars complete at ``end_ns`` (or now, if earlier) are returned, unless ``running``
    asks for the unfinished one too.
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


class GetAdjustments(Message, frozen=True):
    """What prices and quantities were changed by on each ex-day of these symbols, up to today."""

    symbols: list[str]


class Adjustment(msgspec.Struct, frozen=True, array_like=True):
    """``ratios_e9[i]`` is the close before ``days[i]`` over that day's reference price, times 10^9.

    Prices of before are divided by it to compare with those of that day and after. Days are in order.
    ``cash_e4s[i]`` and ``bonus_e4s[i]`` are what ten shares were given, in yuan before tax and in shares, times 10,000;
    the shares of a rights issue are paid for and do not count.
    """

    symbol: str
    days: list[int]
    ratios_e9: list[int]
    cash_e4s: list[int] = []
    bonus_e4s: list[int] = []

    def given(self, at: int) -> tuple[int, int]:
        """Cash and bonus of ``days[at]``; zeros where only the ratio is known, as in journals of before."""
        return (self.cash_e4s[at], self.bonus_e4s[at]) if at < len(self.cash_e4s) else (0, 0)


class Adjustments(Message, frozen=True):
    adjustments: list[Adjustment]
    unknown: list[str]


class GetTradeDays(Message, frozen=True):
    """Trading days from ``start_day`` to ``end_day`` as the feed knows them; both included."""

    start_day: int
    end_day: int


class TradeDays(Message, frozen=True):
    """``differing`` are the days that the feed and our own calendar do not agree about."""

    days: list[int]
    differing: list[int]


class GetSectors(Message, frozen=True):
    """The names of the feed's sectors."""


class Sectors(Message, frozen=True):
    names: list[str]


class GetMembers(Message, frozen=True):
    """The members of a sector by its name, or of an index by its symbol; ``trading_day`` 0 is now."""

    name: str
    trading_day: int


class Members(Message, frozen=True):
    """``weights_e6[i]`` is the weight of ``symbols[i]`` in millionths; empty where the feed has none."""

    name: str
    symbols: list[str]
    weights_e6: list[int]


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
    """The account and its day as the gateway's book has it; cash is the whole cash, what orders hold included.

    ``differing`` is what was told last of the broker's books being others than these.
    """

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
    differing: tuple[BookRow, ...] = ()


class GetBooks(Message, frozen=True):
    account: str


class BooksReport(Message, frozen=True):
    """Our book beside the broker's at the last look: every line, also those that agree.

    ``looks`` counts the looks of this life of the gateway. ``differing`` are the lines beyond the tolerance;
    ``unsettled``: one of them is to be looked at again before it is believed. ``ready``: the broker can be asked.
    """

    account: str
    trading_day: int
    looks: int
    looked_ns: int
    ready: bool
    rows: list[BookRow]
    differing: list[BookRow]
    unsettled: bool
    tolerance_e4: int


class GetRisk(Message, frozen=True):
    account: str


class RiskReport(Message, frozen=True):
    """Every limit with its use, as texts a trader reads: (name, used, limit).

    ``denied`` are the day's: a listener that starts from this report has missed them as events.
    """

    account: str
    halted: bool
    buys_only: bool
    operator: str
    why: str
    rows: list[tuple[str, str, str]]
    counters: dict[str, int]
    denied: list[OrderDenied] = msgspec.field(default_factory=list)  # journals from before have none


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
