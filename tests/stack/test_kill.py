"""kill -9 of every process in the middle of the day: the day ends, and nothing is lost, doubled or disputed."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, Live, until
from tests.stack.replays import check_replays
from tests.stack.traders import BUSY

PACE = "20@10:30-10:32"
EVERYBODY = ["gateway", "quotes", "risk", "state", "strategy"]


def busy_day(desk: Desk, quotes: str) -> Live:
    return desk.live(desk.strategy("busy", BUSY), "--date", DAY, "--speed", PACE, "--quotes", quotes)


def kill_and_check(desk: Desk, live: Live, victim: str) -> None:
    witness = "state" if victim == "risk" else "risk"
    desk.until_market(live, "10:30:15", witness)
    live.kill(victim)
    live.finish()
    assert len(live.pids(victim)) == 2
    books = Books(live.runtime)
    books.check()
    check_replays(live.runtime)
    assert len(books.placed()) > 20, "the strategy went on trading"


@pytest.mark.parametrize("victim", EVERYBODY)
def test_a_killed_process_comes_back_and_the_day_ends(
    new_desk: Callable[..., Desk], short_day: Path, victim: str
) -> None:
    desk = new_desk(WIDE)
    kill_and_check(desk, busy_day(desk, str(short_day)), victim)


@pytest.mark.slow
@pytest.mark.parametrize("victim", EVERYBODY)
def test_a_killed_process_comes_back_on_a_day_of_ticks(new_desk: Callable[..., Desk], victim: str) -> None:
    desk = new_desk(WIDE)
    kill_and_check(desk, busy_day(desk, "synthetic"), victim)


@pytest.mark.slow
def test_gateway_and_risk_are_killed_five_times_each(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    live = busy_day(desk, str(short_day))
    desk.until_market(live, "10:30:05", "state")
    for victim in ("gateway", "risk") * 5:
        live.kill(victim)
        # The next blow falls as soon as it has spoken again.
        until(lambda victim=victim: desk.market_ns(victim), f"{victim} answers")
    live.finish()
    assert len(live.pids("gateway")) == len(live.pids("risk")) == 6
    Books(live.runtime).check()
    check_replays(live.runtime)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_anybody_is_killed_at_any_time(new_desk: Callable[..., Desk], seed: int) -> None:
    chance = Random(seed)
    desk = new_desk(WIDE)
    live = busy_day(desk, "synthetic")
    in_seconds = [
        chance.randrange(*span) for span in [(34_900, 37_700)] * 2 + [(37_805, 37_915)] * 5 + [(39_600, 50_400)] * 3
    ]
    for second in sorted(in_seconds):
        victim = chance.choice(EVERYBODY)
        clock = f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}"
        print(f"seed {seed}: {victim} at {clock}")
        desk.until_market(live, clock, chance.choice([name for name in EVERYBODY[:4] if name != victim]))
        live.kill(victim)
    live.finish()
    Books(live.runtime).check()
    check_replays(live.runtime)
