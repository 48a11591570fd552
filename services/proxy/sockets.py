"""ZeroMQ at the border: one encrypted socket for all links, who may shake hands (ZAP), the lines and ears inside.

Events leave through a ROUTER too, to each link that may follow their topic, and not through an XPUB: that one changes
the topics of the link it has heard last only, so nothing could be taken from a link whose token was changed; and it
knows a link by the place of its pipe in memory, which the next connection may get.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from collections.abc import Callable, Iterable
from typing import Any

import zmq
from zmq.utils import z85

from common.bus import FIRST, Addresses

FRAME_BYTES_MAX = 1024 * 1024
"""Of a frame from outside; the longest honest one asks for bars of the whole market and has a tenth of that."""
BEAT_MS, SILENCE_MS = 5_000, 15_000
HANDSHAKE_MS = 10_000
QUEUE_MAX = 1_000
EVENTS_MAX = 10_000
TAKEN_AT_ONCE = 64
HEARD = {
    "gateway": (FIRST + b"account/",),
    "quotes": (b"market", b"clock"),
    "risk": (FIRST + b"decisions/",),
}
"""What is followed inside; the copies that strategies get, since those outside wait for them as those inside do."""


@dataclasses.dataclass(frozen=True)
class Handshake:
    """Who wants in: ``source`` is where the connection to ZeroMQ comes from, ``key`` what the client proved to hold."""

    source: str
    key: bytes


Verdict = Callable[[Handshake], tuple[int, int]]
"""The status (200, 400, 500) and the number of the link, which ZeroMQ then puts on each of its frames."""


@dataclasses.dataclass(slots=True)
class Got:
    """What one look at the sockets brought: (link, frame) from outside, (name, role, frame) and (topic, frames) from
    inside, and file numbers of the connections at the door."""

    outside: list[tuple[int, bytes]] = dataclasses.field(default_factory=list)
    inside: list[tuple[str, str, bytes]] = dataclasses.field(default_factory=list)
    events: list[tuple[str, list[bytes]]] = dataclasses.field(default_factory=list)
    files: list[int] = dataclasses.field(default_factory=list)


class Sockets:
    """``server_secret`` is the server's secret key, 32 bytes."""

    def __init__(self, server_secret: bytes, inside: Addresses, verdict: Verdict) -> None:
        self.inside_addresses, self.verdict = inside, verdict
        self.context = zmq.Context()
        self.poller = zmq.Poller()
        self._lines: dict[tuple[str, str], zmq.Socket[bytes]] = {}
        self._whose: dict[zmq.Socket[bytes], tuple[str, str]] = {}
        self._routes: dict[int, bytes] = {}
        self._more = False
        self.ears = [self._hear(role, topics) for role, topics in HEARD.items()]
        self.zap: zmq.Socket[bytes] = self.context.socket(zmq.ROUTER)
        self.zap.bind("inproc://zeromq.zap.01")
        self.poller.register(self.zap, zmq.POLLIN)
        self.links = self._border(server_secret)
        self.port = self.links.bind_to_random_port("tcp://127.0.0.1")

    def watch(self, end: socket.socket, read: bool, write: bool) -> None:
        """Wait for a connection at the door, too; for nothing any more where both are False."""
        flags = (zmq.POLLIN if read else 0) | (zmq.POLLOUT if write else 0)
        if flags:
            self.poller.register(end.fileno(), flags)
        else:
            with contextlib.suppress(KeyError):
                self.poller.unregister(end.fileno())

    def receive(self, timeout_ms: int) -> Got:
        """All that is there within `timeout_ms`; of the links no more at once than leaves time for the others."""
        got = Got()
        for ready, _ in self.poller.poll(0 if self._more else timeout_ms):
            if isinstance(ready, int):
                got.files.append(ready)
            elif ready is self.zap:
                self._shake_hands()
            elif ready in self._whose:
                self._answers(ready, got)
            elif ready is not self.links:
                self._events(ready, got)
        self._from_links(got)
        return got

    def to_link(self, number: int, frames: list[bytes]) -> None:
        """Send to a link; one whose queue is full misses it and asks again."""
        route = self._routes.get(number)
        if route is not None:
            self.links.send_multipart([route, *frames])

    def to_server(self, name: str, role: str, frames: list[bytes]) -> None:
        """Send inside, in somebody's name."""
        with contextlib.suppress(zmq.Again):
            self._line(name, role).send_multipart(frames, zmq.NOBLOCK)

    def forget(self, number: int) -> None:
        self._routes.pop(number, None)

    def left(self, name: str) -> None:
        """Nobody speaks in that name any more."""
        for key in [key for key in self._lines if key[0] == name]:
            line = self._lines.pop(key)
            del self._whose[line]
            self.poller.unregister(line)
            line.close()

    def close(self) -> None:
        self.context.destroy(linger=200)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _shake_hands(self) -> None:
        """Answer the handshakes that wait (ZAP, RFC 27). Only CURVE is ever let in."""
        while _has_more(self.zap):
            asker, _, version, request, _, address, _, mechanism, *credentials = self.zap.recv_multipart()
            status, number = 400, 0
            if mechanism == b"CURVE" and len(credentials) == 1:
                status, number = self.verdict(Handshake(address.decode("ascii", "replace"), credentials[0]))
            user = b"%d" % number if status == 200 else b""
            self.zap.send_multipart([asker, b"", version, request, b"%d" % status, b"", user, b""])

    def _from_links(self, got: Got) -> None:
        """Frames with the user id that the handshake gave them; a message without one is nobody's."""
        for _ in range(TAKEN_AT_ONCE):
            self._more = _has_more(self.links)
            if not self._more:
                return
            route, *parts = self.links.recv_multipart(zmq.NOBLOCK, copy=False)
            for part in parts:
                user = _user_of(part)
                if user:
                    self._routes[user] = route.bytes
                    got.outside.append((user, part.bytes))

    def _answers(self, line: Any, got: Got) -> None:
        name, role = self._whose[line]
        while _has_more(line):
            got.inside += [(name, role, part) for part in line.recv_multipart(zmq.NOBLOCK)]

    def _events(self, ear: Any, got: Got) -> None:
        while _has_more(ear):
            topic, *parts = ear.recv_multipart(zmq.NOBLOCK)
            got.events.append((topic.removeprefix(FIRST).decode("utf-8", "replace"), parts))

    def _border(self, secret: bytes) -> zmq.Socket[bytes]:
        links: zmq.Socket[bytes] = self.context.socket(zmq.ROUTER)
        links.curve_server = True
        links.curve_secretkey = z85.encode(secret)
        links.zap_domain = b"bullet-trade"
        _prepare(links, EVENTS_MAX)
        links.setsockopt(zmq.RCVHWM, QUEUE_MAX)
        links.setsockopt(zmq.MAXMSGSIZE, FRAME_BYTES_MAX)
        links.setsockopt(zmq.HEARTBEAT_IVL, BEAT_MS)
        links.setsockopt(zmq.HEARTBEAT_TIMEOUT, SILENCE_MS)
        links.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        links.setsockopt(zmq.BACKLOG, 512)
        self.poller.register(links, zmq.POLLIN)
        return links

    def _hear(self, role: str, topics: Iterable[bytes]) -> zmq.Socket[bytes]:
        ear: zmq.Socket[bytes] = self.context.socket(zmq.SUB)
        _prepare(ear, 100_000)
        for topic in topics:
            ear.setsockopt(zmq.SUBSCRIBE, topic)
        ear.connect(self.inside_addresses.topic(role))
        self.poller.register(ear, zmq.POLLIN)
        return ear

    def _line(self, name: str, role: str) -> zmq.Socket[bytes]:
        line = self._lines.get((name, role))
        if line is None:
            line = self.context.socket(zmq.DEALER)
            _prepare(line, QUEUE_MAX)
            line.setsockopt(zmq.IDENTITY, name.encode("utf-8"))
            line.connect(self.inside_addresses.inbox(role))
            self.poller.register(line, zmq.POLLIN)
            self._lines[name, role], self._whose[line] = line, (name, role)
        return line


def _prepare(end: zmq.Socket[bytes], queue_max: int) -> None:
    end.setsockopt(zmq.LINGER, 0)
    end.setsockopt(zmq.SNDHWM, queue_max)
    end.setsockopt(zmq.RCVHWM, queue_max)
    end.setsockopt(zmq.RECONNECT_IVL, 50)
    end.setsockopt(zmq.RECONNECT_IVL_MAX, 500)


def _has_more(end: Any) -> bool:
    return bool(end.get(zmq.EVENTS) & zmq.POLLIN)


def _user_of(part: Any) -> int:
    try:
        return int(part.get("User-Id"))
    except (zmq.ZMQError, ValueError):
        return 0
