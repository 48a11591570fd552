"""The halt drill: a strategy hangs, stopped by a signal, with orders resting; the desk is halted without it."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common import messages as m
from common.clock import monotonic_ns
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, Live, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is POSIX's")
RESTING = ("created", "submitted", "accepted", "partially_filled")
# Rests some orders and goes on placing new ones every three seconds of the market.
PLACES = """
FUND = "518880.XSHG"


def initialize(context):
    g.seen = {}
    run_daily(begin, "9:40")
    for minute in range(630, 690):
        for second in range(0, 60, 3):
            run_daily(place, f"{minute // 60}:{minute % 60:02d}:{second:02d}")


def begin(context):
    order(FUND, 20000)
    low = round(get_current_data()[FUND].last_price * 0.94, 3)
    for _ in range(200):
        order(FUND, 100, LimitOrderStyle(low), wait_timeout=0)


def place(context):
    low = round(get_current_data()[FUND].last_price * 0.94, 3)
    order(FUND, 100, LimitOrderStyle(low), wait_timeout=0)
    open_now = len(get_open_orders())
    log.info(f"OPEN {open_now}")
"""


def count(desk: Desk, *status: str) -> int:
    """How many orders the gateway knows, in these states or in all."""
    snapshot = desk.ask("gateway", m.GetAccount("sim"))
    assert isinstance(snapshot, m.AccountSnapshot)
    return sum(not status or state.status in status for state in snapshot.orders)


def begin(desk: Desk, quotes: Path) -> Live:
    live = desk.live(
        desk.strategy("places", PLACES), "--date", DAY, "--quotes", str(quotes), "--speed", "10@10:30-11:30"
    )
    desk.until_market(live, "10:30:10")
    until(lambda: count(desk, *RESTING) >= 205, "orders rest")
    return live


@contextmanager
def stopped(live: Live) -> Iterator[int]:
    """The strategy hangs."""
    pid = live.pids("strategy")[-1]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        os.kill(live.pids("strategy")[-1], signal.SIGCONT)


def halted(desk: Desk) -> bool:
    report = desk.ask("risk", m.GetRisk("sim"))
    assert isinstance(report, m.RiskReport)
    return report.halted and not report.buys_only and report.why == "演练"


def test_a_halt_works_while_the_strategy_hangs(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    live = begin(desk, short_day)
    with stopped(live):
        asked_ns = monotonic_ns()
        assert "交易已暂停" in desk.run("halt", "--cancel-open", "--why", "演练")
        placed, answered_ns = count(desk), monotonic_ns()
        until(lambda: not count(desk, *RESTING), "nothing rests any more", 30)
        print(f"halt: answered after {(answered_ns - asked_ns) / 1e9:.2f} s, ", end="")
        print(f"nothing rests after {(monotonic_ns() - asked_ns) / 1e9:.2f} s")
        assert count(desk) == placed, "no order came to the broker after the answer"
    until(lambda: "风控拒单 HALTED" in live.log_of("strategy.places"), "the strategy goes on and is denied")
    for names in (("risk",), ("gateway", "state", "quotes", "strategy", "risk")):
        for name in names:
            live.kill(name)
        until(lambda: desk.market_ns("risk") and desk.market_ns("gateway"), f"all answer after {names} were killed")
        assert halted(desk), f"{names} were killed"
    denied = live.log_of("strategy.places").count("风控拒单 HALTED")
    until(lambda: live.log_of("strategy.places").count("风控拒单 HALTED") > denied, "it is denied still")
    assert count(desk) == placed, "no order came to the broker"
    said = desk.run("resume")
    assert "此前" in said and "演练" in said and "交易正常" in said
    until(lambda: count(desk) > placed, "orders come to the broker again")
    desk.run("stop", "--runtime-dir", "rt")
    assert live.wait() == 0


@pytest.mark.slow
def test_a_strategy_that_hangs_has_its_orders_cancelled(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk({**WIDE, "STRATEGY_HEARTBEAT_LIMIT": "3"})
    live = begin(desk, short_day)
    # Risk itself is started again: the strategy is there, and nothing is cancelled for it.
    live.kill("risk")
    until(lambda: desk.market_ns("risk"), "risk answers again")
    before, asked_ns = count(desk, *RESTING), monotonic_ns()
    until(lambda: count(desk, *RESTING) > before + 3, "the strategy places on")
    until(lambda: monotonic_ns() - asked_ns > 4 * 10**9, "longer than the limit has passed")
    assert not count(desk, "cancelled"), "nobody hung"
    with stopped(live):
        until(lambda: not count(desk, *RESTING), "what it had open is cancelled", 30)
        cancelled = count(desk, "cancelled")
        assert cancelled > before
    until(lambda: "OPEN 1" in live.log_of("strategy.places").splitlines()[-1], "it has learnt of the cancels", 30)
    until(lambda: count(desk, *RESTING), "it trades on")
    assert count(desk, "cancelled") == cancelled, "they were cancelled once"
    desk.run("stop", "--runtime-dir", "rt")
    assert live.wait() == 0
    codes = [code for (code,) in Books(live.runtime).rows("select code from alerts order by id")]
    assert codes == ["STRATEGY_LOST", "STRATEGY_BACK"]
