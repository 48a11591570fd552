"""Three days in a row without a hand: the terminal is off from the evening until 09:10, the stack runs on."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

from common import messages as m
from tests.stack.books import Books
from tests.stack.desk import Desk, until
from tests.stack.qmt_desk import Pace, open_town
from tests.stack.test_qmt_day import (
    BUSY,
    DEMO,
    WIDE,
    terminals_account,
    until_day_is_done,
    until_it_waits,
    until_logged,
)

DAYS = (date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24))
NIGHT = 20_000.0


@pytest.mark.slow
def test_three_days_with_the_terminal_off_at_night(tmp_path: Path) -> None:
    pace = Pace(tmp_path, datetime(2026, 11, 20, 8, 50))
    with open_town(tmp_path, clock=pace.clock, settings=WIDE) as desk:
        live = desk.live(DEMO)
        until_it_waits(live)
        for number, day in enumerate(DAYS, 1):
            if number > 1:
                pace.skip_to(datetime.combine(day, time(9, 10)), NIGHT)
                assert live.log_of("strategy.demo_strategy").count("个交易日，总资产") == number - 1
                desk.terminal.start()
                until_logged(live, "个交易日，总资产", number)
            pace.go([day], BUSY)
            until_day_is_done(live, number)
            assert "OK" in desk.run("reconcile"), live.report()
            terminal = terminals_account(desk.terminal.books())
            remarks = [call["remark"] for call in desk.order_calls()]
            desk.terminal.kill()
        until(lambda: not _link_is_up(desk), "the last evening is noticed")
        desk.run("stop", "--runtime-dir", "rt")
        books = Books(desk.runtime)
        assert books.kept() == {name: terminal for name in ("gateway", "state.db", "risk")}
        assert len(remarks) == len(set(remarks)) >= 6
        sent = {order.client_order_id for order in books.sent()}
        assert sent <= set(remarks), "the last day's orders all came to the terminal"
        days = {int(row[0]) for row in books.rows("select distinct trading_day from orders")}
        assert days == {int(f"{day:%Y%m%d}") for day in DAYS}
    said = live.log_of("strategy.demo_strategy")
    assert said.count("券商连接中断") <= 2 * len(DAYS), "no storm of alarms through the nights"
    assert live.pids("gateway") and len(live.pids("gateway")) == 1, "nothing had to be started again"


def _link_is_up(desk: Desk) -> bool:
    answer = desk.ask("gateway", m.GetAccount("main"))
    return isinstance(answer, m.AccountSnapshot) and answer.link_up
