"""What the quote service pushes: every snapshot the moment it is due, drawn up and packed beforehand."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

import msgpack

from common.beijing import MINUTE_NS, at, day_of, midnight
from common.clock import wall_ns
from tests.qmt.clock import seconds_until
from tests.qmt.hub import Hub, Line
from tests.qmt.klines import Klines
from tests.qmt.knobs import Knobs
from tests.qmt.street import OFFSETS, Street
from tests.qmt.ticks import SUSPENDED, Ticks
from tests.qmt.wire import framed

# Beside the snapshots only the turns of the trading status are pushed.
_TURNS = ("9:15", "9:20", "11:30", "13:00", "14:57", "15:00")


class Subscription(NamedTuple):
    """`period` is whole for the pushes of whole markets, else tick or that of a bar; `kind` is the adjustment."""

    line: Line
    number: int
    codes: tuple[str, ...]
    period: str
    kind: str


class Feed:
    def __init__(self, hub: Hub, knobs: Knobs, street: Street, ticks: Ticks, klines: Klines, clock: str | None) -> None:
        self._hub, self._knobs, self._street = hub, knobs, street
        self._ticks, self._klines, self._clock = ticks, klines, clock
        self._subscriptions: dict[tuple[Line, int], Subscription] = {}
        self._drawn: dict[Any, list[bytes]] = {}
        self._moments = lru_cache(maxsize=4)(_moments)

    def join(self, line: Line, number: int, codes: tuple[str, ...], period: str, kind: str) -> None:
        """Begins with everything as it stands."""
        sub = self._subscriptions[line, number] = Subscription(line, number, codes, period, kind)
        self._send(sub, self._news(sub, wall_ns(), all_of=True))

    def leave(self, line: Line, number: int | None = None) -> None:
        """One subscription, or all of a line that is gone."""
        for key in [key for key in self._subscriptions if key[0] is line and number in (None, key[1])]:
            del self._subscriptions[key]

    def subscribed(self) -> list[Any]:
        return [[sub.number, len(sub.codes), sub.period] for sub in self._subscriptions.values()]

    def forget_drawn(self) -> None:
        """A knob was turned: draw again."""
        self._drawn.clear()

    # -- the beat of the market ----------------------------------------------------------------------------------

    def await_next(self) -> None:
        """Draw halfway to the next moment: right away what is still being sent would wait for it."""
        due_ns = self._next_ns(wall_ns())
        self._hub.after(max(seconds_until(due_ns, self._clock) / 2, 0.0), lambda: self._prepare(due_ns))

    def _prepare(self, due_ns: int) -> None:
        self._drawn.clear()
        for sub in self._subscriptions.values():
            self._news(sub, due_ns)
        self._wait_for(due_ns)

    def _wait_for(self, due_ns: int) -> None:
        """The clock may become another meanwhile, so a wait may end before its time."""
        left_s = seconds_until(due_ns, self._clock)
        if left_s > 0:
            self._hub.after(left_s, lambda: self._wait_for(due_ns))
        else:
            self._push(due_ns)

    def _next_ns(self, now_ns: int) -> int:
        """The next moment at which something moves, but a minute from now at most."""
        day = self._street.trading_day(now_ns)
        coming = (moment for moment in self._moments(day) if moment > now_ns)
        return min([now_ns + MINUTE_NS, *islice(coming, 1)])

    def _push(self, due_ns: int) -> None:
        if due_ns in self._moments(self._street.trading_day(due_ns)):
            for sub in list(self._subscriptions.values()):
                frames = self._news(sub, due_ns)
                if self._knobs["tick_delay_s"]:
                    self._hub.after(self._knobs["tick_delay_s"], lambda sub=sub, frames=frames: self._send(sub, frames))
                else:
                    self._send(sub, frames)
        self.await_next()

    # -- what is sent --------------------------------------------------------------------------------------------

    def _send(self, sub: Subscription, bodies: list[bytes]) -> None:
        if (sub.line, sub.number) not in self._subscriptions or self._knobs["silent"]:
            return
        # A frame is the array [kind, number, body]; the body is packed once for all.
        head = b"\x93" + msgpack.packb("b" if self._knobs["bson"] else "t") + msgpack.packb(sub.number)
        for _ in range(self._knobs["tick_repeat"]):
            for body in bodies:
                sub.line.send_bytes(framed(head + body))

    def _news(self, sub: Subscription, at_ns: int, *, all_of: bool = False) -> list[bytes]:
        """The packed payloads of one moment: at first everything, then what has moved; shared by who wants the same."""
        key = (sub.codes, sub.period, sub.kind, at_ns, all_of)
        if key not in self._drawn:
            self._drawn[key] = [msgpack.packb(payload) for payload in self._payloads(sub, at_ns, all_of=all_of)]
        return self._drawn[key]

    def _payloads(self, sub: Subscription, at_ns: int, *, all_of: bool) -> list[Any]:
        if sub.period not in ("whole", "tick"):
            return [bars] if (bars := self._running_bars(sub, at_ns)) else []
        found = self._ticks.of(sub.codes, at_ns)
        if not all_of:
            found = {code: tick for code, tick in found.items() if tick.get("openInt") != SUSPENDED}
        if self._knobs["frozen"]:
            for tick in found.values():
                tick["time"] = midnight(day_of(at_ns)) // 1_000_000
        if sub.period == "tick":
            return [{code: [tick]} for code, tick in found.items()]
        size, items = self._knobs["whole_chunk"] or len(found) or 1, list(found.items())
        return [dict(items[start : start + size]) for start in range(0, len(items), size)]

    def _running_bars(self, sub: Subscription, at_ns: int) -> Any:
        day = self._street.trading_day(at_ns)
        bars = {code: self._klines.bars(code, sub.period, [day], at_ns)[-1:] for code in sub.codes}
        return {code: self._klines.adjusted(code, found, sub.kind, at_ns) for code, found in bars.items() if found}


def _moments(day: Any) -> list[int]:
    start_ns = midnight(day)
    return sorted({start_ns + int(offset) for offset in OFFSETS} | {at(day, turn) for turn in _TURNS})
