"""The threads of one data path: one that steps its core, one for each instance's calls, one to stop each of them.

All are daemons: a native call that hangs can be left behind, never ended. They meet in queues only.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from common.beijing import SECOND_NS
from common.clock import monotonic_ns
from common.errors import BrokerError
from services.gateway.brokers import BrokerReport
from services.gateway.brokers.qmt.acts import (
    Abandon,
    Call,
    Connect,
    Event,
    Freed,
    GiveUp,
    Note,
    NotMade,
    Now,
    Out,
    Raised,
    Returned,
    Stopped,
    Tick,
)
from services.gateway.brokers.qmt.core import LineCore
from services.gateway.brokers.qmt.sdk import Instance

TICK_NS: Final = SECOND_NS // 5
"""What waits for a time waits up to so much longer; a few steps a second cost nothing."""

Said = BrokerReport | Note | Exception
Make = Callable[[int, Callable[[Event], None]], Instance]


@dataclasses.dataclass(frozen=True, slots=True)
class Outlet:
    """Where the lines of a broker meet its owner: ``said`` takes their reports, and an exception where the process has
    to end; ``ring`` wakes whoever reads them. ``wall`` is the clock the market's day follows."""

    ring: Callable[[], None]
    wall: Callable[[], int]
    said: SimpleQueue[Said] = dataclasses.field(default_factory=SimpleQueue)


class Runner:
    """Runs ``core``. ``make`` makes the instance of a generation, which puts its events into the function it is given.

    What is said goes to ``outlet``; an instance has ``stop_ns`` to stop.
    """

    def __init__(self, core: LineCore, make: Make, outlet: Outlet, stop_ns: int) -> None:
        self._core, self._make, self._outlet, self._stop_ns = core, make, outlet, stop_ns
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._worker: _Worker | None = None
        self._ticked_ns = 0
        self._thread = threading.Thread(target=self._run, name="qmt-line", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, event: Event) -> None:
        self._events.put(event)

    def close(self) -> None:
        """End it and stop the instance, for as long as a stop may take."""
        self._events.put(None)
        self._thread.join(2 * self._stop_ns / SECOND_NS)

    # -- the line's own thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (event := self._next()) is not None:
                self._step(event)
            if self._worker is not None:
                self._worker.abandon()
                self._worker.wait_stopped(self._stop_ns)
        except Exception as e:  # the owner of the process raises it, on its own thread
            self._outlet.said.put(e)
            self._outlet.ring()

    def _next(self) -> Event | None:
        try:
            return self._events.get(timeout=TICK_NS / SECOND_NS)
        except Empty:
            return Tick()

    def _step(self, event: Event) -> None:
        """What an event moves is done when no other waits; where events never cease, time passes all the same."""
        now = self._now()
        outs = self._core.step(event, now)
        if not isinstance(event, Tick) and (self._events.empty() or now.mono_ns >= self._ticked_ns + TICK_NS):
            outs += self._core.step(Tick(), now)
            self._ticked_ns = now.mono_ns
        has_said = False
        for out in outs:
            has_said |= self._do(out)
        if has_said:
            self._outlet.ring()

    def _now(self) -> Now:
        return Now(monotonic_ns(), self._outlet.wall())

    def _do(self, out: Out) -> bool:
        """Whether somebody is to read of it."""
        match out:
            case Call(generation=generation):
                self._worker_of(generation).jobs.put(out)
                return False
            case Abandon():
                if self._worker is not None:
                    self._events.put(NotMade(self._worker.abandon()))
                return False
            case GiveUp(text=text):
                raise BrokerError(text)
        self._outlet.said.put(out)
        return True

    def _worker_of(self, generation: int) -> _Worker:
        """Each instance has a thread of its own, so that one that hangs holds up nothing but itself."""
        if self._worker is None or self._worker.generation != generation:
            instance = self._make(generation, self._events.put)
            try:
                self._worker = _Worker(generation, instance, self._events, self._stop_ns)
            except RuntimeError as e:
                raise BrokerError(f"无法新建线程（{e}），进程将退出并由守护程序重新启动") from e
        return self._worker


class _Worker:
    """Makes the calls of one instance, one after the other."""

    def __init__(self, generation: int, instance: Instance, events: SimpleQueue[Event | None], stop_ns: int) -> None:
        self.generation, self.jobs = generation, SimpleQueue[Call | None]()
        self._instance, self._events, self._stop_ns = instance, events, stop_ns
        self._stopped = threading.Event()
        self._thread = self._start(self._run, "qmt-calls")

    def abandon(self) -> tuple[int, ...]:
        """Take back what was not begun, and stop the instance beside; returns the numbers of what was taken back."""
        taken = []
        while True:
            try:
                job = self.jobs.get_nowait()
            except Empty:
                break
            if job is not None:
                taken.append(job.number)
        self.jobs.put(None)
        self._start(self._watch, "qmt-watch")
        return tuple(taken)

    def wait_stopped(self, limit_ns: int) -> None:
        self._stopped.wait(limit_ns / SECOND_NS)

    def _start(self, target: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=target, name=f"{name}-{self.generation}", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        while (call := self.jobs.get()) is not None:
            try:
                value = self._instance.do(call.number, call.act)
            except Exception as e:  # whatever the SDK raises: the instance is given up for it
                self._events.put(Raised(call.number, f"{type(e).__name__} {e}"))
            else:
                has_queue = not isinstance(call.act, Connect) or self._instance.has_queue
                self._events.put(Returned(call.number, value, has_queue))

    def _watch(self) -> None:
        """The end of the instance: the SDK's stop, and the thread that may hang in one of its calls."""
        stop = self._start(self._stop, "qmt-stop")
        stop.join(self._stop_ns / SECOND_NS)
        self._thread.join(0.1 if not stop.is_alive() else 0)
        if stop.is_alive() or self._thread.is_alive():
            self._events.put(Stopped(self.generation, False))
            stop.join()
            self._thread.join()
            self._events.put(Freed(self.generation))
        else:
            self._events.put(Stopped(self.generation, True))
        self._stopped.set()

    def _stop(self) -> None:
        try:
            self._instance.stop()
        except Exception:  # it is on its way out: what it still complains about helps nobody
            return
