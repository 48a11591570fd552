"""A hundred worlds: whatever goes wrong, no order twice, none lost, and all books equal once it is calm."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from sim import world
from sim.world import chosen, run, run_many
from sim.world_faults import CLOCKS, NAMES, plan
from sim.world_shrink import kind_of, shrunk
from tests.sim.planted_bugs import decide_again_on_recovery, skip_the_fsync

SEEDS = 100


def test_a_hundred_worlds_keep_every_promise() -> None:
    outcomes = list(run_many(range(SEEDS), jobs=os.cpu_count() or 1))
    broken = {o.seed: o.violation for o in outcomes if o.violation}
    assert not broken, f"see one again with: python -m sim.world --seed {min(broken)}"
    faults: Counter[str] = Counter()
    for outcome in outcomes:
        faults.update(outcome.faults)
    assert set(faults) == set(NAMES), "each fault befell some world"
    assert {o.clock for o in outcomes} == set(CLOCKS)
    assert sum(o.crashes for o in outcomes) >= 5 * SEEDS
    assert sum(o.orders for o in outcomes) >= 20 * SEEDS
    # An order may stay unknown where the broker really does not list it: few do.
    assert sum(o.unknown for o in outcomes) <= SEEDS


TRACES = """
from sim.world import run
for seed in (3, 6, 23, 28):
    outcome = run(seed)
    print(outcome.digest, len(outcome.story), *outcome.story, sep="\\n")
"""


def test_the_same_seed_gives_the_same_trace_byte_for_byte() -> None:
    """Also where Python hashes strings differently, so that no set's order can hide in it."""
    started = [
        subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", TRACES],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        for hash_seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=120)[0] for process in started)
    assert [process.returncode for process in started] == [0, 0]
    assert first == second and first.count(b"fault") > 20


def test_a_failing_world_is_shown_by_its_shortest_history() -> None:
    with decide_again_on_recovery():
        seed, broken = next((s, o) for s in range(50) if (o := run(s)).violation)
        faults, until_ms, shortest = shrunk(seed, run, same_as=broken.violation)
        assert len(faults) < len(plan(seed)) and len(shortest.story) < len(broken.story)
        only = ",".join(str(fault.number) for fault in faults)
        again = run(seed, chosen(seed, only), until_ms)
        assert again.story == shortest.story and kind_of(again.violation) == kind_of(broken.violation)
    assert not run(seed, faults, until_ms).violation, "it was the planted bug"


def test_the_command_says_what_was_broken_and_how_to_see_it_again(capfd: pytest.CaptureFixture[str]) -> None:
    assert world.main(["--seeds", "2", "--jobs", "1"]) == 0
    assert "seeds 2, violations 0" in capfd.readouterr().out
    with skip_the_fsync():
        assert world.main(["--seeds", "1", "--jobs", "1"]) == 1
        said = capfd.readouterr().out
        assert "python -m sim.world --seed 0 --only ''" in said and "violations 1" in said
        assert world.main(["--seed", "0"]) == 1


def test_the_faults_of_a_seed_are_drawn_before_anything_happens() -> None:
    assert plan(7) == plan(7) != plan(8)
    assert [fault.number for fault in plan(7)] == list(range(len(plan(7))))
    assert chosen(7, "0,2") == (plan(7)[0], plan(7)[2]) and chosen(7, None) is None
