"""The floor: a bare pyzmq ring of three processes (strategy, risk, gateway, back to strategy) with 200-byte messages.

The same socket kinds as the stack's order path, and nothing else: no session, no journal, no decision. With ``curve``
a fourth process, the proxy, stands between the strategy and the others in both directions, behind CURVE; as the real
one it sends events by a ROUTER to who has said hello.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import zmq

from common.host_os import alive

MESSAGE = b"x" * 200
SERVER_SECRET = b"045S-{qrCtyZjVVNsOREz%<KQ0>2+.C0*5crL$OO"
RING_PORTS = 5


class Ring:
    """The strategy's end; the other two processes are started here and stopped by ``close``."""

    def __init__(self, port: int, *, curve: bool = False) -> None:
        roles = ("risk", "gateway", "proxy") if curve else ("risk", "gateway")
        self.hops = [
            subprocess.Popen([sys.executable, "-m", "benchmarks.ring", role, str(port), str(os.getpid())])
            for role in roles
        ]
        self.context = zmq.Context()
        self.line = self.context.socket(zmq.DEALER)
        self.ear = self.context.socket(zmq.DEALER if curve else zmq.SUB)
        if curve:
            for socket in (self.line, self.ear):
                socket.curve_serverkey = zmq.curve_public(SERVER_SECRET)
                socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        self.line.connect(f"tcp://127.0.0.1:{port + 3 if curve else port}")
        self.ear.connect(f"tcp://127.0.0.1:{port + 4 if curve else port + 2}")
        if curve:
            self.ear.send(b"hello")
        else:
            self.ear.subscribe(b"account")
        self.poller = zmq.Poller()
        self.poller.register(self.ear, zmq.POLLIN)
        self.poller.register(self.line, zmq.POLLIN)
        # Until the topic has a listener its messages are dropped: send until the first one comes round.
        deadline = time.monotonic() + 20
        while not self._went_round(200):
            assert time.monotonic() < deadline, "the ring did not close"
        while self._went_round(200, send=False):
            pass

    def trip_ns(self) -> int:
        """One message round the ring, in nanoseconds."""
        started_ns = time.perf_counter_ns()
        assert self._went_round(5_000), "a message was lost"
        return time.perf_counter_ns() - started_ns

    def close(self) -> None:
        for hop in self.hops:
            hop.terminate()
        for hop in self.hops:
            hop.wait(10)
        self.context.destroy(linger=0)

    def _went_round(self, timeout_ms: int, *, send: bool = True) -> bool:
        if send:
            self.line.send_multipart([MESSAGE])
        if not self.poller.poll(timeout_ms):
            return False
        self.ear.recv_multipart()
        return True


def hop(role: str, port: int, parent: int) -> None:
    """risk: inbox to the next inbox; gateway: inbox to the topic. Ends with its parent, or at its signal."""
    context = zmq.Context()
    inbox = context.socket(zmq.ROUTER)
    inbox.bind(f"tcp://127.0.0.1:{port if role == 'risk' else port + 1}")
    out = context.socket(zmq.DEALER if role == "risk" else zmq.PUB)
    if role == "risk":
        out.connect(f"tcp://127.0.0.1:{port + 1}")
    else:
        out.bind(f"tcp://127.0.0.1:{port + 2}")
    poller = zmq.Poller()
    poller.register(inbox, zmq.POLLIN)
    while alive(parent):
        while poller.poll(1_000):
            body = inbox.recv_multipart()[-1]
            out.send_multipart([body] if role == "risk" else [b"account", body])


def proxy(port: int, parent: int) -> None:
    """Encrypted inbox to risk, gateway's topic to an encrypted topic."""
    context = zmq.Context()
    inbox, topic = context.socket(zmq.ROUTER), context.socket(zmq.ROUTER)
    follower = b""
    for socket, at in ((inbox, port + 3), (topic, port + 4)):
        socket.curve_server, socket.curve_secretkey = True, SERVER_SECRET
        socket.bind(f"tcp://127.0.0.1:{at}")
    line, ear = context.socket(zmq.DEALER), context.socket(zmq.SUB)
    line.connect(f"tcp://127.0.0.1:{port}")
    ear.connect(f"tcp://127.0.0.1:{port + 2}")
    ear.subscribe(b"account")
    poller = zmq.Poller()
    for socket in (ear, inbox, topic):
        poller.register(socket, zmq.POLLIN)
    while alive(parent):
        for ready, _ in poller.poll(1_000):
            parts = ready.recv_multipart()
            if ready is ear:
                topic.send_multipart([follower, *parts[1:]])
            elif ready is topic:
                follower = parts[0]
            else:
                line.send_multipart(parts[1:])


if __name__ == "__main__":
    if sys.argv[1] == "proxy":
        proxy(int(sys.argv[2]), int(sys.argv[3]))
    hop(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
