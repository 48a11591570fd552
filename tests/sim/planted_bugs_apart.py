"""Bugs to plant into what stands beside the order path: the memory of state, and the clock of a simulated day."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from common import messages as m
from common import recovery
from common.session import Session
from services.gateway.quotes.__main__ import ClockWork
from services.gateway.quotes.core import QuotesCore
from services.state import tables as t
from services.state.__main__ import StoreEffects
from services.state.core import StateCore
from services.state.store import Store
from sim import world_processes
from sim.world_state import WorldStore


@contextlib.contextmanager
def commit_positions_before_rows() -> Iterator[None]:
    """State notes how far it has come apart from the rows of it, first."""
    with patch.object(Store, "commit", lambda self: _commit_apart(self, first={"streams"})):
        yield


@contextlib.contextmanager
def commit_rows_before_positions() -> Iterator[None]:
    """State notes how far it has come apart from the rows of it, last."""
    with patch.object(Store, "commit", lambda self: _commit_apart(self, first={*t.metadata.tables} - {"streams"})):
        yield


def _commit_apart(store: Any, first: set[str]) -> None:
    with store._written():
        rows, alerts = store._rows, store._alerts
        is_first = "alerts" in first
        store._rows = {name: rows[name] if name in first else {} for name in rows}
        store._alerts = alerts if is_first else []
        store._write()
        store._connection.commit()
        store._rows = {name: {} if name in first else rows[name] for name in rows}
        store._alerts = [] if is_first else alerts
        store._write()
        store._connection.commit()
    store.has_new_stream = False


@contextlib.contextmanager
def forget_what_a_full_disk_refused() -> Iterator[None]:
    """State goes on with the next event after its disk has dropped some."""

    def start_over(self: Store) -> None:
        self.is_behind = False

    with (
        patch.object(WorldStore, "start_over", start_over),
        patch.object(StateCore, "load", _load_once),
        patch.object(StoreEffects, "_go_on_from_file", _go_on_once),
    ):
        yield


def _load_once(self: StateCore, load: Any = StateCore.load) -> None:
    if not self.books:
        load(self)


def _go_on_once(self: Any, go_on: Any = StoreEffects._go_on_from_file) -> None:
    if not self._committed_ns:
        go_on(self)


@contextlib.contextmanager
def start_the_clock_from_zero() -> Iterator[None]:
    """The clock of a simulated day forgets at a restart how far it was."""

    def recover(session: Session, payload: bytes) -> None:
        if session.name != "quotes":
            recovery.recover(session, payload)

    with patch.object(world_processes, "recover", recover):
        yield


@contextlib.contextmanager
def ignore_what_others_heard_of_the_clock() -> Iterator[None]:
    """After a power loss the clock uses numbers again that everybody has seen."""
    decide = QuotesCore.decide

    def deaf(self: QuotesCore, message: m.Message, now_ns: int) -> list[m.Message]:
        if isinstance(message, m.Progress) and message.tick > self.number:
            return []
        return decide(self, message, now_ns)

    with patch.object(QuotesCore, "decide", deaf), patch.object(ClockWork, "hear", lambda self, message, now_ns: None):
        yield
