"""A client that sends without pause, as a process of its own: the proxy reads it at the rate of its token.

Nine frames of ten are broken, the tenth is a query, which is the token's limit of each (``services.proxy.limits``).
Every frame is answered, with a refusal or the answer of risk, so the answers tell how many were taken.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import getpid
from pathlib import Path

import zmq
from zmq.utils import z85

from common import keys, wire
from common import messages as m
from common.channels import Scope
from common.host_os import alive
from common.link import public_of
from services.proxy.keyring import change_tokens, server_secret
from services.proxy.limits import Limits
from services.proxy.tokens import Token

NAME = "strategy.flood"
FRAMES = (
    *(b"\xc1" * 100 for _ in range(9)),
    wire.encode(wire.Query("ask_risk", NAME, 1, wire.raw(m.GetStatus()))),
)
TELL_NS = 200_000_000
READY_S = 60


def hand_out(runtime_dir: Path, names: Sequence[str]) -> Mapping[str, str]:
    """A token for each name, as ``bullet-trade token new`` prints it, written down for the server of that folder."""
    own = {name: secrets.token_bytes(keys.KEY_BYTES) for name in names}
    scopes = frozenset({Scope.READ, Scope.TRADE})
    server = public_of(server_secret(runtime_dir, lambda: secrets.token_bytes(keys.KEY_BYTES)))
    change_tokens(runtime_dir, lambda _: [Token(name, public_of(secret), scopes) for name, secret in own.items()])
    return {name: keys.issued(server, secret) for name, secret in own.items()}


class Flood:
    """What the flooder has told so far."""

    def __init__(self, told: Path) -> None:
        self._told = told

    def taken(self) -> tuple[int, int]:
        """How many of its frames were taken, and when that was (`time.perf_counter_ns`)."""
        try:
            count, at_ns = json.loads(self._told.read_text(encoding="ascii"))
        except (FileNotFoundError, PermissionError):  # Windows does not let us read what is being replaced
            return 0, 0
        return int(count), int(at_ns)


@contextmanager
def flooding(port: int, token: str, told: Path) -> Iterator[Flood]:
    """The flooder, from the moment it has used up its burst and is read at its token's rate."""
    told.unlink(missing_ok=True)
    # The token goes by standard input: command lines are for everybody to read.
    words = [sys.executable, "-m", "benchmarks.flood", str(port), str(told), str(getpid())]
    process = subprocess.Popen(words, stdin=subprocess.PIPE)
    try:
        assert process.stdin is not None
        process.stdin.write(token.encode("ascii"))
        process.stdin.close()
        flood, deadline = Flood(told), time.monotonic() + READY_S
        while flood.taken()[0] <= Limits().frames_burst:
            assert process.poll() is None and time.monotonic() < deadline, "the flooder was not taken up"
            time.sleep(0.05)
        yield flood
    finally:
        process.terminate()
        process.wait(10)


def flood(port: int, token: str, told: Path, parent: int) -> None:
    """Send while the parent lives."""
    context = zmq.Context()
    line = context.socket(zmq.DEALER)
    line.linger, line.sndhwm = 0, 100
    found = keys.secrets_of(token)
    assert found.server_public is not None, "a token that was handed out holds the server's key"
    line.curve_serverkey = z85.encode(found.server_public)
    line.curve_publickey, line.curve_secretkey = z85.encode(public_of(found.client)), z85.encode(found.client)
    line.connect(f"tcp://127.0.0.1:{port}")
    line.send(wire.encode(wire.Hello(NAME, time.time_ns(), wire.PROTOCOL, "", "", [])))
    sent = taken = 0
    told_ns = time.perf_counter_ns()
    while alive(parent):
        for _ in range(1_000):
            ready = line.poll(100, zmq.POLLIN | zmq.POLLOUT)
            if ready & zmq.POLLIN:
                taken += len(line.recv_multipart())
            elif ready & zmq.POLLOUT:
                line.send(FRAMES[sent % len(FRAMES)])
                sent += 1
            if (now_ns := time.perf_counter_ns()) - told_ns > TELL_NS:
                told_ns = now_ns
                fresh = told.with_suffix(".new")
                fresh.write_text(json.dumps([taken, now_ns]), encoding="ascii")
                fresh.replace(told)


if __name__ == "__main__":
    flood(int(sys.argv[1]), sys.stdin.read(), Path(sys.argv[2]), int(sys.argv[3]))
