"""A border on ports of its own in a thread, with stand-ins for the servers inside that a test reads and writes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from common import wire
from common.bus import Addresses, Bus
from common.channels import Scope
from common.clock import sleep
from common.link import Keys, RemoteAddresses, public_of
from services.proxy.acceptor import Acceptor
from services.proxy.acts import Access, Claimed
from services.proxy.core import Border
from services.proxy.doors import Doors
from services.proxy.gate import Gate, Hands
from services.proxy.limits import Limits
from services.proxy.records import AccessLog, Audits
from services.proxy.scopes import Served
from services.proxy.sockets import Handshake, Sockets
from services.proxy.tokens import Token
from tests.common.sockets import attempts, free_port_base

ALL = frozenset(Scope)
SERVED = Served(("main", "hedge"), "dry_run", simulated=False)


class Kept(AccessLog):
    """Keeps the records instead of writing them."""

    def __init__(self) -> None:
        super().__init__(Path(), None, 1, accounts_shown=True)
        self.records: list[Access] = []

    def add(self, access: Access, now_ns: int) -> None:
        self.records.append(access)

    def write(self, now_ns: int) -> None:
        pass


class Post:
    """``server`` is the server's secret; ``secret_of`` has the clients' by the names of their tokens."""

    def __init__(self, tokens: Callable[[], dict[str, Token]], **options: object) -> None:
        self.port, self.inside = free_port_base() + 1, Addresses(free_port_base())
        self.server: bytes = options.get("server") or secrets.token_bytes(32)  # type: ignore[assignment]
        self.audited: list[tuple[str, str]] = []
        self.claimed: list[Claimed] = []
        self.released: list[str] = []
        self.log = Kept()
        served = options.get("served", SERVED)
        limits = options.get("limits", Limits())
        self.border = Border(tokens(), served, limits, {}, lambda _: True)  # type: ignore[arg-type]
        self.audits = Audits(lambda code, text: self.audited.append((code, text)))
        self.sockets = Sockets(self.server, self.inside, self._verdict)
        allowed = options.get("allowed", ())
        self.acceptor = Acceptor(Doors(allowed), self.sockets.port, self.sockets.watch, self.audits.add)  # type: ignore[arg-type]
        hands = Hands(self.claimed.append, self.released.append)
        file = options.get("file")
        self.gate = Gate(self.border, self.sockets, self.acceptor, self.audits, self.log, hands, file)  # type: ignore[arg-type]
        self.acceptor.listen("127.0.0.1", self.port)
        self.thread = threading.Thread(target=self.gate.run, daemon=True)

    def _verdict(self, handshake: Handshake) -> tuple[int, int]:
        return self.gate.verdict(handshake)

    def remote(self, secret: bytes, *, life: int = 1, mode: str = "", account: str = "") -> RemoteAddresses:
        return RemoteAddresses("127.0.0.1", self.port, Keys(public_of(self.server), secret), life, mode, account)

    def codes(self) -> set[str]:
        return {code for code, _ in self.audited}


@contextmanager
def posted(*tokens: Token, **options: object) -> Iterator[Post]:
    """A running border; it ends with the block, and an error in its thread fails the test."""
    post = Post(lambda: {token.name: token for token in tokens}, **options)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            post.gate.run()
        except BaseException as error:  # told in the test's own thread
            failed.append(error)

    post.thread = threading.Thread(target=run, daemon=True)
    post.thread.start()
    try:
        yield post
    finally:
        post.gate.stopping = True
        post.thread.join(10)
        post.gate.close()
        if failed:
            raise failed[0]


def token(name: str, secret: bytes, scopes: frozenset[Scope] = ALL, **fields: object) -> Token:
    return Token(name, public_of(secret), scopes, **fields)  # type: ignore[arg-type]


def frames(bus: Bus, enough: Callable[[list[wire.AnyFrame]], bool]) -> list[wire.AnyFrame]:
    """All that has arrived, decoded, once it is enough."""
    got: list[wire.AnyFrame] = []
    for _ in attempts():
        got += [wire.decode_frame(data) for _, data in bus.receive(50)]
        if enough(got):
            return got
    raise AssertionError(f"only {got} arrived")


def is_in(kind: type[wire.Frame]) -> Callable[[list[wire.AnyFrame]], bool]:
    return lambda got: any(isinstance(one, kind) for one in got)


def eventually(true: Callable[[], bool]) -> None:
    for _ in attempts():
        if true():
            return
        sleep(0.01)
    raise AssertionError("it never came true")
