"""Downloads, one at a time on a thread of their own: the vendor's take as long as they take, and cannot be interrupted.

What is said of one goes to the log; who waited longer than the limit is told so, and the next one begins only when the
thread that was left behind has come back.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from common.clock import monotonic_ns
from common.session_out import MILLISECOND_NS
from services.gateway.quotes.live.vendor import FeedFailed, OnProgress, Vendor

PROGRESS_NS: Final = 10_000 * MILLISECOND_NS

Fetch = Callable[[Vendor, OnProgress], None]
Done = Callable[[FeedFailed | None], None]


@dataclasses.dataclass(slots=True)
class _Download:
    name: str
    fetch: Fetch
    done: list[Done]
    began_ns: int = 0
    said_ns: int = 0
    finished: int = 0
    total: int = 0
    is_over: bool = False
    is_left: bool = False
    failed: FeedFailed | None = None


class Downloads:
    """``may_begin`` is asked before each: none begins while there is no connection."""

    def __init__(
        self,
        vendor: Vendor,
        ring: Callable[[], None],
        note: Callable[[str], None],
        *,
        limit_ns: int,
        monotonic: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._vendor, self._ring, self._note = vendor, ring, note
        self._limit_ns, self._monotonic = limit_ns, monotonic
        self._waiting: deque[_Download] = deque()
        self._in_work: _Download | None = None

    def want(self, name: str, fetch: Fetch, done: Done) -> None:
        """Begin this or, where it is in work or waits already, wait for it; ``name`` tells which are the same."""
        now = [self._in_work] if self._in_work is not None and not self._in_work.is_left else []
        for one in (*now, *self._waiting):
            if one.name == name:
                one.done.append(done)
                return
        self._waiting.append(_Download(name, fetch, [done], self._monotonic()))

    def refuse_all(self, why: FeedFailed) -> None:
        """The connection is gone: what waits does not begin, and what is in work will fail by itself."""
        waiting, self._waiting = self._waiting, deque()
        for one in waiting:
            self._end(one, why)

    def settle(self, *, may_begin: bool) -> bool:
        """Tell of progress and of ends, begin the next; True where one has just been left behind."""
        one, left = self._in_work, False
        if one is not None:
            if one.is_over:
                self._in_work = None
                self._tell_end(one)
            else:
                left = self._watch(one)
        for late in [w for w in self._waiting if self._monotonic() - w.began_ns > self._limit_ns]:
            self._waiting.remove(late)
            self._end(late, FeedFailed("前一个下载没有结束"))
        if self._in_work is None and self._waiting and may_begin:
            self._begin(self._waiting.popleft())
        return left

    @property
    def text(self) -> str:
        """For the process's status."""
        one = self._in_work
        if one is None:
            return "-"
        seconds = (self._monotonic() - one.began_ns) // 10**9
        stuck = "（超时，等待返回）" if one.is_left else ""
        return f"{one.name} {one.finished}/{one.total} {seconds} 秒{stuck}，另有 {len(self._waiting)} 个等待"

    def _begin(self, one: _Download) -> None:
        one.began_ns = one.said_ns = self._monotonic()
        self._in_work = one
        self._note(f"开始下载 {one.name}")
        threading.Thread(target=self._fetch, args=(one,), name="download", daemon=True).start()

    def _watch(self, one: _Download) -> bool:
        now_ns = self._monotonic()
        if not one.is_left and now_ns - one.began_ns > self._limit_ns:
            one.is_left = True
            self._note(f"下载 {one.name} 超过 {self._limit_ns // 10**9} 秒，不再等待（{one.finished}/{one.total}）")
            self._end(one, FeedFailed(f"下载超过 {self._limit_ns // 10**9} 秒"))
            return True
        if now_ns - one.said_ns > PROGRESS_NS and one.total:
            one.said_ns = now_ns
            self._note(f"正在下载 {one.name}：{one.finished}/{one.total}")
        return False

    def _tell_end(self, one: _Download) -> None:
        seconds = (self._monotonic() - one.began_ns) / 1e9
        self._note(f"下载 {one.name} {f'失败：{one.failed}' if one.failed else '完成'}，用时 {seconds:.1f} 秒")
        self._end(one, one.failed)

    @staticmethod
    def _end(one: _Download, failed: FeedFailed | None) -> None:
        done, one.done = one.done, []
        for tell in done:
            tell(failed)

    # -- on the download's thread ------------------------------------------------------------------------------------

    def _fetch(self, one: _Download) -> None:
        def progress(finished: int, total: int) -> None:
            one.finished, one.total = finished, total

        try:
            one.fetch(self._vendor, progress)
        except FeedFailed as e:
            one.failed = e
        except Exception as e:  # the vendor's library raises plain exceptions
            one.failed = FeedFailed(f"{type(e).__name__}: {e}")
        one.is_over = True
        self._ring()
