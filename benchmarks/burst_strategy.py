"""The strategy of the burst benchmark: orders that fill at once, placed just behind each snapshot of the market.

It leads the rounds, since only it knows when it has placed enough: first without anybody listening to the whole market,
then with somebody, then it rests while the floor is measured. Each snapshot is a step.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.burst_plan import BURST, FLOOR, QUIET, SNAPSHOT_NS, VARIABLE, Plan, read_plan, write_result
from benchmarks.order_probe import ProbedCore
from jqdata import LimitOrderStyle, get_current_tick, order, run_daily
from jqdata.context import Context

SYMBOL = "600000.XSHG"
SETTLES, FLOOR_SNAPSHOTS, PATIENCE = 2, 3, 40  # snapshots
PAUSE_S = 0.005
HOUR_S = 3600
_steps: list[Iterator[None]] = []
_price: list[float] = [0.0]


def initialize(context: Context) -> None:
    _steps[:] = [lead(read_plan(Path(os.environ[VARIABLE])))]
    for second in range(0, HOUR_S, SNAPSHOT_NS // 10**9):
        run_daily(step, f"10:{second // 60:02d}:{second % 60:02d}")


def step(context: Context) -> None:
    tick = get_current_tick(SYMBOL)
    if tick is not None:
        _price[:] = [round(tick.current * 1.01, 2)]
        next(_steps[0], None)


def lead(plan: Plan) -> Iterator[None]:
    times: dict[str, list[list[int]]] = {QUIET: [], BURST: []}
    in_window(plan)  # warm
    yield
    for _ in range(plan.rounds):
        for phase in (QUIET, BURST):
            yield from turn_to(plan, phase)
            found: list[int] = []
            while len(found) < plan.orders:
                found += in_window(plan)
                yield
            times[phase].append(found[: plan.orders])
        yield from turn_to(plan, FLOOR)
        yield from (None for _ in range(FLOOR_SNAPSHOTS))
    plan.turn_to("done")
    write_result(plan.result("orders"), times)


def turn_to(plan: Plan, phase: str) -> Iterator[None]:
    """What was subscribed before has ended, and what is subscribed now has begun."""
    plan.turn_to(phase)
    for waited in range(PATIENCE):
        if waited >= SETTLES and (phase == QUIET or plan.is_ready()):
            return
        yield
    raise AssertionError(f"nobody heard the market in the phase {phase}")


def in_window(plan: Plan) -> list[int]:
    """The orders placed behind this snapshot: one every few milliseconds, few enough for the book to fill them all."""
    found = []
    while time.time_ns() % SNAPSHOT_NS < plan.window_ms * 10**6:
        found.append(accepted_ns())
        time.sleep(PAUSE_S)
    return found


def accepted_ns() -> int:
    """From the call of ``order()`` to its acceptance at the strategy."""
    began_ns = time.perf_counter_ns()
    placed = order(SYMBOL, 100, LimitOrderStyle(_price[0]), wait_timeout=5)
    assert placed is not None and placed.filled == 100, f"an order was not filled: {placed}"
    return ProbedCore.accepted_ns - began_ns
