"""A halt is on the disk before it is answered; an order's approval need not be: the gateway's own record counts."""

from pathlib import Path

import pytest

from common import messages as m
from common.clock import MarketTime
from common.process import Process
from common.run import Run
from common.settings import load
from services.risk.__main__ import RiskShell
from tests.services.risk.driving import ACCOUNT, Stack

HALT, RESUME = m.Halt(ACCOUNT, False, True, "operator.7", ""), m.Resume(ACCOUNT, "operator.7")


def shell(folder: Path, fsync: str) -> RiskShell:
    settings = load(None, {}, {"JOURNAL_FSYNC": fsync, "RUNTIME_DIR": str(folder)}).settings
    return RiskShell(Process("risk", Run(), settings, MarketTime(simulated=True), 1), None)


@pytest.mark.parametrize("command", [HALT, RESUME])
@pytest.mark.parametrize(("fsync", "is_due"), [("order", True), ("always", True), ("off", False)])
def test_a_halt_is_synced_once(tmp_path: Path, command: m.Message, fsync: str, is_due: bool) -> None:
    risk = shell(tmp_path, fsync)
    risk.hear(m.SubmitOrder(Stack().order("buy", 100, 10)), 1)
    assert not risk.needs_sync([])
    risk.hear(command, 1)
    risk.hear(m.Wake(), 1)
    assert risk.needs_sync([]) == is_due
    assert not risk.needs_sync([])
