"""The same seed, date, data and strategy give the same orders, fills and account, whatever else the machine does."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.stack.books import Books
from tests.stack.desk import DAY, ROOT, Desk

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


def day_of(desk: Desk, hash_seed: str, *options: str) -> Rows:
    demo = ROOT / "strategies" / "demo_strategy.py"
    live = desk.live(demo, "--date", DAY, *options, environ={"PYTHONHASHSEED": hash_seed})
    live.finish()
    books = Books(live.runtime)
    rows = {table: books.rows(f"select * from {table} order by {key}") for table, key in TABLES.items()}
    rows["statement"] = [(repr(books.statement()),)]
    return rows


def test_three_runs_are_one_and_another_seed_is_another(new_desk: Callable[..., Desk]) -> None:
    first = day_of(new_desk(name="first"), "1")
    assert len(first["orders"]) > 3 and len(first["fills"]) > 3 and len(first["equity_by_minute"]) > 200
    assert day_of(new_desk(name="second"), "2") == first
    with a_core_is_busy():
        assert day_of(new_desk(name="third"), "3") == first
    other = day_of(new_desk(name="fourth"), "4", "--seed", "2")
    assert other["fills"] != first["fills"]
    assert other["cash"] != first["cash"]
