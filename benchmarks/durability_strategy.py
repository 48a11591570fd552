"""The strategy of the durability benchmark: orders one at a time and a hundred in flight, in turns with bare fsyncs."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path

from benchmarks.order_probe import ProbedCore
from common import messages as m
from common.ask import Operator
from jqdata import LimitOrderStyle, order, run_daily
from jqdata.context import Context

SYMBOL = "600000.XSHG"
PRICE = 10.0
VARIABLE = "DURABILITY_PLAN"
IN_FLIGHT = 100
BLOCK = 20
RECORD = b"x" * 700
"""About what the gateway writes down of an order."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """`n` orders one at a time and as many with a hundred in flight; what came of it goes to ``result``."""

    n: int
    port_base: int
    result: str


@dataclasses.dataclass
class Measured:
    """Nanoseconds; fsyncs of the gateway's journal are counted by itself."""

    accepted: list[int] = dataclasses.field(default_factory=list)
    fsync: list[int] = dataclasses.field(default_factory=list)
    one_by_one: int = 0
    in_flight: int = 0
    syncs_one_by_one: int = 0
    syncs_in_flight: int = 0


def initialize(context: Context) -> None:
    run_daily(measure, "10:00")


def measure(context: Context) -> None:
    plan = Plan(**json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8")))
    measured, result = Measured(), Path(plan.result)
    with Operator(plan.port_base, f"operator.{os.getpid()}") as line, result.with_suffix(".fsync").open("wb") as file:
        for _ in range(IN_FLIGHT):
            place_and_wait()
        before = syncs(line)
        while len(measured.accepted) < plan.n:
            one_by_one(measured)
            fsync(measured, file.fileno())
        between = syncs(line)
        measured.syncs_one_by_one = between - before
        for _ in range(plan.n // IN_FLIGHT):
            in_flight(measured)
        measured.syncs_in_flight = syncs(line) - between
    fresh = result.with_suffix(".new")
    fresh.write_text(json.dumps(dataclasses.asdict(measured)), encoding="utf-8")
    fresh.replace(result)


def one_by_one(measured: Measured) -> None:
    for _ in range(BLOCK):
        began_ns = time.perf_counter_ns()
        place_and_wait()
        measured.one_by_one += time.perf_counter_ns() - began_ns
        measured.accepted.append(ProbedCore.accepted_ns - began_ns)


def in_flight(measured: Measured) -> None:
    """The last one is waited for, and with it the answers to all before it."""
    began_ns = time.perf_counter_ns()
    placed = [order(SYMBOL, 100, LimitOrderStyle(PRICE), wait_timeout=0) for _ in range(IN_FLIGHT - 1)]
    place_and_wait()
    measured.in_flight += time.perf_counter_ns() - began_ns
    assert all(one is not None and one.filled == 100 for one in placed), "an order was not filled"


def place_and_wait() -> None:
    placed = order(SYMBOL, 100, LimitOrderStyle(PRICE), wait_timeout=10)
    assert placed is not None and placed.filled == 100, f"an order was not filled: {placed}"


def fsync(measured: Measured, fd: int) -> None:
    """What this disk takes for as many records by itself."""
    for _ in range(BLOCK):
        began_ns = time.perf_counter_ns()
        os.write(fd, RECORD)
        os.fsync(fd)
        measured.fsync.append(time.perf_counter_ns() - began_ns)


def syncs(line: Operator) -> int:
    status = line.ask("gateway", m.GetStatus(), 10.0)
    assert isinstance(status, m.ProcessStatus), "the gateway does not answer"
    return int(status.notes["journal_syncs"])
