"""What a session asks of the core it drives, and of the process around it."""

from __future__ import annotations

from typing import Protocol

from common import messages as m


class Core(Protocol):
    """What a process decides with; see docs/architecture.md."""

    journals_all: bool

    @property
    def wake_ns(self) -> int: ...
    @property
    def busy(self) -> bool: ...
    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]: ...
    def apply(self, message: m.Message) -> None: ...
    def answer(self, query: m.Message, now_ns: int) -> m.Message: ...
    def snapshot(self, account: str, now_ns: int) -> m.Message: ...
    def carry(self, now_ns: int) -> list[m.Message]: ...


class Shell(Protocol):
    """Where a process's own I/O hears what is stepped, and adds what only the loop knows to its status."""

    def hear(self, message: m.Message, now_ns: int) -> None: ...
    def status(self, status: m.ProcessStatus) -> m.ProcessStatus: ...
