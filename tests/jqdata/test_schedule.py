"""What may be scheduled, and how the host hears of it."""

import functools
from collections.abc import Callable

import pytest

from jqdata import run_daily, run_monthly, run_weekly, unschedule_all
from jqdata.host import Task
from tests.jqdata.desk import A, Desk


def trade(context: object) -> None:
    """A task as strategies write them."""


def two(context: object, data: object) -> None:
    """One argument too many."""


def with_default(context: object, more: int = 1) -> None:
    """Callable with the context alone."""


class Strategy:
    def method(self) -> None:
        """Not of the module itself."""


@pytest.mark.parametrize(
    ("register", "task"),
    [
        (lambda: run_daily(trade), Task("daily", "trade", 0, "9:30", None, True)),
        (lambda: run_daily(trade, "open+5m", A), Task("daily", "trade", 0, "open+5m", A, True)),
        (lambda: run_daily(with_default, time=" 14:50 "), Task("daily", "with_default", 0, "14:50", None, True)),
        (lambda: run_weekly(trade, 1, time="open"), Task("weekly", "trade", 1, "open", None, True)),
        (lambda: run_weekly(trade, -1, "9:5", A, False), Task("weekly", "trade", -1, "9:5", A, False)),
        (lambda: run_monthly(trade, monthday=15), Task("monthly", "trade", 15, "9:30", None, True)),
        (lambda: run_monthly(trade, -31, force=False), Task("monthly", "trade", -31, "9:30", None, False)),
    ],
)
def test_a_task_reaches_the_host(desk: Desk, register: Callable[[], None], task: Task) -> None:
    register()
    assert [added for added, _ in desk.tasks] == [task]
    assert desk.tasks[0][1].__name__ == task.func_name


def test_the_same_call_twice_makes_two_tasks(desk: Desk) -> None:
    run_daily(trade)
    run_daily(trade)
    assert len(desk.tasks) == 2
    unschedule_all()
    assert desk.tasks == []


@pytest.mark.parametrize(
    ("register", "error", "text"),
    [
        (lambda: run_daily("trade"), TypeError, "函数"),
        (lambda: run_daily(lambda context: None), TypeError, "顶层"),
        (lambda: run_daily(Strategy().method), TypeError, "顶层"),
        (lambda: run_daily(functools.partial(trade, None)), TypeError, "顶层"),
        (lambda: run_daily(two), TypeError, "一个参数"),
        (lambda: run_daily(trade, time=930), TypeError, "文本"),
        (lambda: run_weekly(trade, 0), ValueError, "weekday"),
        (lambda: run_weekly(trade, 8), ValueError, "weekday"),
        (lambda: run_weekly(trade, "1"), ValueError, "weekday"),
        (lambda: run_monthly(trade, 32), ValueError, "monthday"),
    ],
)
def test_what_cannot_be_found_again_is_refused(
    desk: Desk, register: Callable[[], None], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        register()
    assert desk.tasks == []


def test_a_function_inside_a_function_is_refused(desk: Desk) -> None:
    def inner(context: object) -> None:
        """Gone when the process restarts."""

    with pytest.raises(TypeError, match="inner"):
        run_daily(inner)
