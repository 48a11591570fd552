"""The command or its supervisord is killed: nobody can start beside what is left, and a stop takes it down."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.programs import PID_FILE
from common import host_os
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, Live, until
from tests.stack.traders import BUSY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(host_os.WINDOWS, reason="no lock is inherited there"),
]


def begin(desk: Desk, quotes: Path) -> Live:
    file = desk.strategy("busy", BUSY)
    live = desk.live(file, "--date", DAY, "--quotes", str(quotes), "--speed", "20@10:30-11:30")
    desk.until_market(live, "10:30:10")
    return live


def test_a_day_outlives_the_command_that_began_it(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    live = begin(desk, short_day)
    host_os.end_now(live.process.pid)
    live.process.wait(10)
    seen_ns = desk.market_ns()
    until(lambda: desk.market_ns() > seen_ns, "the day goes on")
    second = desk.live(desk.strategy("busy", BUSY))
    assert second.wait(30) == 1
    assert "错误 IN_USE" in second.said and f"进程 {live.process.pid}" in second.said
    assert "已停止" in desk.run("stop", "--runtime-dir", "rt")
    assert not live.survivors()
    desk.live(desk.strategy("busy", BUSY), "--speed", "0").finish()
    Books(live.runtime).check()


def test_a_killed_supervisord_ends_the_run_in_order(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    live = begin(desk, short_day)
    host_os.end_now(int((live.runtime / PID_FILE).read_text(encoding="utf-8")))
    assert live.wait(60) == 1
    assert "错误 PROCESS_FAILED" in live.said and "supervisord" in live.said
    assert not live.survivors()
    desk.live(desk.strategy("busy", BUSY), "--speed", "0").finish()
    Books(live.runtime).check()
