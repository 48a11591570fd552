"""Stands beside a running day: shows the strategy's log and the market's time, and notices how the run ends."""

from __future__ import annotations

import dataclasses
import enum
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli.follow import LogTail, last_line, size_of
from cli.programs import LOG_FILE, OUTPUT_FILE, Launch
from cli.supervise import SECOND_NS, Process, SupervisorLog
from common import beijing
from common import messages as m
from common.clock import monotonic_ns, sleep, wall_ns
from common.logs import Line, log_path, read_line

if TYPE_CHECKING:
    from cli.reload import Changes
    from common.ask import Operator

LOOK_SECONDS = 0.1
LATE_NS = 10 * SECOND_NS
ASK_NS = 1 * SECOND_NS
ASK_SECONDS = 0.5
PROGRESS_MINUTES = 30
_MINUTES_A_DAY = 240
_STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red", "DEBUG": "dim"}


class End(enum.Enum):
    """How a run came to its end."""

    FINISHED = enum.auto()  # every process said that the day is over
    ASKED = enum.auto()  # Ctrl-C, a signal
    STOPPED = enum.auto()  # supervisord was taken down by ``bullet-trade stop``
    FAILED = enum.auto()  # a process stays down or keeps failing
    CUT_SHORT = enum.auto()  # the run is over for some; others were killed in that moment and wait for those


@dataclasses.dataclass(frozen=True)
class Outcome:
    """``text`` says of a failure which process and what it said last."""

    end: End
    text: str = ""


class Wish:
    """Somebody's wish to stop, noted by the signal handler from before anything is started."""

    def __init__(self) -> None:
        self.stop = False

    def note(self) -> None:
        self.stop = True


