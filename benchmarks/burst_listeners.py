"""Who hears the whole market, in processes of their own: ours over the bus, the floor straight from the vendor's SDK.

python -m benchmarks.burst_listeners ours|floor PLAN PORT_BASE
"""

from __future__ import annotations

import sys
import threading
import time
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.burst_plan import BURST, FLOOR, Plan, read_plan, write_result
from common import messages as m
from common import wire
from common.bus import Addresses, Bus
from common.clock import wall_ns
from services.gateway.quotes.feeds.xtdata import XtData

LOOK_MS = 20
LOOK_S = 0.2
FRESH_NS = 10**9
Heard = list[tuple[int, int]]
"""Of each quote: the time of its snapshot, and when it was there."""


class Hearing:
    """Notes what comes, and says so when a phase's first whole snapshot came in time: its subscription then stands."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._turn = plan, threading.Lock()
        # Plain numbers: half a million tuples would be looked through for cycles again and again while it listens.
        self._ats_ns, self._times_ns = array("q"), array("q")

    def note(self, ats_ns: Iterable[int]) -> None:
        now_ns = wall_ns()
        with self._turn:
            before = len(self._ats_ns)
            self._ats_ns.extend(ats_ns)
            self._times_ns.extend([now_ns] * (len(self._ats_ns) - before))
        if now_ns - self._ats_ns[-1] < FRESH_NS:
            self._plan.ready()

    @property
    def heard(self) -> Heard:
        return list(zip(self._ats_ns, self._times_ns, strict=True))


def ours(plan: Plan, port_base: int) -> Heard:
    """A subscriber of all: what it hears is decoded down to the quotes."""
    bus, hearing = Bus("operator.burst", Addresses(port_base), listen=False), Hearing(plan)
    is_listening = False
    while (phase := plan.phase) != "done":
        if (phase == BURST) != is_listening:
            is_listening = not is_listening
            (bus.listen if is_listening else bus.ignore)("whole")
        if not is_listening:
            time.sleep(LOOK_S)
            continue
        for _ in range(10):
            for _, data in bus.receive(LOOK_MS):
                frame = wire.decode_frame(data)
                assert isinstance(frame, wire.Quoted)
                said = wire.decode_body(frame.channel, frame.body)
                assert isinstance(said, m.MarketSlice)
                hearing.note(quote.at_ns for quote in said.quotes)
    bus.close()
    return hearing.heard


def floor(plan: Plan, port_base: int) -> Heard:
    """The callback of the vendor's own whole-market subscription, which only looks at the clock."""
    feed, hearing, number = XtData(plan.quotes_port), Hearing(plan), 0

    def came(pushed: Mapping[str, Any]) -> None:
        hearing.note(int(tick["time"]) * 10**6 for tick in pushed.values())

    while (phase := plan.phase) != "done":
        if (phase == FLOOR) != bool(number):
            if number:
                feed.close()
                number = 0
            else:
                feed.connect()
                number = feed.subscribe_whole(("SH", "SZ", "BJ"), came)
        time.sleep(LOOK_S)
    return hearing.heard


if __name__ == "__main__":
    which, plan_file, port = sys.argv[1:]
    read = read_plan(Path(plan_file))
    write_result(read.result(which), {"ours": ours, "floor": floor}[which](read, int(port)))
