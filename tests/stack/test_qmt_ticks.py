"""`handle_tick` at a real broker's interface: pushed by the vendor's feed; where user code is slow the newest wins."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.stack.desk import until
from tests.stack.qmt_desk import Pace, open_town
from tests.stack.replays import check_replays

FUND, BANK = "518880.XSHG", "600036.XSHG"
CODE = f"""
import time


def initialize(context):
    g.seen = []
    subscribe(["{FUND}", "{BANK}"])
    log.info("SUBSCRIBED")


def handle_tick(context, tick):
    g.seen.append((tick.code, tick.datetime))
    log.info("TICK", tick.code, tick.datetime, tick.a1_p > 0)
    if len(g.seen) == 4:
        order(tick.code, 100)
    if len(g.seen) == 8:
        time.sleep(10)  # three quotes of each come meanwhile
        log.info("SLEPT")
"""


@pytest.mark.slow
def test_ticks_of_the_live_feed(tmp_path: Path) -> None:
    pace = Pace(tmp_path, datetime(2026, 11, 20, 9, 40))
    with open_town(tmp_path, "dry_run", clock=pace.clock) as desk:
        live = desk.live(desk.strategy("ticks", CODE))

        def ticks() -> list[tuple[str, datetime]]:
            words = [line.partition("TICK ")[2].split() for line in live.log_of("strategy.ticks").splitlines()]
            return [(word[0], datetime.fromisoformat(f"{word[1]} {word[2]}")) for word in words if word]

        until(lambda: len(ticks()) >= 8, "eight ticks", 120)
        desk.strategy("ticks", CODE.replace("SLEPT", "NEVER SLEPT"))
        until(lambda: "SLEPT" in live.log_of("strategy.ticks") and len(ticks()) >= 14, "it goes on", 60)
        assert "策略代码已更新" in desk.run("reload", "--runtime-dir", "rt")
        count = len(ticks())
        until(lambda: len(ticks()) > count + 2, "the new code has its ticks", 60)
        assert live.process.poll() is None, live.report()
        desk.run("stop", "--runtime-dir", "rt")
        seen = ticks()
    assert {code for code, _ in seen} == {FUND, BANK}
    for code in (FUND, BANK):
        times = [moment for one, moment in seen if one == code]
        assert times == sorted(set(times)), "each quote once, in order"
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert max(gaps) >= timedelta(seconds=6), "what came while it slept was passed over"
    assert "委托 买入" in live.log_of("strategy.ticks")
    check_replays(desk.runtime)
