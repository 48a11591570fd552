"""Two hosts on this machine, each a network namespace with an address of its own, and a wire between them.

    server (veth) ──── (veth) wire (veth) ──── (veth) client

The wire is a namespace too, and in it a process carries the packets (`relay.py`), which loses, delays or swallows them
by a seed whether or not the kernel has netem and netfilter. Linux only, as root.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import dataclasses
import itertools
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.stack.desk import ROOT

SERVER, CLIENT = "10.77.0.1", "10.77.0.2"

KINDS = ("silence", "cable", "device")
"""Of cuts: packets that vanish on the way; a host's cable pulled out, so that it has no carrier; its device taken down,
so that each try to connect fails at once."""

_CLONE_NEWNET = 0x40000000
_SIOCETHTOOL = 0x8946
_OFFLOADS = (0x1F, 0x24, 0x17)  # TSO, GSO, checksums: what a host sends is whole packets that anybody can carry
_numbers = itertools.count(1)


def trouble() -> str:
    """Why no namespaces can be made here, "" where they can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "network namespaces need Linux and iproute2"
    if os.geteuid() != 0:
        return "network namespaces are made by root only"
    name = f"bt{os.getpid()}try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode:
        return f"ip netns add: {made.stderr.decode().strip()}"
    _ip("netns", "del", name)
    return ""


@dataclasses.dataclass(frozen=True)
class Host:
    """``device`` is its only way out; ``socket`` the device at the wire that its cable goes into."""

    namespace: str
    address: str
    device: str
    socket: str

    def command(self, *words: str) -> list[str]:
        """The words, to be run on this host."""
        return ["ip", "netns", "exec", self.namespace, *words]

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This thread is on the host: what it opens belongs there, also threads that it starts and what they open."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as back, open(f"/run/netns/{self.namespace}") as there:
            _enter(libc, there.fileno())
            try:
                yield
            finally:
                _enter(libc, back.fileno())


class Network:
    """Two hosts, ``server`` and ``client``, and all that can happen between them."""

    def __init__(self, seed: int, record: Path | None) -> None:
        mark = f"{os.getpid() % 100_000}x{next(_numbers)}"
        self.server = Host(f"bts{mark}", SERVER, f"sh{mark}", f"sw{mark}")
        self.client = Host(f"btc{mark}", CLIENT, f"ch{mark}", f"cw{mark}")
        self.wire = f"btw{mark}"
        self._seed, self._record = seed, record
        self._relay: subprocess.Popen[str] | None = None

    def open(self) -> None:
        for namespace in (self.server.namespace, self.client.namespace, self.wire):
            _ip("netns", "add", namespace)
            _ip("-n", namespace, "link", "set", "lo", "up")
        for host in (self.server, self.client):
            _ip("link", "add", "name", host.device, "type", "veth", "peer", "name", host.socket)
            _send_whole_packets(host.device)
            _ip("link", "set", host.socket, "netns", self.wire)
            _ip("link", "set", host.device, "netns", host.namespace)
            _ip("-n", host.namespace, "address", "add", f"{host.address}/24", "dev", host.device)
            _ip("-n", host.namespace, "link", "set", host.device, "up")
            _ip("-n", self.wire, "link", "set", host.socket, "up")
        relay = [sys.executable, "-m", "tests.remote.relay", self.server.socket, self.client.socket]
        relay += ["--seed", str(self._seed), *(["--record", str(self._record)] if self._record else [])]
        command = ["ip", "netns", "exec", self.wire, *relay]
        pipe = subprocess.PIPE
        self._relay = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
        self._heard("ready")

    def close(self) -> None:
        if self._relay is not None and self._relay.stdin is not None:
            with contextlib.suppress(OSError):
                self._relay.stdin.close()
            self._relay.wait(10)
        for namespace in (self.server.namespace, self.client.namespace, self.wire):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)

    def be(self, **manner: float) -> None:
        """How the wire is from now on: ``loss``, ``delay_ms``, ``silent`` (see `relay.Manner`)."""
        assert self._relay is not None and self._relay.stdin is not None
        self._relay.stdin.write(json.dumps(manner) + "\n")
        self._relay.stdin.flush()
        self._heard("ok")

    def cut(self, kind: str, host: Host) -> None:
        """Nothing passes any more, and nobody is told."""
        self._turn(kind, host, "down")

    def mend(self, kind: str, host: Host) -> None:
        self._turn(kind, host, "up")

    def _turn(self, kind: str, host: Host, to: str) -> None:
        match kind:
            case "cable":
                _ip("-n", self.wire, "link", "set", host.socket, to)
            case "device":
                _ip("-n", host.namespace, "link", "set", host.device, to)
            case "silence":
                self.be(silent=to == "down")

    def _heard(self, word: str) -> None:
        assert self._relay is not None and self._relay.stdout is not None
        said = self._relay.stdout.readline().strip()
        assert said == word, f"the wire said {said!r} instead of {word!r}"


@contextlib.contextmanager
def open_network(seed: int = 1, record: Path | None = None) -> Iterator[Network]:
    """A network that is gone afterwards with all that was sent on it, except for what was recorded (pcap)."""
    network = Network(seed, record)
    try:
        network.open()
        yield network
    finally:
        network.close()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr.strip()}"


def _enter(libc: ctypes.CDLL, file: int) -> None:
    if libc.setns(file, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _send_whole_packets(device: str) -> None:
    """Switch off what a veth leaves to its peer: segments of 64 KB, and sums that nobody has counted."""
    from fcntl import ioctl  # POSIX only; tests are collected on Windows too

    with socket.socket() as any_socket:
        for offload in _OFFLOADS:
            value = array.array("B", struct.pack("II", offload, 0))
            ioctl(any_socket, _SIOCETHTOOL, struct.pack("16sP", device.encode(), value.buffer_info()[0]))
