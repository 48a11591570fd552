"""``python -m sim.world``: many worlds from their seeds, what befell them, and how to see a broken promise again."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from sim.world_faults import CLOCKS, NAMES, Fault, plan
from sim.world_run import Outcome, World
from sim.world_shrink import shrunk

FAILURES_SHOWN_MAX = 5


def run(seed: int, faults: tuple[Fault, ...] | None = None, until_ms: int | None = None) -> Outcome:
    """One world, on a folder of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="world-") as folder:
        return World(seed, Path(folder), faults, until_ms).run()


def run_many(seeds: Iterable[int], jobs: int) -> Iterator[Outcome]:
    """In the order of the seeds, by ``jobs`` processes at a time. Only failing worlds keep their story."""
    if jobs == 1:
        yield from map(_brief, seeds)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_brief, seeds, chunksize=4)


def _brief(seed: int) -> Outcome:
    outcome = run(seed)
    if not outcome.violation:
        outcome.story.clear()
    return outcome


def chosen(seed: int, only: str | None) -> tuple[Fault, ...] | None:
    """The faults of a seed that ``--only`` lets in."""
    if only is None:
        return None
    wanted = {int(number) for number in only.split(",") if number}
    return tuple(fault for fault in plan(seed) if fault.number in wanted)


def replay_command(seed: int, faults: tuple[Fault, ...], until_ms: int) -> str:
    only = ",".join(str(fault.number) for fault in faults)
    return f"python -m sim.world --seed {seed} --only {only!r} --until-ms {until_ms}"


def explained(outcome: Outcome) -> str:
    """The command that replays a failing seed, and the shortest history found."""
    faults, until_ms, shortest = shrunk(outcome.seed, run, same_as=outcome.violation)
    lines = [
        f"seed {outcome.seed}: {outcome.violation}",
        f"  replay:   python -m sim.world --seed {outcome.seed}",
        f"  shortest: {replay_command(outcome.seed, faults, until_ms)}",
        *(f"    {line}" for line in shortest.story),
    ]
    return "\n".join(lines)


def summary(outcomes: list[Outcome]) -> str:
    faults: Counter[str] = Counter()
    for outcome in outcomes:
        faults.update(outcome.faults)
    failed = sum(bool(outcome.violation) for outcome in outcomes)
    clocks = Counter(outcome.clock for outcome in outcomes)
    said = {
        "seeds": len(outcomes),
        "violations": failed,
        "crashes": sum(o.crashes for o in outcomes),
        "orders at the broker": sum(o.orders for o in outcomes),
        "fills": sum(o.fills for o in outcomes),
        "orders left unknown": sum(o.unknown for o in outcomes),
    }
    counts = ", ".join(f"{name} {faults[name]}" for name in NAMES)
    figures = ", ".join(f"{what} {count}" for what, count in said.items())
    by_clock = ", ".join(f"{clock} {clocks[clock]}" for clock in CLOCKS)
    return f"{figures}\nmarket time: {by_clock}\nfaults: {counts}"


def many(first: int, count: int, jobs: int, say: Callable[[str], None]) -> int:
    """The exit code: 1 where a promise was broken."""
    outcomes, failures = [], 0
    for outcome in run_many(range(first, first + count), jobs):
        outcomes.append(outcome)
        if outcome.violation:
            failures += 1
            say(explained(outcome) if failures <= FAILURES_SHOWN_MAX else f"seed {outcome.seed}: {outcome.violation}")
        if len(outcomes) % 100 == 0:
            say(f"{len(outcomes)} seeds, {failures} violations")
    say(summary(outcomes))
    return int(failures > 0)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m sim.world", description=__doc__)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="one world, with its story")
    parser.add_argument("--only", help="numbers of the faults to let in, as 1,4,7")
    parser.add_argument("--until-ms", type=int, help="no order and no fault after this time")
    given = parser.parse_args(arguments)
    say = _say
    if given.seed is None:
        return many(given.first_seed, given.seeds, given.jobs, say)
    outcome = run(given.seed, chosen(given.seed, given.only), given.until_ms)
    say("\n".join(outcome.story))
    say(f"{outcome.violation or 'every promise kept'} (trace {outcome.digest:08x})\n{summary([outcome])}")
    return int(bool(outcome.violation))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
