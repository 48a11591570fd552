"""From a failing world to the shortest one that fails likewise: fewer faults, and no more after a time."""

from __future__ import annotations

from collections.abc import Callable

from sim.world_faults import END_MS, Fault, plan
from sim.world_run import Outcome

RUNS_MAX = 80
Run = Callable[[int, tuple[Fault, ...] | None, int | None], Outcome]


def shrunk(seed: int, run: Run, *, same_as: str) -> tuple[tuple[Fault, ...], int, Outcome]:
    """The faults and the time that are left, and what happens with them.

    A shorter world counts only where it breaks the same kind of promise, told by the words of ``same_as``, no later.
    """
    faults, until_ms, runs = plan(seed), END_MS, 0
    best = run(seed, faults, until_ms)

    def still(fewer: tuple[Fault, ...], until: int) -> Outcome | None:
        nonlocal runs
        runs += 1
        outcome = run(seed, fewer, until)
        is_same = kind_of(outcome.violation) == kind_of(same_as)
        return outcome if runs <= RUNS_MAX and is_same and _ended_s(outcome) <= _ended_s(best) else None

    for size in (len(faults) // 2, len(faults) // 4, 1):
        at = 0
        while size and at < len(faults):
            fewer = faults[:at] + faults[at + size :]
            found = still(fewer, until_ms)
            if found is None:
                at += size
            else:
                faults, best = fewer, found
    for step_ms in (16_000, 8_000, 4_000, 2_000, 1_000):
        while until_ms > step_ms and (found := still(faults, until_ms - step_ms)) is not None:
            until_ms, best = until_ms - step_ms, found
    return faults, until_ms, best


def _ended_s(outcome: Outcome) -> float:
    return float(outcome.story[-1].split()[0])


def kind_of(violation: str) -> str:
    """The words of a violation, without what differs from world to world."""
    first = violation.partition(";")[0].partition("\n")[0]
    return " ".join(word for word in first.split() if word.isalpha())
