"""What a flooder costs an honest client: order() to accepted through the proxy, alone and beside it, in turns.

    python -m benchmarks.flooder [--json] [--quick]

The flooder is a process with a token of its own, which sends all the proxy takes (``benchmarks.flood``). ``ours`` is
the median over the rounds of the p50 beside it, ``floor`` that of the p50 with nobody beside, in microseconds;
``round_ratio_max`` is the worst round, ``flood_frames_per_s`` what the proxy took of the flood. ``JOURNAL_FSYNC=off``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import flooder_strategy
from benchmarks.figures import last_line, percentile_us
from benchmarks.flood import hand_out
from benchmarks.flooder_strategy import VARIABLE, Plan, Round
from benchmarks.order_market import write_market
from benchmarks.order_path import DAY, LIMIT_S, UNLIMITED
from benchmarks.order_strategy import PRICE, SYMBOL
from benchmarks.remote import PROXY_PORTS
from benchmarks.stack import StackFailed, free_base, running
from common.run import Run

ROUNDS, ORDERS = 5, 200
QUICK_ROUNDS, QUICK_ORDERS = 1, 50


def measure(rounds: int, n: int, folder: Path) -> list[Round]:
    """StackFailed where a process ends before it is done."""
    market = write_market(folder, SYMBOL, DAY, PRICE)
    tokens = hand_out(folder / "runtime", ("honest", "flood"))
    plan = Plan(rounds, n, free_base(range(PROXY_PORTS)), tokens["flood"], str(folder / "rounds.json"))
    file = folder / "plan.json"
    file.write_text(json.dumps(dataclasses.asdict(plan)), encoding="utf-8")
    run = Run(
        strategy_file=flooder_strategy.__file__,
        strategy_id="honest",
        quotes=str(market),
        first_day=DAY.isoformat(),
        speed="1",
    )
    env = {**UNLIMITED, "JOURNAL_FSYNC": "off", VARIABLE: str(file)}
    remote = {"QMT_SERVER_PORT": str(plan.port), "QMT_SERVER_HOST": "127.0.0.1", "QMT_SERVER_LISTEN": "127.0.0.1"}
    probe = "benchmarks.order_probe"
    with running(run, folder, env, probe, remote=remote, token=tokens["honest"]) as wait_for:
        wait_for(Path(plan.result), LIMIT_S)
    return [Round(**one) for one in json.loads(Path(plan.result).read_text(encoding="utf-8"))]


def summary(rounds: list[Round]) -> str:
    """The last line."""
    quiet, flooded = ([percentile_us(times, 50) for times in way] for way in _ways(rounds))
    ratios = [ours / floor for ours, floor in zip(flooded, quiet, strict=True)]
    more = {
        "round_ratio_median": median(ratios),
        "round_ratio_max": max(ratios),
        "quiet_p99": median(percentile_us(one.quiet, 99) for one in rounds),
        "flooded_p99": median(percentile_us(one.flooded, 99) for one in rounds),
        "flood_frames_per_s": median(one.taken_per_s for one in rounds),
    }
    n = sum(len(one.flooded) for one in rounds)
    return last_line("flooder", ours=median(flooded), floor=median(quiet), n=n, more=more)


def _ways(rounds: list[Round]) -> tuple[list[list[int]], list[list[int]]]:
    return [one.quiet for one in rounds], [one.flooded for one in rounds]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flooder")
    parser.add_argument("--json", action="store_true", help="only the last line, as JSON")
    parser.add_argument("--quick", action="store_true", help="one round of few orders")
    options = parser.parse_args(arguments)
    rounds, n = (QUICK_ROUNDS, QUICK_ORDERS) if options.quick else (ROUNDS, ORDERS)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            measured = measure(rounds, n, Path(folder))
    except StackFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    if not options.json:
        for one in measured:
            quiet, flooded = percentile_us(one.quiet, 50), percentile_us(one.flooded, 50)
            print(
                f"quiet {quiet:>7.0f} us   flooded {flooded:>7.0f} us   {one.taken_per_s:>6.0f} frames/s of the flood"
            )
    print(summary(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
