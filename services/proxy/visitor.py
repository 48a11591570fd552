"""One connection at the door: its two sockets, what is on its way between them, and what it has shown so far."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from typing import TypeAlias

from services.proxy.first_bytes import SIGNATURE_BYTES
from services.proxy.rates import Bucket

CHUNK, CHUNK_OUT = 32 * 1024, 256 * 1024
"""Bytes taken at once, inwards and outwards."""
INWARD_MAX = 64 * 1024
OUTWARD_MAX = 1024 * 1024
"""Bytes that may wait on their way; above, the other side is not read."""
INSIDE_BYTES = 64 * 1024
"""Of what has gone inside and was not taken yet, on either end: the rest of a flood waits with whoever sends it."""
Wants: TypeAlias = tuple[tuple[bool, bool], tuple[bool, bool]]
NOTHING = (False, False)
Buffer: TypeAlias = bytes | bytearray | memoryview
BYTES_A_SECOND, BYTES_AT_ONCE = 1024 * 1024, 4 * 1024 * 1024


@dataclasses.dataclass(eq=False)
class Visitor:
    """``outer`` is the client, ``inner`` our own connection to ZeroMQ from an address of its own, ``source``. It is
    ``known`` once its token was accepted. Times are monotonic."""

    number: int
    port: str
    address: str
    peer: str
    source: str
    outer: socket.socket
    came_ns: int
    inner: socket.socket | None = None
    joined: bool = False  # the way inside stands: before, Windows takes nothing to send
    start: bytearray = dataclasses.field(default_factory=bytearray)
    judged: bool = False
    known: bool = False
    inward: bytearray = dataclasses.field(default_factory=bytearray)
    outward: bytearray = dataclasses.field(default_factory=bytearray)
    received: int = 0
    answered: int = 0  # bytes that ZeroMQ has said to it
    untaken: int = 0  # bytes of messages that have not come out of ZeroMQ yet
    owed: int = 0  # bytes given to ZeroMQ for it that have not come out yet
    resume_ns: int = 0
    moved_ns: int = 0  # when something last left outwards
    watched: Wants = (NOTHING, NOTHING)  # what its sockets are waited for
    bucket: Bucket = dataclasses.field(default_factory=lambda: Bucket(BYTES_A_SECOND, BYTES_AT_ONCE))

    def connect(self, inner_port: int) -> socket.socket:
        """Open the way inside; it stands at once, or when it is writable. OSError where this machine refuses."""
        self.inner = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.inner.setblocking(False)
        self.inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, INSIDE_BYTES)
        self.inner.bind((self.source, 0))
        with contextlib.suppress(BlockingIOError):
            self.inner.connect(("127.0.0.1", inner_port))
        return self.inner

    def take(self, room: memoryview, mono_ns: int) -> memoryview:
        """What the client has sent, put into ``room``; nothing once it has gone. BlockingIOError where it is silent."""
        size = self.outer.recv_into(room, CHUNK)
        self.received += size
        self.untaken += size
        wait_ns = self.bucket.take(size, mono_ns)
        if wait_ns:
            self.resume_ns = max(self.resume_ns, mono_ns + wait_ns)
        return room[:size]

    def pass_in(self, data: memoryview) -> None:
        """Until the greeting is judged only its signature goes inside, to which ZeroMQ answers with its own."""
        if self.judged and not self.start:
            self.push_in(data)
            return
        before = min(len(self.start), SIGNATURE_BYTES)
        self.start += data
        if self.judged:
            self.inward += self.start[before:]
            self.start.clear()
        else:
            self.inward += self.start[before:SIGNATURE_BYTES]
        self.push_in()

    def push_in(self, data: Buffer = b"") -> None:
        """Send on what waited and then `data`."""
        if self.inner is not None and self.joined:
            _push(self.inner, self.inward, data)
        else:
            self.inward += data

    def push_out(self, mono_ns: int, data: Buffer = b"") -> None:
        """Send out what waited and then `data`."""
        if _push(self.outer, self.outward, data):
            self.moved_ns = mono_ns

    def wants(self, mono_ns: int) -> Wants:
        """What to wait for: (read, write) of the outer socket and of the inner one."""
        paused = self.resume_ns > mono_ns
        outer = not paused and len(self.inward) < INWARD_MAX
        if self.inner is None:
            return (outer, bool(self.outward)), NOTHING
        inner = len(self.outward) < OUTWARD_MAX
        return (outer, bool(self.outward)), (inner, bool(self.inward) or not self.joined)

    def close(self) -> None:
        self.outer.close()
        if self.inner is not None:
            self.inner.close()


def _push(end: socket.socket, waiting: bytearray, data: Buffer) -> bool:
    """Send what waited and then `data`; what is not taken at once waits. Whether anything was taken."""
    if waiting:
        waiting += data
        data = waiting
    if not data:
        return False
    try:
        sent = end.send(data)
    except BlockingIOError:
        sent = 0
    if waiting:
        del waiting[:sent]
    elif sent < len(data):
        waiting += data[sent:]
    return sent > 0
