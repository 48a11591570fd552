"""How each named fault of the world begins and ends."""

from __future__ import annotations

import dataclasses
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from sim.world_faults import Fault

if TYPE_CHECKING:
    from sim.world_run import World

MS = 1_000_000
PATIENCE_MS = 1_500
"""A kill that waits for a border nobody crosses comes anyway after this time."""

_LINK_FAULTS = ("frames_lost", "frames_late", "frames_doubled", "partition")
_WIRE_FAULTS = {
    "reports_late": "late",
    "reports_doubled": "doubled",
    "reports_early": "early",
    "answers_slow": "slow_answers",
}


@dataclasses.dataclass
class Doom:
    """A process will die at the border ``point`` when it was crossed ``left`` times more."""

    point: str
    left: int
    power: bool


class Troubles:
    """Lets faults loose on a world; ``active`` counts those of a name that last."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.active: Counter[str] = Counter()

    def begin(self, fault: Fault) -> None:
        world = self.world
        world.tell(f"fault {fault}")
        world.outcome.faults[fault.name] += 1
        match fault.name:
            case "crash" | "power_loss":
                self._doom(fault)
            case "torn_record":
                self._tear(fault)
            case "disk_full":
                self._fill_disk(fault)
            case "broker_down":
                self._lose_broker(fault)
            case "answer_lost":
                self._lose_answers(fault)
            case "tag_lost":
                self._lasts(fault, world.broker, "loses_tags")
            case "hand_order":
                world.auditor.hand_used = True
                world.broker.place_by_hand(Random(f"{world.seed}/hand/{fault.number}"))
            case "clock_jump":
                self._cut(dataclasses.replace(fault, name="partition"))
                world.clock.later(fault.for_ms * MS // 2, lambda: self._jump(fault.count * MS))
            case name if name in _LINK_FAULTS:
                self._cut(fault)
            case name:
                self._lasts(fault, world.line.wire, _WIRE_FAULTS[name])

    def _lasts(self, fault: Fault, of: object, flag: str) -> None:
        """The flag is up while a fault of this name lasts."""
        self.active[fault.name] += 1
        setattr(of, flag, True)

        def end() -> None:
            self.active[fault.name] -= 1
            setattr(of, flag, self.active[fault.name] > 0)

        self.world.clock.later(fault.for_ms * MS, end)

    def _cut(self, fault: Fault) -> None:
        self.world.links.faults.append(fault)
        self.world.clock.later(fault.for_ms * MS, lambda: self.world.links.faults.remove(fault))

    def _jump(self, by_ns: int) -> None:
        self.world.tell(f"the wall clock jumps by {by_ns / 1e9:.0f} s")
        self.world.clock.jumped_ns += by_ns

    def _doom(self, fault: Fault) -> None:
        node = self.world.machine.nodes[fault.where]
        if node.life is None:
            return
        doom = node.doom = Doom(fault.point, fault.count, fault.name == "power_loss")
        self.world.clock.later(
            0 if fault.point == "idle" else PATIENCE_MS * MS, lambda: self.world.machine.overdue(node, doom)
        )

    def _tear(self, fault: Fault) -> None:
        node = self.world.machine.nodes[fault.where]
        if node.life is not None and node.disk is not None:
            node.disk.tears_in = fault.count

    def _fill_disk(self, fault: Fault) -> None:
        disks = [n.disk for n in self.world.machine.nodes.values() if n.disk and fault.where in ("", n.name)]
        for disk in disks:
            disk.full += 1

        def end() -> None:
            for disk in disks:
                disk.full -= 1

        self.world.clock.later(fault.for_ms * MS, end)

    def _lose_broker(self, fault: Fault) -> None:
        self.active["broker_down"] += 1
        self.world.line.down()

        def end() -> None:
            self.active["broker_down"] -= 1
            if not self.active["broker_down"]:
                self.world.line.up()

        self.world.clock.later(fault.for_ms * MS, end)

    def _lose_answers(self, fault: Fault) -> None:
        """A line that swallows answers is found out and made anew."""
        self._lasts(fault, self.world.line.wire, "loses_answers")
        self.world.clock.later(fault.for_ms * MS, lambda: self._lose_broker(dataclasses.replace(fault, for_ms=300)))
