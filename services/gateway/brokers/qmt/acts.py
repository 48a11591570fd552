"""What goes between the core of a data path and its threads: vendor calls out, and what came of them in."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from services.gateway.brokers import BrokerReport, BrokerRequest
from services.gateway.brokers.qmt.rows import Push, Row


class Now(NamedTuple):
    """``mono_ns`` is for deadlines, ``wall_ns`` for the market's day."""

    mono_ns: int
    wall_ns: int


# -- vendor calls ------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Open:
    """Make an instance in a thread of its own, relaxed, with its callback, and ``start`` it."""

    session_id: int


@dataclasses.dataclass(frozen=True, slots=True)
class Connect:
    """Returns 0, or whatever else where it failed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Subscribe:
    """Ask for an account's pushes; returns 0, or -1."""

    account_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class AskStatus:
    """Of every account of the terminal."""


@dataclasses.dataclass(frozen=True, slots=True)
class AskOrders:
    account_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class AskTrades:
    account_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class AskPositions:
    account_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class AskAsset:
    account_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Submit an order; returns its ``seq``, which proves nothing (xtquant 6.1)."""

    account_id: str
    code: str
    order_type: int
    volume: int
    price_type: int
    price: float
    strategy: str
    remark: str


@dataclasses.dataclass(frozen=True, slots=True)
class Cancel:
    """Wish for the end of an order; returns a ``seq``."""

    account_id: str
    order_id: int


Question = AskStatus | AskOrders | AskTrades | AskPositions | AskAsset
Act = Open | Connect | Subscribe | Question | Place | Cancel


# -- out of the core ---------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """``act``, to be done by the instance of ``generation``; ``number`` is its own for ever."""

    number: int
    generation: int
    act: Act


@dataclasses.dataclass(frozen=True, slots=True)
class Abandon:
    """Take back what that instance has not begun, and stop it; one that does not stop is left behind."""

    generation: int


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A line for the log."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class GiveUp:
    """Only a new process helps."""

    text: str


Out = Call | Abandon | BrokerReport | Note | GiveUp


# -- into the core -----------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Requested:
    """``epoch``: how often the gateway had been told by then that the account's link is down."""

    request: BrokerRequest
    epoch: int


@dataclasses.dataclass(frozen=True, slots=True)
class Returned:
    """A call came back. ``has_queue``: whether the terminal's up_queue_xtquant lay in the folder then."""

    number: int
    value: int
    has_queue: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Raised:
    number: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """The rows of a question; None where the SDK gave None."""

    number: int
    rows: tuple[Row, ...] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Pushed:
    """A callback of the instance of ``generation`` was called."""

    generation: int
    row: Push


@dataclasses.dataclass(frozen=True, slots=True)
class Garbled:
    """A callback could not be understood: whatever it said is lost and must be asked for."""

    generation: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class NotMade:
    """These calls were taken back before the instance had begun them: they never reached the terminal."""

    numbers: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Stopped:
    """An abandoned instance let go, or did not in time."""

    generation: int
    in_time: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Freed:
    """An instance that had not stopped in time did at last."""

    generation: int


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


Event = Requested | Returned | Raised | Answered | Pushed | Garbled | NotMade | Stopped | Freed | Tick
