"""What a person does at the terminal itself: recorded as foreign, counted by risk, never touched by us."""

from __future__ import annotations

import shutil
from pathlib import Path

from common import messages as m
from common.orders import is_foreign
from tests.stack.desk import Desk, until
from tests.stack.qmt_desk import ACCOUNT, QmtDesk, open_town

QUIET = """
def initialize(context):
    run_daily(nothing, "14:59")


def nothing(context):
    pass
"""
CASH = 1_000_000.0
HELD = {"510300.SH": (10_000, 4.0)}
LIMITS = {"MAX_ORDER_VALUE": "300000", "MAX_POSITION_RATIO": "100", "MAX_DAILY_TRADES": "3"}


def account(desk: Desk) -> m.AccountSnapshot:
    found: list[m.AccountSnapshot] = []

    def asked() -> bool:
        answer = desk.ask("gateway", m.GetAccount("main"))
        if isinstance(answer, m.AccountSnapshot) and answer.link_up and answer.trading_day:
            found.append(answer)
        return bool(found)

    until(asked, "the gateway has its day")
    return found[-1]


def counted(desk: Desk) -> tuple[int, int, int]:
    """Orders, filled value and open value of the day, as risk has them."""
    report = desk.ask("risk", m.GetRisk("main"))
    assert isinstance(report, m.RiskReport), report
    return tuple(report.counters[name] for name in ("trades", "filled_value_e4", "open_value_e4"))


def trade_by_hand(desk: QmtDesk) -> int:
    """A buy that trades and one that rests; the number of the one that rests."""
    books = desk.terminal.books()
    price = next(row["last_price"] for row in books["positions"] if row["stock_code"] == "510300.SH")
    desk.terminal.hand_order(ACCOUNT, "510300.SH", "buy", 1_000, round(price * 1.01, 3))
    resting = desk.terminal.hand_order(ACCOUNT, "510300.SH", "buy", 2_000, round(price * 0.95, 3))
    until(lambda: any(row["order_status"] == 56 for row in desk.terminal.books()["orders"]), "the first has traded")
    return resting


def test_orders_entered_by_hand_count_and_are_left_alone(tmp_path: Path) -> None:
    accounts = {ACCOUNT: {"cash": CASH, "holdings": HELD}}
    with open_town(tmp_path, settings=LIMITS, accounts=accounts) as desk:
        desk.live(desk.strategy("quiet", QUIET))
        account(desk)
        resting = trade_by_hand(desk)
        until(lambda: len(account(desk).orders) == 2, "both are known")
        orders = account(desk).orders
        assert all(is_foreign(state.order) for state in orders)
        assert {state.status for state in orders} == {"filled", "accepted"}
        until(lambda: counted(desk)[0] == 2, "risk counts them")
        before = counted(desk)
        assert before[1] > 0 and before[2] > 0
        desk.run("halt", "--cancel-open", "--why", "试")
        assert next(r for r in desk.terminal.books()["orders"] if r["order_id"] == resting)["order_status"] == 50
        assert desk.terminal.calls() == [], "we have not touched the terminal"
        desk.run("resume")
        desk.run("stop", "--runtime-dir", "rt")

        # Without its journals the stack rebuilds the day from what the terminal says of it.
        shutil.rmtree(desk.runtime / "journals")
        desk.live(desk.strategy("quiet", QUIET))
        assert len(account(desk).orders) == 2
        until(lambda: counted(desk) == before, "risk counts them again")
        assert account(desk).cash_e4 == round(desk.terminal.books()["cash"] * 10_000)
        desk.run("stop", "--runtime-dir", "rt")
