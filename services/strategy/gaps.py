"""What fell due while the process was down: told once, and run where the settings say so (jq_api 2.2)."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable

from common.beijing import day_of, midnight, naive
from services.strategy.agenda import Agenda
from services.strategy.downtime import Down, Downtime
from services.strategy.live_state import Cursor
from services.strategy.runtime import Runtime
from services.strategy.schedule import Call


class Gaps:
    """``warn(code, text)`` tells the trader."""

    def __init__(self, runtime: Runtime, agenda: Agenda, warn: Callable[[str, str], None]) -> None:
        self._rt, self._agenda, self._warn = runtime, agenda, warn
        config = runtime.config
        self._downtime = Downtime(runs_missed=config.runs_missed, grace_ns=config.missed_grace_ns)

    @property
    def downs(self) -> tuple[Down, ...]:
        return self._downtime.downs

    def restore(self, downs: tuple[Down, ...]) -> None:
        self._downtime = dataclasses.replace(self._downtime, downs=downs)

    def came_back(self, alive_ns: int) -> None:
        """This process follows the market's clock from now on; the one before it lived at least until ``alive_ns``."""
        up_ns = self._rt.up_ns
        self._downtime = self._downtime.after(Down(min(alive_ns, up_ns), up_ns), midnight(day_of(up_ns)))

    def is_missed(self, call: Call) -> bool:
        return self._downtime.is_missed(call)

    def report(self, missed: list[Call]) -> None:
        """Tell what was missed, and what the process was doing when it died."""
        cursor = self._agenda.cursor
        if cursor is not None and not cursor.finished:
            self._report_unfinished(cursor)
        if missed := [call for call in missed if self._downtime.is_untold(call)]:
            self._warn("TASKS_MISSED", f"停机期间错过、不再补运行：{_listed(missed)}")
        if late := [
            call for down in self._downtime.untold for call in self._agenda.due_between(down.from_ns, down.until_ns)
        ]:
            self._warn("TASKS_LATE", f"停机期间错过、现在补运行：{_listed(late)}")
        self._downtime = self._downtime.told()

    def _report_unfinished(self, cursor: Cursor) -> None:
        """The call that had begun when the process died counts as missed."""
        rt, call = self._rt, cursor.call
        what = f"{call.func_name}（{naive(call.at_ns):%Y-%m-%d %H:%M:%S}）开始后进程中断，没有运行完"
        if cursor.day == rt.day and self._downtime.may_run_again(call.at_ns):
            self._agenda.enter_again()
            self._warn("CALLBACK_AGAIN", f"{what}，现在重新进入；已发出的委托不会再发")
        else:
            self._agenda.finish()
            self._warn("CALLBACK_UNFINISHED", f"{what}，不再重新运行")


def _listed(calls: list[Call]) -> str:
    names = Counter(call.func_name for call in calls)
    return "、".join(f"{name}×{count}" if count > 1 else name for name, count in names.items())
