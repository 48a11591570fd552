"""What it costs to have each order on the disk before the broker is called, beside this disk's own fsync.

    python -m benchmarks.durability [--json] [--quick]

Real processes on the disk of the working folder, with JOURNAL_FSYNC off and on in turns; within each, orders in turns
with bare fsyncs. ``ours`` is what ``order`` adds to the time until an order is accepted, ``floor`` the fsync.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import durability_strategy
from benchmarks.durability_strategy import SYMBOL, VARIABLE, Measured, Plan
from benchmarks.figures import last_line, percentile_us
from benchmarks.order_market import write_market
from benchmarks.order_path import DAY, UNLIMITED
from benchmarks.stack import StackFailed, free_base, running
from common.bus import SERVERS, Addresses
from common.run import Run

ROUNDS, N, QUICK_N = 3, 1_000, 200
LIMIT_S = 240


def measure(fsync: str, n: int, folder: Path) -> Measured:
    """One life of a stack; StackFailed where a process ends before it is done."""
    folder.mkdir(parents=True)
    base = free_base([port for role in SERVERS for port in Addresses(0).ports(role)])
    plan = Plan(n, base, str(folder / "measured.json"))
    (folder / "plan.json").write_text(json.dumps(dataclasses.asdict(plan)), encoding="utf-8")
    run = Run(
        strategy_file=durability_strategy.__file__,
        strategy_id="durability",
        quotes=str(write_market(folder, SYMBOL, DAY, durability_strategy.PRICE)),
        first_day=DAY.isoformat(),
        speed="1",
    )
    env = {**UNLIMITED, "JOURNAL_FSYNC": fsync, "BUS_PORT_BASE": str(base), VARIABLE: str(folder / "plan.json")}
    with running(run, folder, env, "benchmarks.order_probe") as wait_for:
        wait_for(Path(plan.result), LIMIT_S)
    return Measured(**json.loads(Path(plan.result).read_text(encoding="utf-8")))


def together(parts: list[Measured]) -> Measured:
    """What several lives measured, as one."""
    whole = Measured()
    for part in parts:
        for field in dataclasses.fields(Measured):
            setattr(whole, field.name, getattr(whole, field.name) + getattr(part, field.name))
    return whole


def figures(off: Measured, order: Measured) -> dict[str, float]:
    """Microseconds, orders a second, and fsyncs an order."""
    n = len(order.accepted)
    fsync = off.fsync + order.fsync
    one_by_one, in_flight = n / order.one_by_one * 1e9, n / order.in_flight * 1e9
    return {
        "accepted_p50_off": percentile_us(off.accepted, 50),
        "accepted_p50_order": percentile_us(order.accepted, 50),
        "accepted_p99_off": percentile_us(off.accepted, 99),
        "accepted_p99_order": percentile_us(order.accepted, 99),
        "fsync_p50": percentile_us(fsync, 50),
        "fsync_p99": percentile_us(fsync, 99),
        "one_by_one_per_s": one_by_one,
        "in_flight_per_s": in_flight,
        "in_flight_gain": in_flight / one_by_one,
        "in_flight_per_s_off": n / off.in_flight * 1e9,
        "fsyncs_per_order_one_by_one": order.syncs_one_by_one / n,
        "fsyncs_per_order_in_flight": order.syncs_in_flight / n,
        "fsyncs_per_order_off": (off.syncs_one_by_one + off.syncs_in_flight) / (2 * n),
    }


def table(found: dict[str, float]) -> str:
    return "\n".join(f"{name:<32}{value:>14.3f}" for name, value in found.items())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durability")
    parser.add_argument("--json", action="store_true", help="only the last line, as JSON")
    parser.add_argument("--quick", action="store_true", help="one round of a fifth of the orders")
    options = parser.parse_args(arguments)
    rounds, n = (1, QUICK_N) if options.quick else (ROUNDS, N)
    measured: dict[str, list[Measured]] = {"off": [], "order": []}
    try:
        # Temporary folders often lie in memory, where an fsync costs nothing.
        with tempfile.TemporaryDirectory(dir=Path(), prefix="durability-", ignore_cleanup_errors=True) as folder:
            for number in range(rounds):
                for fsync, parts in measured.items():
                    parts.append(measure(fsync, n, Path(folder).absolute() / f"{number}" / fsync))
    except StackFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    off, order = together(measured["off"]), together(measured["order"])
    found = figures(off, order)
    if not options.json:
        print(table(found))
    ours = found["accepted_p50_order"] - found["accepted_p50_off"]
    print(last_line("durability", ours=ours, floor=found["fsync_p50"], n=len(order.accepted), more=found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
