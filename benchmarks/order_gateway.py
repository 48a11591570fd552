"""The gateway process with a stopwatch: a core that notes when it said that an order has filled."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.order_plan import VARIABLE, read_plan
from common import messages as m
from common.process import start
from services.gateway.__main__ import main
from services.gateway.core import GatewayCore


class ProbedCore(GatewayCore):
    """Takes `time.perf_counter_ns` when a fill is decided, so before it is on record and published; writes it down when
    it is folded, which is after that."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._said_ns: dict[str, int] = {}
        self._file = read_plan(Path(os.environ[VARIABLE])).filled.open("ab", buffering=0)

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        decided = super().decide(message, now_ns)
        said_ns = time.perf_counter_ns()
        self._said_ns |= {one.fill_id: said_ns for one in decided if isinstance(one, m.OrderFilled)}
        return decided

    def apply(self, message: m.Message) -> None:
        super().apply(message)
        if isinstance(message, m.OrderFilled):
            self._file.write(f"{message.fill_id} {self._said_ns.pop(message.fill_id)}\n".encode("ascii"))


if __name__ == "__main__":
    sys.exit(start("gateway", os.environ, lambda process: main(process, ProbedCore)))
