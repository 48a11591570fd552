"""How long an order takes from another machine: order() to accepted through the encrypted proxy, on the loopback.

    python -m benchmarks.remote [--json] [--quick]

The same orders locally and through the proxy, each in turns with trips round a bare ring: for the proxy a ring of as
many processes with CURVE, which is the floor. ``JOURNAL_FSYNC=off``.

``…_fill_push``: from the moment the gateway's core says that an order has filled, before that is on record and
published, to the moment the strategy's core has it (``benchmarks.order_gateway``, ``benchmarks.order_probe``).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import order_strategy
from benchmarks.figures import last_line, percentile_us
from benchmarks.order_market import write_market
from benchmarks.order_path import DAY, LIMIT_S, UNLIMITED
from benchmarks.order_plan import VARIABLE, Part, Plan, Times, pushes, read_times
from benchmarks.ring import RING_PORTS
from benchmarks.stack import StackFailed, free_base, running
from common.run import Run

PART, QUICK = Part("back to back", 1_000, 100), Part("back to back", 300, 50)
ROUNDS, QUICK_ROUNDS = 5, 1
PROXY_PORTS = 2


PROBES = {"gateway": "benchmarks.order_gateway"}


def measure(part: Part, folder: Path, *, away: bool) -> tuple[Times, list[int]]:
    """Times of one stack, and the nanoseconds its fills took to the strategy; StackFailed where a process ends before
    it is done."""
    folder.mkdir()
    market = write_market(folder, order_strategy.SYMBOL, DAY, order_strategy.PRICE)
    plan = Plan((part,), free_base(range(RING_PORTS)), str(folder / "times.json"), curve=away)
    plan.write(folder / "plan.json")
    run = Run(
        strategy_file=order_strategy.__file__,
        strategy_id="order_path",
        quotes=str(market),
        first_day=DAY.isoformat(),
        speed="1",
    )
    env = {**UNLIMITED, "JOURNAL_FSYNC": "off", VARIABLE: str(folder / "plan.json")}
    link = {"QMT_SERVER_PORT": str(free_base(range(PROXY_PORTS))), "QMT_SERVER_TOKEN": "a token for a benchmark"}
    remote = {**link, "QMT_SERVER_HOST": "127.0.0.1", "QMT_SERVER_LISTEN": "127.0.0.1"} if away else None
    with running(run, folder, env, "benchmarks.order_probe", remote=remote, probes=PROBES) as wait_for:
        wait_for(Path(plan.result), LIMIT_S)
    times = read_times(Path(plan.result))[part.name]
    return times, pushes(times, plan.filled)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.remote")
    parser.add_argument("--json", action="store_true", help="only the last line, as JSON")
    parser.add_argument("--quick", action="store_true", help="one round of few orders")
    options = parser.parse_args(arguments)
    part, rounds = (QUICK, QUICK_ROUNDS) if options.quick else (PART, ROUNDS)
    local, away = Times(), Times()
    pushed: dict[str, list[int]] = {"local": [], "remote": []}
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for number in range(rounds):
                for times, name in ((local, "local"), (away, "remote")):
                    got, push = measure(part, Path(folder) / f"{number}{name}", away=name == "remote")
                    times.add(got)
                    pushed[name] += push
    except StackFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    more = {}
    for name, times in (("local", local), ("remote", away)):
        for percent in (50, 99):
            more[f"{name}_accepted_p{percent}"] = percentile_us(times.accepted, percent)
            more[f"{name}_fill_push_p{percent}"] = percentile_us(pushed[name], percent)
            more[f"{name}_ring_p{percent}"] = percentile_us(times.ring, percent)
    if not options.json:
        for key, value in more.items():
            print(f"{key:<24}{value:>9.0f} us")
    ours, floor = percentile_us(away.accepted, 50), percentile_us(away.ring, 50)
    print(last_line("remote", ours=ours, floor=floor, n=len(away.accepted), more=more))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
