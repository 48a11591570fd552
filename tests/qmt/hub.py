"""One thread that serves sockets and timers: the terminal's two processes each run one."""

from __future__ import annotations

import heapq
import selectors
import socket
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.qmt.wire import Cutter, Frame, packed

_CHUNK = 1 << 18


class Line:
    """One accepted connection. `session` is whatever its owner keeps about it."""

    def __init__(self, hub: Hub, sock: socket.socket, service: Service) -> None:
        self._hub, self._socket, self._service = hub, sock, service
        self._cutter, self._unsent = Cutter(), bytearray()
        self.session: Any = None
        self.is_open = True

    def send(self, frame: Frame) -> None:
        self.send_bytes(packed(frame))

    def send_bytes(self, data: bytes) -> None:
        """What is already packed; it waits in memory where the other end does not read."""
        if self.is_open:
            self._unsent += data
            self.write()

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._hub.forget(self._socket)
            self._service.closed(self)

    def read(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        for frame in self._cutter.feed(data):
            if self.is_open:
                self._service.heard(self, frame)

    def write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(memoryview(self._unsent)[:_CHUNK])]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self._hub.watch(self._socket, self, writing=bool(self._unsent))


class Service:
    """What answers on a port; the parts of a process derive from it."""

    def opened(self, line: Line) -> None: ...

    def heard(self, line: Line, frame: Frame) -> None: ...

    def closed(self, line: Line) -> None: ...


class Hub:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self.is_stopped = False

    def listen(self, port: int, service: Service) -> socket.socket:
        """Port 0 takes a free one; the socket tells which."""
        sock = socket.create_server(("127.0.0.1", port), backlog=128)
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, lambda: self._accept(sock, service))
        return sock

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.at(time.monotonic() + seconds, act)

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """At a time of `time.monotonic`; what is due earlier is done earlier."""
        heapq.heappush(self._timers, (moment, next(self._numbers), act))

    def run(self) -> None:
        while not self.is_stopped:
            for key, events in self._selector.select(self._patience()):
                self._serve(key.data, events)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()

    def watch(self, sock: socket.socket, line: Line, *, writing: bool) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
        if self._selector.get_key(sock).events != events:
            self._selector.modify(sock, events, line)

    def forget(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        sock.close()

    def _patience(self) -> float | None:
        return max(self._timers[0][0] - time.monotonic(), 0.0) if self._timers else None

    def _serve(self, owner: Any, events: int) -> None:
        if not isinstance(owner, Line):
            owner()
            return
        if events & selectors.EVENT_WRITE and owner.is_open:
            owner.write()
        if events & selectors.EVENT_READ and owner.is_open:
            owner.read()

    def _accept(self, server: socket.socket, service: Service) -> None:
        sock, _ = server.accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = Line(self, sock, service)
        self._selector.register(sock, selectors.EVENT_READ, line)
        service.opened(line)
