"""A desk whose broker is the fake MiniQMT terminal, behind the vendor's own wrapper, on a clock that may be faster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.qmt.clock import genuine_ns
from tests.qmt.handle import Terminal
from tests.stack.desk import Desk, ending

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
    """A terminal that runs and a desk beside it; nothing of both is left."""
    with Terminal(folder / "qmt 终端", clock=clock or None, **terminal) as running:
        desk = QmtDesk(folder / "desk", running, mode, settings)
        with ending(desk):
            yield desk


def busy_times(
    days: Sequence[date], times: Sequence[str], *, start: str = "08:30", slow: float = 20.0, fast: float = 600.0
) -> str:
    """A clock that begins now at ``start`` of the first day: slow from a minute before each of ``times`` to two after,
    fast in between, and faster still at night."""
    parts: list[str] = []
    for day in days:
        parts.append(f"{day}T{start if not parts else '08:44'}:00@{fast}")
        for text in times:
            hour, minute = map(int, text.split(":"))
            parts.append(f"{day}T{_clock(hour * 60 + minute - 1)}:00@{slow}")
            parts.append(f"{day}T{_clock(hour * 60 + minute + 2)}:00@{fast}")
        parts.append(f"{day}T15:31:00@{fast * 10}")
    parts.append(f"{days[-1] + timedelta(days=1)}T00:00:00@1")
    return ";".join([str(genuine_ns()), *parts])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
