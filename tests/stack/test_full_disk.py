"""The disk of the runtime folder is full while a strategy trades: nothing moves, nobody dies, and then it goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from common import messages as m
from common.ask import Operator
from common.reasons import Reason
from tests.small_disk import small_disk
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, Live, until
from tests.stack.traders import BUSY

WRITERS = ("gateway", "quotes", "risk", "strategy.busy")
PACE = "20@10:30-10:34"


def test_orders_are_refused_while_the_disk_is_full_and_go_on_when_it_is_not(
    new_desk: Callable[..., Desk], short_day: Path
) -> None:
    desk = new_desk(WIDE)
    with small_disk(desk.runtime, "96m") as disk:
        live = desk.live(desk.strategy("busy", BUSY), "--date", DAY, "--quotes", str(short_day), "--speed", PACE)
        desk.until_market(live, "10:30:20")
        disk.fill()
        # Whoever writes next finds it first: the clock then stands, and others may have nothing to write.
        until(lambda: held(live), "somebody finds the disk full")
        before = Books(live.runtime).placed()
        assert before, "it had traded"
        with Operator(desk.base, f"operator.r{os.getpid()}") as line:
            # What is left of risk's last block on the disk still takes some.
            until(lambda: not line.command(m.Resume("sim", "test"), 2.0), "risk refuses")
            assert line.refused is not None and line.refused.reason == Reason.JOURNAL_UNWRITABLE
        assert "risk" in held(live)
        status = desk.ask("risk", m.GetStatus())
        assert isinstance(status, m.ProcessStatus) and Reason.JOURNAL_UNWRITABLE in status.notes["trouble"]
        assert "JOURNAL_UNWRITABLE" in desk.run("status", "--runtime-dir", "rt")
        assert Books(live.runtime).placed() == before, "nothing reached the broker meanwhile"
        assert all(len(live.pids(name)) == 1 for name in ("gateway", "quotes", "risk", "state", "strategy"))
        waiting = held(live)
        disk.free()
        for name in waiting:
            until(lambda name=name: "JOURNAL_WRITABLE" in live.log_of(name), f"{name} goes on")
        live.finish()
        assert all(len(live.pids(name)) == 1 for name in ("gateway", "quotes", "risk", "state", "strategy"))
        books = Books(live.runtime)
        assert len(books.placed()) > len(before) + 5, "trading went on"
        books.check()


def held(live: Live) -> list[str]:
    """Who has said that it cannot write."""
    return [name for name in WRITERS if Reason.JOURNAL_UNWRITABLE in live.log_of(name)]
