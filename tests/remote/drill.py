"""The cable between strategy and server is cut again and again while orders are on their way: nothing doubled or lost.

    python -m tests.remote.drill [--cuts 20] [--seed 7] [--longest 20]

Two hosts in network namespaces, real processes. A day is played at a speed while the cuts fall, the rest of it in
lock-step; then every keeper's books, those of the strategy on its own host among them, are compared with the simulated
broker's, whose file no cut touches.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random

from common import beijing
from common.clock import monotonic_ns
from common.orders import Status
from tests.remote.harness import Split, SplitBooks, split
from tests.remote.namespaces import Network, open_network, trouble
from tests.remote.traders import restless
from tests.stack.chaos import Watch
from tests.stack.conftest import SYMBOLS
from tests.stack.desk import DAY, until
from tests.stack.recordings import write_day

SPEED, EVERY_S, DELAY_MS = 30, 5, 10
OPENS_S, NOON_S, AGAIN_S, LAST_S = (beijing.clock_seconds(clock) for clock in ("09:40", "11:30", "13:00", "14:50"))
MORNING_S = NOON_S - OPENS_S
BACK_LIMIT_S = 60
KINDS = ("cable", "device", "silence")
"""The cable pulled out at one end; a host's device taken down; packets that vanish on the way. No side gets a RST."""


@dataclasses.dataclass(frozen=True)
class Cut:
    """One cut: of which kind, at the server's end or the client's, how long, and how long after the last was overcome.
    One that comes ``at_once`` follows the last whether or not anybody is back."""

    kind: str
    at_server: bool
    seconds: float
    pause_s: float
    at_once: bool


def drawn(count: int, longest_s: float, chance: Random) -> list[Cut]:
    """Each kind equally often, in a random order."""
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    chance.shuffle(kinds)
    cuts = []
    for kind in kinds:
        at_once = chance.random() < 0.2
        pause_s = chance.uniform(0.1, 1.0) if at_once else chance.uniform(1.0, 3.0)
        cuts.append(Cut(kind, chance.random() < 0.5, chance.uniform(1.0, longest_s), pause_s, at_once))
    return cuts


@dataclasses.dataclass
class Tally:
    """``back_s``: from each mending to the first acceptance of an order made after it. ``late`` orders were decided so
    long after they were made that a cut must have hit them; ``filled_meanwhile`` are fills during a cut."""

    cuts: Counter[str] = dataclasses.field(default_factory=Counter)
    back_s: list[float] = dataclasses.field(default_factory=list)
    ends: Counter[str] = dataclasses.field(default_factory=Counter)
    doubled: int = 0
    lost: int = 0
    late: int = 0
    fills: int = 0
    filled_meanwhile: int = 0
    missed: int = 0
    days_equal: int = 0
    days: int = 0

    def line(self) -> str:
        spread = " ".join(f"{kind} {self.cuts[kind]}" for kind in KINDS)
        ends = " ".join(f"{status} {count}" for status, count in sorted(self.ends.items()))
        median, worst = statistics.median(self.back_s or [0.0]), max(self.back_s, default=0.0)
        return (
            f"{self.cuts.total()} cuts ({spread}); {self.ends.total()} orders ({ends}); doubled {self.doubled}, lost "
            f"{self.lost}, caught by a cut {self.late}; {self.fills} fills, {self.filled_meanwhile} of them during a "
            f"cut, missed {self.missed}; books equal on {self.days_equal} of {self.days} days; trading again after "
            f"{median:.2f} s median, {worst:.2f} s at most"
        )

    def count(self, books: SplitBooks, spans: Sequence[tuple[int, int]]) -> None:
        """``spans`` are the cuts in market time."""
        placed, rows = books.placed(), books.rows("select client_order_id, status from orders")
        self.days += 1
        self.doubled += len(placed) - len(set(placed))
        self.lost += len({order.client_order_id for order in books.sent()} - {key for key, _ in rows})
        self.ends.update(Status(text).value for _, text in rows)
        late = "select o.created_ns, d.at_ns from orders o join decisions d using (client_order_id)"
        self.late += sum(at_ns - made_ns > 10 * beijing.SECOND_NS for made_ns, at_ns in books.rows(late))
        fills = books.fills()
        self.fills += len(fills)
        self.filled_meanwhile += sum(any(a <= fill.at_ns < b for a, b in spans) for fill in books.statement().fills)
        told = books.g()["told"]
        assert isinstance(told, list) and len(told) == len(set(told)), "a trade was told twice"
        self.missed += len(fills ^ set(told))
        found = books.accounts()
        self.days_equal += all(account == found["simulator"] for account in found.values())


