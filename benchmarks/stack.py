"""The stack as real processes on ports of its own, for as long as a benchmark needs it."""

from __future__ import annotations

import dataclasses
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType

from common.bus import SERVERS, Addresses
from common.host_os import end_now
from common.run import RUN_FILE_VARIABLE, SERVICES, Run

POLL_S = 0.05


class StackFailed(Exception):
    """A process of the stack ended, or what was waited for did not come; the text holds what the processes said."""


Wait = Callable[[Path, float], None]
"""Waits until a file is there, at most so many seconds; StackFailed where it does not come or a process ends."""


@contextmanager
def running(
    run: Run,
    folder: Path,
    env: Mapping[str, str],
    strategy_module: str,
    *,
    remote: Mapping[str, str] | None = None,
    token: str = "",
    probes: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Wait]:
    """The five processes of `run`; all are ended, by their pids, when the block is left. With ``remote`` the strategy
    is a client of a sixth, the proxy, as if on another machine; these settings are for both, and ``token`` is the
    strategy's own. ``probes`` are modules that stand in for a service."""
    run_file = folder / "run.json"
    run.write(run_file)
    theirs: dict[str, str] = {}
    if remote is not None:
        away = folder / "away.json"
        dataclasses.replace(run, remote=True, published=run.simulated).write(away)
        theirs = {RUN_FILE_VARIABLE: str(away), "RUNTIME_DIR": str(folder / "away"), **remote}
        theirs |= {"QMT_SERVER_TOKEN": token} if token else {}
        env = {**env, **remote}
    base = free_base([port for role in SERVERS for port in Addresses(0).ports(role)])
    (folder / "ports.json").write_text(f"{base}", encoding="utf-8")
    own = {
        RUN_FILE_VARIABLE: str(run_file),
        "RUNTIME_DIR": str(folder / "runtime"),
        "LOG_DIR": str(folder / "logs"),
        "BUS_PORT_BASE": str(base),
    }
    modules = [probes.get(service) or _module_of(service) for service in SERVICES]
    modules += ["services.proxy"] if theirs else []
    with ExitStack() as stack:
        around = os.environ | own | env
        processes = [stack.enter_context(started((module,), folder, around)) for module in modules]
        processes.append(stack.enter_context(started((strategy_module,), folder, around | theirs)))

        def wait_for(path: Path, seconds: float) -> None:
            deadline = time.monotonic() + seconds
            while not path.exists():
                if any(process.poll() is not None for process in processes) or time.monotonic() > deadline:
                    raise StackFailed(_said(folder))
                time.sleep(POLL_S)

        yield wait_for


def free_base(offsets: Sequence[int]) -> int:
    """A port such that the ports at these offsets from it are free now; others may look for some at the same time."""
    for _ in range(1000):
        base = random.randrange(20_000, 32_000)
        if all(_is_free(base + offset) for offset in offsets):
            return base
    raise StackFailed("no free ports between 20000 and 32000")


def _is_free(port: int) -> bool:
    with socket.socket() as line:
        try:
            line.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _module_of(service: str) -> str:
    return "services.gateway.quotes" if service == "quotes" else f"services.{service}"


@contextmanager
def started(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A module with its words, as a process that is ended when the block is left."""
    with (folder / f"{'-'.join(command[:2]).replace(os.sep, '_')}.out").open("wb") as output:
        words = [sys.executable, "-m", *command]
        process = subprocess.Popen(words, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                end_now(process.pid)
                process.wait()


def _said(folder: Path) -> str:
    files = sorted([*folder.glob("*.out"), *folder.glob("logs/*.log")])
    return "\n".join(f"{path.name}: {path.read_text(encoding='utf-8')[-2000:]}" for path in files)
