"""The wires between the world's processes: a link never reorders, and may lose, delay or double what it carries."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from random import Random

from common.channels import CHANNELS, role_of
from sim.world_faults import Fault

MICROSECOND_NS = 1_000
MILLISECOND_NS = 1_000_000


@dataclasses.dataclass(slots=True)
class Link:
    """From one process to another; ``kind`` is "line", "reply" or "topic" as on the real bus."""

    sender: str
    receiver: str
    kind: str
    last_ns: int = 0
    power: int = 0  # frames of an earlier power are gone
    parked: list[bytes] = dataclasses.field(default_factory=list)  # what the sender's socket keeps for a dead receiver
    faults: list[Fault] = dataclasses.field(default_factory=list)


Carry = Callable[[int, Link, bytes], None]


class Links:
    """``carry(at_ns, link, frame)`` is called for each frame that will arrive."""

    def __init__(self, names: Iterable[str], rng: Random, hop_ns: int, carry: Carry) -> None:
        self.names, self.rng, self.hop_ns, self.carry = tuple(names), rng, hop_ns, carry
        self.links: dict[tuple[str, str, str], Link] = {}
        self.faults: list[Fault] = []

    def send(self, sender: str, target: str, data: bytes, now_ns: int) -> None:
        for receiver, kind in self._ways(target):
            self._send(self.link(sender, receiver, kind), data, now_ns)

    def link(self, sender: str, receiver: str, kind: str) -> Link:
        key = (sender, receiver, kind)
        return self.links.get(key) or self.links.setdefault(key, Link(sender, receiver, kind))

    def release(self, receiver: str, now_ns: int) -> None:
        """The receiver is back: half of what waited in its senders' sockets arrives now, whatever it is worth."""
        for link in self.links.values():
            if link.receiver == receiver and link.parked:
                parked, link.parked = link.parked, []
                if self.rng.random() < 0.5:
                    for data in parked:
                        self._send(link, data, now_ns)

    def forget(self, sender: str) -> None:
        """A process died, and what its sockets kept died with it."""
        for link in self.links.values():
            if link.sender == sender:
                link.parked.clear()

    def go_dark(self) -> None:
        """What any socket kept is gone."""
        for link in self.links.values():
            link.parked.clear()

    def _ways(self, target: str) -> list[tuple[str, str]]:
        if target[0] == "@":
            return [(target[1:], "reply")] if target[1:] in self.names else []
        if target[0] == "*":
            peers = CHANNELS[target[1:].partition("/")[0]].peers
            return [(name, "topic") for name in self.names if role_of(name) in peers]
        return [(target, "line")] if target in self.names else []

    def _send(self, link: Link, data: bytes, now_ns: int) -> None:
        wrong = [f.name for f in self.faults if f.where == link.sender and f.to == link.receiver]
        draw = self.rng.random()
        if "partition" in wrong or ("frames_lost" in wrong and draw < 0.4):
            return
        late_ns = int(draw * 1_500 * MILLISECOND_NS) if "frames_late" in wrong else 0
        link.last_ns = max(link.last_ns, now_ns + self.hop_ns + int(draw * 300 * MICROSECOND_NS) + late_ns)
        for _ in range(2 if "frames_doubled" in wrong and draw < 0.6 else 1):
            self.carry(link.last_ns, link, data)


class WorldBus:
    """What the loop takes for its bus."""

    def __init__(self, send: Callable[[str, bytes], None], sent: Callable[[], None]) -> None:
        self.inbox: list[tuple[str, bytes]] = []
        self._carry, self._sent = send, sent

    def receive(self, timeout_ms: int) -> list[tuple[str, bytes]]:
        got, self.inbox = self.inbox, []
        return got

    def send(self, frames: Iterable[tuple[str, bytes]]) -> None:
        for target, data in frames:
            self._carry(target, data)
        self._sent()

    def send_rest(self) -> None:
        """In the world everybody hears at the same time."""

    def close(self) -> None:
        pass
