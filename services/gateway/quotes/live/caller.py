"""The one thread that calls the vendor: it alone connects, at its own pace, and who asks meanwhile is told so.

The vendor's library connects inside any call, without a pause between attempts and without a time limit. So there is
one health state for all of it: calls are refused at once while it is down, one thread tries to connect, ever more
seldom, and a call that does not come back is left behind with its thread.
"""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from common.clock import monotonic_ns
from common.session_out import MILLISECOND_NS
from services.gateway.quotes.live.vendor import FeedDown, FeedFailed, Vendor

RETRY_MIN_NS: Final = 1_000 * MILLISECOND_NS
RETRY_MAX_NS: Final = 10_000 * MILLISECOND_NS
LOOK_NS: Final = 1_000 * MILLISECOND_NS
"""How often the connection is looked at while nobody calls; it costs no traffic."""

URGENT, NORMAL, IDLE = range(3)
"""Subscriptions and quotes go before history, and history before what is only fetched to be at hand."""

Done = Callable[[Any], None]
"""Called on the loop's thread with what came out, or with the FeedFailed."""


@dataclasses.dataclass(frozen=True, slots=True)
class LinkChange:
    """``number`` counts the connections: subscriptions of an earlier one are lost."""

    up: bool
    text: str
    number: int


@dataclasses.dataclass(slots=True)
class _Call:
    make: Callable[[Vendor], Any]
    done: Done


