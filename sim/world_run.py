"""One world: its clock, its processes and what befalls them, a function of the seed and the faults let in."""

from __future__ import annotations

import dataclasses
import heapq
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from common import messages as m
from common.beijing import at
from common.errors import ConfigError, StackError
from common.loop import BEAT_NS, NoEffects
from sim.world_audit import Auditor, Violation
from sim.world_broker import Entry, WorldBroker
from sim.world_connection import Connection, Wire
from sim.world_disk import Disk, WorldKeeper
from sim.world_faults import END_MS, PROCESSES, Fault, plan, traits_of
from sim.world_links import Link, Links, WorldBus
from sim.world_market import MarketCore
from sim.world_processes import (
    Follower,
    Life,
    WorldDesk,
    gateway_core,
    open_life,
    risk_core,
    strategy_core,
)
from sim.world_strategy import source
from sim.world_troubles import Doom, Troubles

DAY = date(2026, 11, 20)
MS = 1_000_000
CALM_AFTER_MS, LIMIT_AFTER_MS = 4_000, 4_000 + 150_000
"""After the last order: when the calm begins, and when all must be right."""


class Killed(Exception):
    """The process died here."""


class Node:
    """A place where one process lives again and again; its disk outlives it."""

    def __init__(self, name: str, disk: Disk | None) -> None:
        self.name, self.disk = name, disk
        self.life: Life | None = None
        self.doom: Doom | None = None
        self.turn_ns = -1
        self.beat = 0  # number of the life whose beats are counted


