"""A strategy that starts again goes on where it was: same memory, same tasks, same place in the day, no initialize."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk, Live, until
from tests.stack.traders import NOTES_THE_END

PACE = "20@10:30-10:35"
COUNTS = (
    """
def initialize(context):
    g.started = g.started_again = g.changed = 0
    g.minutes, g.early = [], 0
    g.started += 1
    context.mine = "kept"
    log.info("INITIALIZED")
    run_daily(early, "9:40")
    run_daily(tick, "every_bar")


def process_initialize(context):
    g.started_again += 1
    log.info("PROCESS")


def early(context):
    g.early += 1


def tick(context):
    g.minutes.append(context.current_dt.strftime("%H:%M"))
    assert context.mine == "kept"

"""
    + NOTES_THE_END
)
AFTER_CHANGE = """

def after_code_changed(context):
    g.changed += 1
    log.info("CODE CHANGED")
"""
ALL_MINUTES = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in [*range(570, 690), *range(780, 900)]]


def check_day(live: Live, starts: int, missed_max: int) -> dict[str, object]:
    """What must be so however the strategy was stopped and started; returns its memory."""
    books = Books(live.runtime)
    books.check()
    g = books.g()
    assert (g["started"], g["early"], g["started_again"]) == (1, 1, starts)
    minutes = g["minutes"]
    assert minutes == sorted(set(minutes)), "no minute twice, and in order"
    missed = [minute for minute in ALL_MINUTES if minute not in minutes]
    assert len(missed) <= missed_max, missed
    state = json.loads((live.runtime / "live_state.json").read_text(encoding="utf-8"))
    assert [task["task"]["func_name"] for task in state["tasks"]] == ["early", "tick"]
    assert state["cursor"]["finished"]
    log = live.log_of("strategy.counts")
    assert log.count("INITIALIZED") == 1
    assert log.count("PROCESS") == starts
    return g


def file_hash(live: Live) -> str:
    """Of the strategy file as it was known when the strategy wrote down its state last."""
    state = json.loads((live.runtime / "live_state.json").read_text(encoding="utf-8"))
    return str(state["file_hash"])


def begin(desk: Desk, *options: str) -> Live:
    return desk.live(desk.strategy("counts", COUNTS), "--date", DAY, *options)


def check_change(live: Live, g: dict[str, object]) -> None:
    assert g["changed"] == 1
    log = live.log_of("strategy.counts")
    assert log.count("CODE CHANGED") == 1
    assert log.index("INITIALIZED") < log.index("CODE CHANGED") < log.rindex("PROCESS")


def test_a_strategy_killed_twice_goes_on_and_is_told_of_a_change_once(
    new_desk: Callable[..., Desk], short_day: Path
) -> None:
    desk = new_desk()
    live = begin(desk, "--quotes", str(short_day), "--speed", PACE)
    desk.until_market(live, "10:30:20")
    live.kill("strategy")
    # Each life is killed when it has written down how it began; before that the next one begins the same way again.
    until(lambda: Books(live.runtime).g()["started_again"] == 2, "the strategy begins again")
    old = file_hash(live)
    desk.strategy("counts", COUNTS + AFTER_CHANGE)
    live.kill("strategy")
    until(lambda: file_hash(live) != old, "the strategy hears of its new code")
    live.kill("strategy")
    live.finish()
    # Market time went on meanwhile, twenty times as fast as the supervisor's.
    check_change(live, check_day(live, starts=4, missed_max=9))


# In lock-step the rest of a day is over before a command has begun: at 10:31 it waits for the clock on the wall.
@pytest.mark.parametrize(
    ("speed", "again"), [("1@10:31-15:00", ("--speed", "0")), pytest.param(PACE, (), marks=pytest.mark.slow)]
)
def test_a_day_that_was_stopped_goes_on_with_the_same_command(
    new_desk: Callable[..., Desk], short_day: Path, speed: str, again: tuple[str, ...]
) -> None:
    desk = new_desk()
    first = begin(desk, "--quotes", str(short_day), "--speed", speed)
    desk.until_market(first, "10:30:30")
    desk.run("stop", "--runtime-dir", "rt")
    assert first.wait() == 0
    assert not first.survivors()
    before = Books(first.runtime).g()["minutes"]
    assert "10:29" <= before[-1] < "14:59"
    second = desk.live(desk.strategy("counts", COUNTS + AFTER_CHANGE), *again)
    assert "继续未结束的一次运行" in second.finish()
    # Nothing happened while everybody was away.
    g = check_day(second, starts=2, missed_max=1)
    assert g["minutes"][: len(before)] == before
    check_change(second, g)
