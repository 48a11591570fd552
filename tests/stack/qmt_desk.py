"""A desk whose broker is the fake MiniQMT terminal, behind the vendor's own wrapper, on a clock that may be faster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from common.beijing import at, clock_seconds, naive
from tests.qmt.clock import FileClock, genuine_ns, write_clock
from tests.qmt.handle import Terminal
from tests.stack.desk import Desk, ending, until

ACCOUNT = "123456"


class QmtDesk(Desk):
    """``live`` is the mode; the terminal is started and killed by the test."""

    broker = "qmt"

    def __init__(self, folder: Path, terminal: Terminal, mode: str, settings: Mapping[str, str] | None = None) -> None:
        lines = {
            "QMT_DATA_PATH": str(terminal.path),
            "QMT_ACCOUNT_ID": ACCOUNT,
            "MINIQMT_PORT": str(terminal.quotes_port),
            "LIVE_MODE": mode,
        }
        super().__init__(folder, lines | dict(settings or {}))
        self.terminal = terminal
        names = ("PYTHONPATH", "FAKE_TERMINAL", "FAKE_CLOCK")
        self.environ = {name: terminal.env[name] for name in names}

    def order_calls(self) -> list[dict[str, Any]]:
        """Every order that reached the terminal through the SDK, with its remark."""
        return [call for call in self.terminal.calls() if call["op"] == "orderStock"]


@contextmanager
def open_town(
    folder: Path, mode: str = "live", *, clock: str = "", settings: Mapping[str, str] | None = None, **terminal: Any
) -> Iterator[QmtDesk]:
    """A terminal that runs and a desk beside it, at ``clock``; nothing of both is left."""
    with Terminal(folder / "qmt 终端", clock=clock or None, **terminal) as running:
        desk = QmtDesk(folder / "desk", running, mode, settings)
        with ending(desk):
            yield desk


class Pace:
    """The clock of a town, in a file: from ``start`` in real time, until ``go`` lets it run when all are there."""

    def __init__(self, folder: Path, start: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file, self.clock = folder / "clock", f"@{folder / 'clock'}"
        write_clock(self._file, f"{genuine_ns()};{start.isoformat()}@1")

    def go(self, days: Sequence[date], times: Sequence[str], *, slow: float = 20.0, fast: float = 600.0) -> None:
        """From now on slow from half a minute before each of ``times`` to a minute and a half after, fast in between,
        faster at night; real time again when the last day is over."""
        now_ns = self.now_ns
        parts = [f"{naive(now_ns).isoformat()}@{fast}"]
        for day in days:
            for clock_time, pace in _day(times, slow, fast):
                if at(day, clock_time) > now_ns:
                    parts.append(f"{day}T{clock_time}@{pace}")
        parts.append(f"{days[-1]}T15:50:00@1")
        write_clock(self._file, ";".join([str(genuine_ns()), *parts]))

    @property
    def now_ns(self) -> int:
        return FileClock(self._file).now_ns()

    def skip_to(self, moment: datetime, factor: float) -> None:
        """Hurry there and go on in real time; returns when it is there."""
        parts = [f"{naive(self.now_ns).isoformat()}@{factor}", f"{moment.isoformat()}@1"]
        write_clock(self._file, ";".join([str(genuine_ns()), *parts]))
        until(lambda: naive(self.now_ns) >= moment, f"{moment}", 120)


def _day(times: Sequence[str], slow: float, fast: float) -> Iterator[tuple[str, float]]:
    yield "08:40:00", fast
    for text in times:
        second = clock_seconds(text)
        yield _clock(second - 30), slow
        yield _clock(second + 90), fast
    yield "15:31:00", fast * 10


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
