"""The day's calls and how far they have come; a task added or cleared meanwhile changes only what is still ahead."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

from common.calendar import Calendar
from jqdata.host import Task
from services.strategy import schedule
from services.strategy.live_state import Cursor
from services.strategy.schedule import Call, Hours, Registered


class Agenda:
    """``start_day`` is the strategy's first day; ``defined`` names the functions that run without being registered."""

    def __init__(self, calendar: Calendar, hours: Hours) -> None:
        self._calendar, self._hours = calendar, hours
        self.defined: tuple[str, ...] = ()
        self.tasks: list[Registered] = []
        self.next_seq = 1
        self.start_day: date | None = None
        self.cursor: Cursor | None = None
        self.day: date | None = None
        self._is_missed: Callable[[Call], bool] = _never
        self._again = False  # the call of the cursor is entered once more
        self._ahead: list[Call] | None = None  # soonest last

    def add(self, task: Task, since_ns: int) -> None:
        """ValueError, in Chinese, where the task could never be due. Times up to ``since_ns`` are past for it."""
        schedule.check(task, self._hours)
        self.tasks.append(Registered(task, self.next_seq, since_ns))
        self.next_seq += 1
        self._ahead = None

    def clear(self) -> None:
        self.tasks.clear()
        self._ahead = None

    def open_day(self, day: date, is_missed: Callable[[Call], bool] | None = None) -> list[Call]:
        """Begin a day. What has not begun and ``is_missed`` is not run: those calls are returned."""
        self.day, self._is_missed, self._ahead = day, _never, None
        ahead = self._calls_ahead()
        self._is_missed, self._ahead = is_missed or _never, None
        return [call for call in reversed(ahead) if self._is_missed(call)]

    def redefine(self, defined: tuple[str, ...], now_ns: int) -> None:
        """Other functions run without being registered from now on; for new ones the times up to now are past."""
        new, was_missed = set(defined) - set(self.defined), self._is_missed
        self._is_missed = lambda call: (
            was_missed(call) or (not call.seq and call.func_name in new and call.at_ns <= now_ns)
        )
        self.defined, self._ahead = defined, None

    def enter_again(self) -> None:
        """Have the call that the cursor shows as begun run from its start."""
        self._again, self._ahead = True, None

    def close_day(self) -> None:
        self.day, self._ahead = None, None

    def due_between(self, from_ns: int, until_ns: int) -> list[Call]:
        """What fell due between two times and is still to run."""
        return [call for call in reversed(self._calls_ahead()) if from_ns < call.at_ns < until_ns]

    def peek(self) -> Call | None:
        """The next call of the day."""
        ahead = self._calls_ahead()
        return ahead[-1] if ahead else None

    def begin(self, call: Call) -> None:
        assert self.day is not None
        self.cursor, self._again = Cursor(self.day, call, finished=False), False
        if self._ahead and self._ahead[-1] is call:
            self._ahead.pop()

    def take_back(self, before: Cursor | None) -> None:
        """The call in hand did not begin after all: it is still ahead."""
        self.cursor, self._ahead = before, None

    def finish(self) -> None:
        if self.cursor is not None:
            self.cursor = dataclasses.replace(self.cursor, finished=True)

    def _calls_ahead(self) -> list[Call]:
        if self._ahead is None:
            self._ahead = [] if self.day is None else self._plan(self.day)
        return self._ahead

    def _plan(self, day: date) -> list[Call]:
        if not self._calendar.is_trading_day(day):
            return []
        start_day = self.start_day or day
        calls = schedule.calls_of(day, self.tasks, self.defined, self._hours, self._calendar, start_day)
        begun = self.cursor.call.key if self.cursor is not None and self.cursor.day == day else None
        return [
            call
            for call in reversed(calls)
            if (begun is None or call.key > begun or (self._again and call.key == begun))
            and (not self._is_missed(call) or (self._again and call.key == begun))
        ]


def _never(call: Call) -> bool:
    return False
