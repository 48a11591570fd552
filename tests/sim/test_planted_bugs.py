"""The world is worth what it finds: each bug planted into the shipped code breaks a promise within fifty seeds."""

from __future__ import annotations

import pytest

from sim.world import run
from tests.sim.planted_bugs import BUGS

SEEDS = 50


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str) -> None:
    with BUGS[name]():
        found = next((outcome.violation for seed in range(SEEDS) if (outcome := run(seed)).violation), "")
    assert found, f"{name} breaks nothing in {SEEDS} worlds"


def test_at_least_ten_bugs_are_planted() -> None:
    assert len(BUGS) >= 10
