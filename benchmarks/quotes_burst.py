"""How far behind the terminal a subscriber of the whole market is, and what orders notice of the bursts.

    python -m benchmarks.quotes_burst [--json] [--quick]

Real processes: the stack in dry_run over the vendor's own Python and a stand-in terminal that quotes 5,430 instruments
at once every three seconds, and one process that listens to all of them. The floor is the callback of the vendor's
whole-market subscription in a process of its own, without anything of ours behind it. Orders are placed just behind the
snapshots, in rounds without and with a listener.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from benchmarks import burst_strategy
from benchmarks.burst_plan import BURST, QUIET, SNAPSHOT_NS, VARIABLE, Plan
from benchmarks.figures import last_line, percentile_us
from benchmarks.order_path import UNLIMITED
from benchmarks.stack import StackFailed, free_base, running, started
from common.run import Run, RunAccount

DAY = date(2026, 11, 20)
ACCOUNT = "123456"
FULL, QUICK = (5, 100, 200), (1, 60, 200)
LIMIT_S = 1200
ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def terminal(folder: Path, port: int) -> Iterator[dict[str, str]]:
    """The stand-in terminal and its quote service; gives the environment of the processes that are to meet it."""
    folder.mkdir()
    plan = {
        "seed": 1,
        "dividends": {},
        "accounts": [{"account_id": ACCOUNT, "cash": 1e9}],
        "suspended": {},
        "knobs": {},
    }
    (folder / "terminal.json").write_text(json.dumps(plan), encoding="utf-8")
    paths = os.pathsep.join([str(ROOT / "tests" / "qmt" / "host"), str(ROOT)])
    clock = f"{time.time_ns()};{DAY}T10:00:00@1"
    env = {"PYTHONPATH": paths, "FAKE_TERMINAL": str(folder), "FAKE_CLOCK": clock}
    with ExitStack() as stack:
        for module, words in (("quotes", ("--port", str(port))), ("terminal", ())):
            command = (f"tests.qmt.{module}", "--folder", str(folder), *words)
            stack.enter_context(started(command, folder, os.environ | env))
            _await(folder / "userdata_mini" / f"fake_{module}.json")
        yield env


def measure(rounds: int, orders: int, window_ms: int, folder: Path) -> dict[str, list[list[int]]]:
    """What the processes wrote: orders by phase and round, and what was heard; StackFailed where one ends early."""
    port = free_base((0,))
    plan = Plan(str(folder), port, rounds, orders, window_ms)
    plan.write(folder / "plan.json")
    userdata = folder / "terminal" / "userdata_mini"
    run = Run(
        strategy_file=burst_strategy.__file__,
        strategy_id="burst",
        account="main",
        accounts=(RunAccount("main", ACCOUNT, "stock", str(userdata)),),
        broker="qmt",
        mode="dry_run",
    )
    with terminal(folder / "terminal", port) as env:
        own = {
            **UNLIMITED,
            **env,
            "JOURNAL_FSYNC": "off",
            "MINIQMT_PORT": str(port),
            VARIABLE: str(folder / "plan.json"),
        }
        with running(run, folder, own, "benchmarks.order_probe") as wait_for, ExitStack() as listeners:
            base = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
            for which in ("ours", "floor"):
                command = ("benchmarks.burst_listeners", which, str(folder / "plan.json"), str(base))
                listeners.enter_context(started(command, folder, os.environ | own))
            found = {}
            for name in ("orders", "ours", "floor"):
                wait_for(plan.result(name), LIMIT_S)
                found[name] = json.loads(plan.result(name).read_text(encoding="utf-8"))
    return found


def latencies_ns(heard: list[list[int]]) -> tuple[list[int], int]:
    """(behind the snapshot, quotes of the smallest burst); without the first of each phase, begun when it was listened
    to and not when it was due."""
    by_snapshot: dict[int, list[int]] = {}
    for at_ns, now_ns in heard:
        by_snapshot.setdefault(at_ns, []).append(now_ns - at_ns)
    kept = [times for at_ns, times in by_snapshot.items() if at_ns - SNAPSHOT_NS in by_snapshot]
    return [ns for times in kept for ns in times], min(map(len, kept), default=0)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quotes_burst")
    parser.add_argument("--json", action="store_true", help="only the last line, as JSON")
    parser.add_argument("--quick", action="store_true", help="one round of fewer orders")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            found = measure(*(QUICK if options.quick else FULL), Path(folder))
    except (StackFailed, subprocess.SubprocessError) as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    behind, symbols = latencies_ns(found["ours"])
    bare, _ = latencies_ns(found["floor"])
    quiet = [percentile_us(times, 50) for times in found["orders"][QUIET]]
    burst = [percentile_us(times, 50) for times in found["orders"][BURST]]
    ratios = [b / q for b, q in zip(burst, quiet, strict=True)]
    more = {
        "p50_ms": percentile_us(behind, 50) / 1000,
        "floor_p50_ms": percentile_us(bare, 50) / 1000,
        "symbols": symbols,
        "order_quiet_p50_us": statistics.median(quiet),
        "order_burst_p50_us": statistics.median(burst),
        "order_ratio": statistics.median(ratios),
    }
    if not options.json:
        print("behind the snapshot   p50 / p99 ms")
        for name, times in (("listener of all", behind), ("the SDK's callback", bare)):
            print(f"  {name:<20}{percentile_us(times, 50) / 1000:>7.1f}{percentile_us(times, 99) / 1000:>8.1f}")
        print("order() to accepted, p50 µs by round")
        for name, row in (("quiet", quiet), ("behind a snapshot", burst)):
            print(f"  {name:<20}{'  '.join(f'{p50:7.0f}' for p50 in row)}")
    ours_ms, floor_ms = percentile_us(behind, 99) / 1000, percentile_us(bare, 99) / 1000
    print(last_line("quotes_burst", ours=ours_ms, floor=floor_ms, n=len(behind), more=more))
    return 0


def _await(path: Path) -> None:
    ends = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > ends:
            raise StackFailed(f"{path.name} did not come")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