def market_clock(traded_s: float) -> int:
    """The second of the day after so many seconds of trading since OPENS_S."""
    return int(OPENS_S + traded_s if traded_s < MORNING_S else AGAIN_S + traded_s - MORNING_S)


def one_day(folder: Path, cuts: Sequence[Cut], network: Network, tally: Tally) -> None:
    """A day with these cuts; AssertionError, with what was said, where anything that must be true is not."""
    folder.mkdir(parents=True)
    real_s = sum(cut.seconds + cut.pause_s + 4 for cut in cuts) + 5
    ends_s = min(market_clock(real_s * SPEED), LAST_S)
    seconds = [*range(OPENS_S - 60, min(ends_s, NOON_S), EVERY_S), *range(AGAIN_S, ends_s, EVERY_S)]
    strategy = folder / "restless.py"
    strategy.write_text(restless(seconds), encoding="utf-8")
    window = f"{_text(OPENS_S)}-{_text(ends_s + 60)}"
    market = write_day(folder / "market", date.fromisoformat(DAY), SYMBOLS, (_text(OPENS_S), _text(ends_s + 60)))
    network.be(delay_ms=DELAY_MS)
    with split(folder, network, strategy, quotes=str(market), speed=f"{SPEED}@{window}") as deployed:
        with network.server.entered():
            watch = Watch(deployed.port_base)
        try:
            spans = [_cut(deployed, watch, cut, tally) for cut in _while_it_trades(deployed, watch, cuts, ends_s)]
            _until_it_trades(deployed, watch)
        finally:
            watch.close()
        deployed.finish(240)
        books = SplitBooks(deployed)
        tally.back_s += watch.back_s
        tally.count(books, spans)
        print(f"{folder.name}: {tally.line()}", flush=True)
        books.check()
        assert not tally.missed, "the strategy was not told of every fill"


def _text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def _while_it_trades(deployed: Split, watch: Watch, cuts: Sequence[Cut], ends_s: int):
    def is_trading() -> bool:
        watch.hear(50)
        deployed.check()
        return beijing.ns_of_day(watch.market_ns) >= (OPENS_S + 30) * beijing.SECOND_NS

    until(is_trading, "the day has begun", 90)
    for cut in cuts:
        if beijing.ns_of_day(watch.market_ns) >= (ends_s - 120) * beijing.SECOND_NS:
            return  # nobody trades any more
        yield cut


def _cut(deployed: Split, watch: Watch, cut: Cut, tally: Tally) -> tuple[int, int]:
    """Cut and mend; from when to when, in market time."""
    network = deployed.network
    host = network.server if cut.at_server else network.client
    if not cut.at_once:
        _until_it_trades(deployed, watch)
    watch.hear_for(int(cut.pause_s * 1000))
    began_ns = watch.market_ns
    match cut.kind:
        case "cable":
            network.pull(host)
        case "device":
            network.disable(host)
        case "silence":
            network.be(silent=True)
    watch.hear_for(int(cut.seconds * 1000))
    match cut.kind:
        case "cable":
            network.plug(host)
        case "device":
            network.enable(host)
        case "silence":
            network.be(silent=False)
    watch.blow()
    tally.cuts[cut.kind] += 1
    return began_ns, watch.market_ns


def _until_it_trades(deployed: Split, watch: Watch) -> None:
    end_ns = monotonic_ns() + BACK_LIMIT_S * 10**9
    while watch.waits:
        watch.hear(50)
        deployed.check()
        assert monotonic_ns() < end_ns, f"no order was accepted {BACK_LIMIT_S} s after a cut:\n{deployed.report()}"


def drill(folder: Path, count: int, seed: int, longest_s: float, *, cuts_a_day: int = 20) -> Tally:
    """As many days as it takes; the folder of a day that failed is left as it is."""
    tally, cuts = Tally(), drawn(count, longest_s, Random(seed))
    with open_network(seed) as network:
        for number in range(0, count, cuts_a_day):
            one_day(folder / f"day{number // cuts_a_day + 1}", cuts[number : number + cuts_a_day], network, tally)
    return tally


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.remote.drill")
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--longest", type=float, default=20, help="seconds of the longest cut; the shortest take one")
    options = parser.parse_args(arguments)
    if why := trouble():
        print(why, file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="remote-"))
    print(f"{options.cuts} cuts of 1 to {options.longest:g} s, seed {options.seed}, under {folder}", flush=True)
    drill(folder, options.cuts, options.seed, options.longest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
