"""How long an order takes: order() to accepted and to filled at the strategy, against a bare ring of as many processes.

    python -m benchmarks.order_path [--json] [--quick]

Real processes on the loopback interface with their journals on, orders and ring trips in turns. Limits and cash are
raised by environment variables only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks import order_strategy
from benchmarks.figures import last_line, percentile_us
from benchmarks.order_market import write_market
from benchmarks.order_plan import VARIABLE, Part, Plan, Times, read_times
from benchmarks.ring import RING_PORTS
from benchmarks.stack import StackFailed, free_base, running
from common.run import Run

DAY = date(2026, 11, 20)
PARTS = (Part("back to back", 10_000, 200), Part("every 5 ms", 2_000, 100, 5))
QUICK = (Part("back to back", 1_000, 100), Part("every 5 ms", 200, 50, 5))
FSYNC = ("off", "order")
LIMIT_S = 240
UNLIMITED = {
    "SIMULATOR_INITIAL_CASH": "1000000000",
    "MAX_DAILY_TRADES": "1000000",
    "MAX_DAILY_TRADE_VALUE": "1000000000",
    "MAX_POSITION_RATIO": "100",
}


def measure(fsync: str, parts: tuple[Part, ...], folder: Path) -> dict[str, Times]:
    """Times of each part, by its name; StackFailed where a process ends before it is done."""
    folder.mkdir()
    market = write_market(folder, order_strategy.SYMBOL, DAY, order_strategy.PRICE)
    plan = Plan(parts, free_base(range(RING_PORTS)), str(folder / "times.json"))
    plan.write(folder / "plan.json")
    run = Run(
        strategy_file=order_strategy.__file__,
        strategy_id="order_path",
        quotes=str(market),
        first_day=DAY.isoformat(),
        speed="1",
    )
    env = {**UNLIMITED, "JOURNAL_FSYNC": fsync, VARIABLE: str(folder / "plan.json")}
    with running(run, folder, env, "benchmarks.order_probe") as wait_for:
        wait_for(Path(plan.result), LIMIT_S)
    return read_times(Path(plan.result))


def keys(fsync: str, name: str, times: Times) -> dict[str, float]:
    """Microseconds of one part and their ratios to the ring's, under keys like ``accepted_p50_off_5ms``."""
    where = f"{fsync}_5ms" if name == PARTS[1].name else fsync
    found: dict[str, float] = {}
    for percent in (50, 99):
        ring = found[f"ring_p{percent}_{where}"] = percentile_us(times.ring, percent)
        for what, times_ns in (("accepted", times.accepted), ("filled", times.filled)):
            found[f"{what}_p{percent}_{where}"] = percentile_us(times_ns, percent)
            found[f"{what}_ratio_p{percent}_{where}"] = percentile_us(times_ns, percent) / ring
    return found


def table(measured: dict[tuple[str, str], Times]) -> str:
    lines = [f"{'JOURNAL_FSYNC':<14}{'orders':<14}{'microseconds':<14}{'p50':>9}{'p99':>9}{'x ring p50':>12}{'p99':>7}"]
    for (fsync, name), times in measured.items():
        ring50, ring99 = percentile_us(times.ring, 50), percentile_us(times.ring, 99)
        for what, times_ns in (("ring", times.ring), ("accepted", times.accepted), ("filled", times.filled)):
            p50, p99 = percentile_us(times_ns, 50), percentile_us(times_ns, 99)
            figures = f"{p50:>9.0f}{p99:>9.0f}{p50 / ring50:>12.2f}{p99 / ring99:>7.2f}"
            lines.append(f"{fsync:<14}{name:<14}{what:<14}{figures}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.order_path")
    parser.add_argument("--json", action="store_true", help="only the last line, as JSON")
    parser.add_argument("--quick", action="store_true", help="a tenth of the orders")
    options = parser.parse_args(arguments)
    parts = QUICK if options.quick else PARTS
    measured: dict[tuple[str, str], Times] = {}
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for fsync in FSYNC:
                times = measure(fsync, parts, Path(folder) / fsync)
                measured |= {(fsync, name): part for name, part in times.items()}
    except StackFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    if not options.json:
        print(table(measured))
    more: dict[str, float] = {}
    for (fsync, name), part in measured.items():
        more |= keys(fsync, name, part)
    best = measured["off", PARTS[0].name]
    ours, floor = percentile_us(best.accepted, 50), percentile_us(best.ring, 50)
    print(last_line("order_path", ours=ours, floor=floor, n=len(best.accepted), more=more))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
