"""A desk for tests of the whole stack: real commands, real supervisord, folders and ports of its own, nothing left."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.programs import LOG_FILE, PID_FILE
from common import beijing, host_os
from common import messages as m
from common.ask import Operator
from common.clock import monotonic_ns, sleep
from common.settings_known import KNOWN
from tests.cli.conftest import free_port_base

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-20"
DAY_LIMIT_S = 150
WIDE = {
    "MAX_ORDER_VALUE": "10000000",
    "MAX_DAILY_TRADE_VALUE": "100000000000",
    "MAX_DAILY_TRADES": "100000",
    "MAX_DAILY_CANCELS": "100000",
    "MAX_POSITION_RATIO": "100",
}
"""Limits that no order of a test meets."""

_SPAWNED = re.compile(r"spawned: '(?P<name>[^']+)' with pid (?P<pid>\d+)")


def until(holds: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for a condition, at most so long."""
    end_ns = monotonic_ns() + int(seconds * 1e9)
    while not holds():
        assert monotonic_ns() < end_ns, f"in {seconds} s it did not come about: {what}"
        sleep(0.02)


def log_of(folder: Path, who: str) -> str:
    """All a process has logged there."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"{who}-*.log")))


class Live:
    """One ``live`` or ``server`` command that runs, with its supervisord and processes."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: Path, runtime: Path, logs: Path) -> None:
        self.process, self.output, self.runtime, self.logs = process, output, runtime, logs

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds: float = DAY_LIMIT_S) -> int:
        """The exit code of the command."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the day did not end in {seconds} s:\n{self.report()}") from None

    def finish(self, seconds: float = DAY_LIMIT_S) -> str:
        """Wait for a good end; returns what the command said."""
        code = self.wait(seconds)
        assert code == 0, f"exit code {code}:\n{self.report()}"
        return self.said

    def pids(self, name: str) -> list[int]:
        """Of every life of a process in this run, oldest first."""
        return [pid for program, pid in _spawned(self.runtime / LOG_FILE) if program == name]

    def kill(self, name: str) -> None:
        """``kill -9`` of the process's present life; returns when supervisor has started the next one."""
        lives = self.pids(name)
        host_os.end_now(lives[-1])
        until(lambda: len(self.pids(name)) > len(lives), f"{name} is started again")

    def log_of(self, who: str) -> str:
        return log_of(self.logs, who)

    def report(self) -> str:
        """Everything that was said, for a test that fails."""
        files = [self.output, self.runtime / LOG_FILE, *sorted(self.logs.glob("*.log"))]
        return "\n".join(f"--- {path.name}\n{_tail(path)}" for path in files)

    def all_pids(self) -> list[int]:
        """The command, its supervisord, and every life of every process."""
        logs = [self.runtime / LOG_FILE, *self.runtime.glob(f"archive/*/{LOG_FILE}")]
        supervisord = _number(self.runtime / PID_FILE)
        return [self.process.pid, supervisord, *(pid for log in logs for _, pid in _spawned(log))]

    def survivors(self) -> list[int]:
        """Which of them still run; a number that went to another program since does not count."""
        self.process.poll()
        return [pid for pid in self.all_pids() if host_os.alive(pid) and _is_ours(pid)]

    def end(self) -> None:
        """Whatever became of the test: end the command, supervisord, then what they started."""
        for _ in range(3):
            for pid in self.survivors():
                host_os.end_now(pid)
            if self.process.poll() is None:
                self.process.wait(10)
        until(lambda: not self.survivors(), "all processes of the test are gone", 10)


