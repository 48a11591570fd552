"""One fake terminal for many stories, healthy again before each of them, and back-ends that are closed after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from tests.qmt import stand_ins
from tests.qmt.handle import Terminal
from tests.services.gateway.brokers.qmt.teller import Teller

# Nothing here is about how long a real terminal takes.
QUICK: dict[str, Any] = {"session_grace_s": 0.2, "reconnect_gap_s": 0.0, "cancel_s": 0.01}
HELD = {"600036.SH": (2000, 40.0)}
_sessions = count(1000, 10)


@pytest.fixture(scope="session")
def wheel() -> None:
    """The vendor's own Python code, over our natives; skips where the wheel is not installed."""
    pytest.importorskip("xtquant", reason="the vendor's wheel (xtquant, in the dev extra) is not installed")
    stand_ins.install()


@pytest.fixture(scope="module")
def shared_terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("国金 QMT")
    accounts = {"123456": {"cash": 1_000_000.0, "holdings": HELD}, "654321": 50_000.0}
    with Terminal(folder, accounts, quotes=False, **QUICK) as terminal:
        yield terminal


@pytest.fixture
def terminal(shared_terminal: Terminal) -> Iterator[Terminal]:
    if not shared_terminal.is_alive():
        shared_terminal.start()
    yield shared_terminal
    shared_terminal.reset(**QUICK)


Open = Callable[..., Teller]


@pytest.fixture
def open_teller(wheel: None, terminal: Terminal) -> Iterator[Open]:
    """Opens a back-end at the terminal: ``open_teller(call_s=1.0)``; connected and with its first statement given."""
    opened: list[Teller] = []

    def open_(*, ready: bool = True, **more: Any) -> Teller:
        teller = Teller(terminal, session_id=next(_sessions), **more)
        opened.append(teller)
        return teller.ready() if ready else teller

    yield open_
    terminal.reset(**QUICK)
    for teller in opened:
        teller.close()
