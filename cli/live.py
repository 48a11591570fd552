"""The verb ``live``: checks everything, starts the run's supervisord, shows the day, and takes everything down."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from rich.console import Console

from cli import banner, checks, closing, supervise
from cli.broker_accounts import account_of, check_broker, mode_of
from cli.follow import LogTail
from cli.plan import Asked, Plan, make_plan
from cli.programs import RUN_FILE, Control, Launch, write_conf
from cli.refusal import Refused
from cli.screen import screen
from cli.stack import check_ports, operator, resting_orders
from cli.watch import End, Outcome, Watch, Wish
from common import messages as m
from common.beijing import DAY_NS, day_of
from common.clock import wall_ns
from common.host_os import on_stop
from common.journals import remove_old
from common.kept import remove_old_kept
from common.settings import Loaded
from common.stamp import LOCK_FILE, STRATEGY_LOCKS, Holder, Lock, hold, holder_of, move_aside, write_stamp

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def live(asked: Asked, loaded: Loaded) -> int:
    """Run the day and return the exit code; Refused, with nothing started or changed, where it cannot be run."""
    settings = loaded.settings
    console = screen(settings)
    check_broker(settings)
    checks.check_strategy(asked.file)
    checks.check_provider(settings)
    strategy = settings.strategy_name or asked.file.stem
    with contextlib.ExitStack() as held:
        locks = [_hold(settings.runtime_dir / LOCK_FILE, strategy, held)]
        stack = check_ports(settings.bus_port_base, account_of(settings), mode_of(settings))
        plan = make_plan(asked, loaded, stack, wall_ns())
        owner = stack.runtime_dir if stack else settings.runtime_dir
        locks.append(_hold(owner / STRATEGY_LOCKS / f"{strategy}.lock", strategy, held))
        if not asked.reset:
            checks.check_state(settings.runtime_dir)
        prepared = _prepare(plan, loaded, console)
        banner.show(console, plan.run, settings, plan.said)
        for note in loaded.notes:
            console.print(f"注意：{note}", style="yellow")
        return _run(plan, prepared, loaded, console, [lock.fd for lock in locks])


def _hold(path: Path, strategy: str, held: contextlib.ExitStack) -> Lock:
    lock = hold(path, Holder(os.getpid(), strategy, wall_ns()))
    if lock is None:
        what = f"运行目录 {path.parent}" if path.name == LOCK_FILE else f"策略名 {strategy}"
        raise Refused("IN_USE", f"{what} 正被使用：{holder_of(path) or '持有者未知'}；请先 bullet-trade stop")
    held.callback(lock.release)
    return lock


def _prepare(plan: Plan, loaded: Loaded, console: Console) -> tuple[Launch, Control]:
    """Everything is checked: move old state aside, then write down what the processes read."""
    settings = loaded.settings
    runtime = settings.runtime_dir
    if plan.move_old and (to := move_aside(runtime, wall_ns())):
        console.print(f"旧的运行状态已移到 {to}", style="dim")
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


def _run(plan: Plan, prepared: tuple[Launch, Control], loaded: Loaded, console: Console, lock_fds: list[int]) -> int:
    launch, control = prepared
    settings = loaded.settings
    wish = Wish()
    on_stop(wish.note)
    watch = Watch(launch, console, LogTail(f"strategy.{launch.strategy}", settings.log_dir, settings.log_level), wish)
    supervisord = supervise.start(launch, control, dict(os.environ), lock_fds)
    with operator(settings.bus_port_base) as line:
        try:
            outcome = watch.run(supervisord, line)
            if outcome.end is End.CUT_SHORT:
                # Started again together, all hear of the end together.
                console.print(f"{outcome.text}，重新启动全部进程以完成收尾", style="yellow")
                supervise.end(launch.runtime_dir, supervisord.pid, supervisord)
                supervisord = supervise.start(launch, control, dict(os.environ), lock_fds)
                outcome = watch.run(supervisord, line)
            resting = resting_orders(line, plan.run.account) if outcome.end in (End.ASKED, End.FAILED) else None
        finally:
            supervise.end(launch.runtime_dir, supervisord.pid, supervisord)
        watch.show_log()
        if plan.stack is not None:
            # The process says so itself when it ends in order; it may have been killed.
            line.send("quotes", m.Leave(f"strategy.{launch.strategy}"))
    return _report(outcome, resting, plan, loaded, console)


def _report(outcome: Outcome, resting: list[m.OrderState] | None, plan: Plan, loaded: Loaded, console: Console) -> int:
    if outcome.end in (End.FAILED, End.CUT_SHORT):
        closing.show_resting(console, resting)
        raise Refused("PROCESS_FAILED", outcome.text)
    if outcome.end is End.FINISHED:
        console.print("交易日结束，全部进程已正常退出")
        runtime_dir = plan.stack.runtime_dir if plan.stack else loaded.settings.runtime_dir
        return 0 if closing.show(console, plan.run, loaded.settings, runtime_dir) else EXIT_FAILED
    again = "用同样的命令可继续这一天" if plan.run.simulated else "用同样的命令可继续运行"
    console.print(f"已按要求停止，全部进程已退出；{again}", style="yellow")
    if outcome.end is End.STOPPED:
        return 0  # the command that stopped the run lists what rests
    closing.show_resting(console, resting)
    return EXIT_INTERRUPTED
