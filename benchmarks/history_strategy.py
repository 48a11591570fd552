"""The strategy of the history benchmark: the same question again and again, each function about stocks of its own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.full_market_feed import codes
from jqdata import get_price, history, run_daily
from jqdata.context import Context

VARIABLE = "HISTORY_PLAN"
SYMBOLS, DAYS = 500, 250


def initialize(context: Context) -> None:
    run_daily(measure, "10:00")


def measure(context: Context) -> None:
    rounds, _, result = os.environ[VARIABLE].partition(",")
    listed = codes(2 * SYMBOLS)
    first, second = listed[:SYMBOLS], listed[SYMBOLS:]
    today = context.current_dt
    times = {
        "history": timed(lambda: history(DAYS, "1d", "close", first).shape, int(rounds)),
        "get_price": timed(lambda: get_price(second, end_date=today, count=DAYS, panel=False).shape, int(rounds)),
    }
    fresh = Path(result).with_suffix(".new")
    fresh.write_text(json.dumps(times), encoding="utf-8")
    fresh.replace(result)


def timed(ask: Callable[[], tuple[int, ...]], rounds: int) -> list[int]:
    """Nanoseconds of the first call and of ``rounds`` more."""
    times = []
    for _ in range(rounds + 1):
        began_ns = time.perf_counter_ns()
        shape = ask()
        times.append(time.perf_counter_ns() - began_ns)
        assert DAYS * SYMBOLS in (shape[0], shape[0] * shape[1]), shape
    return times
