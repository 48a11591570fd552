"""What the stack costs while it only follows the market, and how soon a strategy begins; the figures are printed."""

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from common.clock import monotonic_ns, sleep, wall_ns
from tests.stack.books import Books
from tests.stack.desk import DAY, ROOT, WIDE, Desk, Live

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")]
LOOK_S = 20
CPU_PERCENT_MAX, MEMORY_MB_MAX, START_S_MAX = 5.0, 500.0, 5.0
STARTS = """
import time


def initialize(context):
    g.began_ns = time.time_ns()


def after_trading_end(context):
    pass
"""


def running(live: Live) -> dict[int, str]:
    return {pid: _command(pid) for pid in live.all_pids() if pid in live.survivors()}


def cpu_s(pids: dict[int, str]) -> dict[int, float]:
    ticks = {}
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return ticks


def memory_mb(pid: int, what: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


def _command(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return words[words.index("-m") + 1] if "-m" in words else words[0]


def test_following_the_market_costs_little(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk(WIDE)
    live = desk.live(ROOT / "strategies" / "demo_strategy.py", "--date", DAY, "--speed", "1@10:31-11:30")
    desk.until_market(live, "10:31:03")
    pids = running(live)
    assert len(pids) == 7, pids
    before, begin_ns = cpu_s(pids), monotonic_ns()
    # The time over which is measured, not a wait for something.
    sleep(LOOK_S)
    after, took_s = cpu_s(pids), (monotonic_ns() - begin_ns) / 1e9
    percent = {pid: (after[pid] - before[pid]) / took_s * 100 for pid in pids}
    pss = {pid: memory_mb(pid, "Pss") for pid in pids}
    for pid, name in pids.items():
        print(f"{name:28} cpu {percent[pid]:5.2f} %  pss {pss[pid]:6.1f} MB  rss {memory_mb(pid, 'Rss'):6.1f} MB")
    print(f"{'all':28} cpu {sum(percent.values()):5.2f} %  pss {sum(pss.values()):6.1f} MB")
    assert sum(percent.values()) < CPU_PERCENT_MAX
    assert sum(pss.values()) < MEMORY_MB_MAX


def test_a_strategy_begins_soon(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk()
    file = desk.strategy("starts", STARTS)
    took = []
    for _ in range(6):
        asked_ns = wall_ns()
        live = desk.live(file, "--date", DAY, "--quotes", str(short_day))
        live.finish()
        took.append((Books(live.runtime).g()["began_ns"] - asked_ns) / 1e9)
    warm = took[1:]
    print(f"command to initialize: median {statistics.median(warm):.2f} s of {', '.join(f'{s:.2f}' for s in warm)}")
    assert statistics.median(warm) < START_S_MAX
