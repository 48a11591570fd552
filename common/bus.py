"""Sockets: one inbox and one topic a server, one line to each server and one ear a client.

On another machine a client has two lines only, both to the proxy of the stack: one for what it says, one for what it
follows. The frames on them are the same.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterable

import zmq

from common.channels import CHANNELS, Kind, followed_by, role_of
from common.errors import ConfigError
from common.host_os import yield_core
from common.link import Link, RemoteAddresses

RECEIVE_MAX = 512
_IN, _NOBLOCK, _MORE = int(zmq.POLLIN), int(zmq.NOBLOCK), int(zmq.SNDMORE)

_OFFSETS = {"gateway": (1, 2), "quotes": (3, 4), "risk": (5, 6), "state": (7, 0)}
SERVERS = tuple(_OFFSETS)

FIRST = b"!"
"""Events are published twice: to strategies at once, since they wait for them inside ``order()``, and to everybody else
at the end of the turn. Each listener hears one of the two, so a busy desk wakes fewer threads between an order and its
answer."""


@dataclasses.dataclass(frozen=True)
class Addresses:
    """Where each server listens; all on the loopback interface, never a Unix socket (Windows has none)."""

    port_base: int
    host: str = "127.0.0.1"

    def inbox(self, role: str) -> str:
        return f"tcp://{self.host}:{self.port_base + _OFFSETS[role][0]}"

    def topic(self, role: str) -> str:
        return f"tcp://{self.host}:{self.port_base + _OFFSETS[role][1]}"

    def ports(self, role: str) -> list[int]:
        return [self.port_base + offset for offset in _OFFSETS[role] if offset]


class Bus:
    """Carries frames between processes; knows addresses, never meanings."""

    def __init__(self, name: str, addresses: Addresses | RemoteAddresses, *, listen: bool = True) -> None:
        self.name, self.role = name, role_of(name)
        self.context = zmq.Context()
        self.poller = zmq.Poller()
        self.lines: dict[str, zmq.Socket[bytes]] = {}
        self.links: list[Link] = []
        self._rest: dict[bytes, list[bytes]] = {}
        self._asides: dict[zmq.Socket[bytes], Callable[[], object]] = {}  # no frames come from these
        self._bells = 0
        self._bell_turn = threading.Lock()
        self._topics_of: dict[str, bytes] = {}  # the topic's name by the target that frames are sent to
        self.inbox: zmq.Socket[bytes] | None = None
        self.topic: zmq.Socket[bytes] | None = None
        self._listening: dict[str, zmq.Socket[bytes]] = {}
        self._heard: set[bytes] = set()  # what somebody listens to, of the topics this process publishes on demand
        if isinstance(addresses, RemoteAddresses):
            self._reach(addresses, listen=listen)
        else:
            self.addresses = addresses
            self._open(listen=listen)

    def _reach(self, remote: RemoteAddresses, *, listen: bool) -> None:
        """Two lines to the proxy of another machine, whatever roles there are behind it."""
        line = Link(self._dealer(), remote.at(remote.port), remote.keys, remote.hello(self.name, []))
        if listen:
            topics = sorted({topic for role in SERVERS for topic in self._topics(role)})
            hello = remote.hello(self.name, topics)
            self.links.append(Link(self._dealer(), remote.at(remote.port + 1), remote.keys, hello, line))
        self.links.append(line)
        for link in self.links:
            self._aside(link.monitor, link.notice)
            self.poller.register(link.socket, zmq.POLLIN)

    def _aside(self, socket: zmq.Socket[bytes], meet: Callable[[], object]) -> None:
        """Wake for this socket too; what there is to take from it, ``meet`` takes."""
        self._asides[socket] = meet
        self.poller.register(socket, zmq.POLLIN)

    def _dealer(self) -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.DEALER)
        self._prepare(socket)
        return socket

    def _open(self, *, listen: bool) -> None:
        # Ears first: sockets are read in this order, and a halt that waits beside an order must be heard before it.
        self._listening = {role: self._hear(role) for role in SERVERS if listen and self._topics(role)}
        self.inbox = self._bind(zmq.ROUTER, 0) if self.role in _OFFSETS else None
        self.topic = self._bind(self._topic_kind(), 1) if self.role in _OFFSETS and _OFFSETS[self.role][1] else None

    def receive(self, timeout_ms: int) -> list[tuple[str, bytes]]:
        """(peer, frame) of all that arrives within `timeout_ms`; only an inbox tells the peer."""
        got: list[tuple[str, bytes]] = []
        for link in self.links:
            link.retry()
        for socket, _ in self.poller.poll(timeout_ms):
            if socket in self._asides:
                self._asides[socket]()
                continue
            # The limit is each socket's own: a flood of commands must not keep out the events they wait for.
            enough = len(got) + RECEIVE_MAX
            just_this = [(socket, _IN)]
            first = 1 if socket in self.ears else 0  # a topic's name stands before what was published
            more = True
            while more and len(got) < enough:
                parts = _parts(socket)
                if socket is self.inbox:
                    peer = parts[0].decode("utf-8", "replace")
                    got += [(peer, part) for part in parts[1:]]
                else:
                    got += [("", part) for part in parts[first:]]
                # Asking costs a third of an exception that says there is nothing.
                more = bool(zmq.zmq_poll(just_this, 0))
        return got

    def send(self, frames: Iterable[tuple[str, bytes]]) -> None:
        """Send in order; neighbours with the same target travel in one message."""
        target, batch = "", list[bytes]()
        for to, data in frames:
            if to != target and batch:
                self._send(target, batch)
                batch = []
            target = to
            batch.append(data)
        if batch:
            self._send(target, batch)
            # ZeroMQ's own thread carries it, and may be waiting for the core this process runs on.
            yield_core()

    def send_rest(self) -> None:
        """Publish to everybody else what was published to those who wait for it."""
        for topic, batch in self._rest.items():
            assert self.topic is not None, f"{self.name} publishes nothing"
            send_parts(self.topic, [topic, *batch])
        self._rest.clear()

    @property
    def ears(self) -> list[zmq.Socket[bytes]]:
        return list(self._listening.values())

    def listen(self, channel: str) -> None:
        """Hear one more channel from now on, of those that are heard on demand."""
        binder = CHANNELS[channel].binder
        if binder not in self._listening:
            self._listening[binder] = self._ear(binder)
        self._listening[binder].setsockopt(zmq.SUBSCRIBE, channel.encode())

    def ignore(self, channel: str) -> None:
        """Hear it no more."""
        self._listening[CHANNELS[channel].binder].setsockopt(zmq.UNSUBSCRIBE, channel.encode())

    def is_heard(self, channel: str) -> bool:
        """Whether anybody listens to this channel of ours, which is one that is heard on demand."""
        return channel.encode() in self._heard

    def doorbell(self) -> Callable[[], None]:
        """What another thread calls to end this process's wait; it returns at once, and rings that coincide are one."""
        address = f"inproc://doorbell-{self._bells}"
        bell, button = self.context.socket(zmq.PULL), self.context.socket(zmq.PUSH)
        bell.setsockopt(zmq.RCVHWM, 1)
        button.setsockopt(zmq.SNDHWM, 1)
        button.setsockopt(zmq.LINGER, 0)
        bell.bind(address)
        button.connect(address)
        self._aside(bell, bell.recv)
        self._bells += 1

        def ring() -> None:
            # A socket may be used by several threads as long as they take turns.
            with self._bell_turn, contextlib.suppress(zmq.Again):
                if not self.context.closed:
                    button.send(b"", zmq.NOBLOCK)

        return ring

    def close(self) -> None:
        with self._bell_turn:
            self.context.destroy(linger=200)

    def _send(self, target: str, batch: list[bytes]) -> None:
        if target[0] == "*":
            assert self.topic is not None, f"{self.name} publishes nothing"
            topic = self._topics_of.get(target) or self._topics_of.setdefault(target, target[1:].encode())
            if b"/" in topic:
                self._rest.setdefault(topic, []).extend(batch)
                topic = FIRST + topic
            send_parts(self.topic, [topic, *batch])
        elif target[0] == "@":
            assert self.inbox is not None, f"{self.name} has no inbox to reply from"
            # An asker that is gone is dropped by ROUTER; it asks again when it is back.
            send_parts(self.inbox, [target[1:].encode(), *batch])
        elif self.links:
            self.links[-1].send(batch)
        else:
            try:
                send_parts(self._line(target), batch, _NOBLOCK)
            except zmq.Again:
                # Its queue is full, since nobody has been there for hours; waiting for it would stop everything else.
                return

    def _line(self, role: str) -> zmq.Socket[bytes]:
        if role not in self.lines:
            line = self._dealer()
            line.setsockopt(zmq.IDENTITY, self.name.encode("utf-8"))
            line.connect(self.addresses.inbox(role))
            self.poller.register(line, zmq.POLLIN)
            self.lines[role] = line
        return self.lines[role]

    def _bind(self, kind: int, which: int) -> zmq.Socket[bytes]:
        socket = self.context.socket(kind)
        self._prepare(socket)
        if kind == zmq.ROUTER:
            # A restarted process takes over its name from its dead predecessor.
            socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        if kind == zmq.XPUB:
            self._aside(socket, self._note_listeners)
        elif kind != zmq.PUB:
            self.poller.register(socket, zmq.POLLIN)
        address = self.addresses.topic(self.role) if which else self.addresses.inbox(self.role)
        try:
            socket.bind(address)
        except zmq.ZMQError as e:
            self.context.destroy(linger=0)
            raise ConfigError(f"{self.name} 无法监听 {address}：{e.strerror}；请先停止占用该端口的程序") from e
        return socket

    def _topic_kind(self) -> int:
        """XPUB is a PUB that tells its owner what somebody has begun, or all have ceased, to listen to."""
        return zmq.XPUB if any(c.on_demand and c.binder == self.role for c in CHANNELS.values()) else zmq.PUB

    def _note_listeners(self) -> None:
        assert self.topic is not None, f"{self.name} publishes nothing"
        while self.topic.poll(0):
            told = self.topic.recv(zmq.NOBLOCK)
            if told[:1] == b"\1":
                self._heard.add(told[1:])
            else:
                self._heard.discard(told[1:])

    def _hear(self, role: str) -> zmq.Socket[bytes]:
        ear = self._ear(role)
        for topic in self._topics(role):
            ear.setsockopt(zmq.SUBSCRIBE, topic.encode())
        return ear

    def _ear(self, role: str) -> zmq.Socket[bytes]:
        ear = self.context.socket(zmq.SUB)
        self._prepare(ear)
        ear.connect(self.addresses.topic(role))
        self.poller.register(ear, zmq.POLLIN)
        return ear

    def _topics(self, role: str) -> list[str]:
        quotes = [c for c in CHANNELS.values() if c.kind is Kind.QUOTE and self.role in c.peers and c.binder == role]
        quotes = [c for c in quotes if not c.on_demand]
        first = FIRST.decode() if self.role == "strategy" else ""
        events = [f"{first}{c.name}/" for c in followed_by(self.role) if c.binder == role]
        return events + [c.name for c in quotes if self.role != role]

    @staticmethod
    def _prepare(socket: zmq.Socket[bytes]) -> None:
        # Dropping at a high-water mark is harmless: commands are sent again until acknowledged, and a listener too
        # slow for a topic is caught up from the publisher's record.
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, 100_000)
        socket.setsockopt(zmq.RCVHWM, 100_000)
        socket.setsockopt(zmq.RECONNECT_IVL, 50)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, 500)


def send_parts(socket: zmq.Socket[bytes], parts: list[bytes], flags: int = 0) -> None:
    """Send one message. ``send_multipart`` takes thrice as long, for it adds its flags as enums."""
    for part in parts[:-1]:
        socket.send(part, flags | _MORE)
    socket.send(parts[-1], flags)


def _parts(socket: zmq.Socket[bytes]) -> list[bytes]:
    return [frame.bytes for frame in frames_of(socket)]


def frames_of(socket: zmq.Socket[bytes]) -> list[zmq.Frame]:
    """The parts of the message that is there. ``recv_multipart`` looks an option up by name after each, which takes
    longer than the rest of it."""
    frames = [socket.recv(_NOBLOCK, copy=False)]
    while frames[-1].more:
        frames.append(socket.recv(_NOBLOCK, copy=False))
    return frames
