"""The quotes process: market data, and in a simulated day the market's clock."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from common import messages as m
from common.beijing import day_of, midnight
from common.clock import monotonic_ns
from common.errors import ConfigError
from common.process import Process, start
from common.session import Session
from common.session_out import MILLISECOND_NS
from services.gateway.quotes import pace
from services.gateway.quotes.core import QuotesCore
from services.gateway.quotes.feeds import Feed
from services.gateway.quotes.library import Library

CLOCK_BEAT_NS = 200 * MILLISECOND_NS
REPEAT_NS = 300 * MILLISECOND_NS
GAP_NS = 60_000 * MILLISECOND_NS
GAP_PATIENCE_NS = 1_000 * MILLISECOND_NS
BURST_MAX = 64

Completion = Callable[[m.ProcessStatus], m.ProcessStatus]


class ClockWork:
    """Drives the core's clock: repeats its last words for who may have missed them, and tells the time at a speed."""

    def __init__(
        self,
        core: QuotesCore,
        session: Session,
        complete: Completion,
        *,
        monotonic: Callable[[], int] = monotonic_ns,
    ) -> None:
        self.core, self.session, self._complete, self._monotonic = core, session, complete, monotonic
        self._published: list[tuple[str, bytes]] = []
        self._time: list[tuple[str, bytes]] = []  # the last word about the time: quotes within a minute come without
        self._published_ns = self._sent_ns = 0  # monotonic: when it was said first, and last
        self._burst = 0  # instants of this turn of the loop
        self._anchor: tuple[int, int] | None = None  # (monotonic, market) time from which a speed counts
        self._beat_ns = 0
        self.syncs = True  # JOURNAL_FSYNC is not off

    def hear(self, message: m.Message, now_ns: int) -> None:
        """Frames are counted on from where the core goes on: behind what somebody has heard already."""
        if isinstance(message, m.Progress):
            self.session.number = max(self.session.number, message.tick)

    def status(self, status: m.ProcessStatus) -> m.ProcessStatus:
        return self._complete(status)

    def run(self, effects: list[m.Message]) -> None:
        """The core's effects are its own record of what it published."""

    def needs_sync(self, effects: list[m.Message]) -> bool:
        """A day once opened or ended stays so after a power loss, which may take what was told in between: who waits
        for the clock would else be waited for by it."""
        return self.syncs and any(isinstance(e, m.ClockMoved) and (e.day_ended or _opens(e)) for e in effects)

    def reports(self) -> list[m.Message]:
        self.session.run_ended = self.core.finished
        return self._due()

    def _due(self) -> list[m.Message]:
        """At a speed: the instants that have come since the last call, at most one a call."""
        core, mono_ns = self.core, self._monotonic()
        speed = core.speed
        if not speed:
            self._anchor = None
            return []
        if self._burst == BURST_MAX:
            return []  # late as the clock may be, what it said must leave before it says more
        if self._anchor is None:
            self._anchor = (mono_ns, core.now_ns)
        market_ns = self._anchor[1] + int((mono_ns - self._anchor[0]) * speed)
        next_ns = core.next_ns()
        if next_ns > market_ns and next_ns - core.now_ns > GAP_NS and not core.has_due():
            # Time in which nothing is quoted and nobody wants to be woken is not waited for. What was begun just before
            # is: an order on its way would find itself past its expiry.
            if not core.is_quiet and mono_ns - self._published_ns < GAP_PATIENCE_NS:
                return []
            self._anchor = (mono_ns, next_ns)
            market_ns = next_ns
        due = 0 < next_ns <= market_ns
        if due or mono_ns - self._beat_ns >= CLOCK_BEAT_NS:
            self._beat_ns = mono_ns
            self._burst += 1
            return [m.PaceDue(market_ns)]
        return []

    def settle(self) -> None:
        self.session.market.advance(self.core.now_ns)
        self._burst, mono_ns = 0, self._monotonic()
        frames = self.session.out.frames
        published = [(to, data) for to, data in frames if to in ("*market", "*clock")]
        if published:
            self._published, self._published_ns, self._sent_ns = published, mono_ns, mono_ns
            self._time = [(to, data) for to, data in published if to == "*clock"][-1:] or self._time
        elif self._published and mono_ns - self._sent_ns >= REPEAT_NS:
            self._sent_ns = mono_ns
            frames.extend(frame for frame in self._time if frame not in self._published)
            frames.extend(self._published)


def _opens(moved: m.ClockMoved) -> bool:
    return moved.now_ns == midnight(day_of(moved.now_ns))


def feed_of(process: Process) -> Feed:
    """The feed the run names: ``synthetic``, or a file or folder of recorded CSV."""
    run = process.run
    if run.quotes == "synthetic":
        # Numpy comes with it, which neither live nor recorded quotes need.
        from services.gateway.quotes.feeds.synthetic import SyntheticFeed

        return SyntheticFeed(run.seed, process.calendar)
    from services.gateway.quotes.feeds.recorded import RecordedFeed

    return RecordedFeed(Path(run.quotes), calendar=process.calendar)


def main(process: Process) -> None:
    """A simulated day, or live market data where the run's broker is a real one."""
    if process.run.simulated:
        simulated(process)
    else:
        # What only live data needs, numpy above all, is loaded where there is any.
        from services.gateway.quotes.live import main as live

        live.main(process)


def simulated(process: Process) -> None:
    run, calendar = process.run, process.calendar
    feed = feed_of(process)
    gc.freeze()  # a whole market's recording, which never changes, would else be walked through again and again
    days = [process.first_day]
    while len(days) < run.days:
        days.append(calendar.following(days[-1]))
    playable = feed.days()
    if playable is not None and not set(days) <= set(playable):
        missing = min(set(days) - set(playable))
        raise ConfigError(f"行情 {run.quotes} 没有 {missing} 的数据")

    def library_of(day: date) -> Library:
        return Library(feed, calendar, day)

    core = QuotesCore(days, run.members, pace.parse(run.speed), library_of)
    session, journal, recovered = process.open(core, continues=False)
    session.number = core.number
    work = ClockWork(core, session, lambda status: process.status(status, journal, {"speed": run.speed}))
    work.syncs = process.settings.journal_fsync != "off"
    session.shell = work
    loop = process.loop(session, journal, work)
    process.market.advance(core.now_ns)
    session.start(recovered=recovered)
    process.log.info(f"行情启动：{run.quotes}，{days[0]} 起 {len(days)} 天，速度 {run.speed}")
    for remark in feed.remarks:
        process.log.info(remark)
    loop.flush()
    loop.run()
    loop.close()


if __name__ == "__main__":
    sys.exit(start("quotes", os.environ, main))
