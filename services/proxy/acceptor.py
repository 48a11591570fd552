"""The door before ZeroMQ: takes the connections of both ports, looks at their first bytes, counts, waits, closes.

ZeroMQ listens on the loopback interface only; what passes here is carried there byte by byte. So nobody reaches it who
is not on the list, guesses, stays silent, or speaks without CURVE; an address is known for each connection, and one
connection can be closed without touching another. It is part of the process's one loop: no thread, no lock.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from common.errors import ConfigError
from services.proxy import first_bytes
from services.proxy.acts import Audit
from services.proxy.doors import DEAD_KEY, WAITING_MAX, Doors, first_to_go
from services.proxy.links import COMMANDS, EVENTS
from services.proxy.rates import SECOND_NS
from services.proxy.visitor import CHUNK_OUT, OUTWARD_MAX, Visitor

GREETING_LIMIT_NS = 5 * SECOND_NS
HANDSHAKE_LIMIT_NS = 8 * SECOND_NS
STALLED_NS = 15 * SECOND_NS
HANDSHAKE_BYTES_MAX = 4_096
GREETING_BYTES = 64
UNTAKEN_BYTES_MAX = 2 * 1024 * 1024
OWED_BYTES_MAX = 3 * 32 * 1024 * 1024
"""Three of the largest answers that a server gives."""
HEARTBEAT_BYTES = 256
"""A second; so much of what has not come out of ZeroMQ may have been its heartbeats."""
ACCEPTED_AT_ONCE = 64
CONNECTIONS_MAX = 512

Watch = Callable[[socket.socket, bool, bool], None]
"""Wait for a socket to be readable, writable, both or (no longer) neither."""


class Acceptor:
    """``inner_port`` is ZeroMQ's; ``closed`` hears the numbers of connections that had shown a token and are gone."""

    def __init__(self, doors: Doors, inner_port: int, watch: Watch, audit: Callable[[Audit, int], None]) -> None:
        self.doors, self.inner_port, self._watch, self._audit = doors, inner_port, watch, audit
        self.visitors: dict[int, Visitor] = {}
        self.gone: list[int] = []
        self._listeners: dict[int, tuple[socket.socket, str]] = {}
        self._ends: dict[int, Visitor] = {}  # by the file number of either socket
        self._sources: dict[str, Visitor] = {}
        self._number = 0
        self._beat_ns = 0

    def listen(self, host: str, port: int) -> None:
        """Open both ports; ConfigError naming the one that is taken."""
        for at, name in ((port, COMMANDS), (port + 1, EVENTS)):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                listener = socket.create_server((host, at), family=family, backlog=256)
            except OSError as error:
                said = f"proxy 无法监听 {host}:{at}：{error.strerror}"
                raise ConfigError(f"{said}；请换 --port，或停止占用它的程序") from error
            listener.setblocking(False)
            self._listeners[listener.fileno()] = (listener, name)
            self._watch(listener, True, False)

    @property
    def ports(self) -> list[int]:
        return [listener.getsockname()[1] for listener, _ in self._listeners.values()]

    # -- what the others say ---------------------------------------------------------------------------------------

    def visitor_at(self, source: str) -> Visitor | None:
        """Whose connection to ZeroMQ comes from this address."""
        return self._sources.get(source)

    def known(self, visitor: Visitor) -> None:
        """Its token was accepted."""
        visitor.known = True

    def refused(self, visitor: Visitor, *, once_good: bool, mono_ns: int) -> None:
        """Its key is nobody's, or no longer good. ZeroMQ tells it and closes the connection."""
        self._failed(visitor, "WRONG_TOKEN", "令牌无效", mono_ns, DEAD_KEY if once_good else 1)
        visitor.received = 0  # counted

    def taken(self, number: int) -> None:
        """A whole message of it has come out of ZeroMQ."""
        visitor = self.visitors.get(number)
        if visitor is not None:
            visitor.untaken = 0

    def owes(self, number: int, size: int, mono_ns: int) -> None:
        """So much is about to be sent to it. One that asks for more than it reads is cut before it fills the memory."""
        visitor = self.visitors.get(number)
        if visitor is not None:
            visitor.owed += size
            if visitor.owed > OWED_BYTES_MAX:
                said = f"尚未取走的应答超过 {OWED_BYTES_MAX} 字节，已断开"
                self._audit(Audit("LINK_STALLED", visitor.peer, said), mono_ns)
                self._close(visitor)

    def slow(self, number: int, wait_ns: int, mono_ns: int) -> None:
        visitor = self.visitors.get(number)
        if visitor is not None:
            visitor.resume_ns = max(visitor.resume_ns, mono_ns + min(wait_ns, SECOND_NS))
            self._rewatch(visitor, mono_ns)

    def cut(self, number: int) -> None:
        visitor = self.visitors.get(number)
        if visitor is not None:
            self._close(visitor)

    def close(self) -> None:
        for visitor in list(self.visitors.values()):
            self._close(visitor)
        for listener, _ in self._listeners.values():
            listener.close()

    # -- what the sockets say --------------------------------------------------------------------------------------

    def ready(self, file: int, mono_ns: int) -> None:
        """A socket of ours can be read or written; one of a connection closed meanwhile is passed over."""
        if file in self._listeners:
            self._accept(*self._listeners[file], mono_ns)
            return
        visitor = self._ends.get(file)
        if visitor is None:
            return
        try:
            if file == visitor.outer.fileno():
                self._outer(visitor, mono_ns)
            else:
                self._inner(visitor, mono_ns)
        except OSError:
            # Reset, timed out, or unreachable: it is gone either way.
            self._over(visitor, mono_ns)
            return
        if visitor.number in self.visitors:
            self._rewatch(visitor, mono_ns)

    def beat(self, mono_ns: int) -> None:
        """A few times a second: what takes too long is closed, what was paused is read again."""
        passed_ns, self._beat_ns = mono_ns - (self._beat_ns or mono_ns), mono_ns
        for visitor in list(self.visitors.values()):
            visitor.untaken = max(visitor.untaken - HEARTBEAT_BYTES * passed_ns // SECOND_NS, 0)
            late_ns = mono_ns - visitor.came_ns
            if not visitor.known and late_ns > (HANDSHAKE_LIMIT_NS if visitor.judged else GREETING_LIMIT_NS):
                self._audit(Audit("SILENT_CONNECTION", visitor.address, "连接后没有出示令牌，已断开"), mono_ns)
                self._over(visitor, mono_ns)
            elif visitor.outward and mono_ns - visitor.moved_ns > STALLED_NS:
                self._audit(Audit("LINK_STALLED", visitor.peer, "对方不再接收，已断开"), mono_ns)
                self._close(visitor)

    def resume(self, mono_ns: int) -> int | None:
        """Read again those that were paused and have waited; how long until the next, None where nobody is paused."""
        waits = []
        for visitor in self.visitors.values():
            if 0 < visitor.resume_ns <= mono_ns:
                visitor.resume_ns = 0
                self._rewatch(visitor, mono_ns)
            elif visitor.resume_ns:
                waits.append(visitor.resume_ns - mono_ns)
        return min(waits) if waits else None

    # -- parts -----------------------------------------------------------------------------------------------------

    def _accept(self, listener: socket.socket, port: str, mono_ns: int) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                outer, peer = listener.accept()
            except OSError:
                # Nobody waits any more, or this process has all the files it may have: the beat frees some.
                return
            address = str(peer[0]).partition("%")[0]
            if no := self._not_let_in(address, mono_ns):
                outer.close()
                self._audit(no, mono_ns)
                continue
            self._make_room(mono_ns)
            outer.setblocking(False)
            outer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            source = self._next_source()
            visitor = Visitor(self._number, port, address, f"{address}:{peer[1]}", source, outer, mono_ns)
            self.visitors[visitor.number] = self._ends[outer.fileno()] = self._sources[source] = visitor
            self._watch(outer, True, False)

    def _not_let_in(self, address: str, mono_ns: int) -> Audit | None:
        if not self.doors.is_allowed(address):
            return Audit("NOT_ON_ALLOWLIST", address, "不在 QMT_SERVER_ALLOWLIST 里，已断开")
        if self.doors.wait_ns(address, mono_ns):
            return Audit("BACKED_OFF", address, "握手失败过多，暂不接受连接")
        if len(self.visitors) - self._waiting_count() >= CONNECTIONS_MAX:
            return Audit("TOO_MANY_CONNECTIONS", address, "连接数已满")
        return None

    def _waiting_count(self) -> int:
        return sum(not visitor.known for visitor in self.visitors.values())

    def _make_room(self, mono_ns: int) -> None:
        waiting = [visitor for visitor in self.visitors.values() if not visitor.known]
        if len(waiting) >= WAITING_MAX:
            number = first_to_go((one.number, one.address, bool(one.received)) for one in waiting)
            self._audit(
                Audit("TOO_MANY_WAITING", self.visitors[number].address, "未出示令牌的连接过多，已断开一个"), mono_ns
            )
            self._close(self.visitors[number])

    def _next_source(self) -> str:
        """A loopback address nobody has now: ZeroMQ tells it with each handshake, and so whose handshake it is."""
        while True:
            self._number += 1
            high, low = divmod(self._number, 254)
            source = f"127.{64 + high // 254 % 64}.{high % 254 + 1}.{low + 1}"
            if source not in self._sources:
                return source

    def _outer(self, visitor: Visitor, mono_ns: int) -> None:
        visitor.push_out(mono_ns)
        if visitor.resume_ns > mono_ns:
            return
        try:
            data = visitor.take(mono_ns)
        except BlockingIOError:
            return
        if not data:
            self._over(visitor, mono_ns)
            return
        if not visitor.judged:
            start = bytes(visitor.start) + data
            if fault := first_bytes.fault(start):
                self._failed(visitor, fault, first_bytes.TEXTS[fault], mono_ns)
                self._close(visitor)
                return
            visitor.judged = first_bytes.is_whole(start)
        if self._says_too_much(visitor, mono_ns):
            return
        visitor.pass_in(data)
        if visitor.inner is None and visitor.inward:
            self._ends[visitor.connect(self.inner_port).fileno()] = visitor
        else:
            visitor.push_in()

    def _says_too_much(self, visitor: Visitor, mono_ns: int) -> bool:
        if not visitor.known and visitor.received > HANDSHAKE_BYTES_MAX:
            self._over(visitor, mono_ns)
            return True
        if visitor.untaken > UNTAKEN_BYTES_MAX:
            self._audit(
                Audit("MESSAGE_TOO_LARGE", visitor.peer, f"未完的消息超过 {UNTAKEN_BYTES_MAX} 字节，已断开"), mono_ns
            )
            self._close(visitor)
            return True
        return False

    def _inner(self, visitor: Visitor, mono_ns: int) -> None:
        assert visitor.inner is not None
        visitor.joined = True
        visitor.push_in()
        if len(visitor.outward) < OUTWARD_MAX:
            try:
                data = visitor.inner.recv(CHUNK_OUT)
            except BlockingIOError:
                return
            if not data:
                self._over(visitor, mono_ns)
                return
            if not visitor.outward:
                visitor.moved_ns = mono_ns
            visitor.owed, visitor.answered = max(visitor.owed - len(data), 0), visitor.answered + len(data)
            visitor.outward += data
            visitor.push_out(mono_ns)

    def _over(self, visitor: Visitor, mono_ns: int) -> None:
        """One side has closed. A client that had begun a handshake and was not accepted is taken to have guessed, but
        for one that ZeroMQ had welcomed: it knew the server's key, and its wire was cut."""
        if not visitor.known and visitor.received > GREETING_BYTES >= visitor.answered:
            self._failed(visitor, "HANDSHAKE_FAILED", "握手失败，令牌不对", mono_ns)
        self._close(visitor)

    def _failed(self, visitor: Visitor, code: str, text: str, mono_ns: int, weight: float = 1) -> None:
        self._audit(Audit(code, visitor.address, f"{text}，已断开"), mono_ns)
        if wait_ns := self.doors.failed(visitor.address, weight, mono_ns):
            said = f"一分钟内多次握手失败，{wait_ns // SECOND_NS} 秒内不再接受此地址的连接"
            self._audit(Audit("AUTH_BACK_OFF", visitor.address, said), mono_ns)

    def _rewatch(self, visitor: Visitor, mono_ns: int) -> None:
        outer, inner = visitor.wants(mono_ns)
        self._watch(visitor.outer, *outer)
        if visitor.inner is not None:
            self._watch(visitor.inner, *inner)

    def _close(self, visitor: Visitor) -> None:
        if self.visitors.pop(visitor.number, None) is None:
            return
        for end in (visitor.outer, visitor.inner):
            if end is not None:
                self._watch(end, False, False)
                self._ends.pop(end.fileno(), None)
        del self._sources[visitor.source]
        visitor.close()
        if visitor.known:
            self.gone.append(visitor.number)
