"""Registering functions to be called at set times; the host reads the time expressions."""

from __future__ import annotations

from collections.abc import Callable

from jqdata import host
from jqdata.host import Task, TaskKind

Scheduled = Callable[..., object]


def run_daily(func: Scheduled, time: str = "9:30", reference_security: str | None = None) -> None:
    """Call ``func(context)`` on every trading day at ``time``.

    ``time`` is 'HH:MM[:SS]', 'open', 'close', either with '+5m' or '-5m', 'every_bar', 'before_open' or 'after_close';
    anything else raises ValueError. ``reference_security`` names the market whose session counts.
    """
    _add("daily", func, 0, time, reference_security, force=True)


def run_weekly(
    func: Scheduled, weekday: int, time: str = "9:30", reference_security: str | None = None, force: bool = True
) -> None:
    """Call ``func(context)`` on the N-th trading day of each week, negative counted from its end.

    Where a week has no such day, ``force`` takes the nearest one; otherwise the week is skipped.
    """
    _add("weekly", func, _nth(weekday, "weekday", 7), time, reference_security, force=force)


def run_monthly(
    func: Scheduled, monthday: int, time: str = "9:30", reference_security: str | None = None, force: bool = True
) -> None:
    """Call ``func(context)`` on the N-th trading day of each month; otherwise as :func:`run_weekly`."""
    _add("monthly", func, _nth(monthday, "monthday", 31), time, reference_security, force=force)


def unschedule_all() -> None:
    """Forget every task."""
    host.current().clear_tasks()


def _add(kind: TaskKind, func: Scheduled, day: int, time: str, reference: str | None, *, force: bool) -> None:
    _check(func)
    if not isinstance(time, str):
        raise TypeError(f"定时任务的时间应为文本，如 '09:30'：{time!r}")
    task = Task(kind, func.__name__, day, time.strip(), reference, bool(force))
    host.current().add_task(task, func)


def _nth(day: int, name: str, most: int) -> int:
    if not isinstance(day, int) or day == 0 or abs(day) > most:
        raise ValueError(f"{name} 应为 1 到 {most} 或 -1 到 -{most} 的整数：{day!r}")
    return day


def _check(func: Scheduled) -> None:
    """Tasks are found again by name after a restart, so only a function of the module itself will do."""
    import inspect

    if not callable(func):
        raise TypeError(f"定时任务应为函数：{func!r}")
    name = getattr(func, "__name__", "")
    if not name or name == "<lambda>" or getattr(func, "__qualname__", "") != name:
        raise TypeError(f"定时任务应为策略文件顶层定义的函数（不能是方法、内部函数或 lambda）：{func!r}")
    try:
        inspect.signature(func).bind(None)
    except TypeError as error:
        raise TypeError(f"定时任务 {name} 应只有一个参数 context") from error
