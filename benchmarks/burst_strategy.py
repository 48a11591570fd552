"""The strategy of the burst benchmark: orders that fill at once, placed just behind each snapshot of the market.

It leads the rounds, since only it knows when it has placed enough: first without anybody listening to the whole market,
then with somebody, then it rests while the floor is measured.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.burst_plan import BURST, FLOOR, QUIET, SNAPSHOT_NS, VARIABLE, Plan, read_plan, write_result
from benchmarks.order_probe import ProbedCore
from jqdata import LimitOrderStyle, get_current_tick, order, run_daily
from jqdata.context import Context

SYMBOL = "600000.XSHG"
SETTLES_S = 2 * SNAPSHOT_NS / 1e9
FLOOR_SNAPSHOTS = 3


def initialize(context: Context) -> None:
    run_daily(measure, "10:01")


def measure(context: Context) -> None:
    plan = read_plan(Path(os.environ[VARIABLE]))
    times: dict[str, list[list[int]]] = {QUIET: [], BURST: []}
    in_window(plan)  # warm
    for _ in range(plan.rounds):
        for phase in (QUIET, BURST):
            turn_to(plan, phase)
            found: list[int] = []
            while len(found) < plan.orders:
                found += in_window(plan)
            times[phase].append(found[: plan.orders])
        turn_to(plan, FLOOR)
        time.sleep(FLOOR_SNAPSHOTS * SNAPSHOT_NS / 1e9)
    plan.turn_to("done")
    write_result(plan.result("orders"), times)


def turn_to(plan: Plan, phase: str) -> None:
    """What was subscribed before has ended, and what is subscribed now has begun with all the market has."""
    plan.turn_to(phase)
    time.sleep(SETTLES_S)


def in_window(plan: Plan) -> list[int]:
    """The orders placed behind one snapshot."""
    time.sleep((SNAPSHOT_NS - time.time_ns() % SNAPSHOT_NS) / 1e9)
    found = []
    while time.time_ns() % SNAPSHOT_NS < plan.window_ms * 10**6:
        found.append(accepted_ns())
    return found


def accepted_ns() -> int:
    tick = get_current_tick(SYMBOL)
    began_ns = time.perf_counter_ns()
    placed = order(SYMBOL, 100, LimitOrderStyle(round(tick.current * 1.01, 2)), wait_timeout=10)
    assert placed is not None and placed.filled == 100, f"an order was not filled: {placed}"
    return ProbedCore.accepted_ns - began_ns
