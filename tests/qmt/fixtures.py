"""One terminal for many tests: its knobs are healthy again, and its dealers gone, before each of them."""

import gc
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from tests.qmt import stand_ins
from tests.qmt.dealer import KEPT, Dealer
from tests.qmt.handle import Terminal

_sessions = count(100)


@pytest.fixture(scope="session")
def wheel() -> Iterator[None]:
    """The vendor's wheel with our natives; skips where it is not installed."""
    stand_ins.install()
    pytest.importorskip("xtquant", reason="the vendor's wheel (xtquant, in the dev extra) is not installed")
    yield
    KEPT.clear()
    gc.collect()
    from xtquant.xttrader import XtQuantTrader

    # What a thread that hangs still holds would complain when the interpreter ends.
    XtQuantTrader.__del__ = lambda trader: None


@pytest.fixture(scope="module")
def shared_terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("terminal")
    holdings = {"600036.SH": (2000, 40.0)}
    accounts = {"123456": {"cash": 1_000_000.0, "holdings": holdings}, "654321": 50_000.0}
    with Terminal(folder, accounts, quotes=False, **QUICK) as terminal:
        yield terminal


@pytest.fixture
def terminal(shared_terminal: Terminal) -> Iterator[Terminal]:
    yield shared_terminal
    shared_terminal.reset(**QUICK)


@pytest.fixture
def dealer(wheel: None, terminal: Terminal) -> Iterator[Callable[..., Any]]:
    """Makes dealers: `dealer(relaxed=False)`; connected and subscribed unless `subscribed=False`."""
    made: list[Dealer] = []

    def make(*, session: int = 0, subscribed: bool = True, **kwargs: Any) -> Dealer:
        new = Dealer(terminal.path, session or next(_sessions), **kwargs)
        made.append(new)
        if subscribed:
            assert new.code == 0 and new.subscribe() == 0
        return new

    yield make
    terminal.reset(**QUICK)
    for old in made:
        old.close()


# Nothing here is about how long a real terminal takes.
QUICK = {"session_grace_s": 0.2, "reconnect_gap_s": 0.0, "cancel_s": 0.01}
