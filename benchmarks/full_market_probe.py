"""The strategy process with the market's clock beside the machine's: so that a callback knows how late it ended."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from pathlib import Path

from benchmarks.full_market_plan import VARIABLE, read_plan
from common import messages as m
from common.beijing import at, day_of, to_ns
from common.process import start
from services.strategy.__main__ import main, name_of
from services.strategy.core import StrategyCore


class ClockedCore(StrategyCore):
    """Notes where the market's clock began to run: what is published late later on is late against that."""

    zero_ns = 0  # monotonic, at the market's 9:30 had it been told at once
    speed = read_plan(Path(os.environ[VARIABLE])).speed

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        if isinstance(message, m.MarketClock) and message.now_ns >= (opening_ns := at(day_of(message.now_ns), "9:30")):
            zero_ns = time.monotonic_ns() - (message.now_ns - opening_ns) // self.speed
            ClockedCore.zero_ns = min(ClockedCore.zero_ns or zero_ns, zero_ns)
        return super().decide(message, now_ns)

    @classmethod
    def lag_s(cls, scheduled: datetime) -> float:
        """Market seconds from the time a callback was due to the present."""
        market_ns = (time.monotonic_ns() - cls.zero_ns) * cls.speed
        return (market_ns - (to_ns(scheduled) - at(scheduled.date(), "9:30"))) / 1e9


if __name__ == "__main__":
    # The strategy file imports this module by its name, not as `__main__`.
    from benchmarks import full_market_probe

    sys.exit(start(name_of, os.environ, lambda process: main(process, full_market_probe.ClockedCore)))
