"""Queries that take calls or downloads, each a generator that says what it needs next; all run beside the ticks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from typing import Any, Final, NamedTuple

from common import messages as m
from common.reasons import Reason, text_of
from common.session_later import Job
from common.session_out import MILLISECOND_NS
from services.gateway.quotes.live.caller import NORMAL, Caller
from services.gateway.quotes.live.downloads import Downloads, Fetch
from services.gateway.quotes.live.vendor import FeedDown, FeedFailed, Vendor

ANSWER_MAX_NS: Final = 15_000 * MILLISECOND_NS
"""Whoever asked gets a refusal after this; its own patience ends at 20 s. The work goes on for who asks again."""

ERRAND_MAX_NS: Final = 900_000 * MILLISECOND_NS
LINK_GRACE_NS: Final = 8_000 * MILLISECOND_NS
"""How long a query waits for a connection that has been down for less than this, as at every start."""


class Refused(Exception):
    """An errand ends without an answer, and this is why."""

    def __init__(self, refusal: m.Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class Ask(NamedTuple):
    """Call the vendor; comes back with what it said, FeedFailed is raised here."""

    make: Callable[[Vendor], Any]
    priority: int = NORMAL


class Get(NamedTuple):
    """Have something downloaded; FeedFailed is raised here where that does not succeed."""

    name: str
    fetch: Fetch


Errand = Generator[Ask | Get, Any, m.Message]


@dataclasses.dataclass(slots=True)
class _Running:
    job: Job
    errand: Errand
    began_ns: int
    asked_ns: int  # when who waits for it asked; 0: nobody does any more
    needs: Ask | Get | None = None
    is_parked: bool = False
    is_over: bool = False


class Errands:
    """``reply`` is told the answer of each job once, or the refusal at its time."""

    def __init__(self, caller: Caller, downloads: Downloads, reply: Callable[[Job, m.Message], None]) -> None:
        self._caller, self._downloads, self._reply = caller, downloads, reply
        self._running: dict[bytes, _Running] = {}
        self._down_since_ns: int | None = None
        self._now_ns = 0

    def begin(self, job: Job, errand: Errand, mono_ns: int) -> None:
        """Run this, unless the same is still running for somebody whose patience has ended."""
        self._now_ns = mono_ns
        known = self._running.get(job.key)
        if known is not None:
            known.job, known.asked_ns = job, mono_ns
            return
        self._running[job.key] = running = _Running(job, errand, mono_ns, mono_ns)
        self._advance(running, lambda: next(errand))

    def linked(self, *, up: bool, mono_ns: int) -> None:
        self._down_since_ns = None if up else mono_ns if self._down_since_ns is None else self._down_since_ns
        if up:
            for running in [one for one in self._running.values() if one.is_parked]:
                running.is_parked = False
                self._serve(running)

    def settle(self, mono_ns: int) -> None:
        """Refuse what has taken too long."""
        self._now_ns = mono_ns
        for running in list(self._running.values()):
            if running.is_parked and not self._may_wait():
                running.is_parked = False
                self._failed(running, FeedDown(""))
            elif running.asked_ns and mono_ns - running.asked_ns > ANSWER_MAX_NS:
                running.asked_ns = 0
                self._reply(running.job, self._too_long(running))
            elif mono_ns - running.began_ns > ERRAND_MAX_NS:
                running.errand.close()
                self._end(running, m.Refusal(Reason.FEED_ERROR, text_of(Reason.FEED_ERROR)))

    @property
    def count(self) -> int:
        return len(self._running)

    def _may_wait(self) -> bool:
        return self._down_since_ns is not None and self._now_ns - self._down_since_ns < LINK_GRACE_NS

    def _advance(self, running: _Running, step: Callable[[], Ask | Get]) -> None:
        try:
            running.needs = step()
        except StopIteration as end:
            self._end(running, end.value)
        except Refused as e:
            self._end(running, e.refusal)
        except FeedDown as e:
            self._end(
                running, m.Refusal(Reason.FEED_DOWN, f"{text_of(Reason.FEED_DOWN)}{f'（{e}）' if f'{e}' else ''}")
            )
        except FeedFailed as e:
            self._end(running, m.Refusal(Reason.FEED_ERROR, f"{text_of(Reason.FEED_ERROR)}：{e}"))
        else:
            self._serve(running)

    def _serve(self, running: _Running) -> None:
        needs = running.needs
        if isinstance(needs, Get):
            self._downloads.want(needs.name, needs.fetch, lambda failed: self._came(running, failed))
        elif needs is not None:
            self._caller.call(needs.make, lambda made: self._came(running, made), priority=needs.priority)

    def _came(self, running: _Running, made: Any) -> None:
        if running.is_over:
            return
        if isinstance(made, FeedDown) and self._may_wait():
            running.is_parked = True
        elif isinstance(made, FeedFailed):
            self._failed(running, made)
        else:
            self._advance(running, lambda: running.errand.send(made))

    def _failed(self, running: _Running, failed: FeedFailed) -> None:
        self._advance(running, lambda: running.errand.throw(failed))

    def _end(self, running: _Running, reply: m.Message) -> None:
        running.is_over = True
        del self._running[running.job.key]
        if running.asked_ns:
            self._reply(running.job, reply)

    def _too_long(self, running: _Running) -> m.Refusal:
        if self._down_since_ns is not None:
            return m.Refusal(Reason.FEED_DOWN, text_of(Reason.FEED_DOWN))
        if isinstance(running.needs, Get):
            return m.Refusal(Reason.DOWNLOADING, f"{text_of(Reason.DOWNLOADING)}：{self._downloads.text}")
        seconds = ANSWER_MAX_NS // 10**9
        return m.Refusal(
            Reason.FEED_ERROR, f"{text_of(Reason.FEED_ERROR)}：{seconds} 秒内没有取得，仍在处理，请稍后再查"
        )
