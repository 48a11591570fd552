"""The wire between two hosts: carries packets from one device to the other, and loses, delays or swallows them.

    python -m tests.remote.relay LEFT RIGHT [--seed N] [--record FILE]

On its standard input it is told how to be, a JSON object a line: ``{"loss": 0.05, "delay_ms": 50, "silent": false}``.
Each is answered with a line. All that either host sends is put into FILE (pcap), also what then is lost. It needs
nothing but the standard library, and ends with its input.
"""

from __future__ import annotations

import argparse
import dataclasses
import heapq
import json
import select
import socket
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import BinaryIO

_EVERY_PROTOCOL = 0x0003  # ETH_P_ALL
_PACKET_MAX = 65_535
_AT_ONCE = 64


@dataclasses.dataclass
class Manner:
    """``loss`` is the share of packets that vanish, ``delay_ms`` what each takes one way; ``silent`` swallows all."""

    loss: float = 0.0
    delay_ms: float = 0.0
    silent: bool = False


class Relay:
    def __init__(self, devices: Sequence[str], chance: Random, record: BinaryIO | None) -> None:
        self.ends = [_tap(device) for device in devices]
        self.manner, self._chance, self._record = Manner(), chance, record
        self._on_their_way: list[tuple[float, int, int, bytes]] = []  # (due, number, to, packet)
        self._number = 0
        if record is not None:
            record.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _PACKET_MAX, 1))

    def run(self) -> None:
        told = sys.stdin.fileno()
        while True:
            ready, _, _ = select.select([told, *self.ends], [], [], self._wait_s())
            if told in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self.manner = dataclasses.replace(self.manner, **json.loads(line))
                print("ok", flush=True)
            for at, end in enumerate(self.ends):
                if end in ready:
                    self._take(at, end)
            self._deliver()

    def _wait_s(self) -> float | None:
        return max(self._on_their_way[0][0] - time.monotonic(), 0.0) if self._on_their_way else None

    def _take(self, at: int, end: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                packet, (_, _, kind, *_) = end.recvfrom(_PACKET_MAX)
            except BlockingIOError:
                return
            except OSError:
                return  # the device is down: its cable is pulled
            if kind == socket.PACKET_OUTGOING:
                continue
            self._note(packet)
            if not self.manner.silent and self._chance.random() >= self.manner.loss:
                self._number += 1
                due = time.monotonic() + self.manner.delay_ms / 1000
                heapq.heappush(self._on_their_way, (due, self._number, 1 - at, packet))

    def _deliver(self) -> None:
        while self._on_their_way and self._on_their_way[0][0] <= time.monotonic():
            _, _, to, packet = heapq.heappop(self._on_their_way)
            try:
                self.ends[to].send(packet)
            except OSError:
                continue  # nobody takes it there now: it is lost, as on a cable that is pulled

    def _note(self, packet: bytes) -> None:
        if self._record is not None:
            now_us = time.time_ns() // 1_000
            size = len(packet)
            self._record.write(struct.pack("<IIII", now_us // 1_000_000, now_us % 1_000_000, size, size) + packet)


def _tap(device: str) -> socket.socket:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL))
    end.bind((device, 0))
    end.setblocking(False)
    return end


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.remote.relay")
    parser.add_argument("devices", nargs=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args(arguments)
    record = options.record.open("wb") if options.record else None
    relay = Relay(options.devices, Random(options.seed), record)
    print("ready", flush=True)
    relay.run()
    if record is not None:
        record.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
