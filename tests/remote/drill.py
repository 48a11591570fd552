"""The cable between strategy and server is cut again and again while orders are on their way: nothing doubled or lost.

    python -m tests.remote.drill [--cuts 20] [--seed 7] [--longest 20]

Two hosts in network namespaces, real processes. A day is played at a speed while the cuts fall, the rest of it in
lock-step; then every keeper's books, those of the strategy on its own host among them, are compared with the simulated
broker's, whose file no cut touches.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import signal
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random

from common import beijing
from common.clock import monotonic_ns
from common.orders import Status
from tests.remote.harness import Split, SplitBooks, split
from tests.remote.namespaces import KINDS, Network, open_network, trouble
from tests.remote.traders import restless
from tests.stack.chaos import Watch
from tests.stack.conftest import SYMBOLS
from tests.stack.desk import DAY, until
from tests.stack.recordings import write_day

SPEED, EVERY_S, DELAY_MS = 30, 15, 30
OPENS_S, NOON_S, AGAIN_S, LAST_S = (beijing.clock_seconds(clock) for clock in ("09:40", "11:30", "13:00", "14:50"))
MORNING_S = NOON_S - OPENS_S
BACK_LIMIT_S = 60


@dataclasses.dataclass(frozen=True)
class Cut:
    """One cut: of which kind, at the server's end or the client's, how long, and how long after the last was overcome.

    One that comes ``at_once`` follows the last whether or not anybody is back; one that is ``aimed`` falls when an
    order has just been accepted, so that nobody has told the strategy yet.
    """

    kind: str
    at_server: bool
    seconds: float
    pause_s: float
    at_once: bool
    aimed: bool


def drawn(count: int, longest_s: float, chance: Random) -> list[Cut]:
    """Each kind equally often, in a random order."""
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    chance.shuffle(kinds)
    cuts = []
    for kind in kinds:
        at_once = chance.random() < 0.2
        pause_s = chance.uniform(0.1, 1.0) if at_once else chance.uniform(1.0, 3.0)
        at_server, seconds, aimed = chance.random() < 0.5, chance.uniform(1.0, longest_s), chance.random() < 0.5
        cuts.append(Cut(kind, at_server, seconds, pause_s, at_once, aimed and not at_once))
    return cuts


@dataclasses.dataclass
class Tally:
    """``back_s``: from each mending to the first acceptance of an order made after it, but for those that the next cut
    did not wait for. ``late`` orders were decided so
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
        self.late += sum(at_ns - made_ns > 45 * beijing.SECOND_NS for made_ns, at_ns in books.rows(late))
        fills = books.fills()
        self.fills += len(fills)
        self.filled_meanwhile += sum(any(a <= fill.at_ns < b for a, b in spans) for fill in books.statement().fills)
        told = books.g()["told"]
        assert isinstance(told, list) and len(told) == len(set(told)), "a trade was told twice"
        self.missed += len(fills ^ set(told))
        found = books.accounts()
        self.days_equal += all(account == found["simulator"] for account in found.values())


class Trading:
    """A day that is traded across the wire, and an ear on the server that hears when trading goes on."""

    def __init__(self, deployed: Split, watch: Watch, ends_s: int) -> None:
        self.deployed, self.watch, self.ends_s = deployed, watch, ends_s

    @property
    def goes_on(self) -> bool:
        """Whether there are orders to come."""
        return beijing.ns_of_day(self.watch.market_ns) < (self.ends_s - 120) * beijing.SECOND_NS

    def until_it_begins(self) -> None:
        def has_begun() -> bool:
            self.watch.hear(50)
            self.deployed.check()
            return beijing.ns_of_day(self.watch.market_ns) >= (OPENS_S + 30) * beijing.SECOND_NS

        until(has_begun, "the day has begun", 90)

    def until_it_goes_on(self) -> None:
        """Until an order made after each blow was accepted."""
        end_ns = monotonic_ns() + BACK_LIMIT_S * 10**9
        while self.watch.waits:
            self.watch.hear(50)
            self.deployed.check()
            assert monotonic_ns() < end_ns, f"no order was accepted in {BACK_LIMIT_S} s:\n{self.deployed.report()}"

    def until_an_order(self) -> None:
        """Until an order was accepted, and nobody has told the strategy yet."""
        self.watch.blow()
        self.until_it_goes_on()
        self.watch.back_s.pop()


@contextlib.contextmanager
def trading(folder: Path, network: Network, real_s: float) -> Iterator[Trading]:
    """A day with so many seconds of trading at a speed, played to its end."""
    folder.mkdir(parents=True)
    ends_s = min(market_clock(real_s * SPEED), LAST_S)
    seconds = [*range(OPENS_S - 60, min(ends_s, NOON_S), EVERY_S), *range(AGAIN_S, ends_s, EVERY_S)]
    strategy = folder / "restless.py"
    strategy.write_text(restless(seconds), encoding="utf-8")
    window = _text(OPENS_S), _text(ends_s + 60)
    market = write_day(folder / "market", date.fromisoformat(DAY), SYMBOLS, window)
    with split(folder, network, strategy, quotes=str(market), speed=f"{SPEED}@{'-'.join(window)}") as deployed:
        with network.server.entered():
            watch = Watch(deployed.port_base)
        try:
            day = Trading(deployed, watch, ends_s)
            day.until_it_begins()
            yield day
            day.until_it_goes_on()
        finally:
            watch.close()
        # In lock-step each of some hundred instants is as long as its way there and back.
        network.be(delay_ms=2)
        deployed.finish(240)


def market_clock(traded_s: float) -> int:
    """The second of the day after so many seconds of trading since OPENS_S."""
    return int(OPENS_S + traded_s if traded_s < MORNING_S else AGAIN_S + traded_s - MORNING_S)


def one_day(folder: Path, cuts: Sequence[Cut], network: Network, tally: Tally) -> Split:
    """A day with these cuts; AssertionError, with what was said, where anything that must be true is not."""
    network.be(delay_ms=DELAY_MS)
    spans = []
    with trading(folder, network, sum(cut.seconds + cut.pause_s + 3 for cut in cuts) + 3) as day:
        for number, cut in enumerate(cuts, 1):
            if day.goes_on:
                spans.append(_cut(day, cut, tally))
                if number == len(cuts) or not cuts[number].at_once:
                    day.watch.blow()
    books = SplitBooks(day.deployed)
    tally.back_s += day.watch.back_s
    tally.count(books, spans)
    print(f"{folder.name}: {tally.line()}", flush=True)
    books.check()
    assert not tally.missed, "the strategy was not told of every fill"
    return day.deployed


def _text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def _cut(day: Trading, cut: Cut, tally: Tally) -> tuple[int, int]:
    """Cut and mend; from when to when, in market time."""
    network, watch = day.deployed.network, day.watch
    host = network.server if cut.at_server else network.client
    if not cut.at_once:
        day.until_it_goes_on()
    watch.hear_for(int(cut.pause_s * 1000))
    if cut.aimed:
        day.until_an_order()
    began_ns = watch.market_ns
    network.cut(cut.kind, host)
    watch.hear_for(int(cut.seconds * 1000))
    network.mend(cut.kind, host)
    tally.cuts[cut.kind] += 1
    return began_ns, watch.market_ns


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
    # Whoever ends the drill early has no namespaces and no processes left over.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="remote-"))
    print(f"{options.cuts} cuts of 1 to {options.longest:g} s, seed {options.seed}, under {folder}", flush=True)
    drill(folder, options.cuts, options.seed, options.longest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
