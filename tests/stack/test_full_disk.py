"""The disk of the runtime folder is full while a strategy trades: nothing moves, nobody dies, and then it goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from common import messages as m
from common.ask import Operator
from common.reasons import Reason
from common.run import RUN_FILE_VARIABLE, Run
from tests.cli.conftest import free_port_base
from tests.small_disk import small_disk
from tests.stack.books import Books
from tests.stack.desk import DAY, ROOT, WIDE, Desk, Live, log_of, until
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
        assert "错误 JOURNAL_UNWRITABLE" in desk.run("resume", code=1), "the trader reads why"
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


def test_a_start_on_a_read_only_folder_waits_until_it_can_be_written(tmp_path: Path) -> None:
    modules = {"gateway": "services.gateway", "risk": "services.risk", "state": "services.state"}
    run_file = tmp_path / "run.json"
    Run(first_day=DAY).write(run_file)
    own = {
        RUN_FILE_VARIABLE: str(run_file),
        "RUNTIME_DIR": str(tmp_path / "rt"),
        "LOG_DIR": str(tmp_path / "logs"),
        "BUS_PORT_BASE": str(free_port_base()),
        "PYTHONPATH": str(ROOT),
    }
    with small_disk(tmp_path / "rt") as disk, ExitStack() as started:
        disk.read_only(on=True)
        lives = {}
        for name, module in modules.items():
            process = subprocess.Popen([sys.executable, "-m", module], cwd=tmp_path, env=os.environ | own)
            started.callback(process.wait, 10)
            started.callback(process.kill)
            lives[name] = process
        for name in modules:
            until(lambda name=name: Reason.JOURNAL_UNWRITABLE in log_of(tmp_path / "logs", name), f"{name} says why")
        assert all(process.poll() is None for process in lives.values())
        disk.read_only(on=False)
        for made in ("journals/gateway-20261120.journal", "journals/risk-20261120.journal", "state.db"):
            until((disk.folder / made).exists, f"{made} is made")
        assert all(process.poll() is None for process in lives.values())
