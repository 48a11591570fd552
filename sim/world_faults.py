"""What goes wrong in the world, and when: named faults drawn from one seed before anything happens."""

from __future__ import annotations

import dataclasses
from random import Random

PROCESSES = ("gateway", "risk", "state", "strategy.world")
"""Those a clock of a simulated day waits for; in such a day quotes, which keeps it, can die as they do."""

FAULTS_MS = 36_000
"""From the start of the world until the last fault begins; after this comes the calm."""

END_MS = FAULTS_MS + 4_000
"""Until then the strategy places orders."""

POINTS = ("write", "written", "sync", "synced", "sent", "call", "called", "idle")
"""Borders a process crosses, where it can be killed: before and after its journal's write and fsync (of state: the rows
of a transaction and its commit), after a sending, before and after a call of the broker, a save of the strategy's files
or an event's note in the store; ``idle`` is between two turns."""

LINKS = (
    ("strategy.world", "risk"),
    ("risk", "gateway"),
    ("gateway", "risk"),
    ("gateway", "strategy.world"),
    ("gateway", "state"),
    ("risk", "strategy.world"),
    ("risk", "state"),
    ("quotes", "strategy.world"),
)
CLOCK_LINKS = (
    ("quotes", "gateway"),
    ("quotes", "risk"),
    ("quotes", "state"),
    ("quotes", "strategy.world"),
    *((process, "quotes") for process in PROCESSES),
)
"""On which the time of a simulated day is told, and how far everybody is."""

# How often each is drawn. Crashes come on top of these.
_WEIGHTS = {
    "power_loss": 5,
    "torn_record": 2,
    "disk_full": 3,
    "frames_lost": 3,
    "frames_late": 3,
    "frames_doubled": 3,
    "partition": 3,
    "broker_down": 4,
    "reports_late": 3,
    "reports_doubled": 3,
    "reports_early": 2,
    "answers_slow": 3,
    "answer_lost": 3,
    "tag_lost": 3,
    "hand_order": 2,
    "clock_jump": 2,
}
NAMES = ("crash", *_WEIGHTS)


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """``where`` is a process or a link; ``point`` and ``count`` say at which crossing of which border a kill comes."""

    number: int
    name: str
    at_ms: int
    for_ms: int = 0
    where: str = ""
    to: str = ""
    point: str = ""
    count: int = 0

    def __str__(self) -> str:
        place = "→".join(part for part in (self.where, self.to) if part)
        jump = f" by {self.count / 1000:.0f} s" if self.name == "clock_jump" else ""
        kill = f" at {self.point} #{self.count}" if self.point else ""
        lasts = f" for {self.for_ms / 1000:.1f} s" if self.for_ms else ""
        return f"{self.number}. {self.at_ms / 1000:.3f} s {self.name} {place}{kill}{jump}{lasts}".rstrip()


CLOCKS = ("wall", "speed", "lockstep")
"""Whose market time a world has: the wall clock's, or a simulated day's at a speed or in lock-step."""


@dataclasses.dataclass(frozen=True, slots=True)
class Traits:
    """What one world is like from its beginning to its end."""

    tags: str  # what the broker makes of the client tag while a tag is lost: "kept", "cut" or "dropped"
    tells_fees: bool
    by_hand: bool  # somebody also trades the account in the broker's own terminal
    trades_max: int
    value_max_e4: int
    clock: str = "wall"
    speed: float = 0.0  # of a simulated day; 0 in lock-step
    hop_ns: int = 50_000  # what a frame takes at least

    @property
    def is_simulated(self) -> bool:
        return self.clock != "wall"

    @property
    def processes(self) -> tuple[str, ...]:
        """Those that keep something which a death could lose."""
        return (*PROCESSES, "quotes") if self.is_simulated else PROCESSES


def traits_of(seed: int) -> Traits:
    rng = Random(f"{seed}/traits")
    traits = Traits(
        tags=rng.choice(("kept", "kept", "kept", "cut", "dropped")),
        tells_fees=rng.random() < 0.7,
        by_hand=rng.random() < 0.3,
        trades_max=rng.choice((25, 60, 1000)),
        value_max_e4=rng.choice((800_000, 2_000_000, 100_000_000)) * 10_000,
    )
    match rng.choice(("wall", "wall", "speed", "lockstep")):
        case "speed":
            return dataclasses.replace(traits, clock="speed", speed=rng.choice((0.5, 1.0, 1.0, 2.0)))
        case "lockstep":
            # Only a slow machine gives the faults time to meet a day that waits for nobody else.
            return dataclasses.replace(traits, clock="lockstep", hop_ns=rng.choice((5, 15, 25)) * 1_000_000)
    return traits


def plan(seed: int) -> tuple[Fault, ...]:
    """The faults of a seed, in the order of their times."""
    rng, traits = Random(f"{seed}/faults"), traits_of(seed)
    names = ["crash"] * rng.randint(5, 9) + rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=rng.randint(4, 9))
    names = [name for name in names if _may(name, traits)]
    times = sorted(rng.randrange(500, FAULTS_MS) for _ in names)
    rng.shuffle(names)
    return tuple(_fault(n, name, at_ms, rng, traits) for n, (name, at_ms) in enumerate(zip(names, times, strict=True)))


def _may(name: str, traits: Traits) -> bool:
    return not (name == "tag_lost" and traits.tags == "kept") and not (name == "hand_order" and not traits.by_hand)


def _fault(number: int, name: str, at_ms: int, rng: Random, traits: Traits) -> Fault:
    processes, links = traits.processes, (*LINKS, *CLOCK_LINKS) if traits.is_simulated else LINKS
    for_ms, where, to, point, count = 0, "", "", "", 0
    match name:
        case "crash":
            where, point, count = rng.choice((*processes, "gateway", "risk")), rng.choice(POINTS), rng.randint(1, 5)
        case "power_loss":
            where, point, count = rng.choice(processes), rng.choice(POINTS), rng.randint(1, 3)
        case "torn_record":
            where, count = rng.choice(processes), rng.randint(1, 4)
        case "disk_full":
            where, for_ms = rng.choice(("", *processes)), rng.randrange(500, 6000)
        case "frames_lost" | "frames_late" | "frames_doubled" | "partition":
            (where, to), for_ms = rng.choice(links), rng.randrange(300, 5000)
        case "broker_down" | "reports_late" | "reports_doubled" | "reports_early" | "answers_slow":
            for_ms = rng.randrange(300, 6000)
        case "answer_lost":
            for_ms = rng.randrange(200, 3000)
        case "tag_lost":
            for_ms = rng.randrange(500, 4000)
        case "clock_jump":
            # What is on its way then is held up, so that some of it arrives on the other side of the jump.
            (where, to), for_ms = rng.choice(LINKS[:2]), rng.randrange(1500, 4000)
            count = rng.choice((-20_000, -2_000, 5_000, 75_000, 75_000))
    return Fault(number, name, at_ms, for_ms, where, to, point, count)
