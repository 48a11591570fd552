"""Free ports of this machine, and waiting for what real sockets bring."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator

from common.bus import Bus
from common.clock import monotonic_ns

PORTS = 8
PATIENCE_NS = 10 * 10**9

# Below the ports that systems give to outgoing connections, and apart from those of a test run beside this one.
_FIRST, _BASES = 20_000, 1_400
_bases = itertools.count(os.getpid())


def free_port_base() -> int:
    """A base whose seven ports nobody has now."""
    for number in itertools.islice(_bases, _BASES):
        base = _FIRST + number * 37 % _BASES * PORTS
        if all(_is_free(base + offset) for offset in range(1, PORTS)):
            return base
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def until(bus: Bus, enough: Callable[[list[tuple[str, bytes]]], bool]) -> list[tuple[str, bytes]]:
    """All that has arrived, once it is enough."""
    got: list[tuple[str, bytes]] = []
    for _ in attempts():
        got += bus.receive(50)
        if enough(got):
            return got
    raise AssertionError(f"only {got} arrived")


def attempts() -> Iterator[None]:
    """As many as fit into the patience a busy machine deserves."""
    end_ns = monotonic_ns() + PATIENCE_NS
    while monotonic_ns() < end_ns:
        yield
