"""How long `history` and `get_price` of 500 stocks over 250 days take: from the simulator first, then from the cache.

    python -m benchmarks.history [--json] [--quick]

Real processes on the made-up market, whose days are drawn when they are first asked for. The floor is what pandas takes
to make one frame of as many numbers.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import last_line, percentile_us
from benchmarks.history_strategy import DAYS, SYMBOLS, VARIABLE
from benchmarks.stack import StackFailed, running
from common.run import Run

FULL_ROUNDS, QUICK_ROUNDS = 50, 10
LIMIT_S = 240
ANSWERED_US, FIRST_US = 100_000, 2_000_000


def measure(rounds: int, folder: Path) -> dict[str, list[int]]:
    """Nanoseconds of every call by function, the first one first; StackFailed where a process ends early."""
    result = folder / "times.json"
    run = Run(
        strategy_file=str(Path(__file__).with_name("history_strategy.py")),
        strategy_id="history",
        first_day="2026-11-20",
    )
    env = {"JOURNAL_FSYNC": "off", VARIABLE: f"{rounds},{result}"}
    with running(run, folder, env, "services.strategy") as wait_for:
        wait_for(result, LIMIT_S)
    times: dict[str, list[int]] = json.loads(result.read_text(encoding="utf-8"))
    return times


def floor_ns(rounds: int) -> list[int]:
    numbers = np.ones((DAYS, SYMBOLS))
    names = [f"{number}" for number in range(SYMBOLS)]
    times = []
    for _ in range(rounds):
        began_ns = time.perf_counter_ns()
        pd.DataFrame(numbers, columns=names, copy=True)
        times.append(time.perf_counter_ns() - began_ns)
    return times


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history")
    parser.add_argument("--json", action="store_true", help="only the last line, as JSON")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds")
    options = parser.parse_args(arguments)
    rounds = QUICK_ROUNDS if options.quick else FULL_ROUNDS
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            times = measure(rounds, Path(name))
    except StackFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    more: dict[str, float] = {}
    if not options.json:
        print(f"{'':<12}{'first ms':>10}{'cached p50':>12}{'p99':>8}")
    for function, (first_ns, *cached) in times.items():
        figures = first_ns / 1e6, percentile_us(cached, 50) / 1e3, percentile_us(cached, 99) / 1e3
        more |= dict(zip((f"{function}_{what}_ms" for what in ("first", "p50", "p99")), figures, strict=True))
        if not options.json:
            print(f"{function:<12}{figures[0]:>10.0f}{figures[1]:>12.1f}{figures[2]:>8.1f}")
    cached = [ns for _, *rest in times.values() for ns in rest]
    ours, floor = percentile_us(cached, 99), percentile_us(floor_ns(rounds), 50)
    is_met = ours < ANSWERED_US and max(first_ns for first_ns, *_ in times.values()) < FIRST_US * 1000
    print(last_line("history", ours=ours, floor=floor, n=len(cached), more={**more, "is_met": is_met}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
