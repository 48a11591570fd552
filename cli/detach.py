"""``--detach``: the same command in the background, watched until what it starts is up."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path

from cli.programs import LOG_FILE, environment
from cli.refusal import Refused
from cli.screen import screen
from cli.supervise import SupervisorLog
from common import beijing, host_os
from common.clock import monotonic_ns, sleep, wall_ns
from common.settings import Loaded

UP_SECONDS_MAX = 30
NO_SECRETS: Mapping[str, str] = types.MappingProxyType({})


def detach(
    loaded: Loaded,
    verb: str,
    arguments: list[str],
    is_up: Callable[[SupervisorLog], bool],
    secrets: Mapping[str, str] = NO_SECRETS,
) -> int:
    """Start the command with these arguments, those before the verb too, out of reach of this terminal; its exit code
    where it ends at once.

    ``secrets`` go into its environment, since anybody may read its command line."""
    settings = loaded.settings
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    path = settings.log_dir / f"{verb}.console-{beijing.day_of(wall_ns()):%Y%m%d}.log"
    log = SupervisorLog(settings.runtime_dir / LOG_FILE, from_end=True)
    command = [sys.executable, "-m", "cli", *(word for word in arguments if word != "--detach")]
    with path.open("ab") as output:
        begin = output.tell()
        environ = {**environment(dict(os.environ), settings.runtime_dir), **secrets, "NO_COLOR": "1"}
        environ.pop("BULLET_RUN_FILE")
        child = host_os.spawn(command, environ, output, outlives=True)
    _wait(child, log, is_up)
    if child.returncode is not None:
        screen(settings, stderr=child.returncode != 0).print(_since(path, begin), end="")
        return child.returncode
    console = screen(settings)
    console.print(f"已在后台启动（进程 {child.pid}），输出在 {path}")
    console.print(f"查看：bullet-trade status --runtime-dir {settings.runtime_dir}")
    console.print(f"停止：bullet-trade stop --runtime-dir {settings.runtime_dir}")
    return 0


def _wait(child: subprocess.Popen[bytes], log: SupervisorLog, is_up: Callable[[SupervisorLog], bool]) -> None:
    """Until the run's processes have been started, or the command has ended."""
    until_ns = monotonic_ns() + UP_SECONDS_MAX * 1_000_000_000
    while child.poll() is None:
        log.read(monotonic_ns())
        if is_up(log):
            return
        if monotonic_ns() > until_ns:
            raise Refused("NOT_UP", f"{UP_SECONDS_MAX} 秒内没有启动完成，后台进程 {child.pid} 仍在运行")
        sleep(0.05)


def _since(path: Path, begin: int) -> str:
    with path.open("rb") as file:
        file.seek(begin)
        return file.read().decode("utf-8", "replace")
