"""Whether a strategy that reads the whole market each minute keeps up: 5,000 stocks, 60 days of each, a day in minutes.

    python -m benchmarks.full_market [--json] [--quick] [--minutes N] [--speed N]

Real processes on a generated feed. Each minute the strategy reads the current data of every stock and, in one call of
``history``, its days; the lag is the market's time at the end of the callback minus the time it was due. The floor is
how far the market goes while the same numbers are only added up from an array, without anything of ours behind them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.figures import last_line
from benchmarks.full_market_feed import codes, write_feed
from benchmarks.full_market_plan import VARIABLE, Look, Plan, read_result
from benchmarks.stack import StackFailed, running
from common.calendar import load
from common.run import Run

DAY = date(2026, 11, 20)
SYMBOLS, DAYS, RECORDED_DAYS = 5000, 60, 80
FULL_MINUTES, QUICK_MINUTES, WHOLE_DAY, SPEED = 60, 10, 240, 60
LIMIT_S = 900


def measure(plan: Plan, recorded_minutes: int, folder: Path) -> tuple[list[Look], float]:
    """Every callback and the strategy's peak memory in MB; StackFailed where a process ends early."""
    feed = write_feed(folder / "feed", codes(plan.symbols), load().window(DAY, RECORDED_DAYS), recorded_minutes)
    plan.write(folder / "plan.json")
    run = Run(
        strategy_file=str(Path(__file__).with_name("full_market_strategy.py")),
        strategy_id="full_market",
        quotes=str(feed),
        first_day=DAY.isoformat(),
        speed=f"{plan.speed}",
    )
    env = {"JOURNAL_FSYNC": "off", VARIABLE: str(folder / "plan.json")}
    with running(run, folder, env, "benchmarks.full_market_probe") as wait_for:
        wait_for(Path(plan.result), LIMIT_S)
    return read_result(Path(plan.result))


def floor_s(plan: Plan, rounds: int) -> float:
    """Market seconds for as many numbers in one array: one pass over them."""
    numbers = np.ones((plan.days, plan.symbols))
    times = []
    for _ in range(rounds):
        began_ns = time.perf_counter_ns()
        numbers.copy().sum()
        times.append(time.perf_counter_ns() - began_ns)
    return statistics.median(times) / 1e9 * plan.speed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.full_market")
    parser.add_argument("--json", action="store_true", help="only the last line, as JSON")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_MINUTES} minutes, and no others recorded")
    parser.add_argument("--minutes", type=int, help=f"so many minutes of it ({FULL_MINUTES}; 240 are the day)")
    parser.add_argument("--speed", type=int, default=SPEED)
    options = parser.parse_args(arguments)
    minutes = options.minutes or (QUICK_MINUTES if options.quick else FULL_MINUTES)
    recorded_minutes = minutes if options.quick else WHOLE_DAY
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            folder = Path(name)
            plan = Plan(SYMBOLS, DAYS, minutes, options.speed, str(folder / "result.json"))
            looks, peak_mb = measure(plan, recorded_minutes, folder)
    except StackFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    if not options.json:
        print("minute   lag (market s)   current data   history   processor (ms)")
        for look in looks:
            times = f"{look.current_ns / 1e6:>15.0f}{look.history_ns / 1e6:>10.0f}{look.worked_ns / 1e6:>12.0f}"
            print(f"{look.minute:<9}{look.lag_s:>14.1f}{times}")
    lags = [look.lag_s for look in looks]
    later = looks[1:] or looks
    more = {
        "lag_first_s": lags[0],
        "lag_max_s": max(lags),
        "lag_max_later_s": max(look.lag_s for look in later),
        "lag_last_s": lags[-1],
        "current_ms": statistics.median(look.current_ns for look in later) / 1e6,
        "history_ms": statistics.median(look.history_ns for look in later) / 1e6,
        "worked_ms": statistics.median(look.worked_ns for look in later) / 1e6,
        "history_first_ms": looks[0].history_ns / 1e6,
        "peak_mb": peak_mb,
    }
    lag_s = statistics.median(lags)
    print(last_line("full_market", ours=lag_s, floor=floor_s(plan, len(looks)), n=len(looks), more=more))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
