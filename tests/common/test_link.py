"""A line to a proxy whose side falls silent: silence is no refusal, so the next try is not put off."""

from __future__ import annotations

import secrets
import socket
import threading

from common.bus import Bus
from common.clock import monotonic_ns
from common.link import HANDSHAKE_MS, PAUSE_NS, Keys, RemoteAddresses

KEYS = Keys(secrets.token_bytes(32), secrets.token_bytes(32))


def test_a_handshake_that_ends_in_silence_is_begun_anew_at_once() -> None:
    """As on a wire that is cut while the line is set up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        came_ns: list[int] = []
        again = threading.Event()
        kept: list[socket.socket] = []

        def accept() -> None:
            while len(came_ns) < 2:
                kept.append(server.accept()[0])
                came_ns.append(monotonic_ns())
            again.set()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        bus = Bus("strategy.demo", RemoteAddresses("127.0.0.1", server.getsockname()[1], KEYS, 1), listen=False)
        until_ns = monotonic_ns() + 3 * PAUSE_NS // 2
        while not again.is_set() and monotonic_ns() < until_ns:
            bus.receive(50)
        bus.context.destroy(linger=0)
        thread.join(1)
        for one in kept:
            one.close()
    assert came_ns[1] - came_ns[0] < PAUSE_NS // 2 + HANDSHAKE_MS * 10**6
