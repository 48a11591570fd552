"""kill -9 at random instants while a strategy trades: nothing doubled, nothing lost, and how soon trading goes on.

    python -m tests.stack.chaos [--kills 500] [--seed 1]

Real processes under supervisord. Each run trades for some market hours at 20 times real time, during which the blows
fall, and plays the rest of its day in lock-step; then every keeper's books are compared with the simulated broker's,
whose file outlives every kill.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random

from common import beijing
from common import messages as m
from common.ask import Operator
from common.clock import monotonic_ns
from common.orders import FINAL, Status
from tests.stack.books import Books
from tests.stack.conftest import SYMBOLS
from tests.stack.desk import DAY, WIDE, Live, open_desk
from tests.stack.recordings import write_day
from tests.stack.traders import NOTES_THE_END

VICTIMS = ("gateway", "risk", "strategy", "state", "quotes")
SPEED = 20
PAUSE_MS = (200, 4_400)  # between two blows; a blow itself takes about a second, until supervisord has seen it
RUN_KILLS_MAX = 90  # what a morning at 20 times real time has room for
FROM = "09:40"
BACK_LIMIT_S = 60

RESTLESS = (
    '''
"""Trades every ten seconds in every way there is, for as long as there are blows; some orders rest or are cancelled."""

FUND, BANK = "518880.XSHG", "600036.XSHG"


def initialize(context):
    g.turn = 0
    run_daily(begin, "9:35")
    for second in range(9 * 3600 + 39 * 60, UNTIL_SECOND, 10):
        run_daily(trade, f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}")


def begin(context):
    order(FUND, 20000)
    order(BANK, 500)


def trade(context):
    g.turn += 1
    last = get_current_data()[FUND].last_price
    held = context.portfolio.positions[FUND].total_amount
    way = g.turn % 5
    if way == 0:
        order(FUND, 300, LimitOrderStyle(round(last * 0.97, 3)), wait_timeout=0)
    elif way == 1:
        order(FUND, -500)
    elif way == 2:
        order(FUND, 400, LimitOrderStyle(round(last * 1.01, 3)))
    elif way == 3:
        order_target(FUND, held + 100, wait_timeout=0)
    else:
        order(FUND, 100, wait_timeout=0)
        order(FUND, -100, wait_timeout=0)
    waiting = list(get_open_orders().values())
    if len(waiting) > 4:
        cancel_order(waiting[0])

'''
    + NOTES_THE_END
)


@dataclasses.dataclass
class Tally:
    """What the runs came to. ``back_s``: from each kill to the first acceptance of an order made after it."""

    kills: Counter[str] = dataclasses.field(default_factory=Counter)
    back_s: list[float] = dataclasses.field(default_factory=list)
    ends: Counter[str] = dataclasses.field(default_factory=Counter)  # orders by their last state
    doubled: int = 0
    lost: int = 0

    def line(self) -> str:
        spread = " ".join(f"{name} {self.kills[name]}" for name in VICTIMS)
        median = statistics.median(self.back_s) if self.back_s else 0.0
        worst = max(self.back_s, default=0.0)
        ends = " ".join(f"{status} {count}" for status, count in sorted(self.ends.items()))
        return (
            f"{self.kills.total()} kills ({spread}); {self.ends.total()} orders ({ends}); doubled {self.doubled}, "
            f"lost {self.lost}, without an outcome {self.undecided}; trading again after {median:.2f} s median, "
            f"{worst:.2f} s at most"
        )

    @property
    def undecided(self) -> int:
        return sum(count for status, count in self.ends.items() if Status(status) not in FINAL)

    def count(self, books: Books) -> None:
        placed, rows = books.placed(), books.rows("select client_order_id, status from orders")
        self.doubled += len(placed) - len(set(placed))
        self.lost += len({order.client_order_id for order in books.sent()} - {key for key, _ in rows})
        self.ends.update(Status(text).value for _, text in rows)


class Watch:
    """Hears the market's clock and the gateway's events, to tell when trading went on after a blow."""

    def __init__(self, port_base: int) -> None:
        self._line = Operator(port_base, f"operator.chaos{os.getpid()}", listen=True)
        self.market_ns = 0
        self._created_ns: dict[str, int] = {}
        self._blows: list[tuple[int, int]] = []  # (market time, monotonic) of the kills not overcome yet
        self.back_s: list[float] = []

    def blow(self) -> None:
        self._blows.append((self.market_ns, monotonic_ns()))

    @property
    def waits(self) -> bool:
        """Whether trading has not gone on since some blow."""
        return bool(self._blows)

    def hear(self, timeout_ms: int) -> None:
        for message in self._line.follow(timeout_ms):
            match message:
                case m.MarketClock(now_ns=now_ns) | m.QuoteBatch(at_ns=now_ns):
                    self.market_ns = max(self.market_ns, now_ns)
                case m.OrderSubmitted(order=order):
                    self._created_ns[order.client_order_id] = order.created_ns
                case m.OrderAccepted(client_order_id=key) if key in self._created_ns:
                    self._accepted(self._created_ns[key])

    def hear_for(self, milliseconds: int) -> None:
        end_ns = monotonic_ns() + milliseconds * 1_000_000
        while (left_ns := end_ns - monotonic_ns()) > 0:
            self.hear(max(left_ns // 1_000_000, 1))

    def close(self) -> None:
        self._line.bus.close()

    def _accepted(self, created_ns: int) -> None:
        now_ns = monotonic_ns()
        overcome = [blow for blow in self._blows if created_ns > blow[0]]
        self.back_s += [(now_ns - mono_ns) / 1e9 for _, mono_ns in overcome]
        self._blows = [blow for blow in self._blows if created_ns <= blow[0]]


def one_run(folder: Path, market: Path, kills: int, chance: Random, tally: Tally) -> None:
    """A day with so many kills; AssertionError, with what was said, where anything that must be true is not."""
    until_s = beijing.clock_seconds(FROM) + 120 + kills * SPEED * (sum(PAUSE_MS) + 2_000) // 2_000
    until = f"{until_s // 3600:02d}:{until_s // 60 % 60:02d}"
    last_ns = beijing.at(date.fromisoformat(DAY), until) - beijing.MINUTE_NS
    with open_desk(folder, WIDE) as desk:
        file = desk.strategy("restless", RESTLESS.replace("UNTIL_SECOND", str(until_s)))
        pace = f"{SPEED}@{FROM}-{until}"
        live = desk.live(file, "--date", DAY, "--speed", pace, "--quotes", str(market))
        desk.until_market(live, FROM, "risk")
        watch = Watch(desk.base)
        try:
            for victim in _victims(kills, chance):
                watch.hear_for(chance.randrange(*PAUSE_MS))
                if watch.market_ns >= last_ns:
                    break  # nobody trades any more
                _kill(live, victim, watch)
                tally.kills[victim] += 1
            _until_it_trades(live, watch)
        finally:
            watch.close()
        live.finish(300)
        books = Books(live.runtime)
        tally.count(books)
        tally.back_s += watch.back_s
        print(f"{folder.name}: {tally.line()}", flush=True)
        books.check()


def _victims(kills: int, chance: Random) -> Iterator[str]:
    """Everybody equally often, in a random order."""
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(kills)]
    chance.shuffle(victims)
    yield from victims


def _kill(live: Live, victim: str, watch: Watch) -> None:
    assert live.process.poll() is None, f"the run ended under the blows:\n{live.report()}"
    watch.blow()
    live.kill(victim)


def _until_it_trades(live: Live, watch: Watch) -> None:
    end_ns = monotonic_ns() + BACK_LIMIT_S * 1_000_000_000
    while watch.waits:
        watch.hear(100)
        assert monotonic_ns() < end_ns, f"no order was accepted for {BACK_LIMIT_S} s after a kill:\n{live.report()}"


def chaos(folder: Path, kills: int, seed: int) -> Tally:
    """As many runs as it takes; the folder of a run that failed is left as it is."""
    market = write_day(folder / "market", date.fromisoformat(DAY), SYMBOLS, (FROM, "11:30"))
    chance, tally, number = Random(seed), Tally(), 0
    while tally.kills.total() < kills:
        number += 1
        wanted = min(kills - tally.kills.total(), RUN_KILLS_MAX)
        one_run(folder / f"run{number}", market, wanted, chance, tally)
    return tally


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stack.chaos")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"kill -9 {options.kills} times, seed {options.seed}, under {folder}", flush=True)
    chaos(folder, options.kills, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