class Desk:
    """A user's folder with a ``.env``; ``settings`` go into it."""

    broker = "simulator"
    environ: Mapping[str, str] = {}
    """What every command finds around it beside our own environment."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder, self.base = folder, free_port_base()
        folder.mkdir(parents=True, exist_ok=True)
        self.begun: list[Live] = []
        lines = {"BUS_PORT_BASE": str(self.base), "RUNTIME_DIR": "rt", "LOG_DIR": "logs", **(settings or {})}
        text = "".join(f"{name}={value}\n" for name, value in lines.items())
        (folder / ".env").write_text(text, encoding="utf-8")

    @property
    def runtime(self) -> Path:
        return self.folder / "rt"

    def strategy(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return path

    def live(self, file: Path, *options: str, runtime: str = "rt", environ: Mapping[str, str] | None = None) -> Live:
        """Start ``live FILE``; logs go beside the runtime folder."""
        return self._begin("live", str(file), *options, runtime=runtime, environ=environ)

    def serve(self, *options: str) -> Live:
        """Start ``server``."""
        return self._begin("server", *options)

    def _begin(self, verb: str, *options: str, runtime: str = "rt", environ: Mapping[str, str] | None = None) -> Live:
        output = self.folder / f"{verb}-{len(self.begun)}.out"
        folders = ["--runtime-dir", runtime, "--log-dir", f"logs-{runtime}"]
        words = [verb, *options, "--broker", self.broker, *folders]
        around = _environ({**self.environ, **(environ or {})})
        with output.open("wb") as said:
            process = subprocess.Popen(
                _command(words), cwd=self.folder, env=around, stdout=said, stderr=subprocess.STDOUT
            )
        begun = Live(process, output, self.folder / runtime, self.folder / f"logs-{runtime}")
        self.begun.append(begun)
        return begun

    def run(self, *words: str, code: int = 0) -> str:
        """A short command as the user types it; returns what it said."""
        done = subprocess.run(
            _command(words), cwd=self.folder, env=_environ(self.environ), capture_output=True, timeout=60, check=False
        )
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        assert done.returncode == code, f"{' '.join(words)}: exit code {done.returncode}\n{said}"
        return said

    def ask(self, role: str, query: m.Message) -> m.Message | None:
        with Operator(self.base, f"operator.t{os.getpid()}") as line:
            return line.ask(role, query, 2.0)

    def market_ns(self, role: str = "risk") -> int:
        """The market's time as a process last heard it; 0 where it does not answer."""
        status = self.ask(role, m.GetStatus())
        return status.now_ns if isinstance(status, m.ProcessStatus) else 0

    def until_market(self, live: Live, clock: str, role: str = "risk", seconds: float = 60) -> None:
        """Wait until the market's clock of today shows this time."""

        def is_there() -> bool:
            assert live.process.poll() is None, f"the run ended before {clock}:\n{live.report()}"
            return beijing.ns_of_day(self.market_ns(role)) >= beijing.clock_seconds(clock) * beijing.SECOND_NS

        until(is_there, f"market time {clock}", seconds)


@contextmanager
def open_desk(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """A desk; every process it started is ended with it."""
    desk = Desk(folder, settings)
    with ending(desk):
        yield desk


@contextmanager
def ending(desk: Desk) -> Iterator[None]:
    """Whatever happens meanwhile, no process of the desk is left."""
    try:
        yield
    finally:
        for live in desk.begun:
            live.end()


def _command(words: tuple[str, ...] | list[str]) -> list[str]:
    return [sys.executable, "-m", "cli", *words]


def environ_without_settings() -> dict[str, str]:
    """Our own environment without any setting of the stack."""
    return {name: value for name, value in os.environ.items() if name.upper() not in KNOWN and "BULLET" not in name}


def _environ(more: Mapping[str, str] | None) -> dict[str, str]:
    """Ours without any setting of the stack: those are in the ``.env`` of the test."""
    ours = environ_without_settings()
    ours |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    return ours | dict(more or {})


def _spawned(log: Path) -> list[tuple[str, int]]:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return [(found["name"], int(found["pid"])) for found in _SPAWNED.finditer(text)]


def _number(path: Path) -> int:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def _is_ours(pid: int) -> bool:
    command = host_os.command_of(pid)
    return any(word in command for word in ("-m services", "-m cli", "supervisord")) or not command


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[-4000:] if path.exists() else "(missing)"
