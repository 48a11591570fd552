"""What is fed with broken frames, and what must hold: nothing is raised but WireError, passed on, or piled up."""

from __future__ import annotations

import contextlib
from typing import Protocol

from common import messages as m
from common import wire
from common.channels import Scope
from common.clock import MarketTime
from common.errors import WireError
from common.reasons import Reason
from common.session import Session
from services.proxy.acts import ToServer
from services.proxy.core import Border
from services.proxy.limits import Limits
from services.proxy.links import COMMANDS, EVENTS
from services.proxy.scopes import Served
from services.proxy.tokens import Token

STRATEGY = "strategy.noisy"
PEERS = (STRATEGY, "operator.1", "risk", "")
LEFT_MAX = 20_000


class Target(Protocol):
    """Takes one frame after the other, for ever."""

    def feed(self, data: bytes) -> None: ...


class Wire:
    """All decoders."""

    def feed(self, data: bytes) -> None:
        for decode in (wire.decode_message, wire.decode_answer, wire.decode_step, wire.decode_plain):
            with contextlib.suppress(WireError):
                decode(data)
        with contextlib.suppress(WireError):
            frame = wire.decode_frame(data)
            assert wire.decode_frame(wire.encode(frame)) == frame
            if hasattr(frame, "channel") and hasattr(frame, "body"):
                wire.decode_body(frame.channel, frame.body)


class Sessions:
    """The session of each server; what is stepped is of its own channels, and what waits is bounded."""

    def __init__(self) -> None:
        self.sessions = [self._session(name) for name in ("risk", "gateway", "quotes", "state", "strategy.demo")]
        self._number = 0

    def feed(self, data: bytes) -> None:
        self._number += 1
        peer = PEERS[self._number % len(PEERS)]
        for session in self.sessions:
            session.frame(data, self._number, peer)
            if self._number % 100 == 0:
                session.wake(self._number * 1_000_000)
            out = session.out
            out.records, out.frames, out.effects, out.notes = [], [], [], []
            out.contents.clear()
            assert len(session.commands_in.held) < LEFT_MAX and len(session.deferred) == 0

    @staticmethod
    def _session(name: str) -> Session:
        session = Session(name, _Quiet(), ("main",), MarketTime(simulated=True), 1)
        session.start(recovered=False)
        return session


class _Quiet:
    """A core that decides nothing."""

    journals_all = False
    wake_ns = 0
    busy = False

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        return []

    def apply(self, message: m.Message) -> None:
        pass

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_SUPPORTED, "")

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_SUPPORTED, "")

    def carry(self, now_ns: int) -> list[m.Message]:
        return []


class Proxy:
    """The border with a strategy, an operator and a reader linked; what passes is allowed, whatever came before it."""

    def __init__(self) -> None:
        tokens = [
            Token("trader", b"t" * 32, frozenset({Scope.TRADE}), ("main",)),
            Token("reader", b"r" * 32, frozenset({Scope.READ}), ("main",)),
        ]
        limits = Limits(frames=10**9, frames_burst=10**9, asks=10**9, asks_burst=10**9)
        served = Served(("main", "hedge"), "dry_run", simulated=True)
        self.border = Border({token.name: token for token in tokens}, served, limits, {}, lambda _: True)
        self.links: list[int] = []
        self._number = 0
        for name, token in ((STRATEGY, tokens[0]), ("operator.1", tokens[1])):
            for port in (COMMANDS, EVENTS):
                self.links.append(len(self.links) + 1)
                self.border.joined(self.links[-1], port, "10.0.0.1:1", token, 0)
                hello = wire.Hello(name, 1, wire.PROTOCOL, "", "", ["account/", "clock"])
                self.border.outside(self.links[-1], wire.encode(hello), 1, 0)

    def feed(self, data: bytes) -> None:
        self._number += 1
        link = self.links[self._number % len(self.links)]
        for act in self.border.outside(link, data, self._number, self._number):
            if isinstance(act, ToServer):
                self._check(act, reads_only=link > 2)
        if self._number % 100 == 0:
            self.border.beat(self._number, self._number)
        assert len(self.border.links) == len(self.links)
        for one in self.border.links.values():
            assert len(one.commands) + len(one.queries) < LEFT_MAX and len(one.symbols) < LEFT_MAX

    @staticmethod
    def _check(act: ToServer, *, reads_only: bool) -> None:
        frame = wire.decode_frame(act.data)
        assert getattr(frame, "sender", "") == act.name
        assert isinstance(frame, wire.Query | wire.Fetch) if reads_only else act.name == STRATEGY
        if isinstance(frame, wire.Command):
            command = wire.decode_body(frame.channel, frame.body)
            assert isinstance(command, m.SubmitOrder | m.CancelOrder | m.RaiseAlert) and act.role == "risk"
            order = getattr(command, "order", command)
            assert order.account == "main" and getattr(order, "strategy", "noisy") == "noisy"


TARGETS: dict[str, type[Target]] = {"wire": Wire, "session": Sessions, "proxy": Proxy}
