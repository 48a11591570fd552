"""The strategy of the flooder benchmark: orders with nobody beside it, and orders beside a flooder, in turns."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

from benchmarks.flood import flooding
from benchmarks.order_plan import Times
from benchmarks.order_strategy import place
from jqdata import run_daily
from jqdata.context import Context

VARIABLE = "FLOODER_PLAN"
PAUSE_MS = 5
"""Between two orders: so that the honest client stays below the limit of its own token."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """``rounds`` of ``n`` orders each way; ``token`` is the flooder's, ``port`` the proxy's."""

    rounds: int
    n: int
    port: int
    token: str
    result: str


@dataclasses.dataclass(frozen=True)
class Round:
    """Nanoseconds from `order()` to accepted each way, and frames of the flooder taken in a second."""

    quiet: list[int]
    flooded: list[int]
    taken_per_s: float


def initialize(context: Context) -> None:
    run_daily(measure, "10:00")


def measure(context: Context) -> None:
    plan = Plan(**json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8")))
    result = Path(plan.result)
    accepted(plan.n)
    rounds = [one_round(plan, result.with_name("flood.json")) for _ in range(plan.rounds)]
    fresh = result.with_suffix(".new")
    fresh.write_text(json.dumps([dataclasses.asdict(one) for one in rounds]), encoding="utf-8")
    fresh.replace(result)


def one_round(plan: Plan, told: Path) -> Round:
    quiet = accepted(plan.n)
    with flooding(plan.port, plan.token, told) as flood:
        before, began_ns = flood.taken()
        flooded = accepted(plan.n)
        after, ended_ns = flood.taken()
    assert ended_ns > began_ns, "the flooder fell silent"
    return Round(quiet, flooded, (after - before) * 1e9 / (ended_ns - began_ns))


def accepted(n: int) -> list[int]:
    times = Times()
    for _ in range(n):
        place(times, PAUSE_MS)
    return times.accepted
