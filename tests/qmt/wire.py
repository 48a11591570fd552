"""How stand-ins and terminal talk: length-prefixed MessagePack frames over loopback TCP."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import msgpack

_LENGTH = struct.Struct(">I")
Frame = Any


def packed(frame: Frame) -> bytes:
    return framed(msgpack.packb(frame))


def framed(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


class Cutter:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._held += data
        start = 0
        while len(self._held) - start >= 4:
            end = start + 4 + _LENGTH.unpack_from(self._held, start)[0]
            if len(self._held) < end:
                break
            with memoryview(self._held) as view:
                frame = msgpack.unpackb(view[start + 4 : end], strict_map_key=False)
            start = end
            yield frame
        del self._held[:start]


class Caller:
    """The client's end of a connection: any thread sends, one thread reads. OSError once it is closed."""

    def __init__(self, port: int, *, timeout: float | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sending = threading.Lock()

    def send(self, frame: Frame) -> None:
        data = packed(frame)
        with self._sending:
            self._socket.sendall(data)

    def frames(self) -> Iterator[Frame]:
        """Everything that arrives, until the other end goes away."""
        cutter = Cutter()
        while True:
            try:
                data = self._socket.recv(1 << 18)
            except OSError:
                return
            if not data:
                return
            yield from cutter.feed(data)

    def close(self) -> None:
        # Another thread may sit in recv(): only a shutdown wakes it.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def ask(port: int, frame: Frame, *, timeout: float = 30.0) -> Frame:
    """One question on a connection of its own; TimeoutError or ConnectionError where nobody answers."""
    with socket.create_connection(("127.0.0.1", port), timeout) as line:
        line.sendall(packed(frame))
        cutter = Cutter()
        while data := line.recv(1 << 16):
            for answer in cutter.feed(data):
                return answer
    raise ConnectionError("the terminal closed the connection without an answer")
