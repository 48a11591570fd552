"""kill -9 inside a scheduled job, before, between and after its orders: nothing is placed twice, and it is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk, Live
from tests.stack.traders import NOTES_THE_END

PACE, SHORT_PACE = "10@10:30-10:33", "10@10:30-10:31"
FUND = "518880.XSHG"
QTY = {"before": [], "between": [300], "after": [500, 600]}
"""What each job has placed when it dies."""
KILLED = (
    f'''
import os
import signal

FUND = "{FUND}"


def initialize(context):
    g.done = []
    run_daily(before, "10:30:03")
    run_daily(between, "10:31:03")
    run_daily(after, "10:32:03")


def dies(name):
    """Once, and without a word; SIGTERM is as sudden on Windows."""
    try:
        with open(f"{{name}}.died", "x", encoding="utf-8"):
            pass
    except FileExistsError:
        return
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def before(context):
    dies("before")
    order(FUND, 100)
    order(FUND, 200)
    g.done.append("before")


def between(context):
    order(FUND, 300)
    dies("between")
    order(FUND, 400)
    g.done.append("between")


def after(context):
    order(FUND, 500)
    order(FUND, 600)
    dies("after")
    g.done.append("after")

'''
    + NOTES_THE_END
)


def play(desk: Desk, quotes: Path, speed: str) -> Live:
    text = KILLED
    if speed == SHORT_PACE:
        text = text.replace("10:31:03", "10:30:13").replace("10:32:03", "10:30:23")
    live = desk.live(desk.strategy("killed", text), "--date", DAY, "--quotes", str(quotes), "--speed", speed)
    live.finish()
    assert len(live.pids("strategy")) == 1 + len(died_in(desk))
    return live


def died_in(desk: Desk) -> list[str]:
    """The jobs that were killed; at a speed one may be missed instead, where the machine is slow to start it again."""
    return [name for name in QTY if (desk.folder / f"{name}.died").exists()]


def placed(books: Books) -> list[int]:
    """How many shares each order that came to the broker asked for."""
    qty = {order.client_order_id: order.qty for order in books.sent()}
    return [qty[key] for key in books.placed()]


def alerts(books: Books) -> list[str]:
    return [code for (code,) in books.rows("select code from alerts order by id")]


@pytest.mark.parametrize("speed", ["0", pytest.param(PACE, marks=pytest.mark.slow)])
def test_a_killed_job_is_skipped(new_desk: Callable[..., Desk], short_day: Path, speed: str) -> None:
    desk = new_desk()
    books = Books(play(desk, short_day, speed).runtime)
    died = died_in(desk)
    assert len(died) == 3 if speed == "0" else died
    assert placed(books) == [qty for name in died for qty in QTY[name]]
    assert alerts(books).count("CALLBACK_UNFINISHED") == len(died)
    assert set(alerts(books)) <= {"CALLBACK_UNFINISHED", "TASKS_MISSED"}
    assert books.g()["done"] == []
    books.check()


@pytest.mark.parametrize("speed", [SHORT_PACE, *(pytest.param(speed, marks=pytest.mark.slow) for speed in ("0", PACE))])
def test_a_killed_job_is_run_again_where_the_settings_say_so(
    new_desk: Callable[..., Desk], short_day: Path, speed: str
) -> None:
    desk = new_desk({"MISSED_JOB_POLICY": "run", "MISSED_JOB_GRACE": "3600"})
    books = Books(play(desk, short_day, speed).runtime)
    assert len(died_in(desk)) == 3
    # At a speed the market does not wait: the jobs behind a killed one may be made up for in its own life.
    assert sorted(placed(books)) == [100, 200, 300, 400, 500, 600]
    assert [code for code in alerts(books) if code != "TASKS_LATE"] == ["CALLBACK_AGAIN"] * 3
    assert books.g()["done"] == ["before", "between", "after"]
    books.check()
