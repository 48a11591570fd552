"""What a listener on the wire sees: the bytes of each TCP connection, out of what the wire recorded (pcap)."""

from __future__ import annotations

import dataclasses
import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_IPV4, _TCP = 0x0800, 6
_ETHERNET_BYTES = 14


@dataclasses.dataclass(frozen=True, order=True)
class Way:
    """One direction of a connection, (address, port) each."""

    source: tuple[str, int]
    target: tuple[str, int]


def packets(path: Path) -> Iterator[bytes]:
    """Every packet on the wire, whole."""
    with path.open("rb") as file:
        file.read(24)
        while head := file.read(16):
            yield file.read(struct.unpack("<IIII", head)[2])


def streams(path: Path) -> dict[Way, bytes]:
    """What went each way, in the order of the wire; what was sent twice is there twice."""
    seen: defaultdict[Way, bytearray] = defaultdict(bytearray)
    for packet in packets(path):
        if struct.unpack_from("!H", packet, 12)[0] != _IPV4 or packet[_ETHERNET_BYTES + 9] != _TCP:
            continue
        ip = packet[_ETHERNET_BYTES:]
        ip = ip[: struct.unpack_from("!H", ip, 2)[0]]
        tcp = ip[(ip[0] & 15) * 4 :]
        ports = struct.unpack_from("!HH", tcp)
        source, target = (".".join(map(str, ip[at : at + 4])) for at in (12, 16))
        seen[Way((source, ports[0]), (target, ports[1]))] += tcp[(tcp[12] >> 4) * 4 :]
    return {way: bytes(data) for way, data in seen.items()}
