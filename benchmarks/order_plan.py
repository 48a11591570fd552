"""What the strategy of the order path benchmark is to do, and where it leaves what it measured."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

VARIABLE = "ORDER_PATH_PLAN"


@dataclasses.dataclass(frozen=True)
class Part:
    """`n` orders and as many trips round the ring, in turns of `block`, with `pause_ms` between each."""

    name: str
    n: int
    block: int
    pause_ms: int = 0


@dataclasses.dataclass(frozen=True)
class Plan:
    parts: tuple[Part, ...]
    ring_port: int
    result: str
    curve: bool = False

    @property
    def filled(self) -> Path:
        """Where the gateway of ``benchmarks.order_gateway`` notes its fills."""
        return Path(self.result).with_name("filled.txt")

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")


def read_plan(path: Path) -> Plan:
    plan = json.loads(path.read_text(encoding="utf-8"))
    return Plan(tuple(Part(**part) for part in plan["parts"]), plan["ring_port"], plan["result"], plan["curve"])


@dataclasses.dataclass
class Times:
    """Nanoseconds since `order()` was called, or since a message was sent round the ring. ``heard`` is the moment
    (``time.perf_counter_ns``) at which the strategy had a fill, by its number."""

    accepted: list[int] = dataclasses.field(default_factory=list)
    filled: list[int] = dataclasses.field(default_factory=list)
    ring: list[int] = dataclasses.field(default_factory=list)
    heard: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, other: Times) -> None:
        """Take in those of another round; the numbers of its fills begin anew, so its moments are left out."""
        self.accepted += other.accepted
        self.filled += other.filled
        self.ring += other.ring


def pushes(times: Times, filled: Path) -> list[int]:
    """Nanoseconds from the moment the gateway's core said that an order has filled to the one the strategy had it.

    Both read one clock: `perf_counter_ns` counts from the same moment in all processes of a machine."""
    said = dict(line.split() for line in filled.read_text(encoding="ascii").splitlines())
    return [heard_ns - int(said[fill]) for fill, heard_ns in times.heard.items()]


def write_times(times: dict[str, Times], path: Path) -> None:
    """The file appears whole: somebody waits for it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({name: dataclasses.asdict(part) for name, part in times.items()}), encoding="utf-8")
    fresh.replace(path)


def read_times(path: Path) -> dict[str, Times]:
    return {name: Times(**part) for name, part in json.loads(path.read_text(encoding="utf-8")).items()}
