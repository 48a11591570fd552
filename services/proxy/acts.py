"""What the border decides, as data: the process around it does it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class ToServer:
    """Forward a frame inside, in the name of a link that said hello."""

    name: str
    role: str
    data: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class ToLink:
    link: int
    data: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Slow:
    """Read nothing from the link for so long: whoever floods waits, and nothing is lost."""

    link: int
    wait_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection."""

    link: int


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """From now on the strategy's id belongs to the token; to be remembered over restarts."""

    strategy: str
    token: str


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """Nobody speaks in this name any more: its lines inside can be closed."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Audit:
    """What a person may want to know of: a stable English ``code``, an address or token, and a Chinese ``text``."""

    code: str
    who: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """One line of the access log; ``cost_ns`` from the arrival of what was asked to the answer."""

    peer: str
    session: str
    token: str
    action: str
    account: str
    status: str
    cost_ns: int


Act = ToServer | ToLink | Slow | Cut | Claimed | Left | Audit | Access
