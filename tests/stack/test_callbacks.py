"""An exception in a strategy's function: told with its line, an alert for everybody, and the day goes on."""

from collections.abc import Callable
from pathlib import Path

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk
from tests.stack.traders import NOTES_THE_END

FAILS = (
    """
def initialize(context):
    g.calls = []
    run_daily(fails, "10:00")
    run_daily(goes_on, "10:00")
    run_daily(exits, "10:01")
    run_daily(goes_on, "10:02")


def fails(context):
    g.calls.append("fails")
    order("518880.XSHG", 1000)
    divide(context.portfolio.available_cash, 0)


def divide(cash, by):
    return cash / by  # the line that fails


def exits(context):
    g.calls.append("exits")
    raise SystemExit(3)


def goes_on(context):
    g.calls.append("goes on")
    order("518880.XSHG", 100)

"""
    + NOTES_THE_END
)


def test_the_next_callback_runs_and_everybody_is_told(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk()
    file = desk.strategy("fails", FAILS)
    line = 1 + FAILS.splitlines().index("    return cash / by  # the line that fails")
    live = desk.live(file, "--date", DAY, "--quotes", str(short_day))
    said = live.finish()
    log = live.log_of("strategy.fails")
    assert f"fails 出错，策略文件第 {line} 行：ZeroDivisionError: float division by zero" in log
    assert f'File "{file}", line {line}, in divide' in log, "the traceback"
    assert f"第 {line} 行" in said, "the console shows it too"
    books = Books(live.runtime)
    assert books.g()["calls"] == ["fails", "goes on", "exits", "goes on"]
    assert len(books.g()["orders"]) == 3
    alerts = books.rows("select source, code, text from alerts order by id")
    assert [(source, code) for source, code, _ in alerts] == [("fails", "CALLBACK_FAILED")] * 2
    assert f"第 {line} 行" in alerts[0][2]
    books.check()
