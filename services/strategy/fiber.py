"""User code on a stack of its own: it stops where it has to wait and goes on where it stopped."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import greenlet

from common.messages import Message


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """Stopped until the answer to a query comes."""

    query: Message


@dataclasses.dataclass(frozen=True, slots=True)
class Waits:
    """Stopped until ``done()``, or market time ``until_ns``."""

    done: Callable[[], bool]
    until_ns: int


Stop = Asked | Waits


class Fiber:
    """Runs one function at a time; ``stop`` is what it waits for, None while nothing runs."""

    def __init__(self) -> None:
        self.stop: Stop | None = None
        self._greenlet: Any = None  # greenlet ships no types

    def start(self, function: Callable[[], None]) -> None:
        """Run until the function stops or ends."""
        assert self._greenlet is None, "user code is running already"
        self._greenlet = greenlet.greenlet(function)
        self._enter()

    def resume(self, value: object) -> None:
        """Go on where the code stopped; it gets ``value``."""
        self._enter(value)

    def check(self) -> None:
        """RuntimeError where the caller is not the code that runs here and so cannot be stopped."""
        if self._greenlet is None or greenlet.getcurrent() is not self._greenlet:
            raise RuntimeError("此函数只能在策略的回调函数里、在策略自己的线程中调用")

    def wait(self, stop: Stop) -> object:
        """Stop the code that calls; returns what it is resumed with."""
        self.check()
        return self._greenlet.parent.switch(stop)

    def _enter(self, *values: object) -> None:
        running = self._greenlet
        assert running is not None, "no user code to go on with"
        running.parent = greenlet.getcurrent()
        self.stop = None
        stopped = running.switch(*values)
        if running.dead:
            self._greenlet = None
        else:
            self.stop = stopped
