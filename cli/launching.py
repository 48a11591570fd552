"""Takes a run from its plan to its end: locks held, files written, supervisord started, watched, taken down, the books
shown. What ``live`` and ``server`` have in common."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli import closing, supervise
from cli.follow import LogTail
from cli.plan import Plan
from cli.programs import RUN_FILE, Control, Launch, write_conf
from cli.refusal import Refused
from cli.stack import resting_orders
from cli.watch import End, Outcome, Watch, Wish
from common import messages as m
from common.beijing import DAY_NS, day_of
from common.clock import wall_ns
from common.host_os import on_stop
from common.journals import remove_old
from common.kept import remove_old_kept
from common.settings import Loaded
from common.stamp import LOCK_FILE, Holder, Lock, hold, holder_of, move_aside, write_stamp

if TYPE_CHECKING:
    from common.ask import Operator

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


class Launching:
    """Used as a context, which holds the locks. ``environ`` is what the processes get, secrets of the command line
    included: those are in no file."""

    def __init__(self, loaded: Loaded, console: Console, environ: Mapping[str, str]) -> None:
        self.loaded, self.console, self.environ = loaded, console, dict(environ)
        self._held = contextlib.ExitStack()
        self._locks: list[Lock] = []

    def __enter__(self) -> Launching:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def hold(self, path: Path, strategy: str) -> None:
        """Refused, naming the holder, where somebody has the folder or the strategy's name."""
        lock = hold(path, Holder(os.getpid(), strategy, wall_ns()))
        if lock is None:
            what = f"运行目录 {path.parent}" if path.name == LOCK_FILE else f"策略名 {strategy}"
            raise Refused("IN_USE", f"{what} 正被使用：{holder_of(path) or '持有者未知'}；请先 bullet-trade stop")
        self._held.callback(lock.release)
        self._locks.append(lock)

    def prepare(self, plan: Plan) -> tuple[Launch, Control]:
        """Everything is checked: move old state aside, then write down what the processes read."""
        settings = self.loaded.settings
        runtime = settings.runtime_dir
        if plan.move_old and (to := move_aside(runtime, wall_ns())):
            self.console.print(f"旧的运行状态已移到 {to}", style="dim")
        try:
            settings.log_dir.mkdir(parents=True, exist_ok=True)
            first_day = plan.run.day or day_of(wall_ns())
            remove_old(runtime / "journals", first_day, settings.journal_keep_days, wall_ns())
            remove_old_kept(runtime / "journals", wall_ns() - settings.journal_keep_days * DAY_NS)
            write_stamp(runtime, plan.stamp)
            plan.run.write(runtime / RUN_FILE)
            launch = Launch(plan.programs, runtime, settings.log_dir, plan.run.strategy_id)
            return launch, write_conf(launch)
        except OSError as error:
            raise Refused("CANNOT_WRITE", f"{error.filename} 无法写入：{error.strerror}") from error

    def run(
        self,
        plan: Plan,
        prepared: tuple[Launch, Control],
        where: AbstractContextManager[Operator],
        watch_of: Callable[[Launch, Console, LogTail, Wish], Watch] = Watch,
    ) -> int:
        """Start everything and stand beside it until it ends; the exit code. ``where`` is the line to the stack."""
        launch, control = prepared
        settings = self.loaded.settings
        wish = Wish()
        on_stop(wish.note)
        follows = "proxy" if plan.run.served else f"strategy.{launch.strategy}"
        watch = watch_of(launch, self.console, LogTail(follows, settings.log_dir, settings.log_level), wish)
        fds = [lock.fd for lock in self._locks]
        supervisord = supervise.start(launch, control, self.environ, fds)
        with where as line:
            try:
                outcome = watch.run(supervisord, line)
                if outcome.end is End.CUT_SHORT:
                    # Started again together, all hear of the end together.
                    self.console.print(f"{outcome.text}，重新启动全部进程以完成收尾", style="yellow")
                    supervise.end(launch.runtime_dir, supervisord.pid, supervisord)
                    supervisord = supervise.start(launch, control, self.environ, fds)
                    outcome = watch.run(supervisord, line)
                resting = resting_orders(line, plan.run.aliases) if outcome.end in (End.ASKED, End.FAILED) else None
            finally:
                supervise.end(launch.runtime_dir, supervisord.pid, supervisord)
            watch.show_log()
            if plan.stack is not None:
                # The process says so itself when it ends in order; it may have been killed.
                line.send("quotes", m.Leave(f"strategy.{launch.strategy}"))
        return self._report(outcome, resting, plan)

    def _report(self, outcome: Outcome, resting: list[m.OrderState] | None, plan: Plan) -> int:
        settings, console = self.loaded.settings, self.console
        if outcome.end in (End.FAILED, End.CUT_SHORT):
            closing.show_resting(console, resting)
            raise Refused("PROCESS_FAILED", outcome.text)
        if outcome.end is End.FINISHED:
            console.print("交易日结束，全部进程已正常退出")
            runtime_dir = plan.stack.runtime_dir if plan.stack else settings.runtime_dir
            return 0 if closing.show(console, plan.run, settings, runtime_dir) else EXIT_FAILED
        again = "用同样的命令可继续这一天" if plan.run.simulated else "用同样的命令可继续运行"
        console.print(f"已按要求停止，全部进程已退出；{again}", style="yellow")
        if outcome.end is End.STOPPED:
            return 0  # the command that stopped the run lists what rests
        closing.show_resting(console, resting)
        return EXIT_INTERRUPTED
