"""The world's time: one queue of what is to happen, a clock that only goes on, and a wall clock that can jump."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import date

from common.beijing import at
from common.clock import MarketTime

DAY = date(2026, 11, 20)
START = "09:35:00"
MS = 1_000_000


class WorldClock:
    """``mono_ns`` is the machine's monotonic clock."""

    def __init__(self) -> None:
        self.mono_ns = self.begin_ns = 10**12
        self.jumped_ns = 0
        self._start_wall_ns = at(DAY, START)
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def mono(self) -> int:
        return self.mono_ns

    def wall_ns(self) -> int:
        return self._start_wall_ns + self.mono_ns - self.begin_ns + self.jumped_ns

    @property
    def passed_ms(self) -> int:
        return (self.mono_ns - self.begin_ns) // MS

    def at(self, at_ns: int, what: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (max(at_ns, self.mono_ns), self._count, what))

    def at_ms(self, at_ms: int, what: Callable[[], None]) -> None:
        self.at(self.begin_ns + at_ms * MS, what)

    def later(self, delay_ns: int, what: Callable[[], None]) -> None:
        self.at(self.mono_ns + delay_ns, what)

    def step(self) -> None:
        self.mono_ns, _, what = heapq.heappop(self._queue)
        what()


class WallTime(MarketTime):
    """Market time where it is the wall clock's."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        super().__init__(simulated=False)
        self._wall_ns = now_ns

    @property
    def now_ns(self) -> int:
        return self._wall_ns()