class Caller:
    """``ring`` wakes the loop; ``call_max_ns`` is how long one call may take."""

    def __init__(
        self,
        vendor: Vendor,
        ring: Callable[[], None],
        *,
        call_max_ns: int,
        monotonic: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._vendor, self._ring, self._monotonic = vendor, ring, monotonic
        self._call_max_ns = call_max_ns
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, int, _Call]] = []
        self._count = itertools.count()
        self._out: deque[Callable[[], None]] = deque()  # for the loop's thread, in order
        self._on_link: Callable[[LinkChange], None] = lambda change: None
        self._hand: _Hand | None = None
        self._is_up, self._is_spoiled, self._text, self._connections = False, False, "尚未连接", 0
        self.attempts = 0  # connections tried
        self.abandoned = 0  # calls that never came back

    # -- on the loop's thread ----------------------------------------------------------------------------------------

    def start(self, on_link: Callable[[LinkChange], None]) -> None:
        self._on_link = on_link
        self._hand = _Hand(self)

    def call(self, make: Callable[[Vendor], Any], done: Done, *, priority: int = NORMAL) -> None:
        """Have the vendor called; ``done`` gets what it said, FeedDown at once while there is no connection."""
        with self._changed:
            heapq.heappush(self._waiting, (priority, next(self._count), _Call(make, done)))
            self._changed.notify()

    def look(self) -> None:
        """The vendor hinted that its connection changed; from any thread."""
        with self._changed:
            if self._hand is not None:
                self._hand.looks_now = True
            self._changed.notify()

    def settle(self) -> None:
        """Hand over what has come out since, and leave behind a call that takes too long."""
        while self._out:
            self._out.popleft()()
        hand = self._hand
        if hand is not None and hand.busy_ns and self._monotonic() - hand.busy_ns > self._call_max_ns:
            self._leave_behind(hand)

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is in work."""
        return not self._waiting and not self._out and (self._hand is None or not self._hand.busy_ns)

    def close(self, wait_s: float) -> bool:
        """End the thread; False where a call holds it."""
        hand, self._hand = self._hand, None
        if hand is None:
            return True
        with self._changed:
            hand.is_wanted = False
            self._changed.notify()
        hand.thread.join(wait_s)
        return not hand.thread.is_alive() and not self.abandoned

    def _leave_behind(self, hand: _Hand) -> None:
        self.abandoned += 1
        seconds = self._call_max_ns // (1_000 * MILLISECOND_NS)
        with self._changed:
            hand.is_wanted = False
            call, self._hand = hand.call, None
        self._said(up=False, text=f"调用超过 {seconds} 秒没有返回")
        self.settle()
        if call is not None:
            call.done(FeedFailed(f"行情服务的调用超过 {seconds} 秒没有返回"))
        self._hand = _Hand(self)

    # -- on the calling thread ---------------------------------------------------------------------------------------

    def run(self, hand: _Hand) -> None:
        """Until the hand is not wanted any more: a call, or a look at the connection where there is nothing to do."""
        retry_ns, delay_ns = 0, RETRY_MIN_NS
        while True:
            call = self._next(hand, retry_ns)
            if not hand.is_wanted:
                self._let_go(hand)
                return
            self._check(hand)
            if not self._is_up and self._monotonic() >= retry_ns:
                if self._connect(hand):
                    delay_ns = RETRY_MIN_NS
                else:
                    retry_ns, delay_ns = self._monotonic() + delay_ns, min(delay_ns * 2, RETRY_MAX_NS)
            if call is not None:
                self._make(hand, call)

    def _next(self, hand: _Hand, retry_ns: int) -> _Call | None:
        with self._changed:
            if not self._waiting and hand.is_wanted and not hand.looks_now:
                wait_ns = LOOK_NS if self._is_up else min(max(retry_ns - self._monotonic(), 0), LOOK_NS)
                self._changed.wait(wait_ns / 1e9)
            hand.looks_now = False
            return heapq.heappop(self._waiting)[2] if self._waiting and hand.is_wanted else None

    def _check(self, hand: _Hand) -> None:
        if self._is_up and (self._is_spoiled or not self._guarded(hand, self._vendor.is_connected)):
            self._said(up=False, text="连接断开")

    def _connect(self, hand: _Hand) -> bool:
        self.attempts += 1
        try:
            text = self._guarded(hand, self._vendor.connect)
        except FeedFailed as e:
            if hand.is_wanted and self._text != str(e):
                self._said(up=False, text=str(e))
            return False
        if hand.is_wanted:
            self._connections += 1
            self._is_spoiled = False
            self._said(up=True, text=text)
        else:
            self._is_spoiled = True  # a connection that comes late has taken the place of the one in use
        return True

    def _make(self, hand: _Hand, call: _Call) -> None:
        if not self._is_up:
            self._give(call, FeedDown(self._text))
            return
        hand.call = call
        try:
            made = self._guarded(hand, lambda: call.make(self._vendor))
        except FeedFailed as e:
            made = e
        hand.call = None
        if hand.is_wanted:
            if isinstance(made, FeedFailed):
                self._check(hand)
                made = made if self._is_up else FeedDown(self._text)
            self._give(call, made)

    def _guarded(self, hand: _Hand, make: Callable[[], Any]) -> Any:
        hand.busy_ns = self._monotonic()
        try:
            return make()
        except FeedFailed:
            raise
        except Exception as e:  # the vendor's library raises plain exceptions, and whatever its data makes of its code
            raise FeedFailed(f"{type(e).__name__}: {e}") from e
        finally:
            hand.busy_ns = 0

    def _let_go(self, hand: _Hand) -> None:
        if self._hand is None:
            with contextlib.suppress(FeedFailed):
                self._guarded(hand, self._vendor.close)

    def _give(self, call: _Call, made: Any) -> None:
        self._out.append(lambda: call.done(made))
        self._ring()

    def _said(self, *, up: bool, text: str) -> None:
        self._is_up, self._text = up, text
        change = LinkChange(up, text, self._connections)
        self._out.append(lambda: self._on_link(change))
        self._ring()


class _Hand:
    """A thread that calls, and what the loop may know of it."""

    def __init__(self, caller: Caller) -> None:
        self.is_wanted, self.looks_now = True, False
        self.busy_ns = 0  # since when it is inside the vendor's code; 0: it is not
        self.call: _Call | None = None
        self.thread = threading.Thread(target=caller.run, args=(self,), name="feed", daemon=True)
        self.thread.start()
