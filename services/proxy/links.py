"""The connections that have shown a token: whose they are, what they follow, what they wait for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from common.channels import role_of
from services.proxy.acts import Access
from services.proxy.tokens import Token

COMMANDS, EVENTS = "commands", "events"
"""The two ports; a link of the second one follows and says nothing but hello."""

PENDING_MAX = 2_000
NO_ANSWER_NS = 20_000_000_000


@dataclasses.dataclass(slots=True)
class Pending:
    """Something asked that is not answered yet."""

    action: str
    account: str
    began_ns: int  # monotonic


@dataclasses.dataclass(slots=True)
class Link:
    """``number`` is the user id that ZeroMQ puts on each of its frames. ``name`` is what it is called inside, "" until
    it has said hello; ``said`` is what it calls itself. Times are monotonic."""

    number: int
    port: str
    peer: str
    token: Token
    joined_ns: int
    name: str = ""
    said: str = ""
    life: int = 0
    heard_ns: int = 0
    doomed_ns: int = 0  # when it is cut: it has been told why
    topics: set[str] = dataclasses.field(default_factory=set)
    symbols: set[str] = dataclasses.field(default_factory=set)
    commands: dict[tuple[str, int, int], Pending] = dataclasses.field(default_factory=dict)
    queries: dict[tuple[str, int], Pending] = dataclasses.field(default_factory=dict)

    @property
    def role(self) -> str:
        return role_of(self.name)

    @property
    def strategy(self) -> str:
        return self.name.partition(".")[2] if self.role == "strategy" else ""

    def access(self, action: str, account: str, status: str, cost_ns: int = 0) -> Access:
        return Access(self.peer, self.name or self.said, self.token.name, action, account, status, cost_ns)

    def asked(self, channel: str, number: int, pending: Pending) -> None:
        """Note a query; one that is sent again began with the first."""
        if len(self.queries) < PENDING_MAX:
            self.queries.setdefault((channel, number), pending)

    def ordered(self, channel: str, run: int, seq: int, pending: Pending) -> None:
        if len(self.commands) < PENDING_MAX:
            self.commands.setdefault((channel, run, seq), pending)

    def answered(self, channel: str, number: int, status: str, mono_ns: int) -> Iterator[Access]:
        if (pending := self.queries.pop((channel, number), None)) is not None:
            yield self._done(pending, status, mono_ns)

    def acknowledged(self, channel: str, run: int, seq: int, mono_ns: int) -> Iterator[Access]:
        """An acknowledgement speaks of all commands up to its number."""
        for key in [key for key in self.commands if key[:2] == (channel, run) and key[2] <= seq]:
            yield self._done(self.commands.pop(key), "ok", mono_ns)

    def refused(self, channel: str, seq: int, reason: str, mono_ns: int) -> Iterator[Access]:
        for key in [key for key in self.commands if (key[0], key[2]) == (channel, seq)]:
            yield self._done(self.commands.pop(key), f"refused:{reason}", mono_ns)

    def unanswered(self, mono_ns: int, since_ns: int, status: str) -> Iterator[Access]:
        """What was asked before `since_ns` and has no answer yet."""
        for command in [key for key, pending in self.commands.items() if pending.began_ns <= since_ns]:
            yield self._done(self.commands.pop(command), status, mono_ns)
        for query in [key for key, pending in self.queries.items() if pending.began_ns <= since_ns]:
            yield self._done(self.queries.pop(query), status, mono_ns)

    def _done(self, pending: Pending, status: str, mono_ns: int) -> Access:
        return self.access(pending.action, pending.account, status, mono_ns - pending.began_ns)