class Watch:
    """Made before supervisord is started, so that nothing of its logs is missed."""

    def __init__(
        self, launch: Launch, console: Console, tail: LogTail, wish: Wish, changes: Changes | None = None
    ) -> None:
        """``changes`` where the strategy's file is watched too."""
        self.launch, self.console, self.tail, self.wish, self.changes = launch, console, tail, wish, changes
        self.log = SupervisorLog(launch.runtime_dir / LOG_FILE, from_end=True)
        self.shown_minutes = -PROGRESS_MINUTES
        self._begin = {path: size_of(path) for program in launch.programs for path in self._said_in(program.name)}
        self._asked_ns = 0
        self._shown_day = 0
        self._done_ns = 0  # when the first process was seen to have ended in order
        self._asides = {program.name for program in launch.programs if program.aside}
        self._lasting = {program.name for program in launch.programs if program.lasting}
        self._told_of: set[str] = set()

    def run(self, supervisord: subprocess.Popen[bytes], line: Operator) -> Outcome:
        """Look ten times a second until the run ends."""
        self.log.processes.clear()  # what an earlier supervisord had under it
        self._done_ns = 0
        while True:
            self.show_log()
            outcome = self._outcome(supervisord)
            if outcome is not None:
                self.show_log()
                return outcome
            if monotonic_ns() - self._asked_ns >= ASK_NS:
                self._asked_ns = monotonic_ns()
                self.show_progress(line)
                if self.changes is not None:
                    self.changes.look()
            sleep(LOOK_SECONDS)

    def show_log(self) -> None:
        for text in self.tail.read():
            line = read_line(text)
            self.console.print(_said(line) if line else text, style=_STYLES.get(line.level) if line else None)

    def _outcome(self, supervisord: subprocess.Popen[bytes]) -> Outcome | None:
        self.log.read(monotonic_ns())
        self._show_asides()
        if self.wish.stop:
            return Outcome(End.ASKED)
        for name, process in self._needed().items():
            if process.stays_down or (process.done and name in self._lasting):
                return Outcome(End.FAILED, f"{name} 停止运行，需要人工处理：{self._last_words(name)}")
            if process.keeps_failing(monotonic_ns()):
                return Outcome(End.FAILED, f"{name} 反复异常退出：{self._last_words(name)}")
        processes = self._awaited()
        if len(processes) == len(self.launch.programs) - len(self._asides) - len(self._lasting) and all(
            process.done for process in processes.values()
        ):
            return Outcome(End.FINISHED)
        if supervisord.poll() is not None:
            return self._supervisord_ended(supervisord.returncode)
        return self._cut_short()

    def _needed(self) -> dict[str, Process]:
        return {name: process for name, process in self.log.processes.items() if name not in self._asides}

    def _awaited(self) -> dict[str, Process]:
        """Those whose end is the end of the run."""
        return {name: process for name, process in self._needed().items() if name not in self._lasting}

    def _show_asides(self) -> None:
        """Trading goes on without a process of this kind; the user is told once that it does."""
        for name in self._asides - self._told_of:
            process = self.log.processes.get(name)
            if process is not None and (process.stays_down or process.keeps_failing(monotonic_ns())):
                self._told_of.add(name)
                said = f"{name} 没有运行，交易不受影响：{self._last_words(name)}"
                self.console.print(said, style="yellow")

    def _cut_short(self) -> Outcome | None:
        """Processes end together; one that was killed then and started again waits for ever for those that are gone."""
        processes = self._awaited()
        if not any(process.done for process in processes.values()):
            self._done_ns = 0
            return None
        self._done_ns = self._done_ns or monotonic_ns()
        if monotonic_ns() - self._done_ns < LATE_NS:
            return None
        late = "、".join(name for name, process in processes.items() if not process.done)
        return Outcome(End.CUT_SHORT, f"运行结束时 {late} 被中断")

    def _supervisord_ended(self, status: int) -> Outcome:
        if status == 0:
            return Outcome(End.STOPPED)
        said = last_line(self.launch.runtime_dir / OUTPUT_FILE)
        return Outcome(End.FAILED, f"supervisord 异常退出（{status}）：{said}")

    def _last_words(self, name: str) -> str:
        """What the process said last in this run: on its standard error, else in its log."""
        said = (last_line(path, self._begin.get(path, 0)) for path in self._said_in(name))
        return next(filter(None, said), "没有留下信息").removeprefix("错误 ")

    def _said_in(self, name: str) -> list[Path]:
        who = f"strategy.{self.launch.strategy}" if name == "strategy" else name
        return [self.launch.output_of(name), log_path(who, self.launch.log_dir, beijing.day_of(wall_ns()))]

    def show_progress(self, line: Operator) -> None:
        status = line.ask("state", m.GetStatus(), ASK_SECONDS)  # it stands on nobody's way
        if not isinstance(status, m.ProcessStatus) or not status.now_ns:
            return
        if status.trading_day != self._shown_day:
            self._shown_day, self.shown_minutes = status.trading_day, -PROGRESS_MINUTES
        passed = minutes_passed(status.now_ns)
        if passed - self.shown_minutes >= PROGRESS_MINUTES or passed == _MINUTES_A_DAY != self.shown_minutes:
            self.shown_minutes = passed
            share = passed * 100 // _MINUTES_A_DAY
            self.console.print(
                f"进度 {_day_and_time(status.now_ns)}  {share}%（{passed}/{_MINUTES_A_DAY} 分钟）", style="cyan"
            )


def minutes_passed(now_ns: int) -> int:
    """Minutes of continuous trading that are over at this time of day: 0 to 240."""
    minute = beijing.ns_of_day(now_ns) // beijing.MINUTE_NS
    return min(max(minute - 570, 0), 120) + min(max(minute - 780, 0), 120)


def _day_and_time(now_ns: int) -> str:
    return f"{beijing.day_of(now_ns)} {beijing.clock_text(now_ns)}"


def _said(line: Line) -> str:
    """A log line as the console shows it: market time where there is one, since the wall clock is beside the point."""
    return f"{line.market or line.wall} {line.level:<8} {line.text}"
