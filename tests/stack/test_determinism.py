"""The same seed, date, data and strategy give the same orders, fills and account, whatever else the machine does."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from tests.stack.books import Books
from tests.stack.desk import DAY, ROOT, WIDE, Desk, Live, until
from tests.stack.traders import NEVER_STILL

BURN = "x = 0\nwhile True:\n    x += 1"
TABLES = {
    "orders": "client_order_id",
    "fills": "fill_id",
    "holdings": "symbol",
    "cash": "account",
    "equity_by_minute": "minute_ns",
    "decisions": "decision, client_order_id, once_ns",
}
Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def a_core_is_busy() -> Iterator[None]:
    burning = subprocess.Popen([sys.executable, "-c", BURN])
    try:
        yield
    finally:
        burning.kill()
        burning.wait()


def begin(desk: Desk, hash_seed: str, *options: str) -> Live:
    demo = ROOT / "strategies" / "demo_strategy.py"
    return desk.live(demo, "--date", DAY, *options, environ={"PYTHONHASHSEED": hash_seed})


def day_of(desk: Desk, hash_seed: str, *options: str) -> Rows:
    return rows_of(begin(desk, hash_seed, *options))


def rows_of(live: Live) -> Rows:
    live.finish()
    books = Books(live.runtime)
    rows = {table: books.rows(f"select * from {table} order by {key}") for table, key in TABLES.items()}
    rows["statement"] = [(repr(books.statement()),)]
    return rows


def test_two_runs_are_one_and_another_seed_is_another(new_desk: Callable[..., Desk]) -> None:
    first = day_of(new_desk(name="first"), "1")
    assert len(first["orders"]) > 3 and len(first["fills"]) > 3 and len(first["equity_by_minute"]) > 200
    with a_core_is_busy():
        assert day_of(new_desk(name="second"), "2") == first
    # The first fills of the other day are enough to know it by.
    desk = new_desk(name="other")
    other = begin(desk, "3", "--seed", "2")
    desk.until_market(other, "9:36", "state")
    until(lambda: fills_of(other), "the other seed's day has fills")
    assert not fills_of(other) & set(first["fills"])


def fills_of(live: Live) -> set[tuple[Any, ...]]:
    return set(Books(live.runtime).rows("select * from fills"))


@pytest.mark.slow
def test_in_lock_step_kills_change_nothing(new_desk: Callable[..., Desk]) -> None:
    """The clock stands while somebody is missing, so what they decide does not depend on it."""
    calm = day_of(new_desk(name="calm"), "1")
    desk = new_desk(name="hit")
    live = begin(desk, "2")
    for clock, victim in [
        ("9:34:57", "risk"),
        ("10:00", "quotes"),
        ("10:31", "gateway"),
        ("11:00", "state"),
        ("13:29:57", "risk"),
    ]:
        # Risk is hit while the strategy looks at its history before it orders, and meets the order before the clock.
        desk.until_market(live, clock, "state" if victim == "risk" else "risk")
        live.kill(victim)
    assert rows_of(live) == calm


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_in_lock_step_kills_amid_orders_change_nothing(new_desk: Callable[..., Desk], seed: int) -> None:
    def start(name: str) -> tuple[Desk, Live]:
        desk = new_desk(WIDE | {"MAX_ORDER_VALUE": "300000"}, name=name)
        return desk, desk.live(desk.strategy("never_still", NEVER_STILL), "--date", DAY)

    calm = rows_of(start("calm")[1])
    assert len(calm["orders"]) > 100
    assert {row[2] for row in calm["decisions"]} == {"approved", "denied"}
    chance = Random(seed)
    desk, live = start("hit")
    for second in sorted(chance.sample(range(37_790, 38_700), 8)):
        victim = chance.choice(["gateway", "gateway", "quotes", "risk", "state"])
        clock = f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}"
        print(f"seed {seed}: {victim} at {clock}")
        desk.until_market(live, clock, "state" if victim == "risk" else "risk")
        live.kill(victim)
    assert rows_of(live) == calm
