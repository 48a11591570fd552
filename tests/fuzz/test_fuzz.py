"""A short run of each fuzz target, and the frames that once broke one. ``python -m tests.fuzz`` runs a million."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.mutants import mutants
from tests.fuzz.targets import STRATEGY, TARGETS

FOUND: list[str] = []


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("seed", [1, 2])
def test_broken_frames(name: str, seed: int) -> None:
    target = TARGETS[name]()
    for data in mutants(random.Random(seed), 3_000, STRATEGY):
        target.feed(data)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", TARGETS)
def test_many_broken_frames(name: str) -> None:
    target = TARGETS[name]()
    for data in mutants(random.Random(3), 100_000, STRATEGY):
        target.feed(data)


@pytest.mark.parametrize("name", TARGETS)
def test_frames_that_were_found(name: str) -> None:
    target = TARGETS[name]()
    for packed in FOUND:
        target.feed(bytes.fromhex(packed))
