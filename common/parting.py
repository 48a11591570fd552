"""The last words of a process: to another machine they are said until the proxy there has shown that it took them.

What a process sends just before it ends is sent again by nobody. On one machine it arrives; a cable may be cut just
then, and a connection that ends takes along what its other side has not read yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from common import wire
from common.bus import Bus
from common.clock import monotonic_ns
from common.errors import WireError
from common.link import Link

LOOK_MS: Final = 50


def part(bus: Bus, words: Sequence[tuple[str, bytes]], patience_ns: int) -> bool:
    """Say ``words`` (target, frame) as the last; whether they were taken within the patience, in monotonic time.

    The proxy takes all of a connection in its order: where it has answered the hellos behind the words, it has taken
    the words. Two hellos, since the answer to the one that a new connection begins with may still be on its way.
    """
    if not bus.links:
        bus.send(words)
        return True
    line, until_ns = bus.links[-1], monotonic_ns() + patience_ns
    frames, said_on, answers = [data for _, data in words], -1, 0
    while answers < 2 and monotonic_ns() < until_ns:
        line.notice()
        line.retry()
        if line.up and line.times_up != said_on:
            said_on, answers = line.times_up, 0
            line.send([*frames, line.hello, line.hello])
        answers += _welcomes(line)
    return answers >= 2


def _welcomes(line: Link) -> int:
    """How many hellos the proxy has answered meanwhile; all else comes too late for this process."""
    if not line.socket.poll(LOOK_MS):
        return 0
    return sum(_is_welcome(data) for data in line.socket.recv_multipart())


def _is_welcome(data: bytes) -> bool:
    try:
        return isinstance(wire.decode_frame(data), wire.Welcome)
    except WireError:
        return False
