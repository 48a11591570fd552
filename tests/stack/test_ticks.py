"""`handle_tick` over a whole day in lock-step: pushed, the same every time, and decided again from the journals."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk, Live
from tests.stack.replays import check_replays
from tests.stack.traders import NOTES_THE_END

FUND, BANK = "518880.XSHG", "600036.XSHG"
TRADES = (
    f"""
def initialize(context):
    g.seen = {{"{FUND}": 0, "{BANK}": 0}}
    subscribe(["{FUND}", "{BANK}"])
    run_daily(stop, "14:00")


def handle_tick(context, tick):
    assert tick.datetime == context.current_dt, (tick, context.current_dt)
    assert tick.current == get_current_tick(tick.code).current
    g.seen[tick.code] += 1
    if g.seen[tick.code] % 40 == 0:
        order(tick.code, 100)
    elif g.seen[tick.code] % 40 == 20:
        order(tick.code, 100, LimitOrderStyle(tick.b5_p), wait_timeout=0)


def stop(context):
    unsubscribe("{BANK}")


def on_strategy_end(context):
    log.info("ON_STRATEGY_END", g.seen)

"""
    + NOTES_THE_END
)


def day_of(desk: Desk, quotes: Path, *options: str) -> Live:
    live = desk.live(desk.strategy("ticks", TRADES), "--date", DAY, "--quotes", str(quotes), *options)
    live.finish()
    Books(live.runtime).check()
    return live


def test_every_quote_is_a_tick(new_desk: Callable[..., Desk], short_day: Path) -> None:
    live = day_of(new_desk(), short_day)
    seen = Books(live.runtime).g()["seen"]
    lines = len((short_day / f"{FUND}_{DAY.replace('-', '')}.csv").read_text(encoding="utf-8").splitlines())
    assert seen[FUND] == lines - 1
    assert 200 < seen[BANK] < seen[FUND], "until it unsubscribed"
    log = live.log_of("strategy.ticks")
    assert "略过的快照 0 个" in log and f"ON_STRATEGY_END {seen}" in log
    check_replays(live.runtime)


@pytest.mark.slow
def test_two_days_are_one(new_desk: Callable[..., Desk], short_day: Path) -> None:
    first, second = (Books(day_of(new_desk(name=name), short_day).runtime) for name in ("first", "second"))
    assert first.g() == second.g()
    for table, fewest in (("orders", 10), ("fills", 10), ("decisions", 10)):
        rows = first.rows(f"select * from {table}")
        assert len(rows) > fewest and rows == second.rows(f"select * from {table}")


@pytest.mark.slow
def test_at_a_speed_ticks_are_handed_over_too(new_desk: Callable[..., Desk], short_day: Path) -> None:
    live = day_of(new_desk(), short_day, "--speed", "60@10:29-10:34")
    assert Books(live.runtime).g()["seen"][FUND] > 250
    check_replays(live.runtime)