@dataclasses.dataclass
class Outcome:
    """What became of a world. ``violation`` is "" where every promise was kept."""

    seed: int
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
        self.outcome = Outcome(seed)
        self.mono_ns, self.jumped_ns = 10**12, 0
        self.begin_ns = self.mono_ns
        self.start_wall_ns = at(DAY, "09:35:00")
        self.power = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self.rng = Random(f"{seed}/world")
        self.nodes = {name: Node(name, Disk(folder, name)) for name in PROCESSES}
        self.nodes["quotes"] = Node("quotes", None)
        self.links = Links(self.nodes, Random(f"{seed}/links"), self._carry)
        self.broker = WorldBroker(seed, self.traits, self.wall_ns, self.later)
        self.wire = Wire(Random(f"{seed}/wire"))
        self.connection: Connection | None = None
        gateway_disk = self.nodes["gateway"].disk
        assert gateway_disk is not None
        self.auditor = Auditor(self.broker, self.traits, self.wall_ns, gateway_disk)
        self.troubles = Troubles(self)
        self.source = source(seed, self.until_ms // 1000)

    # -- time ----------------------------------------------------------------------------------------------------

    def wall_ns(self) -> int:
        return self.start_wall_ns + self.mono_ns - self.begin_ns + self.jumped_ns

    def mono(self) -> int:
        return self.mono_ns

    def _at(self, at_ns: int, what: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (max(at_ns, self.mono_ns), self._count, what))

    def later(self, delay_ns: int, what: Callable[[], None]) -> None:
        self._at(self.mono_ns + delay_ns, what)

    def _ms(self, at_ms: int) -> int:
        return self.begin_ns + at_ms * MS

    def tell(self, text: str) -> None:
        line = f"{(self.mono_ns - self.begin_ns) / 1e9:10.6f} {text}"
        self.outcome.story.append(line)
        self._mix(line.encode())

    def _mix(self, data: bytes) -> None:
        self.outcome.digest = zlib.crc32(data, self.outcome.digest)

    # -- from the beginning to the end ---------------------------------------------------------------------------

    def run(self) -> Outcome:
        for node in self.nodes.values():
            self._at(self.mono_ns, lambda node=node: self._start(node))  # type: ignore[misc]
        for fault in self.faults:
            self._at(self._ms(fault.at_ms), lambda fault=fault: self.troubles.begin(fault))  # type: ignore[misc]
        self._at(self._ms(self.until_ms + CALM_AFTER_MS), self._calm)
        try:
            self._run()
        except Violation as broken:
            self.tell(f"VIOLATION {broken}")
            self.outcome.violation = str(broken)
        self._close()
        return self.outcome

    def _run(self) -> None:
        self._done = False
        while not self._done:
            self.mono_ns, _, what = heapq.heappop(self._queue)
            what()

    def _close(self) -> None:
        for node in self.nodes.values():
            if node.life is not None and node.life.journal is not None:
                node.life.journal.close()
        self.outcome.orders = len(self.auditor.arrived)
        self.outcome.fills = len(self.broker.fills)

    def _calm(self) -> None:
        """The faults have stopped; within a bounded time everything is as it should be."""
        self.tell("calm")
        self.broker.calm_down()
        if self.traits.tags != "kept":
            # Only the broker's statement tells that an order is not listed under our name.
            self.later(10_000 * MS, self._reconnect)
        self.later(12_000 * MS if self.traits.tags != "kept" else 3_000 * MS, self._look)

    def _reconnect(self) -> None:
        if self.connection is not None and not self.connection.is_closed:
            self.broker_down()
            self.later(500 * MS, self.broker_up)

    def _look(self) -> None:
        cores = {name: node.life.core for name, node in self.nodes.items() if node.life is not None}
        points = self.auditor.open_points(cores)
        now_ms = (self.mono_ns - self.begin_ns) // MS
        if not points:
            book = cores["gateway"].books["main"]
            self.outcome.unknown = sum(r.status == "unknown" for r in book.orders.values())
            self.outcome.calm_ms, self._done = now_ms - self.until_ms - CALM_AFTER_MS, True
        elif now_ms > self.until_ms + LIMIT_AFTER_MS:
            raise Violation("; ".join(points[:6]))
        else:
            self.later(1_000 * MS, self._look)

    # -- processes -----------------------------------------------------------------------------------------------

    def _start(self, node: Node) -> None:
        if node.life is not None:
            return
        self.tell(f"{node.name} starts")
        bus = WorldBus(
            lambda target, data: self._send(node, target, data),
            lambda: self._cross(node, "sent"),
        )
        try:
            core, effects = self._core(node)
            life = open_life(
                node.name,
                core,
                node.disk,
                bus,
                effects,
                cross=lambda point: self._cross(node, point),
                wall_ns=self.wall_ns,
                mono_ns=self.mono,
                note=lambda code, text: self.tell(f"{node.name} notes {code} {text}"),
            )
        except Exception as error:  # whatever ends a start is looked at in one place
            self._died(node, error)
            return
        node.life = life
        node.beat += 1
        self.links.release(node.name, self.mono_ns)
        self._beat(node, node.beat)

    def _core(self, node: Node) -> tuple[Any, Any]:
        if node.name == "gateway":
            self.connection = Connection(
                self.broker, self.wire, self.mono, lambda at_ns: self._turn_at(node, at_ns), self
            )
            self.connection.start()
            return gateway_core(), WorldDesk(self.connection, lambda point: self._cross(node, point))
        if node.name == "risk":
            return risk_core(self.traits), NoEffects()
        if node.name == "quotes":
            return MarketCore(DAY, self.wall_ns), NoEffects()
        if node.name == "state":
            return Follower(), NoEffects()
        assert node.disk is not None
        keeper = WorldKeeper(node.disk, lambda point: self._cross(node, point))
        return strategy_core(self.source, keeper, lambda level, name, text: self.tell(f"log {text}")), NoEffects()

    def _beat(self, node: Node, number: int) -> None:
        if node.life is not None and node.beat == number:
            self._turn(node)
            self.later(BEAT_NS, lambda: self._beat(node, number))

    def _turn_at(self, node: Node, at_ns: int) -> None:
        if node.turn_ns < self.mono_ns or at_ns < node.turn_ns:
            node.turn_ns = at_ns
            self._at(at_ns, lambda: self._turn(node) if node.life is not None else None)
        elif at_ns > node.turn_ns:
            self._at(at_ns, lambda: self._turn(node) if node.life is not None else None)

    def _turn(self, node: Node) -> None:
        assert node.life is not None
        try:
            node.life.loop.turn()
        except Exception as error:  # whatever ends a turn is looked at in one place
            self._died(node, error)

    def _died(self, node: Node, error: Exception) -> None:
        if isinstance(error, Violation):
            raise error
        if isinstance(error, Killed):
            doom, node.doom = node.doom, None
            if doom is not None and doom.power:
                self._power_loss()
                return
            self._kill(node, f"{node.name} is killed at {error}")
            return
        if isinstance(error, ConfigError) or not isinstance(error, StackError | OSError):
            raise Violation(f"{node.name} stops: {traceback.format_exc()}") from error
        self._kill(node, f"{node.name} stops: {error}")

    def _cross(self, node: Node, point: str) -> None:
        doom = node.doom
        if point == "torn":
            node.doom = None
            raise Killed(point)
        if doom is not None and doom.point == point:
            doom.left -= 1
            if doom.left < 0:
                raise Killed(point)

    def _kill(self, node: Node, said: str) -> None:
        self.tell(said)
        self.outcome.crashes += 1
        self._drop(node)
        self.later(self.rng.randint(200, 2500) * MS, lambda: self._start(node))

    def _drop(self, node: Node) -> None:
        node.doom = None
        if node.name == "gateway" and self.connection is not None:
            self.connection.close()
        if node.life is not None:
            if node.life.journal is not None:
                node.life.journal.close()
            node.life = None
        self.links.forget(node.name)

    def _power_loss(self) -> None:
        """The whole machine goes dark: all processes, all frames on their way, all that was not synced."""
        self.tell("the power is lost")
        self.power += 1
        self.auditor.power_lost = True
        delay_ms = self.rng.randint(1000, 4000)
        for node in self.nodes.values():
            self.outcome.crashes += node.life is not None
            self._drop(node)
            if node.disk is not None:
                node.disk.lose_power(self.rng)
            self.later((delay_ms + self.rng.randint(0, 1500)) * MS, lambda node=node: self._start(node))  # type: ignore[misc]
        for link in self.links.links.values():
            link.parked.clear()

    # -- frames and orders on their way --------------------------------------------------------------------------

    def _send(self, node: Node, target: str, data: bytes) -> None:
        order = self.auditor.hears(node.name, target, data)
        if order is not None:
            self.tell(f"{order.client_order_id} {order.side} {order.symbol} {order.qty} is sent")
        self.links.send(node.name, target, data, self.mono_ns)

    def _carry(self, at_ns: int, link: Link, data: bytes) -> None:
        power = self.power
        self._at(at_ns, lambda: self._arrive(link, data, power))

    def _arrive(self, link: Link, data: bytes, power: int) -> None:
        node = self.nodes[link.receiver]
        if power != self.power:
            return
        if node.life is None:
            if link.kind == "line" and len(link.parked) < 200:
                link.parked.append(data)
            return
        self._mix(data)
        node.life.bus.inbox.append((link.sender if link.kind == "line" else "", data))
        self._turn_at(node, self.mono_ns)

    def arrives(self, order: m.Order) -> None:
        self.tell(f"{order.client_order_id} reaches the broker")
        self.auditor.arrives(order)

    def placed(self, entry: Entry) -> None:
        self.auditor.placed(entry)

    # -- what troubles do ----------------------------------------------------------------------------------------

    def overdue(self, node: Node, doom: Doom) -> None:
        """Nobody has crossed the border where the process was to die."""
        if node.doom is doom and node.life is not None:
            self._died(node, Killed("idle"))

    def broker_down(self) -> None:
        self.wire.is_up = False
        if self.connection is not None and not self.connection.is_closed:
            self.connection.go_down()

    def broker_up(self) -> None:
        self.wire.is_up = True
        if self.connection is not None and not self.connection.is_closed:
            self.connection.come_up()
