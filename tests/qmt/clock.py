"""An accelerated wall clock that all processes of a test share: a function of real time and nothing else.

`FAKE_CLOCK` is "ANCHOR;START@FACTOR;START@FACTOR…": at the real UTC ns ANCHOR it is the first START, a Beijing time
like 2026-11-20T09:00:00, and time runs FACTOR times as fast as real time until the next START, where the next factor
takes over. `time.time_ns` and `time.time` are replaced; monotonic time and `datetime.now()` are not. "@PATH" names a file
that holds such a text and may be replaced by another while the processes run.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from common.beijing import SECOND_NS, to_ns

VARIABLE = "FAKE_CLOCK"
LOOK_S = 0.02
genuine_ns = time.time_ns
"""The machine's own clock; this module is imported before it is replaced."""


class FakeClock:
    """Virtual time from real time, and back."""

    def __init__(self, text: str) -> None:
        anchor, *parts = text.split(";")
        written = [part.split("@") for part in parts]
        self._starts = [to_ns(datetime.fromisoformat(start)) for start, _ in written]
        self._factors = [float(factor) for _, factor in written]
        self._real = [int(anchor)]
        for index in range(1, len(self._starts)):
            took = (self._starts[index] - self._starts[index - 1]) / self._factors[index - 1]
            self._real.append(self._real[-1] + round(took))

    def at(self, real_ns: int) -> int:
        index = max(bisect_right(self._real, real_ns) - 1, 0)
        return self._starts[index] + int((real_ns - self._real[index]) * self._factors[index])

    def real(self, virtual_ns: int) -> int:
        """The real time at which it will be `virtual_ns`."""
        index = max(bisect_right(self._starts, virtual_ns) - 1, 0)
        return self._real[index] + int((virtual_ns - self._starts[index]) / self._factors[index])

    def now_ns(self) -> int:
        return self.at(genuine_ns())


class FileClock:
    """The clock that stands in a file, read anew whenever the file has become another."""

    def __init__(self, path: Path) -> None:
        self._path, self._written = path, -1
        self._clock: FakeClock

    def now(self) -> FakeClock:
        written = os.stat(self._path).st_mtime_ns
        if written != self._written:
            self._clock, self._written = FakeClock(self._path.read_text(encoding="utf-8")), written
        return self._clock

    def now_ns(self) -> int:
        return self.now().now_ns()


def clock_of(text: str) -> FakeClock | FileClock:
    return FileClock(Path(text[1:])) if text.startswith("@") else FakeClock(text)


def install(text: str) -> None:
    """Let the whole process see the fake clock; before anything has taken `time.time_ns` by name."""
    clock = clock_of(text)
    time.time_ns = clock.now_ns
    time.time = lambda: clock.now_ns() / SECOND_NS


def seconds_until(virtual_ns: int, text: str | None) -> float:
    """Real seconds from now to a moment of the clock the process runs on; negative where it is past.

    Not more than a moment where the clock may become another meanwhile: then look again.
    """
    if not text:
        return (virtual_ns - genuine_ns()) / SECOND_NS
    clock = clock_of(text)
    fixed = clock.now() if isinstance(clock, FileClock) else clock
    left = (fixed.real(virtual_ns) - genuine_ns()) / SECOND_NS
    return left if fixed is clock else min(left, LOOK_S)


def write_clock(path: Path, text: str) -> None:
    """Put a clock into a file that processes may be reading."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def from_now(start: str, factor: float = 1.0) -> str:
    """A clock that shows `start` now and goes on at one pace."""
    return f"{genuine_ns()};{start}@{factor:g}"


def through_days(days: Iterable[date], *, start: str = "09:00:00", trading: float = 30.0, night: float = 3000.0) -> str:
    """A clock that begins now at `start` of the first day: slow from 9:00 to 15:10, very fast through lunch and night."""
    first, *later = days
    parts = [f"{first}T{start}@{trading:g}"]
    for day in (first, *later):
        if day != first:
            parts.append(f"{day}T09:00:00@{trading:g}")
        parts += [f"{day}T11:31:00@{night:g}", f"{day}T12:59:00@{trading:g}", f"{day}T15:10:00@{night:g}"]
    return ";".join([str(genuine_ns()), *parts])
