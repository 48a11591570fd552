"""ZeroMQ at the border: one encrypted socket for all links, who may shake hands (ZAP), the lines and ears inside.

Events leave through a ROUTER too, to each link that may follow their topic, and not through an XPUB: that one changes
the topics of the link it has heard last only, so nothing could be taken from a link whose token was changed; and it
knows a link by the place of its pipe in memory, which the next connection may get.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import itertools
import socket
from collections.abc import Callable, Iterator
from typing import Any

import zmq
from zmq.utils import z85

from common.bus import FIRST, Addresses, frames_of, send_parts
from services.proxy.visitor import INSIDE_BYTES

FRAME_BYTES_MAX = 1024 * 1024
"""Of a frame from outside; the longest honest one asks for bars of the whole market and has a tenth of that."""
BEAT_MS, SILENCE_MS = 5_000, 15_000
HANDSHAKE_MS = 10_000
QUEUE_MAX = 1_000
EVENTS_MAX = 10_000
UNTAKEN_MAX = 100
"""Messages of one link that wait to be looked at."""
TAKEN_AT_ONCE = 64
"""Messages of one socket; the others have their turn, then it goes on."""
FROM_LINKS_AT_ONCE = 8
"""Fewer, for these are judged one by one: messages in all, and frames of one link. An honest link waits for so many of
a flood's at each of its steps."""
_IN, _OUT, _NOBLOCK = int(zmq.POLLIN), int(zmq.POLLOUT), int(zmq.NOBLOCK)
"""As numbers: adding up flags as enums takes longer than a system call."""
PUBLISHERS = ("gateway", "risk", "quotes")
TOPICS = (FIRST + b"account/", FIRST + b"decisions/", b"market", b"clock")
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
        self._rest: dict[int, collections.deque[bytes]] = {}  # of long messages, by link
        self.ear = self._hear()
        self.zap: zmq.Socket[bytes] = self.context.socket(zmq.ROUTER)
        self.zap.bind("inproc://zeromq.zap.01")
        self.poller.register(self.zap, zmq.POLLIN)
        self.links = self._border(server_secret)
        self.port = self.links.bind_to_random_port("tcp://127.0.0.1")

    def watch(self, end: socket.socket, read: bool, write: bool) -> None:
        """Wait for a connection at the door, too; for nothing any more where both are False."""
        flags = (_IN if read else 0) | (_OUT if write else 0)
        if flags:
            self.poller.register(end.fileno(), flags)
        else:
            with contextlib.suppress(KeyError):
                self.poller.unregister(end.fileno())

    def receive(self, timeout_ms: int) -> Got:
        """All that is there within `timeout_ms`; of the links no more at once than leaves time for the others."""
        got = Got()
        self._go_on(got)
        for ready, _ in self.poller.poll(0 if got.outside else timeout_ms):
            if isinstance(ready, int):
                got.files.append(ready)
            elif ready is self.links:
                self._from_links(got)
            elif ready in self._whose:
                self._answers(ready, got)
            elif ready is self.ear:
                self._events(got)
            else:
                self._shake_hands()
        return got

    def to_link(self, number: int, frames: list[bytes]) -> None:
        """Send to a link; one whose queue is full misses it and asks again."""
        route = self._routes.get(number)
        if route is not None:
            send_parts(self.links, [route, *frames])

    def to_server(self, name: str, role: str, frames: list[bytes]) -> None:
        """Send inside, in somebody's name."""
        with contextlib.suppress(zmq.Again):
            send_parts(self._line(name, role), frames, _NOBLOCK)

    def forget(self, number: int) -> None:
        self._routes.pop(number, None)
        self._rest.pop(number, None)

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
        for parts in _messages(self.zap):
            asker, _, version, request, _, address, _, mechanism, *credentials = [part.bytes for part in parts]
            status, number = 400, 0
            if mechanism == b"CURVE" and len(credentials) == 1:
                status, number = self.verdict(Handshake(address.decode("ascii", "replace"), credentials[0]))
            user = b"%d" % number if status == 200 else b""
            self.zap.send_multipart([asker, b"", version, request, b"%d" % status, b"", user, b""])

    def _from_links(self, got: Got) -> None:
        """Frames with the user id that the handshake gave them; a message without one is nobody's."""
        for route, *parts in itertools.islice(_messages(self.links), FROM_LINKS_AT_ONCE):
            for taken, part in enumerate(parts):
                user = _user_of(part)
                if not user:
                    continue
                self._routes[user] = route.bytes
                if taken >= FROM_LINKS_AT_ONCE or user in self._rest:
                    self._rest.setdefault(user, collections.deque()).append(part.bytes)
                else:
                    got.outside.append((user, part.bytes))

    def _go_on(self, got: Got) -> None:
        """Some more of the messages that are too long for one turn."""
        for user, frames in list(self._rest.items()):
            for _ in range(min(len(frames), FROM_LINKS_AT_ONCE)):
                got.outside.append((user, frames.popleft()))
            if not frames:
                del self._rest[user]

    def _answers(self, line: zmq.Socket[bytes], got: Got) -> None:
        name, role = self._whose[line]
        for parts in _messages(line):
            got.inside += [(name, role, part.bytes) for part in parts]

    def _events(self, got: Got) -> None:
        for topic, *parts in itertools.islice(_messages(self.ear), TAKEN_AT_ONCE):
            name = topic.bytes.removeprefix(FIRST).decode("utf-8", "replace")
            got.events.append((name, [part.bytes for part in parts]))

    def _border(self, secret: bytes) -> zmq.Socket[bytes]:
        links: zmq.Socket[bytes] = self.context.socket(zmq.ROUTER)
        links.curve_server = True
        links.curve_secretkey = z85.encode(secret)
        links.zap_domain = b"bullet-trade"
        _prepare(links, EVENTS_MAX)
        links.setsockopt(zmq.RCVHWM, UNTAKEN_MAX)
        links.setsockopt(zmq.RCVBUF, INSIDE_BYTES)
        links.setsockopt(zmq.MAXMSGSIZE, FRAME_BYTES_MAX)
        links.setsockopt(zmq.HEARTBEAT_IVL, BEAT_MS)
        links.setsockopt(zmq.HEARTBEAT_TIMEOUT, SILENCE_MS)
        links.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        links.setsockopt(zmq.BACKLOG, 512)
        self.poller.register(links, zmq.POLLIN)
        return links

    def _hear(self) -> zmq.Socket[bytes]:
        """One socket for all publishers, which it hears in turns: each socket more makes every wait longer."""
        ear: zmq.Socket[bytes] = self.context.socket(zmq.SUB)
        _prepare(ear, 100_000)
        for topic in TOPICS:
            ear.setsockopt(zmq.SUBSCRIBE, topic)
        for role in PUBLISHERS:
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


def _messages(end: zmq.Socket[bytes]) -> Iterator[list[zmq.Frame]]:
    """The messages that are there, of a socket that is ready."""
    just_this, more = [(end, _IN)], True
    while more:
        yield frames_of(end)
        more = bool(zmq.zmq_poll(just_this, 0))


def _user_of(part: Any) -> int:
    try:
        return int(part.get(b"User-Id"))
    except (zmq.ZMQError, ValueError):
        return 0
