"""The verb ``replay``: decides a captured day again and says whether it comes out the same."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from cli import replay_changes
from cli.programs import environment
from cli.refusal import Refused, coded
from cli.replay_check import Verdict, check, first_start, processes_in
from cli.replay_lives import given_to
from cli.rows import time_text
from cli.screen import screen
from cli.tables import show
from common import wire
from common.capture import Capture, read_capture
from common.channels import role_of
from common.redo import input_of
from common.redo_fields import differences
from common.run import RUN_FILE_VARIABLE
from common.settings import Loaded

EXIT_DIFFERENT = 1
HASH_SEED = "PYTHONHASHSEED"

_ROWS_MAX = 40
_VALUE_MAX = 120


def replay(loaded: Loaded, file: Path, service: str | None, sets: list[str], *, trusted: bool) -> int:
    """Print the verdict of each process; 1 where one differs. With ``sets``, what would have been decided instead."""
    console = screen(loaded.settings)
    changed = replay_changes.parse(sets)
    with coded("BAD_CAPTURE"):
        capture = read_capture(file)
    names = processes_in(capture, service)
    if not names:
        raise Refused("NOT_CAPTURED", f"{file} 里没有 {service or '可重放的进程'}")
    names = _allowed(names, service, console, trusted=trusted)
    code = _in_own_process(capture, names, loaded)
    if code is not None:
        return code
    console.print(f"重放 {file.name}：自 {capture.header['day']} 起的一次运行")
    with coded("NOT_REPLAYABLE"):
        if changed:
            return replay_changes.show_changes(console, capture, names, changed)
        verdicts = [_told(console, capture, check(capture, name)) for name in names]
    return 0 if all(verdict.is_identical for verdict in verdicts) else EXIT_DIFFERENT


def _allowed(names: list[str], service: str | None, console: Console, *, trusted: bool) -> list[str]:
    """Replaying a strategy runs its code and unpickles its g: only on the user's word."""
    if trusted:
        return names
    held = [name for name in names if role_of(name) == "strategy"]
    if held and service == "strategy":
        raise Refused(
            "NEEDS_TRUST", "重放策略会运行捕获文件里的策略代码并反序列化其 g.pkl；确认文件来源可信后加 --trust"
        )
    for name in held:
        console.print(
            f"{name}：未重放 [NEEDS_TRUST]，这会运行文件里的策略代码；确认来源可信后加 --trust", style="yellow"
        )
    return [name for name in names if name not in held]


def _in_own_process(capture: Capture, names: list[str], loaded: Loaded) -> int | None:
    """Python takes its hash seed, which orders sets, at its start only: run again with the recorded one."""
    for name in names:
        started = first_start(capture, name) if role_of(name) == "strategy" else None
        seed = given_to(capture, started).get("hash_seed", b"").decode("ascii") if started else ""
        if seed and seed != "random" and os.environ.get(HASH_SEED) != seed:
            environ = environment(dict(os.environ), loaded.settings.runtime_dir) | {HASH_SEED: seed}
            environ.pop(RUN_FILE_VARIABLE)
            command = [sys.executable, "-m", "cli", *sys.argv[1:]]
            return subprocess.run(command, env=environ, check=False).returncode
    return None


def _told(console: Console, capture: Capture, verdict: Verdict) -> Verdict:
    took = f"{verdict.records:,} 条记录，{verdict.lives} 次启动，用时 {verdict.took_ns / 1e9:.2f} 秒"
    if verdict.difference is None:
        fast = f"，为实时的 {verdict.times_real:,} 倍" if verdict.market_ns else ""
        console.print(f"{verdict.process}：逐字节一致 [IDENTICAL]，{took}{fast}", style="green")
        return verdict
    step = verdict.difference
    recorded = wire.decode_step(step.recorded)
    said = type(input_of(recorded, capture.content)).__name__
    console.print(
        f"{verdict.process}：第 {step.index + 1} 条记录不同 [DIFFERENT]，"
        f"市场时间 {time_text(recorded.now_ns)}，输入 {said}；之前的 {step.index} 条一致",
        style="bold red",
    )
    rows = differences(step.recorded, step.again[0] if step.again else None)
    shown = [(field, _short(was), _short(now)) for field, was, now in rows[:_ROWS_MAX]]
    show(console, "第一处不同", ("字段 FIELD", "当时 RECORDED", "重放 REPLAYED"), shown)
    if len(rows) > _ROWS_MAX:
        console.print(f"……共 {len(rows)} 个字段不同")
    if role_of(verdict.process) == "strategy":
        _explain(console, capture, verdict.process)
    return verdict


def _explain(console: Console, capture: Capture, process: str) -> None:
    """A strategy that looks outside is reported, not blamed: what it was told there is on no record."""
    from services.strategy.outside import seen_in

    started = first_start(capture, process)
    given = given_to(capture, started) if started else {}
    reads = seen_in(given.get("source", b""))
    for line, what in reads:
        console.print(f"可能的原因 [READS_OUTSIDE]：策略第 {line} 行读取 {what}，其内容没有记录", style="yellow")
    if given.get("hash_seed", b"random") == b"random":
        console.print("可能的原因 [HASH_SEED]：当时没有固定 PYTHONHASHSEED，集合的遍历顺序无法重现", style="yellow")
    if (python := capture.header["python"]) != platform.python_version():
        console.print(
            f"可能的原因 [PYTHON]：当时是 Python {python}，现在是 {platform.python_version()}", style="yellow"
        )
    if not reads:
        console.print("策略文件里没有看到读取时钟、随机数、网络或文件的地方；程序版本可能不同", style="yellow")


def _short(text: str) -> str:
    return text if len(text) <= _VALUE_MAX else text[: _VALUE_MAX - 1] + "…"
