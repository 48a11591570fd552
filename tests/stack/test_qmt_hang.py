"""A vendor call that hangs is one account's trouble: it is reported, and the others trade, are asked and are halted."""

from __future__ import annotations

from pathlib import Path

import pytest

from common import messages as m
from tests.qmt.handle import Terminal
from tests.stack.desk import Desk, Live, ending, until
from tests.stack.qmt_desk import ACCOUNT, QmtDesk

HEDGE = "654321"
TRADER = """
def initialize(context):
    g.turn = 0
    for second in range(0, 3600, 2):
        run_daily(trade, f"10:{second // 60:02d}:{second % 60:02d}")


def trade(context):
    g.turn += 1
    last = get_current_data()["510300.XSHG"].last_price
    order("510300.XSHG", 100, LimitOrderStyle(round(last * 1.01, 3)), wait_timeout=0)
"""


def snapshot(desk: Desk, alias: str) -> m.AccountSnapshot:
    answer = desk.ask("gateway", m.GetAccount(alias))
    assert isinstance(answer, m.AccountSnapshot), answer
    return answer


def up(desk: Desk, alias: str) -> bool:
    answer = desk.ask("gateway", m.GetAccount(alias))
    return isinstance(answer, m.AccountSnapshot) and answer.link_up and answer.trading_day > 0


@pytest.mark.slow
def test_a_hung_terminal_stops_only_its_own_account(tmp_path: Path) -> None:
    with (
        Terminal(tmp_path / "qmt", {ACCOUNT: {"cash": 1e7}}) as first,
        Terminal(tmp_path / "other", {HEDGE: {"cash": 1e6}}, clock=first.clock, quotes=False) as other,
    ):
        accounts = f"main={ACCOUNT}:stock,hedge={HEDGE}:stock@{other.path}"
        settings = {"QMT_SERVER_ACCOUNTS": accounts, "QMT_ACCOUNT_ID": "", "BROKER_HEARTBEAT_INTERVAL": "2"}
        desk = QmtDesk(tmp_path / "desk", first, "live", settings)
        with ending(desk):
            live = desk.live(desk.strategy("trader", TRADER))
            until(lambda: up(desk, "main") and up(desk, "hedge"), "both accounts are there", 90)
            until(lambda: len(desk.order_calls()) >= 2, "the strategy trades")
            assert snapshot(desk, "hedge").cash_e4 == 10**10

            other.knob("hang", ["all"])
            until(lambda: not snapshot(desk, "hedge").link_up, "the hanging call is reported", 60)
            goes_on_with_the_other(desk, live)

            other.knob("hang", [])
            until(lambda: up(desk, "hedge"), "it is back by itself", 120)
            desk.run("stop", "--runtime-dir", "rt")


def goes_on_with_the_other(desk: QmtDesk, live: Live) -> None:
    before = len(desk.order_calls())
    until(lambda: len(desk.order_calls()) >= before + 2, "the other account trades on")
    assert snapshot(desk, "main").link_up
    desk.run("halt", "--account", "hedge", "--why", "终端无响应")
    assert "HALTED" in desk.run("risk", "--account", "hedge") or "已暂停" in desk.run("risk", "--account", "hedge")
    assert "交易正常" in desk.run("risk")
    desk.run("resume", "--account", "hedge")
    assert live.process.poll() is None
