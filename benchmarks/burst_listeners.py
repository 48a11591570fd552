"""Who hears the whole market, in processes of their own: ours over the bus, and the floor straight from the vendor's SDK.

python -m benchmarks.burst_listeners ours|floor PLAN PORT_BASE
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.burst_plan import BURST, FLOOR, Plan, read_plan, write_result
from common import messages as m
from common import wire
from common.bus import Addresses, Bus
from common.clock import wall_ns
from services.gateway.quotes.feeds.xtdata import XtData

LOOK_MS = 20
Heard = list[tuple[int, int, int]]
"""(time of the snapshot, when it was there, quotes of it that came together)."""


def ours(plan: Plan, port_base: int) -> Heard:
    """A subscriber of all: what it hears is decoded down to the quotes."""
    bus = Bus("operator.burst", Addresses(port_base), listen=False)
    heard: Heard = []
    is_listening = False
    while (phase := plan.phase) != "done":
        if (phase == BURST) != is_listening:
            is_listening = not is_listening
            (bus.listen if is_listening else bus.ignore)("whole")
        for _ in range(10):
            for _, data in bus.receive(LOOK_MS):
                frame = wire.decode_frame(data)
                assert isinstance(frame, wire.Quoted)
                said = wire.decode_body(frame.channel, frame.body)
                assert isinstance(said, m.MarketSlice)
                now_ns = wall_ns()
                heard += [(quote.at_ns, now_ns, 1) for quote in said.quotes]
    bus.close()
    return heard


def floor(plan: Plan, port_base: int) -> Heard:
    """The callback of the vendor's own whole-market subscription, which only looks at the clock."""
    heard: Heard = []
    turn = threading.Lock()

    def came(pushed: Mapping[str, Any]) -> None:
        now_ns = wall_ns()
        with turn:
            heard.extend((int(tick["time"]) * 10**6, now_ns, 1) for tick in pushed.values())

    feed, number = XtData(plan.quotes_port), 0
    while (phase := plan.phase) != "done":
        if (phase == FLOOR) != bool(number):
            if number:
                feed.close()
                number = 0
            else:
                feed.connect()
                number = feed.subscribe_whole(("SH", "SZ", "BJ"), came)
        time.sleep(0.2)
    return heard


if __name__ == "__main__":
    which, plan_file, port = sys.argv[1:]
    read = read_plan(Path(plan_file))
    write_result(read.result(which), {"ours": ours, "floor": floor}[which](read, int(port)))
