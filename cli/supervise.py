"""supervisord of one run: started, watched through its own log, asked to end, and ended where it does not listen."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from http.client import HTTPException
from pathlib import Path
from xmlrpc.client import Error as RpcError

from cli.programs import CONF_FILE, LOG_FILE, OUTPUT_FILE, PID_FILE, Control, Launch, environment, read_control
from cli.refusal import Refused
from common import host_os
from common.clock import monotonic_ns, sleep
from common.errors import EXIT_STAY_DOWN

SECOND_NS = 1_000_000_000
FAILURES_MAX = 5
FAILURES_WITHIN_NS = 30 * SECOND_NS
END_SECONDS_MAX = 15
WAKE_SECONDS_MAX = 5

# supervisor-win 4.7.0 says "Spawned:" with a capital, and "termination normal" for exit status 0.
_SPAWNED = re.compile(r"[Ss]pawned: '(?P<name>[^']+)' with pid (?P<pid>\d+)")
_ENDED = re.compile(
    r"(?P<how>exited|stopped): (?P<name>\S+) \("
    r"(?:exit status (?P<status>-?\d+)|(?P<well>termination normal)|terminated by (?P<signal>[^;)]+))"
)
_GAVE_UP = re.compile(r"gave up: (?P<name>\S+) |spawnerr: (?P<why>.+)")
_STARTED = re.compile(r"supervisord started with pid \d+")


@dataclasses.dataclass(slots=True)
class Process:
    """A process as supervisord last saw it; ``status`` is the exit status, None while it runs or after a signal."""

    pid: int = 0
    running: bool = False
    by_itself: bool = False
    status: int | None = None
    signal: str = ""
    failed_ns: list[int] = dataclasses.field(default_factory=list)

    @property
    def done(self) -> bool:
        """It ended by itself and said that all is well."""
        return not self.running and self.by_itself and self.status == 0

    @property
    def stays_down(self) -> bool:
        return not self.running and self.status == EXIT_STAY_DOWN

    def keeps_failing(self, now_ns: int) -> bool:
        recent = [ns for ns in self.failed_ns if now_ns - ns <= FAILURES_WITHIN_NS]
        return len(recent) >= FAILURES_MAX


class SupervisorLog:
    """Follows supervisord.log; ``processes`` is the state after what was read so far."""

    def __init__(self, path: Path, *, from_end: bool = False) -> None:
        self.path = path
        self.processes: dict[str, Process] = {}
        self._offset = path.stat().st_size if from_end and path.exists() else 0

    def read(self, now_ns: int) -> None:
        """Take in what was written since; ``now_ns`` is monotonic time."""
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._offset:
                    self._offset = 0  # it was rotated
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            self._take(line, now_ns)

    def _take(self, line: str, now_ns: int) -> None:
        if _STARTED.search(line):
            self.processes.clear()
        elif found := _SPAWNED.search(line):
            process = self._of(found["name"])
            process.pid, process.running = int(found["pid"]), True
            process.status, process.signal, process.by_itself = None, "", False
        elif found := _ENDED.search(line):
            self._ended(found, now_ns)
        elif (found := _GAVE_UP.search(line)) and found["name"]:
            self._of(found["name"]).failed_ns.extend([now_ns] * FAILURES_MAX)

    def _ended(self, found: re.Match[str], now_ns: int) -> None:
        process = self._of(found["name"])
        process.running, process.by_itself = False, found["how"] == "exited"
        process.status = 0 if found["well"] else int(found["status"]) if found["status"] else None
        process.signal = found["signal"] or ""
        # Somebody's kill -9 is no failure of the process, however often it comes.
        if process.by_itself and process.status not in (0, EXIT_STAY_DOWN) and "SIGKILL" not in process.signal:
            process.failed_ns.append(now_ns)

    def _of(self, name: str) -> Process:
        return self.processes.setdefault(name, Process())


def start(launch: Launch, control: Control, environ: dict[str, str], lock_fds: list[int]) -> subprocess.Popen[bytes]:
    """Start supervisord with the run's file; it holds the locks too, so that they outlive this command."""
    runtime = launch.runtime_dir
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(runtime / CONF_FILE)]
    (runtime / PID_FILE).unlink(missing_ok=True)
    with (runtime / OUTPUT_FILE).open("wb") as output:
        process = host_os.spawn(command, environment(environ, runtime), output, keep_open=lock_fds)
    _wake(control, process)
    return process


def _wake(control: Control, process: subprocess.Popen[bytes]) -> None:
    """Knock once at supervisord's door: it looks for what is to be started once a second, or when somebody calls."""
    until_ns = monotonic_ns() + WAKE_SECONDS_MAX * SECOND_NS
    while process.poll() is None and monotonic_ns() < until_ns and not host_os.can_connect(control.url):
        sleep(0.02)


def pid_of(runtime_dir: Path) -> int:
    """The pid of the supervisord that runs there now, 0 where none does."""
    try:
        pid = int((runtime_dir / PID_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
    return pid if host_os.runs(pid, "supervis") else 0


def ask_to_end(runtime_dir: Path, pid: int) -> bool:
    """Ask supervisord to stop its processes and itself, by its control or by a signal; False where neither works."""
    from xmlrpc.client import ServerProxy

    from supervisor.xmlrpc import SupervisorTransport

    control = read_control(runtime_dir)
    if control is not None:
        transport = SupervisorTransport(control.user or None, control.password or None, control.url)
        url = "http://127.0.0.1" if control.url.startswith("unix://") else control.url
        try:
            ServerProxy(url, transport=transport).supervisor.shutdown()
            return True
        except (OSError, RpcError, HTTPException):
            pass  # not listening yet, or no more: the signal is the second way
    return host_os.ask_to_stop(pid)


def end(runtime_dir: Path, pid: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Take supervisord and its processes down and wait until they are gone; Refused where they will not go."""
    ask_to_end(runtime_dir, pid)
    for _ in range(END_SECONDS_MAX):
        if _gone([pid], process, 1):
            break
        for child in _children(runtime_dir):
            # supervisord's own request is lost where it comes between the fork and the exec of a process.
            host_os.ask_to_stop(child)
    else:
        host_os.end_now(pid)
    children = _children(runtime_dir)
    for child in children:
        # supervisord waits for its processes; one that is left lost its parent to a kill.
        host_os.ask_to_stop(child)
        if not _gone([child], None, 5):
            host_os.end_now(child)
    left = [one for one in (pid, *children) if not _gone([one], process, 3)]
    if left:
        raise Refused("STILL_RUNNING", f"进程 {'、'.join(map(str, left))} 没有结束，请手工检查")


def wait_for(pids: list[int], seconds: int = END_SECONDS_MAX) -> bool:
    """Whether these processes end within ``seconds``."""
    return _gone(pids, None, seconds)


def _children(runtime_dir: Path) -> list[int]:
    log = SupervisorLog(runtime_dir / LOG_FILE)
    log.read(monotonic_ns())
    running = [process.pid for process in log.processes.values() if process.running]
    return [pid for pid in running if host_os.runs(pid, " -m ")]


def _gone(pids: list[int], process: subprocess.Popen[bytes] | None, seconds: int) -> bool:
    until_ns = monotonic_ns() + seconds * SECOND_NS
    while True:
        if process is not None:
            process.poll()
        if not any(map(host_os.alive, pids)):
            return True
        if monotonic_ns() > until_ns:
            return False
        sleep(0.02)
