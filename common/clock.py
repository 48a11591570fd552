"""The only file that asks the machine for the time."""

from __future__ import annotations

import time

wall_ns = time.time_ns
"""UTC nanoseconds since the epoch."""

monotonic_ns = time.monotonic_ns
"""Nanoseconds that never go back: heartbeats, resends, watchdogs."""

sleep = time.sleep
"""Seconds; for shells that wait for another program, in a bounded loop, and for a loop that lets messages gather."""


class MarketTime:
    """What schedule, waits, expiry and matching follow: the wall clock, or the clock a simulated day publishes."""

    def __init__(self, *, simulated: bool) -> None:
        self.simulated = simulated
        self._now_ns = 0

    @property
    def now_ns(self) -> int:
        return self._now_ns if self.simulated else wall_ns()

    def advance(self, now_ns: int) -> None:
        """The published clock moved; it never goes back."""
        if now_ns > self._now_ns:
            self._now_ns = now_ns
