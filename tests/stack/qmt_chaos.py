"""kill -9 of the gateway, and of the terminal, while a strategy trades at the fake terminal: nothing doubled or lost.

    python -m tests.stack.qmt_chaos [--kills 100] [--restarts 20] [--seed 1]

The terminal lives on while the gateway is killed, and the other way round. An order the terminal does not know stays
unknown: the person at the terminal, played here, looks into its books and settles it with ``bullet-trade resolve``.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from common import messages as m
from common.clock import monotonic_ns
from common.orders import FINAL, Status, is_foreign
from tests.stack.chaos import Watch
from tests.stack.desk import WIDE, Live, until
from tests.stack.qmt_desk import ACCOUNT, QmtDesk, open_town

PAUSE_MS = (300, 3_000)
BACK_LIMIT_S = 90
SECOND_NS = 1_000_000_000
HELD = {"510300.SH": (2_000_000, 4.0), "510500.SH": (2_000_000, 6.0), "159915.SZ": (2_000_000, 2.0)}

RESTLESS = '''
"""Trades twice a second all over the market: bought, sold, resting, cancelled; nothing is waited for."""

from datetime import timedelta

FUNDS = ["510300.XSHG", "510500.XSHG", "159915.XSHE"]
STOCKS = ["600000.XSHG", "600009.XSHG", "600016.XSHG", "600028.XSHG", "600030.XSHG", "600036.XSHG", "600048.XSHG",
    "600050.XSHG", "600104.XSHG", "601006.XSHG", "601166.XSHG", "601288.XSHG", "601318.XSHG", "601328.XSHG",
    "601398.XSHG", "601857.XSHG", "000001.XSHE", "000002.XSHE", "000063.XSHE", "000100.XSHE", "000157.XSHE",
    "000333.XSHE", "000651.XSHE", "000725.XSHE"]


def initialize(context):
    g.turn = 0
    for second in range(10 * 3600 + 20, 10 * 3600 + 5400):
        run_daily(trade, f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}")


def trade(context):
    for _ in range(2):
        g.turn += 1
        code = (FUNDS if g.turn % 2 else STOCKS)[g.turn // 2 % (3 if g.turn % 2 else len(STOCKS))]
        last = get_current_data()[code].last_price
        if not last:
            continue
        if g.turn % 6 == 0:
            order(code, 100, LimitOrderStyle(round(last * 0.97, 2)), wait_timeout=0)
        elif g.turn % 2:
            order(code, -100 if g.turn % 4 == 1 else 100, wait_timeout=0)
        else:
            order(code, 100, LimitOrderStyle(round(last * 1.01, 2)), wait_timeout=0)
    waiting = list(get_open_orders().values())
    if len(waiting) > 6:
        cancel_order(waiting[0])
'''


@dataclasses.dataclass
class Tally:
    """What it came to; ``back_s`` from each blow (or the terminal's return) to the acceptance of a later order."""

    kills: int = 0
    restarts: int = 0
    back_s: list[float] = dataclasses.field(default_factory=list)
    ends: Counter[str] = dataclasses.field(default_factory=Counter)
    settled: int = 0  # unknown outcomes a person had to settle
    recovered: int = 0  # fills that happened while nobody of ours was connected

    def line(self) -> str:
        median = statistics.median(self.back_s) if self.back_s else 0.0
        ends = " ".join(f"{status} {count}" for status, count in sorted(self.ends.items()))
        return (
            f"{self.kills} kills of the gateway, {self.restarts} restarts of the terminal; {self.ends.total()} orders "
            f"({ends}), {self.settled} unknown ones settled by hand; {self.recovered} missed fills recovered; trading "
            f"again after {median:.2f} s median, {max(self.back_s, default=0.0):.2f} s at most"
        )


class Storm:
    """One desk at one terminal, under blows."""

    def __init__(self, desk: QmtDesk, live: Live, seed: int) -> None:
        self.desk, self.live, self.chance, self.tally = desk, live, Random(seed), Tally()
        self.watch = Watch(desk.base)

    def kill_gateway(self) -> None:
        self._pause()
        self.watch.blow()
        self.live.kill("gateway")
        self.tally.kills += 1
        self._until_it_trades()

    def restart_terminal(self) -> None:
        """What rests may trade before we are connected again: those fills are to be recovered."""
        self._pause()
        terminal = self.desk.terminal
        terminal.kill()
        self.watch.hear_for(self.chance.randrange(200, 6_000))
        terminal.start()
        self.watch.blow()
        self.tally.restarts += 1
        resting = [row["order_id"] for row in terminal.books()["orders"] if row["order_status"] in (50, 55)]
        if resting and terminal.hand_fill(resting[0]):
            self.tally.recovered += 1
        self._until_it_trades()

    def settle(self) -> None:
        """Everything ends: what rests is cancelled, what is unknown is looked up at the terminal by a person."""
        self.desk.run("halt", "--cancel-open", "--why", "收工")
        until(lambda: not self._open(), "all orders have ended or are unknown", 60)
        for state in self._account().orders:
            if state.status == Status.UNKNOWN:
                self._resolve(state)

    def check(self) -> None:
        """Each of our orders is at the terminal at most once, and every book says of it what the terminal says."""
        remarks = [call["remark"] for call in self.desk.order_calls()]
        assert len(remarks) == len(set(remarks)), "an order was sent twice"
        there = {row["order_remark"]: row for row in self.desk.terminal.books()["orders"] if row["order_remark"]}
        account = self._account()
        ours = {state.order.client_order_id: state for state in account.orders if not is_foreign(state.order)}
        assert set(there) <= set(ours), f"at the terminal and not in our book: {set(there) - set(ours)}"
        traded = {key: row["traded_volume"] for key, row in there.items()}
        assert {key: ours[key].cum_qty for key in there} == traded
        ended = [key for key, state in ours.items() if Status(state.status) not in FINAL]
        assert not ended, f"without an outcome: {ended}"
        cash_e4 = round(self.desk.terminal.books()["cash"] * 10_000)
        assert account.cash_e4 == cash_e4, f"cash {account.cash_e4} here, {cash_e4} there"
        self.tally.ends.update(state.status for state in ours.values())

    def _pause(self) -> None:
        assert self.live.process.poll() is None, self.live.report()
        self.watch.hear_for(self.chance.randrange(*PAUSE_MS))

    def _until_it_trades(self) -> None:
        end_ns = monotonic_ns() + BACK_LIMIT_S * SECOND_NS
        while self.watch.waits:
            self.watch.hear(100)
            assert monotonic_ns() < end_ns, f"no order was accepted for {BACK_LIMIT_S} s:\n{self.live.report()}"
        self.tally.back_s = self.watch.back_s

    def _account(self) -> m.AccountSnapshot:
        found: list[m.AccountSnapshot] = []

        def asked() -> bool:
            answer = self.desk.ask("gateway", m.GetAccount("main"))
            if isinstance(answer, m.AccountSnapshot):
                found.append(answer)
            return bool(found)

        until(asked, "the gateway answers")
        return found[-1]

    def _open(self) -> list[str]:
        orders = self._account().orders
        return [s.order.client_order_id for s in orders if Status(s.status) not in FINAL and s.status != Status.UNKNOWN]

    def _resolve(self, state: m.OrderState) -> None:
        key = state.order.client_order_id
        there = [row for row in self.desk.terminal.books()["orders"] if row["order_remark"] == key]
        assert not there, f"{key} stands at the terminal and is unknown here"
        self.desk.run("resolve", key, "--as", "rejected", "--why", "终端里没有这笔委托")
        self.tally.settled += 1


def storm(folder: Path, blows: Callable[[Storm], None], seed: int) -> Tally:
    """A desk from 10:00 on, in real time; AssertionError where anything that must be true is not."""
    accounts: dict[str, Any] = {ACCOUNT: {"cash": 100_000_000.0, "holdings": HELD}}
    settings = {**WIDE, "MAX_DAILY_CANCELS": "100000", "RECONCILE_INTERVAL": "20"}
    with open_town(folder, settings=settings, accounts=accounts, seed=seed) as desk:
        live = desk.live(desk.strategy("restless", RESTLESS))
        one = Storm(desk, live, seed)
        try:
            until(lambda: bool(one.watch.hear(100)) or len(desk.order_calls()) > 5, "the strategy trades", 90)
            blows(one)
            one.settle()
            one.check()
        finally:
            one.watch.close()
        desk.run("stop", "--runtime-dir", "rt")
    return one.tally


def blows_of(kills: int, restarts: int) -> Callable[[Storm], None]:
    def fall(one: Storm) -> None:
        blows = [one.kill_gateway] * kills + [one.restart_terminal] * restarts
        one.chance.shuffle(blows)
        for number, blow in enumerate(blows):
            blow()
            if number % 10 == 9:
                print(one.tally.line(), flush=True)

    return fall


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stack.qmt_chaos")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="qmt-chaos-"))
    print(f"kills {options.kills}, restarts {options.restarts}, seed {options.seed}, under {folder}", flush=True)
    if options.kills:
        print(storm(folder / "kills", blows_of(options.kills, 0), options.seed).line(), flush=True)
    if options.restarts:
        print(storm(folder / "restarts", blows_of(0, options.restarts), options.seed).line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
