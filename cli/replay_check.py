"""One process of a capture decided again: identical, or where it first differs."""

from __future__ import annotations

import dataclasses

from cli.replay_lives import REPLAYED, given_to, lives_of
from common import messages as m
from common import wire
from common.capture import Capture
from common.channels import role_of
from common.clock import monotonic_ns
from common.given import run_of
from common.redo import Redone, redo


@dataclasses.dataclass(frozen=True)
class Verdict:
    """``difference`` is the first step that came out otherwise; ``market_ns`` is the time the records span."""

    process: str
    records: int
    lives: int
    market_ns: int
    took_ns: int
    difference: Redone | None

    @property
    def is_identical(self) -> bool:
        return self.difference is None

    @property
    def times_real(self) -> int:
        """How many times faster than the market was."""
        return self.market_ns // max(self.took_ns, 1)


def processes_in(capture: Capture, service: str | None = None) -> list[str]:
    """What can be replayed, in the order of an order's way; those of one service where it is named."""
    roles = [service] if service else list(REPLAYED)
    return [name for role in roles for name in sorted(capture.journals) if role_of(name) == role]


def check(capture: Capture, process: str) -> Verdict:
    """Decide everything again until something differs."""
    records = capture.journals[process].records
    began_ns, steps, lives = monotonic_ns(), 0, set[int]()
    difference: Redone | None = None
    with lives_of(process, capture, {}) as new_life:
        for step in redo(records, new_life, capture.content, simulated=is_simulated(capture, process)):
            steps += 1
            lives.add(step.life)
            if not step.is_identical:
                difference = step
                break
    return Verdict(process, steps, len(lives), _span_ns(records), monotonic_ns() - began_ns, difference)


def first_start(capture: Capture, process: str) -> m.Started | None:
    for record in capture.journals[process].records:
        step = wire.decode_step(record)
        if step.local and isinstance(started := wire.decode_message(step.input), m.Started):
            return started
    return None


def is_simulated(capture: Capture, process: str) -> bool:
    started = first_start(capture, process)
    return started is None or run_of(given_to(capture, started)).simulated


def _span_ns(records: list[bytes]) -> int:
    """Before the clock was heard a simulated step has no time."""
    times = [now_ns for record in records if (now_ns := wire.decode_step(record).now_ns)]
    return max(times) - min(times) if times else 0
