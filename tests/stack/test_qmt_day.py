"""The demo strategy's day at a real broker's interface: over the vendor's own wrapper, against a terminal process."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.stack.books import Account, Books
from tests.stack.desk import ROOT, Live, until
from tests.stack.qmt_desk import Pace, open_town

DEMO = ROOT / "strategies" / "demo_strategy.py"
FRIDAY = date(2026, 11, 20)
BUSY = ("9:35", "10:30", "13:30", "14:30", "14:50", "15:00")
DAY_SECONDS = 240
WIDE = {"MAX_POSITION_RATIO": "100", "MAX_ORDER_VALUE": "500000", "MAX_DAILY_TRADE_VALUE": "5000000"}


def terminals_account(books: dict[str, Any]) -> Account:
    held = {code.replace("SH", "XSHG").replace("SZ", "XSHE"): qty for code, qty in _held(books).items()}
    return Account(round(books["cash"] * 10_000), held)


def _held(books: dict[str, Any]) -> dict[str, int]:
    return {row["stock_code"]: row["volume"] for row in books["positions"] if row["volume"]}


def until_it_waits(live: Live) -> None:
    """All is up and the strategy has begun."""
    until_logged(live, "策略初始化", 1)


def until_day_is_done(live: Live, days: int = 1) -> None:
    until_logged(live, "今日成交", days)


def until_logged(live: Live, words: str, times: int) -> None:
    def is_there() -> bool:
        assert live.process.poll() is None, live.report()
        return live.log_of("strategy.demo_strategy").count(words) >= times

    until(is_there, f"{words}, {times} times", DAY_SECONDS)


@pytest.mark.slow
def test_a_day_in_live_mode_and_the_books_equal_the_terminals(tmp_path: Path) -> None:
    pace = Pace(tmp_path, datetime(2026, 11, 20, 8, 50))
    with open_town(tmp_path, clock=pace.clock, settings=WIDE) as desk:
        live = desk.live(DEMO)
        until_it_waits(live)
        pace.go([FRIDAY], BUSY)
        until_day_is_done(live)
        assert "OK" in desk.run("reconcile"), live.report()
        terminal = terminals_account(desk.terminal.books())
        desk.run("stop", "--runtime-dir", "rt")
        kept = Books(desk.runtime).kept()
        calls = desk.order_calls()
        assert "[真实交易]" in live.said
    assert kept == {name: terminal for name in ("gateway", "state.db", "risk")}, kept
    remarks = [call["remark"] for call in calls]
    assert len(remarks) >= 3 and len(set(remarks)) == len(remarks) and all(remarks)
    assert set(remarks) == {order.client_order_id for order in Books(desk.runtime).sent()}


def test_dry_run_trades_and_sends_the_terminal_nothing(tmp_path: Path) -> None:
    pace = Pace(tmp_path, datetime(2026, 11, 20, 9, 25))
    with open_town(tmp_path, "dry_run", clock=pace.clock, settings=WIDE) as desk:
        live = desk.live(DEMO)
        until_it_waits(live)
        pace.go([FRIDAY], ("9:35", "10:30"))
        until_logged(live, "获得状态 filled", 3)
        desk.run("stop", "--runtime-dir", "rt")
        calls = desk.terminal.calls()
        assert "[模拟撮合]" in live.said
    assert calls == []
    books = Books(desk.runtime)
    assert len(set(map(repr, books.kept().values()))) == 1, books.kept()
    assert len(books.sent()) >= 3
    assert books.rows("select count(*) from fills")[0][0] >= 3


@pytest.mark.slow
def test_a_whole_day_in_dry_run(tmp_path: Path) -> None:
    pace = Pace(tmp_path, datetime(2026, 11, 20, 8, 50))
    with open_town(tmp_path, "dry_run", clock=pace.clock, settings=WIDE) as desk:
        live = desk.live(DEMO)
        until_it_waits(live)
        pace.go([FRIDAY], BUSY)
        until_day_is_done(live)
        desk.run("stop", "--runtime-dir", "rt")
        assert desk.terminal.calls() == []
    kept = Books(desk.runtime).kept()
    assert len(set(map(repr, kept.values()))) == 1, kept
