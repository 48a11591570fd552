"""The world is worth what it finds: each bug planted into the shipped code breaks a promise within fifty seeds."""

from __future__ import annotations

import pytest

from sim.world import run
from tests.sim.planted_bugs import BUGS

SEEDS = 50
SHOWS = {
    "drop_the_dedupe": 2,
    "forget_what_is_in_flight": 10,
    "take_unknown_for_rejected": 6,
    "drop_callbacks_during_start_up": 16,
    "resend_blindly": 6,
    "acknowledge_before_the_journal": 12,
    "take_a_fill_twice": 5,
    "ignore_the_expiry": 4,
    "forget_to_resend": 1,
    "use_numbers_again": 1,
    "commit_positions_before_rows": 4,
    "commit_rows_before_positions": 15,
    "forget_what_a_full_disk_refused": 16,
    "start_the_clock_from_zero": 2,
    "ignore_what_others_heard_of_the_clock": 40,
}
"""The first world that breaks by each bug, run before the others; where it no longer does, all fifty are."""


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str) -> None:
    seeds = sorted(range(SEEDS), key=lambda seed: seed != SHOWS.get(name))
    with BUGS[name]():
        found = next((outcome.violation for seed in seeds if (outcome := run(seed)).violation), "")
    assert found, f"{name} breaks nothing in {SEEDS} worlds"


def test_at_least_ten_bugs_are_planted() -> None:
    assert len(BUGS) >= 10
