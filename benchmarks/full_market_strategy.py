"""The strategy of the full-market benchmark: each minute it looks at every stock and at sixty days of each of them."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

from benchmarks.full_market_plan import VARIABLE, Look, peak_mb, read_plan, write_result
from benchmarks.full_market_probe import ClockedCore
from jqdata import g, get_all_securities, get_current_data, history
from jqdata.context import Context

PLAN = read_plan(Path(os.environ[VARIABLE]))


def initialize(context: Context) -> None:
    g.looks = []


def handle_data(context: Context, data: object) -> None:
    began_ns, worked_ns = time.monotonic_ns(), time.process_time_ns()
    codes = list(get_all_securities().index)
    current = get_current_data()
    last = {code: current[code].last_price for code in codes if not current[code].paused}
    limits = sum(last[code] >= current[code].high_limit for code in last)
    looked_ns = time.monotonic_ns()
    closes = history(PLAN.days, "1d", "close", codes)
    assert closes.shape == (PLAN.days, PLAN.symbols) and len(last) == PLAN.symbols and not limits
    assert math.isfinite(closes.to_numpy().sum())
    read_ns = time.monotonic_ns()
    scheduled, worked_ns = context.current_dt, time.process_time_ns() - worked_ns
    times = looked_ns - began_ns, read_ns - looked_ns, worked_ns
    g.looks.append(Look(f"{scheduled:%H:%M}", ClockedCore.lag_s(scheduled), *times))
    if len(g.looks) == PLAN.minutes:
        write_result(Path(PLAN.result), g.looks, peak_mb())
