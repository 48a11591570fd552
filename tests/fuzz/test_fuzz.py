"""A short run of each fuzz target, and the frames that once broke one. ``python -m tests.fuzz`` runs a million."""

from __future__ import annotations

import random

import pytest

from common import messages as m
from common import wire
from tests.fuzz.mutants import mutants
from tests.fuzz.targets import PEERS, STRATEGY, TARGETS

FOUND: dict[str, list[wire.Frame]] = {
    # Two beats far ahead made a lag that no frame can carry, and the next question for the status ended the process.
    "lag": [
        wire.Beat("account", "main", 1, 2**64 - 1, 0),
        wire.Beat("decisions", "main", 1, 2**64 - 1, 0),
        *(wire.Query(f"ask_{role}", "", 1, wire.raw(m.GetStatus())) for role in ("gateway", "state", "risk")),
    ],
}


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


@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize("name", TARGETS)
def test_frames_that_were_found(name: str, found: str) -> None:
    target = TARGETS[name]()
    for frame in FOUND[found]:
        # Each in the name of each peer, on the link of each peer in turn.
        for sender in [sender for sender in PEERS for _ in range(len(PEERS))]:
            target.feed(wire.encode(wire.changed(frame, sender=sender) if hasattr(frame, "sender") else frame))
