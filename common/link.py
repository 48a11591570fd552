"""One encrypted line of a client to the proxy of a stack on another machine."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any, Final

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

from common import wire
from common.clock import monotonic_ns

BEAT_MS: Final = 1_000
SILENCE_MS: Final = 3_000
"""A proxy that says nothing for so long, not even a heartbeat, is taken for gone: the cable may be pulled. TCP would
wait for as long again as the cut has lasted before it tries once more; a new connection stands a second after it."""
CONNECT_MS: Final = 2_000
HANDSHAKE_MS: Final = 3_000
RECONNECT_MS: Final = 250
RECONNECT_MAX_MS: Final = 500
PAUSE_NS: Final = 20 * 10**9
"""Between two tries after the proxy refused the token: three a minute, fewer than the proxy takes for guessing."""
SHORT_PAUSE_NS: Final = 2 * 10**9
"""Where the same token was good before, the line was probably cut while it was set up; each pause is twice the last."""


@dataclasses.dataclass(frozen=True)
class Keys:
    """What a client needs of CURVE, 32 bytes each: the server's public key and its own secret one."""

    server_public: bytes
    secret: bytes

    def __repr__(self) -> str:
        return "Keys(***)"


@dataclasses.dataclass(frozen=True)
class RemoteAddresses:
    """The proxy of a stack on another machine, and what its client says of itself there (``wire.Hello``)."""

    host: str
    port: int
    keys: Keys
    life: int
    mode: str = ""
    account: str = ""

    def at(self, port: int) -> str:
        return f"tcp://[{self.host}]:{port}" if ":" in self.host else f"tcp://{self.host}:{port}"

    def hello(self, name: str, topics: list[str]) -> bytes:
        return wire.encode(wire.Hello(name, self.life, wire.PROTOCOL, self.mode, self.account, topics))


def public_of(secret: bytes) -> bytes:
    """The public key of a secret one, 32 bytes."""
    public: bytes = z85.decode(zmq.curve_public(z85.encode(secret)))
    return public


class Link:
    """It says hello whenever it stands, and drops what is sent while it does not: as with any lost frame, the session
    sends it again. ``trouble`` is why it does not stand: ``connect``, ``handshake``, or the code the proxy gave.

    While ``lead`` is refused this one does not try: one try is enough to learn that a token is no longer good.
    """

    def __init__(
        self, socket: zmq.Socket[bytes], address: str, keys: Keys, hello: bytes, lead: Link | None = None
    ) -> None:
        self.socket, self.address, self.hello, self.lead = socket, address, hello, lead
        self.up, self.times_up, self.trouble = True, 0, ""
        self._failures = self._retry_ns = self._connected_ns = 0
        secret = z85.encode(keys.secret)
        socket.curve_serverkey = z85.encode(keys.server_public)
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_public(secret), secret
        socket.setsockopt(zmq.IPV6, int("[" in address))
        socket.setsockopt(zmq.MAXMSGSIZE, wire.FRAME_BYTES_MAX)
        socket.setsockopt(zmq.HEARTBEAT_IVL, BEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, SILENCE_MS)
        socket.setsockopt(zmq.CONNECT_TIMEOUT, CONNECT_MS)
        socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
        self.monitor: Any = socket.get_monitor_socket(addr=f"inproc://monitor.{address}")
        socket.connect(address)
        # It waits in the line itself, ahead of all that is said before the line stands.
        socket.send(hello)

    def send(self, batch: list[bytes]) -> None:
        if self.up:
            with contextlib.suppress(zmq.Again):
                self.socket.send_multipart(batch, zmq.NOBLOCK)

    def notice(self) -> None:
        """Take note of what became of the line, which its monitor tells."""
        while self.monitor.get(zmq.EVENTS) & zmq.POLLIN:
            said: dict[str, Any] = dict(recv_monitor_message(self.monitor))
            self._note(said["event"], said["value"])

    def retry(self) -> None:
        """Try again, where the proxy refused the token and the pause is over."""
        if self._retry_ns and monotonic_ns() >= self._retry_ns and (self.lead is None or not self.lead.trouble):
            self._retry_ns = 0
            self.socket.connect(self.address)

    def _note(self, event: Any, value: Any) -> None:
        match event:
            case zmq.EVENT_HANDSHAKE_SUCCEEDED:
                # What waits in the line was put there for another connection, or is the hello of this very first one.
                is_first, self.times_up = self.times_up == 0 and self.up, self.times_up + 1
                self.up, self.trouble, self._failures = True, "", 0
                if not is_first:
                    self.send([self.hello])
            case zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self._give_up(str(value))
            case zmq.EVENT_CONNECTED:
                self._connected_ns = monotonic_ns()
            case zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
                # Whoever refuses a token does so at once. Silence is a cut wire, and ZeroMQ tries again by itself.
                if monotonic_ns() - self._connected_ns < HANDSHAKE_MS * 800_000:
                    self._give_up("handshake")
            case zmq.EVENT_CLOSED | zmq.EVENT_CONNECT_RETRIED:
                self.up, self.trouble = False, self.trouble or "connect"
            case zmq.EVENT_DISCONNECTED:
                self.up = False

    def _give_up(self, why: str) -> None:
        """ZeroMQ would try again at once, or never: neither is wanted where the token is refused."""
        self.up, self.trouble, self._failures = False, why, self._failures + 1
        was_good = self.times_up > 0 and why == "handshake"
        pause_ns = SHORT_PAUSE_NS << min(self._failures - 1, 4) if was_good else PAUSE_NS
        self._retry_ns = monotonic_ns() + min(pause_ns, PAUSE_NS)
        with contextlib.suppress(zmq.ZMQError):
            self.socket.disconnect(self.address)
