"""The strategy process with a stopwatch: a core that notes when the answers to the order in hand are folded."""

from __future__ import annotations

import os
import sys
import time

from common import messages as m
from common.process import start
from services.strategy.__main__ import main, name_of
from services.strategy.core import StrategyCore


class ProbedCore(StrategyCore):
    """Notes `time.perf_counter_ns` of the last acceptance and of the last fill."""

    accepted_ns = filled_ns = 0
    fill_id = ""

    def apply(self, message: m.Message) -> None:
        super().apply(message)
        if isinstance(message, m.OrderAccepted):
            ProbedCore.accepted_ns = time.perf_counter_ns()
        elif isinstance(message, m.OrderFilled):
            ProbedCore.filled_ns = time.perf_counter_ns()
            ProbedCore.fill_id = message.fill_id


if __name__ == "__main__":
    # The strategy file imports this module by its name, not as `__main__`.
    from benchmarks import order_probe

    sys.exit(start(name_of, os.environ, lambda process: main(process, order_probe.ProbedCore)))
