"""A strategy elsewhere trades at a QMT terminal through ``bullet-trade server``, on the wall clocks of both sides."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.common.sockets import free_port_base
from tests.stack.books import Books
from tests.stack.desk import ROOT, Desk, ending, until
from tests.stack.qmt_desk import Pace, QmtDesk, open_town
from tests.stack.test_qmt_day import WIDE, until_it_waits, until_logged

DEMO = ROOT / "strategies" / "demo_strategy.py"
FRIDAY = date(2026, 11, 20)
WORD = "8d7947422414cc72bdab6c16c013931a"


def away(desk: QmtDesk, folder: Path, port: int, mode: str) -> Desk:
    """A folder on another machine, whose clock is right too."""
    told = {"QMT_SERVER_PORT": f"{port}", "QMT_SERVER_TOKEN": WORD, "LIVE_MODE": mode}
    found = Desk(folder, told)
    found.broker, found.environ = "qmt-remote", desk.environ
    return found


@pytest.mark.timeout(400)
@pytest.mark.slow
def test_a_morning_at_the_terminal_from_another_machine(tmp_path: Path) -> None:
    port = free_port_base() + 1
    settings = {**WIDE, "QMT_SERVER_LISTEN": "127.0.0.1", "QMT_SERVER_PORT": f"{port}", "QMT_SERVER_TOKEN": WORD}
    pace = Pace(tmp_path, datetime(2026, 11, 20, 9, 25))
    with open_town(tmp_path, "live", clock=pace.clock, settings=settings) as desk:
        server = desk.serve()
        until(lambda: "账户概况" in server.said or server.process.poll() is not None, "the accounts are shown")
        client = away(desk, tmp_path / "away", port, "live")
        with ending(client):
            wrong = away(desk, tmp_path / "wrong", port, "dry_run").live(DEMO)
            assert wrong.wait(30) == 1 and "MODE_MISMATCH" in wrong.said, wrong.report()
            live = client.live(DEMO)
            until_it_waits(live)
            pace.go([FRIDAY], ("9:35", "10:30"))
            until_logged(live, "获得状态 filled", 3)
            # Asked where the accounts are: at twenty times real time the two clocks are soon seen to differ.
            assert "OK" in desk.run("reconcile"), live.report()
            assert "[真实交易]" in live.said
            client.run("stop", "--runtime-dir", "rt")
            desk.run("stop", "--runtime-dir", "rt")
        remarks = [call["remark"] for call in desk.order_calls()]
    assert len(remarks) >= 3 and len(set(remarks)) == len(remarks) and all(remarks)
    assert set(remarks) == {order.client_order_id for order in Books(client.runtime).sent()}
