"""A run of several days: each process begins a new journal a day, however it was killed, and loses nothing by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from common import beijing, journal, journals, wire
from common import messages as m
from tests.stack.books import Books
from tests.stack.desk import DAY, Desk, Live, until

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)
PROCESSES = ("gateway", "quotes", "risk", "strategy.daily")
DAILY = """
FUND, BANK = "518880.XSHG", "600036.XSHG"


def initialize(context):
    g.days, g.orders = [], []
    run_daily(buy, "9:35")
    run_daily(trade, "every_bar")


def buy(context):
    g.days.append(str(context.current_dt.date()))
    order(FUND, 1000)
    order(BANK, 100, LimitOrderStyle(1.0), wait_timeout=0)


def trade(context):
    if context.current_dt.minute % 20 == 0:
        order(FUND, 100 if context.current_dt.hour < 13 else -100)


def after_trading_end(context):
    g.orders.append(sorted(get_orders()))
    portfolio = context.portfolio
    g.cash = portfolio.available_cash
    g.held = {code: position.total_amount for code, position in portfolio.positions.items() if position.total_amount}
"""
TABLES = {"orders": "trading_day, client_order_id", "fills": "trading_day, fill_id", "days": "trading_day"}


def run(desk: Desk, quotes: Path, days: int = 3) -> Live:
    file = desk.strategy("daily", DAILY)
    return desk.live(file, "--date", DAY, "--days", f"{days}", "--quotes", str(quotes))


def kill_when_begun(live: Live, day: date, *names: str) -> None:
    """Kill each process when the journal of a day is there."""
    for name in names:
        path = day_file(live.runtime, "strategy.daily" if name == "strategy" else name, day)
        until(lambda path=path: path.exists() or live.process.poll() is not None, f"{path.name} is begun", 120)
        assert live.process.poll() is None, live.report()
        live.kill(name)


def rows(books: Books) -> dict[str, list[tuple[Any, ...]]]:
    return {table: books.rows(f"select * from {table} order by {key}") for table, key in TABLES.items()}


def begins(path: Path) -> m.Message:
    """What the first record of a day says."""
    _, first, *_ = journal.read(path)
    return wire.decode_message(wire.decode_step(first).input)


def day_file(runtime: Path, process: str, day: date) -> Path:
    return journals.path_of(runtime / "journals", process, day)


def test_processes_killed_as_the_day_changes_go_on_from_the_new_journal(
    new_desk: Callable[..., Desk], short_days: Path
) -> None:
    live = run(new_desk(), short_days, 2)
    kill_when_begun(live, SECOND, "risk", "gateway")
    live.finish()
    books = Books(live.runtime)
    books.check()
    assert books.g()["days"] == [f"{FIRST}", f"{SECOND}"]
    assert books.rows("select trading_day, count(*) > 10 from orders group by 1") == [(20261120, 1), (20261123, 1)]
    for process in PROCESSES:
        found = journals.days(live.runtime / "journals", process)
        assert list(found) == [FIRST, SECOND]
        carried = begins(found[SECOND])
        assert isinstance(carried, m.Carried) and carried.day == f"{SECOND}"
        assert found[FIRST].suffix == ".gz" and found[SECOND].suffix == ".journal"
    assert begins_with_the_day(day_file(live.runtime, "risk", SECOND))


def begins_with_the_day(path: Path) -> bool:
    """Nothing that came from elsewhere on the new day stands in the old file: the clock waited."""
    steps = [wire.decode_step(payload) for payload in list(journal.read(path))[1:]]
    return beijing.day_of(steps[0].now_ns) < SECOND <= beijing.day_of(steps[-1].now_ns)


@pytest.mark.slow
def test_a_run_with_kills_around_midnight_is_the_run_without(new_desk: Callable[..., Desk], short_days: Path) -> None:
    calm = run(new_desk(name="calm"), short_days)
    calm.finish()
    expected = rows(Books(calm.runtime))
    assert len(expected["days"]) == 3 and len(expected["orders"]) > 30
    wild = run(new_desk(name="wild"), short_days)
    kill_when_begun(wild, SECOND, "risk", "gateway")
    kill_when_begun(wild, THIRD, "strategy", "quotes", "gateway")
    wild.finish()
    books = Books(wild.runtime)
    assert rows(books) == expected
    books.check()
    assert books.g()["days"] == [f"{day}" for day in (FIRST, SECOND, THIRD)]


@pytest.mark.slow
def test_an_account_carried_on_goes_on_in_every_journal(new_desk: Callable[..., Desk]) -> None:
    """The next day as a run of its own: everybody was down over the change."""
    desk = new_desk()
    first = desk.live(desk.strategy("daily", DAILY), "--date", DAY)
    first.finish()
    second = desk.live(desk.strategy("daily", DAILY), "--continue")
    second.finish()
    for process in ("gateway", "risk", "strategy.daily"):
        assert list(journals.days(second.runtime / "journals", process)) == [FIRST, SECOND]
        assert isinstance(begins(day_file(second.runtime, process, SECOND)), m.Carried)
    books = Books(second.runtime)
    books.check()
    assert "STREAM_AHEAD" not in second.report()
