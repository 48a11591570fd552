"""kill -9 in the last moments of a run, when some processes have ended already: the run ends all the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from common import host_os
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, Live, until
from tests.stack.traders import BUSY

EVERYBODY = ["gateway", "quotes", "risk", "state", "strategy"]


def kill_who_is_late(live: Live, first: str) -> list[str]:
    """As soon as one process has ended by itself, kill those that still run."""
    until(lambda: all(live.pids(name) for name in EVERYBODY), "all are started")
    pids = {name: live.pids(name)[-1] for name in EVERYBODY}
    until(lambda: not host_os.alive(pids[first]), f"{first} has ended")
    late = [name for name in EVERYBODY if host_os.alive(pids[name])]
    for name in late:
        host_os.end_now(pids[name])
    return late


@pytest.mark.slow
@pytest.mark.parametrize("first", EVERYBODY)
def test_a_run_that_was_hit_while_it_ended_ends(new_desk: Callable[..., Desk], short_day: Path, first: str) -> None:
    desk = new_desk(WIDE)
    live = desk.live(desk.strategy("busy", BUSY), "--date", DAY, "--quotes", str(short_day))
    late = kill_who_is_late(live, first)
    print(f"{first} had ended; killed: {late}")
    live.finish()
    assert "核对一致" in live.said
    Books(live.runtime).check()
    assert not live.survivors()
