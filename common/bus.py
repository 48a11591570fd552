"""Sockets: one inbox and one topic a server, one line to each server and one ear a client.

On another machine a client has two lines only, both to the proxy of the stack: one for what it says, one for what it
follows. The frames on them are the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import zmq

from common.channels import CHANNELS, Kind, followed_by, role_of
from common.errors import ConfigError
from common.host_os import yield_core
from common.link import Link, RemoteAddresses

RECEIVE_MAX = 512

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
        self.inbox: zmq.Socket[bytes] | None = None
        self.topic: zmq.Socket[bytes] | None = None
        self.ears: list[zmq.Socket[bytes]] = []
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
            self.poller.register(link.monitor, zmq.POLLIN)
            self.poller.register(link.socket, zmq.POLLIN)

    def _dealer(self) -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.DEALER)
        self._prepare(socket)
        return socket

    def _open(self, *, listen: bool) -> None:
        # Ears first: sockets are read in this order, and a halt that waits beside an order must be heard before it.
        self.ears = [self._hear(role) for role in SERVERS if listen and self._topics(role)]
        self.inbox = self._bind(zmq.ROUTER, 0) if self.role in _OFFSETS else None
        self.topic = self._bind(zmq.PUB, 1) if self.role in _OFFSETS and _OFFSETS[self.role][1] else None

    def receive(self, timeout_ms: int) -> list[tuple[str, bytes]]:
        """(peer, frame) of all that arrives within `timeout_ms`; only an inbox tells the peer."""
        got: list[tuple[str, bytes]] = []
        noticed = [link for link in self.links if link.notice()]
        for socket, _ in self.poller.poll(0 if noticed else timeout_ms):
            if socket.type == zmq.PAIR:
                continue
            # The limit is each socket's own: a flood of commands must not keep out the events they wait for.
            enough = len(got) + RECEIVE_MAX
            more = True
            while more and len(got) < enough:
                parts = socket.recv_multipart(zmq.NOBLOCK)
                if socket is self.inbox:
                    peer = parts[0].decode("utf-8", "replace")
                    got += [(peer, part) for part in parts[1:]]
                else:
                    got += [("", part) for part in (parts if socket.type == zmq.DEALER else parts[1:])]
                # Asking costs a third of an exception that says there is nothing.
                more = bool(socket.get(zmq.EVENTS) & zmq.POLLIN)
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
            self.topic.send_multipart([topic, *batch])
        self._rest.clear()

    def close(self) -> None:
        self.context.destroy(linger=200)

    def _send(self, target: str, batch: list[bytes]) -> None:
        if target[0] == "*":
            assert self.topic is not None, f"{self.name} publishes nothing"
            topic = target[1:].encode()
            if b"/" in topic:
                self._rest.setdefault(topic, []).extend(batch)
                topic = FIRST + topic
            self.topic.send_multipart([topic, *batch])
        elif target[0] == "@":
            assert self.inbox is not None, f"{self.name} has no inbox to reply from"
            # An asker that is gone is dropped by ROUTER; it asks again when it is back.
            self.inbox.send_multipart([target[1:].encode(), *batch])
        elif self.links:
            self.links[-1].send(batch)
        else:
            try:
                self._line(target).send_multipart(batch, zmq.NOBLOCK)
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
            self.poller.register(socket, zmq.POLLIN)
        address = self.addresses.topic(self.role) if which else self.addresses.inbox(self.role)
        try:
            socket.bind(address)
        except zmq.ZMQError as e:
            self.context.destroy(linger=0)
            raise ConfigError(f"{self.name} 无法监听 {address}：{e.strerror}；请先停止占用该端口的程序") from e
        return socket

    def _hear(self, role: str) -> zmq.Socket[bytes]:
        ear = self.context.socket(zmq.SUB)
        self._prepare(ear)
        for topic in self._topics(role):
            ear.setsockopt(zmq.SUBSCRIBE, topic.encode())
        ear.connect(self.addresses.topic(role))
        self.poller.register(ear, zmq.POLLIN)
        return ear

    def _topics(self, role: str) -> list[str]:
        quotes = [c for c in CHANNELS.values() if c.kind is Kind.QUOTE and self.role in c.peers and c.binder == role]
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
