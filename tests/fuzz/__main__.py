"""``python -m tests.fuzz [wire|session|proxy] --frames 1000000 --seed 1``: broken frames through a target.

A frame that a target does not survive is written out in hex, to become a case of tests/fuzz/test_fuzz.py.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc

from tests.fuzz.mutants import mutants
from tests.fuzz.targets import STRATEGY, TARGETS


def run(name: str, frames: int, seed: int) -> int:
    """Returns the exit code."""
    target, began = TARGETS[name](), time.monotonic()
    tracemalloc.start()
    before = 0
    for number, data in enumerate(mutants(random.Random(seed), frames, STRATEGY)):
        if number == frames // 10:
            before = tracemalloc.get_traced_memory()[0]
        try:
            target.feed(data)
        except Exception as error:  # the frame that did it is what is looked for
            print(f"{name}: frame {number} of seed {seed}: {error!r}\n{data.hex()}")
            return 1
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    took_s = time.monotonic() - began
    print(f"{name}: {frames} frames, {took_s:.0f} s, grown by {grown / 1e6:.1f} MB after the first tenth")
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", help="wire, session, proxy; all where none is named")
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    return max(run(name, options.frames, options.seed) for name in options.targets or TARGETS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
