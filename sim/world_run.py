"""One world: its machine, its broker and what befalls them, a function of the seed and the faults let in."""

from __future__ import annotations

import dataclasses
import zlib
from collections import Counter
from pathlib import Path
from random import Random

from common import messages as m
from sim.world_audit import Auditor, Violation
from sim.world_broker import Entry, WorldBroker
from sim.world_connection import Wire
from sim.world_faults import END_MS, Fault, plan, traits_of
from sim.world_gateway import Line
from sim.world_links import Link, Links
from sim.world_machine import Machine
from sim.world_market import SteadyFeed
from sim.world_state import StateDisk
from sim.world_strategy import source
from sim.world_time import MS, WorldClock
from sim.world_troubles import Troubles

CALM_AFTER_MS, LIMIT_AFTER_MS = 4_000, 4_000 + 150_000
"""After the last order: when the calm begins, and when all must be right."""


@dataclasses.dataclass
class Outcome:
    """What became of a world. ``violation`` is "" where every promise was kept."""

    seed: int
    clock: str = ""
    violation: str = ""
    crashes: int = 0
    orders: int = 0
    unknown: int = 0
    fills: int = 0
    digest: int = 0
    calm_ms: int = 0
    faults: Counter[str] = dataclasses.field(default_factory=Counter)
    story: list[str] = dataclasses.field(default_factory=list)


class World:
    """``run`` goes through it once."""

    def __init__(self, seed: int, folder: Path, faults: tuple[Fault, ...] | None, until_ms: int | None) -> None:
        self.until_ms = END_MS if until_ms is None else until_ms
        self.seed, self.traits = seed, traits_of(seed)
        given = plan(seed) if faults is None else faults
        self.faults = [fault for fault in given if fault.at_ms < self.until_ms]
        self.outcome = Outcome(seed, self.traits.clock)
        self.clock = WorldClock()
        self.rng = Random(f"{seed}/world")
        seconds = max(int(self.until_ms * (self.traits.speed or 1.0)) // 1000, 3)
        self.source, self.feed = source(seed, seconds), SteadyFeed(seconds)
        self.broker = WorldBroker(seed, self.traits, self.clock.wall_ns, self.clock.later)
        self.line = Line(Wire(Random(f"{seed}/wire")), self.clock.later)
        self.machine = Machine(self, folder)
        self.links = Links(self.machine.nodes, Random(f"{seed}/links"), self.traits.hop_ns, self._carry)
        gateway_disk, state_disk = self.machine.nodes["gateway"].disk, self.machine.nodes["state"].disk
        assert gateway_disk is not None and isinstance(state_disk, StateDisk)
        self.auditor = Auditor(self.broker, self.traits, self.broker.now_ns, gateway_disk, state_disk)
        self.troubles = Troubles(self)

    def tell(self, text: str) -> None:
        line = f"{(self.clock.mono_ns - self.clock.begin_ns) / 1e9:10.6f} {text}"
        self.outcome.story.append(line)
        self._mix(line.encode())

    def _mix(self, data: bytes) -> None:
        self.outcome.digest = zlib.crc32(data, self.outcome.digest)

    # -- from the beginning to the end ---------------------------------------------------------------------------

    def run(self) -> Outcome:
        self.machine.begin()
        for fault in self.faults:
            self.clock.at_ms(fault.at_ms, lambda fault=fault: self.troubles.begin(fault))  # type: ignore[misc]
        self.clock.at_ms(self.until_ms + CALM_AFTER_MS, self._calm)
        self._done = False
        try:
            while not self._done:
                self.clock.step()
        except Violation as broken:
            self.tell(f"VIOLATION {broken}")
            self.outcome.violation = str(broken)
        self.machine.close()
        self.outcome.orders = len(self.auditor.arrived)
        self.outcome.fills = len(self.broker.fills)
        return self.outcome

    def _calm(self) -> None:
        """The faults have stopped; within a bounded time everything is as it should be."""
        self.tell("calm")
        self.broker.calm_down()
        if self.traits.tags != "kept":
            # Only the broker's statement tells that an order is not listed under our name.
            self.clock.later(10_000 * MS, self.line.make_anew)
        self.clock.later(12_000 * MS if self.traits.tags != "kept" else 3_000 * MS, self._look)

    def _look(self) -> None:
        cores = {name: node.life.core for name, node in self.machine.nodes.items() if node.life is not None}
        points = self.auditor.open_points(cores)
        now_ms = self.clock.passed_ms
        if not points:
            book = cores["gateway"].books["main"]
            self.outcome.unknown = sum(r.status == "unknown" for r in book.orders.values())
            self.outcome.calm_ms, self._done = now_ms - self.until_ms - CALM_AFTER_MS, True
        elif now_ms > self.until_ms + LIMIT_AFTER_MS:
            raise Violation("; ".join(points[:6]))
        else:
            self.clock.later(1_000 * MS, self._look)

    # -- frames and orders on their way --------------------------------------------------------------------------

    def send(self, sender: str, target: str, data: bytes) -> None:
        order = self.auditor.hears(sender, target, data)
        if order is not None:
            self.tell(f"{order.client_order_id} {order.side} {order.symbol} {order.qty} is sent")
        self.links.send(sender, target, data, self.clock.mono_ns)

    def _carry(self, at_ns: int, link: Link, data: bytes) -> None:
        power = self.machine.power
        self.clock.at(at_ns, lambda: self._arrive(link, data, power))

    def _arrive(self, link: Link, data: bytes, power: int) -> None:
        node = self.machine.nodes[link.receiver]
        if power != self.machine.power:
            return
        if node.life is None:
            if link.kind == "line" and len(link.parked) < 200:
                link.parked.append(data)
            return
        self._mix(data)
        if node.name == "state":
            self.auditor.told(data)
        node.life.bus.inbox.append((link.sender if link.kind == "line" else "", data))
        self.machine.hear(node)

    def arrives(self, order: m.Order) -> None:
        self.tell(f"{order.client_order_id} reaches the broker")
        self.auditor.arrives(order)

    def placed(self, entry: Entry) -> None:
        self.auditor.placed(entry)
