"""The machine of a world: each of its places is lived in by one process again and again, until the power goes."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from common.clock import MarketTime
from common.errors import ConfigError, StackError
from common.loop import BEAT_NS
from common.session import Session
from services.state.__main__ import REST_MS
from services.strategy.catching_up import CatchingUp
from sim.world_audit import Violation
from sim.world_connection import Connection
from sim.world_disk import Disk, WorldKeeper
from sim.world_faults import PROCESSES
from sim.world_gateway import ClockedConnection, LiveDesk, clocked_desk
from sim.world_links import WorldBus
from sim.world_market import LiveMarket
from sim.world_processes import (
    Around,
    Life,
    gateway_core,
    no_hands,
    open_life,
    open_quotes,
    open_state,
    risk_core,
    strategy_core,
)
from sim.world_state import StateDisk
from sim.world_time import MS, WallTime
from sim.world_troubles import Doom

if TYPE_CHECKING:
    from sim.world_run import World

_REST_NS = {"state": REST_MS * MS}
"""Who lets messages gather between two turns."""


class Killed(Exception):
    """The process died here."""


class Node:
    """A place where one process lives again and again; its disk outlives it."""

    def __init__(self, name: str, disk: Disk | None) -> None:
        self.name, self.disk = name, disk
        self.rest_ns = _REST_NS.get(name, 0)
        self.life: Life | None = None
        self.doom: Doom | None = None
        self.turn_ns = -1
        self.beat = 0  # number of the life whose beats are counted


class Machine:
    """``power`` counts how often it was lost."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.clock, self.power = world, world.clock, 0
        kinds = {"state": StateDisk}
        self.nodes = {name: Node(name, kinds.get(name, Disk)(folder, name)) for name in PROCESSES}
        self.nodes["quotes"] = Node("quotes", Disk(folder, "quotes") if world.traits.is_simulated else None)

    # -- a life ----------------------------------------------------------------------------------------------------

    def start(self, node: Node) -> None:
        if node.life is not None:
            return
        self.world.tell(f"{node.name} starts")
        try:
            life = self._open(node)
        except Exception as error:  # whatever ends a start is looked at in one place
            self.died(node, error)
            return
        node.life = life
        node.beat += 1
        self.world.links.release(node.name, self.clock.mono_ns)
        self._beat(node, node.beat)

    def _open(self, node: Node) -> Life:
        world, around = self.world, self._around(node)
        mode = "simulator" if world.traits.is_simulated else "live"
        match node.name:
            case "gateway":
                return self._open_gateway(node, around, mode)
            case "risk":
                return open_life(around, risk_core(world.traits), no_hands)
            case "state":
                life = open_state(around)
                world.auditor.begins(life.core.store)
                return life
            case "quotes" if world.traits.is_simulated:
                return open_quotes(around, world.traits, world.feed)
            case "quotes":
                return open_life(around, LiveMarket(), no_hands)
        assert node.disk is not None
        keeper = WorldKeeper(node.disk, around.cross)
        core = strategy_core(world.source, keeper, mode, lambda level, name, text: world.tell(f"log {text}"))
        return open_life(around, core, lambda session: CatchingUp(core))

    def _open_gateway(self, node: Node, around: Around, mode: str) -> Life:
        world, core = self.world, gateway_core(mode)
        kind = ClockedConnection if world.traits.is_simulated else Connection
        connection = world.line.connection = kind(
            world.broker,
            world.line.wire,
            self.clock.mono,
            due=lambda at_ns: self._turn_at(node, at_ns),
            border=world,
            cross=around.cross,
        )
        connection.start()

        def hands(session: Session) -> LiveDesk:
            if isinstance(connection, ClockedConnection):
                return clocked_desk(connection, core, session)  # type: ignore[return-value]
            return LiveDesk(connection)

        return open_life(around, core, hands)

    def _around(self, node: Node) -> Around:
        world = self.world

        def cross(point: str) -> None:
            self._cross(node, point)

        bus = WorldBus(lambda target, data: world.send(node.name, target, data), lambda: cross("sent"))
        return Around(
            name=node.name,
            disk=node.disk,
            bus=bus,
            market=MarketTime(simulated=True) if world.traits.is_simulated else WallTime(self.clock.wall_ns),
            cross=cross,
            wall_ns=self.clock.wall_ns,
            mono_ns=self.clock.mono,
            note=lambda code, text: world.tell(f"{node.name} notes {code} {text}"),
        )

    # -- turns -----------------------------------------------------------------------------------------------------

    def _beat(self, node: Node, number: int) -> None:
        if node.life is not None and node.beat == number:
            self._turn(node)
            self.clock.later(BEAT_NS, lambda: self._beat(node, number))

    def hear(self, node: Node) -> None:
        """Something has arrived."""
        rest_ns = node.rest_ns
        self._turn_at(node, -(-self.clock.mono_ns // rest_ns) * rest_ns if rest_ns else self.clock.mono_ns)

    def _turn_at(self, node: Node, at_ns: int) -> None:
        if at_ns == node.turn_ns and at_ns >= self.clock.mono_ns:
            return
        if node.turn_ns < self.clock.mono_ns or at_ns < node.turn_ns:
            node.turn_ns = at_ns
        self.clock.at(at_ns, lambda: self._turn(node))

    def _turn(self, node: Node) -> None:
        if node.life is None:
            return
        try:
            node.life.loop.turn()
        except Exception as error:  # whatever ends a turn is looked at in one place
            self.died(node, error)

    def _cross(self, node: Node, point: str) -> None:
        doom = node.doom
        if point == "torn":
            node.doom = None
            raise Killed(point)
        if doom is not None and doom.point == point:
            doom.left -= 1
            if doom.left < 0:
                raise Killed(point)

    # -- deaths ----------------------------------------------------------------------------------------------------

    def overdue(self, node: Node, doom: Doom) -> None:
        """Nobody has crossed the border where the process was to die."""
        if node.doom is doom and node.life is not None:
            self.died(node, Killed("idle"))

    def died(self, node: Node, error: Exception) -> None:
        if isinstance(error, Violation):
            raise error
        if isinstance(error, Killed):
            doom, node.doom = node.doom, None
            if doom is not None and doom.power:
                self._lose_power()
                return
            self._kill(node, f"{node.name} is killed at {error}")
            return
        if isinstance(error, ConfigError) or not isinstance(error, StackError | OSError):
            raise Violation(f"{node.name} stops: {traceback.format_exc()}") from error
        self._kill(node, f"{node.name} stops: {error}")

    def _kill(self, node: Node, said: str) -> None:
        self.world.tell(said)
        self.world.outcome.crashes += 1
        self._drop(node)
        self.clock.later(self.world.rng.randint(200, 2500) * MS, lambda: self.start(node))

    def _drop(self, node: Node) -> None:
        node.doom = None
        if node.name == "gateway":
            self.world.line.drop()
        if node.life is not None and node.life.journal is not None:
            node.life.journal.close()
        node.life = None
        if isinstance(node.disk, StateDisk):
            node.disk.cut_off()
        self.world.links.forget(node.name)

    def _lose_power(self) -> None:
        """All goes dark: all processes, all frames on their way, all that was not synced."""
        world = self.world
        world.tell("the power is lost")
        self.power += 1
        world.auditor.power_lost = True
        delay_ms = world.rng.randint(1000, 4000)
        for node in self.nodes.values():
            world.outcome.crashes += node.life is not None
            self._drop(node)
            if node.disk is not None:
                node.disk.lose_power(world.rng)
            at_ms = delay_ms + world.rng.randint(0, 1500)
            self.clock.later(at_ms * MS, self._starter(node))
        world.links.go_dark()

    def _starter(self, node: Node) -> Callable[[], None]:
        return lambda: self.start(node)

    def begin(self) -> None:
        for node in self.nodes.values():
            self.clock.at(self.clock.mono_ns, self._starter(node))

    def close(self) -> None:
        for node in self.nodes.values():
            self._drop(node)
