"""The strategy of the order path benchmark: orders that fill at once, in turns with trips round the bare ring."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.order_plan import VARIABLE, Part, Times, read_plan, write_times
from benchmarks.order_probe import ProbedCore
from benchmarks.ring import Ring
from jqdata import LimitOrderStyle, order, run_daily
from jqdata.context import Context

SYMBOL = "600000.XSHG"
PRICE = 10.0
WARM_UP = Part("warm up", 200, 100)


def initialize(context: Context) -> None:
    run_daily(measure, "10:00")


def measure(context: Context) -> None:
    plan = read_plan(Path(os.environ[VARIABLE]))
    ring = Ring(plan.ring_port, curve=plan.curve)
    try:
        run(WARM_UP, ring)
        times = {part.name: run(part, ring) for part in plan.parts}
    finally:
        ring.close()
    write_times(times, Path(plan.result))


def run(part: Part, ring: Ring) -> Times:
    times = Times()
    while len(times.accepted) < part.n:
        for _ in range(part.block):
            place(times, part.pause_ms)
        for _ in range(part.block):
            time.sleep(part.pause_ms / 1000)
            times.ring.append(ring.trip_ns())
    return times


def place(times: Times, pause_ms: int) -> None:
    """One order, after a pause."""
    time.sleep(pause_ms / 1000)
    began_ns = time.perf_counter_ns()
    placed = order(SYMBOL, 100, LimitOrderStyle(PRICE), wait_timeout=10)
    assert placed is not None and placed.filled == 100, f"an order was not filled: {placed}"
    times.accepted.append(ProbedCore.accepted_ns - began_ns)
    times.filled.append(ProbedCore.filled_ns - began_ns)
    times.heard[ProbedCore.fill_id] = ProbedCore.filled_ns
