"""What a process carries over into the journal of a new day; never on the wire."""

from __future__ import annotations

import msgspec

from common.messages.decisions import OrderDenied, TradingHalted
from common.messages.queries import AccountSnapshot
from common.messages.values import BookRow, Message


class PublishedPosition(msgspec.Struct, frozen=True, array_like=True):
    """A stream this process publishes; ``frames`` are the last events, for listeners a little behind."""

    channel: str
    account: str
    epoch: int
    seq: int
    previous_end: int
    frames: list[bytes]


class FollowedPosition(msgspec.Struct, frozen=True, array_like=True):
    """The last event seen of a stream this process listens to."""

    channel: str
    account: str
    epoch: int
    seq: int


class SentPosition(msgspec.Struct, frozen=True, array_like=True):
    """Commands sent on a channel; ``unacked`` are those still to be acknowledged, with their runs and numbers."""

    channel: str
    run: int
    seq: int
    unacked: list[tuple[int, int, bytes]]


class TakenPosition(msgspec.Struct, frozen=True, array_like=True):
    """Commands taken from a sender on a channel; ``ended`` are its runs that another one followed."""

    sender: str
    channel: str
    run: int
    seq: int
    ended: list[int]


class Carried(Message, frozen=True):
    """First record of a day's journal that another one came before: where the session stood. What the core carries are
    the effects of the same step: applied to a fresh core, in order, they bring it to where it was."""

    day: str  # ISO date of the journal that begins here
    life: int  # the session's, when this was written: 0 of no other day
    number: int
    part: int
    published: list[PublishedPosition]
    followed: list[FollowedPosition]
    sent: list[SentPosition]
    taken: list[TakenPosition]


class AskedCarried(msgspec.Struct, frozen=True, array_like=True):
    """A statement that was asked for: the open orders and the number of fills it knows for certain."""

    orders: list[str]
    fills: int
    look: bool


class SuspectCarried(msgspec.Struct, frozen=True, array_like=True):
    """A difference that is not believed yet."""

    symbol: str
    difference: int
    seen_ns: int
    fills: int
    looks: int
    quiet: int


class LooksCarried(msgspec.Struct, frozen=True, array_like=True):
    """What the looks at the broker's books have come to."""

    count: int
    looked_ns: int
    rows: list[BookRow]
    suspects: list[SuspectCarried]
    told: dict[str, int]
    fresh: bool


class GatewayCarried(Message, frozen=True):
    """One account at the gateway; ``ready``, ``owed`` and ``silent`` hold only as long as the process lives."""

    account: str
    book: AccountSnapshot
    ready: bool
    owed: list[AskedCarried]
    answered: AskedCarried | None
    handed: list[str]
    cancelling: list[str]
    silent: dict[str, int]  # handed over and not a word since, market time
    looks: LooksCarried
    halted: tuple[int, bool] | None  # since when, and whether only buys are
    marked_ns: int
    link_spoken: int = 0  # trading day on which its link was spoken of last; journals from before have none


class RiskCarried(Message, frozen=True):
    """One account at risk; orders on their way stand in its book."""

    account: str
    book: AccountSnapshot
    cancels: int
    cancelled_ns: int
    cancels_of: dict[str, int]
    denied: list[OrderDenied]
    halt: TradingHalted | None
    inspected_ns: int
    breaches: list[tuple[str, str]]
