"""The proxy's one loop: what arrives at the door, from the links and from inside goes through the border's core."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from common.clock import monotonic_ns, wall_ns
from common.errors import ConfigError
from services.proxy.acceptor import Acceptor
from services.proxy.acts import Access, Act, Audit, Claimed, Cut, Left, Slow, ToLink, ToServer
from services.proxy.core import Border
from services.proxy.keyring import read_tokens
from services.proxy.rates import SECOND_NS
from services.proxy.records import AccessLog, Audits
from services.proxy.sockets import Handshake, Sockets

BEAT_NS = SECOND_NS // 5
TOKENS_NS = SECOND_NS // 2


@dataclasses.dataclass(frozen=True)
class Hands:
    """What the loop needs of its process: to remember whose a strategy is, and to give a name free again."""

    remember: Callable[[Claimed], None]
    release: Callable[[str], None]


class Gate:
    """``tokens_file`` is looked at twice a second; None where one word opens everything."""

    def __init__(
        self,
        border: Border,
        sockets: Sockets,
        acceptor: Acceptor,
        audits: Audits,
        access: AccessLog | None,
        hands: Hands,
        tokens_file: Path | None,
    ) -> None:
        self.border, self.sockets, self.acceptor = border, sockets, acceptor
        self.audits, self.access, self.hands, self.tokens_file = audits, access, hands, tokens_file
        self.stopping = False
        self._beat_ns = self._tokens_ns = 0
        self._seen = self._stamp()

    def run(self) -> None:
        while not self.stopping:
            self.turn()

    def turn(self) -> None:
        """Look once at everything: the door first, so that what has just come is carried on in this very turn."""
        got = self.sockets.receive(self._wait_ms())
        mono_ns = monotonic_ns()
        for file in got.files:
            self.acceptor.ready(file, mono_ns)
        acts: list[Act] = []
        for topic, frames in got.events:
            for number in self.border.followers(topic):
                self._send(number, frames, mono_ns)
        for name, role, data in got.inside:
            acts += self.border.inside(name, role, data, mono_ns)
        now_ns = wall_ns()
        for number, data in got.outside:
            self.acceptor.taken(number)
            acts += self.border.outside(number, data, now_ns, mono_ns)
        self.do(acts, mono_ns)
        if mono_ns - self._beat_ns >= BEAT_NS:
            self._beat(now_ns, mono_ns)
        self._bury(mono_ns)

    def verdict(self, handshake: Handshake) -> tuple[int, int]:
        """Who proves to hold a key that a token names is let in, under the number of the connection it came on."""
        visitor, mono_ns = self.acceptor.visitor_at(handshake.source), monotonic_ns()
        if visitor is None:
            # It did not come through the door: somebody on this machine found ZeroMQ's own port.
            return 400, 0
        admission = self.border.admit(handshake.key, wall_ns())
        if admission.status != 200 or admission.token is None:
            self.acceptor.refused(visitor, once_good=admission.token is not None, mono_ns=mono_ns)
            return admission.status, 0
        self.acceptor.known(visitor)
        self.border.joined(visitor.number, visitor.port, visitor.peer, admission.token, mono_ns)
        return 200, visitor.number

    def do(self, acts: list[Act], mono_ns: int) -> None:
        """Neighbours with one target travel in one message."""
        target: tuple[str, str] | int | None = None
        batch: list[bytes] = []
        for act in acts:
            if isinstance(act, ToLink | ToServer):
                to = act.link if isinstance(act, ToLink) else (act.name, act.role)
                if to != target and batch:
                    self._send(target, batch, mono_ns)
                    batch = []
                target = to
                batch.append(act.data)
            else:
                if batch and not isinstance(act, Access | Audit):
                    self._send(target, batch, mono_ns)
                    batch = []
                self._do(act, mono_ns)
        if batch:
            self._send(target, batch, mono_ns)

    def close(self) -> None:
        mono_ns = monotonic_ns()
        self.acceptor.close()
        self._bury(mono_ns)
        self.audits.settle(mono_ns, all_=True)
        if self.access is not None:
            self.access.write(wall_ns())
            self.access.close()
        self.sockets.close()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _send(self, target: tuple[str, str] | int | None, batch: list[bytes], mono_ns: int) -> None:
        if isinstance(target, int):
            self.acceptor.owes(target, sum(map(len, batch)), mono_ns)
            self.sockets.to_link(target, batch)
        elif target is not None:
            self.sockets.to_server(*target, batch)

    def _do(self, act: Act, mono_ns: int) -> None:
        match act:
            case Audit():
                self.audits.add(act, mono_ns)
            case Access():
                if self.access is not None:
                    self.access.add(act, wall_ns())
            case Slow(link=number, wait_ns=wait_ns):
                self.acceptor.slow(number, wait_ns, mono_ns)
            case Cut(link=number):
                self.acceptor.cut(number)
            case Claimed():
                self.hands.remember(act)
            case Left(name=name):
                self.sockets.left(name)
                self.hands.release(name)

    def _bury(self, mono_ns: int) -> None:
        """Connections that ended in this turn."""
        while self.acceptor.gone:
            number = self.acceptor.gone.pop()
            self.sockets.forget(number)
            self.do(self.border.closed(number, mono_ns), mono_ns)

    def _beat(self, now_ns: int, mono_ns: int) -> None:
        self._beat_ns = mono_ns
        self.acceptor.beat(mono_ns)
        self.do(self.border.beat(now_ns, mono_ns), mono_ns)
        if self.tokens_file is not None and mono_ns - self._tokens_ns >= TOKENS_NS:
            self._tokens_ns = mono_ns
            self._look_at_tokens(self.tokens_file, now_ns, mono_ns)
        self.audits.settle(mono_ns)
        if self.access is not None:
            self.access.write(now_ns)

    def _look_at_tokens(self, file: Path, now_ns: int, mono_ns: int) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            # A file that is gone has no tokens: nobody is let in who cannot be shown to be.
            tokens = read_tokens(file) if stamp else {}
        except ConfigError as error:
            self.audits.add(Audit("TOKENS_UNREADABLE", file.name, f"{error}；继续使用之前的令牌"), mono_ns)
            return
        self.audits.add(Audit("TOKENS_READ", file.name, f"已读取 {len(tokens)} 个令牌"), mono_ns)
        self.do(self.border.replace_tokens(tokens, now_ns, mono_ns), mono_ns)

    def _stamp(self) -> tuple[int, int, int] | None:
        if self.tokens_file is None:
            return None
        try:
            found = self.tokens_file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _wait_ms(self) -> int:
        mono_ns = monotonic_ns()
        wait_ns = max(self._beat_ns + BEAT_NS - mono_ns, 0)
        paused_ns = self.acceptor.resume(mono_ns)
        if paused_ns is not None:
            wait_ns = min(wait_ns, paused_ns)
        return -(-wait_ns // 1_000_000)
