"""The verb ``stop``: takes down what runs in a runtime folder and lists what rests at the broker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli import closing, supervise
from cli.refusal import Refused
from cli.screen import screen
from cli.stack import Stack, find, line_to, operator, resting_orders, seen
from common.settings import Loaded
from common.stamp import LOCK_FILE, STRATEGY_LOCKS, Holder, holder_of, is_held

if TYPE_CHECKING:
    from common.ask import Operator

NOTHING_RUNS = 1


def stop(loaded: Loaded) -> int:
    """Take the run down and wait until it is gone; 1 where nothing runs there."""
    settings = loaded.settings
    runtime, console = settings.runtime_dir, screen(settings)
    pid = supervise.pid_of(runtime)
    if not pid:
        console.print(f"运行目录 {runtime} 没有运行中的系统")
        _hint(console, settings.bus_port_base)
        return NOTHING_RUNS
    with line_to(loaded) as line:
        stack = _stack(line, loaded)
        resting = resting_orders(line, stack.accounts) if stack else None
    holder = holder_of(runtime / LOCK_FILE)
    supervise.end(runtime, pid)
    if holder is not None:
        supervise.wait_for([holder.pid])  # the command that watched the run says its last words and goes
    console.print(f"已停止：{holder or f'supervisord 进程 {pid}'}")
    closing.show_resting(console, resting)
    for name, held_by in _joined(runtime):
        console.print(f"注意：策略 {name} 仍在运行（{held_by or '持有者未知'}），它所依靠的系统已停止", style="yellow")
    return 0


def _stack(line: Operator, loaded: Loaded) -> Stack | None:
    """A server that cannot be reached keeps nobody from stopping what runs here."""
    try:
        return seen(line, loaded)
    except Refused:
        return None


def _hint(console: Console, port_base: int) -> None:
    """Tell of a stack that runs on our ports from another folder."""
    with operator(port_base) as line:
        stack = find(line)
    if stack is not None:
        console.print(f"端口 {port_base + 1} 上的系统在另一个目录：bullet-trade stop --runtime-dir {stack.runtime_dir}")


def _joined(runtime: Path) -> list[tuple[str, Holder | None]]:
    """Strategies that joined from other folders and still run: their locks are held."""
    locks = sorted((runtime / STRATEGY_LOCKS).glob("*.lock"))
    return [(path.stem, holder_of(path)) for path in locks if is_held(path)]
