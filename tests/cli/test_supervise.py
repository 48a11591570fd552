"""A run's supervisord with small real processes: what becomes of each is noticed, and everything is taken down."""

import dataclasses
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from cli import supervise
from cli.follow import LogTail
from cli.programs import LOG_FILE, PID_FILE, Launch, Program, write_conf
from cli.watch import End, Outcome, Watch, Wish, minutes_passed
from common import beijing, host_os
from common.ask import Operator
from common.clock import monotonic_ns, sleep
from common.stamp import Holder, hold

LIMIT_NS = 120 * 10**9
PARTS = {
    "ends": "",
    "waits": "import time\nwhile True: time.sleep(1)",
    "stays_down": "import sys\nprint('错误 CONFIG: 日志损坏', file=sys.stderr)\nsys.exit(78)",
    "fails": "raise RuntimeError('no good')",
    "stubborn": "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)",
}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[Launch, subprocess.Popen[bytes]]]]:
    """Starts supervisord with some of PARTS; whatever is left of it is ended after the test."""
    runtime, logs = tmp_path / "run", tmp_path / "logs"
    runtime.mkdir()
    logs.mkdir()
    for name, code in PARTS.items():
        (tmp_path / f"part_{name}.py").write_text(code, encoding="utf-8")
    begun: list[subprocess.Popen[bytes]] = []

    def begin(*names: str, locks: tuple[int, ...] = ()) -> tuple[Launch, subprocess.Popen[bytes]]:
        launch = Launch(tuple(Program(name, f"part_{name}") for name in names), runtime, logs, "demo")
        control = write_conf(launch)
        begun.append(supervise.start(launch, control, {**os.environ, "PYTHONPATH": str(tmp_path)}, list(locks)))
        return launch, begun[-1]

    yield begin
    for process in begun:
        supervise.end(runtime, process.pid, process)


def until(holds: Callable[[], bool]) -> None:
    end_ns = monotonic_ns() + LIMIT_NS
    while not holds():
        assert monotonic_ns() < end_ns, "it did not come about"
        sleep(0.02)


def watch(launch: Launch) -> Watch:
    console = Console(file=io.StringIO(), width=200)
    return Watch(launch, console, LogTail("strategy.demo", launch.log_dir, "INFO"), Wish())


def outcome(watching: Watch, process: subprocess.Popen[bytes]) -> Outcome:
    with Operator(58_700, name="operator.test") as line:
        return watching.run(process, line)


@pytest.mark.parametrize(
    ("spawned", "well", "badly"),
    [
        ("spawned: 'risk' with pid 77", "exit status 0; expected", "exit status 3; not expected"),
        # As supervisor-win 4.7.0 writes them (supervisor/process.py, supervisor/psutil/subproc.py).
        ("Spawned: 'risk' with pid 77", "termination normal; expected", "exit status 3; not expected"),
    ],
    ids=["linux", "windows"],
)
def test_the_log_is_read_as_either_supervisor_writes_it(tmp_path: Path, spawned: str, well: str, badly: str) -> None:
    path = tmp_path / "supervisord.log"
    log = supervise.SupervisorLog(path)
    path.write_text(f"2026-11-20 09:00:00,001 INFO {spawned}\n", encoding="utf-8")
    log.read(0)
    assert (log.processes["risk"].pid, log.processes["risk"].running) == (77, True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"2026-11-20 15:00:00,001 INFO exited: risk ({well})\n")
    log.read(0)
    assert log.processes["risk"].done
    with path.open("a", encoding="utf-8") as file:
        file.write(f"2026-11-20 15:00:00,002 INFO {spawned}\n")
        file.write(f"2026-11-20 15:00:00,003 WARN exited: risk ({badly})\n")
    log.read(0)
    assert not log.processes["risk"].done and log.processes["risk"].status == 3


def test_a_run_whose_processes_all_end_well_is_finished(start) -> None:
    launch, process = start("ends")
    assert outcome(watch(launch), process).end is End.FINISHED


def test_a_process_that_stays_down_is_a_failure_with_its_last_words(start) -> None:
    launch, process = start("waits", "stays_down")
    found = outcome(watch(launch), process)
    assert found.end is End.FAILED
    assert "stays_down" in found.text
    assert found.text.endswith("CONFIG: 日志损坏")
    log = supervise.SupervisorLog(launch.runtime_dir / LOG_FILE)
    log.read(0)
    assert not log.processes["stays_down"].running, "78 is not started again"


def test_a_process_that_keeps_failing_is_a_failure(start) -> None:
    launch, process = start("fails")
    found = outcome(watch(launch), process)
    assert found.end is End.FAILED
    assert found.text.endswith("RuntimeError: no good")


@pytest.mark.parametrize("aside", ["waits", "stays_down", "fails"])
def test_what_becomes_of_a_process_aside_ends_no_run(tmp_path: Path, start, aside: str) -> None:
    launch, process = start("ends", aside)
    launch = dataclasses.replace(
        launch, programs=(Program("ends", "part_ends"), Program(aside, f"part_{aside}", aside=True))
    )
    watching = watch(launch)
    assert outcome(watching, process).end is End.FINISHED
    log = watching.log
    until(lambda: log.read(monotonic_ns()) or log.processes[aside].pid != 0)
    if aside != "waits":
        until(lambda: watching._show_asides() or log.read(monotonic_ns()) or aside in watching._told_of)
        watching._show_asides()
        assert watching.console.file.getvalue().count(f"{aside} 没有运行，交易不受影响") == 1


def test_a_killed_process_comes_back_and_fails_nothing(start) -> None:
    launch, process = start("waits")
    watching = watch(launch)
    killed: list[int] = []

    def is_up_anew() -> bool:
        watching.log.read(monotonic_ns())
        one = watching.log.processes.get("waits")
        if one is not None and one.running and one.pid not in killed:
            if len(killed) == supervise.FAILURES_MAX + 1:
                return True
            killed.append(one.pid)
            host_os.end_now(one.pid)
        return False

    until(is_up_anew)
    watching.wish.note()
    assert outcome(watching, process).end is End.ASKED


def test_a_stop_from_elsewhere_is_noticed(start) -> None:
    launch, process = start("waits")
    watching = watch(launch)
    until(lambda: supervise.pid_of(launch.runtime_dir) == process.pid)
    assert supervise.ask_to_end(launch.runtime_dir, process.pid)
    assert outcome(watching, process).end is End.STOPPED


def test_everything_is_gone_after_the_end_also_what_ignores_the_signal(start) -> None:
    launch, process = start("waits", "stubborn")
    log = supervise.SupervisorLog(launch.runtime_dir / LOG_FILE)

    def all_up() -> bool:
        log.read(0)
        return len(log.processes) == 2 and all(one.running for one in log.processes.values())

    until(all_up)
    pids = [one.pid for one in log.processes.values()]
    supervise.end(launch.runtime_dir, process.pid, process)
    assert not any(map(host_os.alive, [process.pid, *pids]))
    assert supervise.pid_of(launch.runtime_dir) == 0


@pytest.mark.skipif(host_os.WINDOWS, reason="pids are found by their command lines")
def test_processes_that_lost_their_supervisord_are_ended_too(start) -> None:
    launch, process = start("waits")
    log = supervise.SupervisorLog(launch.runtime_dir / LOG_FILE)

    def is_up() -> bool:
        log.read(0)
        return "waits" in log.processes and host_os.runs(log.processes["waits"].pid, " -m ")

    until(is_up)
    host_os.end_now(process.pid)
    found = outcome(watch(launch), process)
    assert found.end is End.FAILED
    assert "supervisord" in found.text
    assert host_os.alive(log.processes["waits"].pid)
    supervise.end(launch.runtime_dir, process.pid, process)
    assert not host_os.alive(log.processes["waits"].pid)


@pytest.mark.skipif(host_os.WINDOWS, reason="supervisord inherits no lock on Windows")
def test_the_lock_outlives_the_command_that_started_supervisord(start, tmp_path: Path) -> None:
    path = tmp_path / "live.lock"
    lock = hold(path, Holder(1, "demo", 0))
    assert lock is not None
    launch, process = start("waits", locks=(lock.fd,))
    until(lambda: supervise.pid_of(launch.runtime_dir) == process.pid)
    os.close(lock.fd)
    assert hold(path, Holder(2, "other", 0)) is None
    supervise.end(launch.runtime_dir, process.pid, process)
    assert hold(path, Holder(2, "other", 0)) is not None


def test_a_pid_file_of_another_program_names_no_supervisord(tmp_path: Path) -> None:
    (tmp_path / PID_FILE).write_text(f"{os.getpid()}\n", encoding="utf-8")
    is_ours = "supervis" in host_os.command_of(os.getpid())
    assert supervise.pid_of(tmp_path) == (os.getpid() if is_ours else 0)
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    (tmp_path / PID_FILE).write_text(f"{child.pid}\n", encoding="utf-8")
    assert supervise.pid_of(tmp_path) == 0


def test_the_log_of_supervisord_is_followed_over_its_rotation(tmp_path: Path) -> None:
    path = tmp_path / LOG_FILE
    long_ago = "t INFO supervisord started with pid 1\n" * 10
    path.write_text(long_ago + "t INFO spawned: 'risk' with pid 7\nt INFO spawned: 'state' wi", encoding="utf-8")
    log = supervise.SupervisorLog(path)
    log.read(0)
    assert list(log.processes) == ["risk"]
    path.write_text("t WARN exited: risk (terminated by SIGSEGV (core dumped); not expected)\n", encoding="utf-8")
    log.read(0)
    assert log.processes["risk"].signal.startswith("SIGSEGV")
    assert not log.processes["risk"].done
    with path.open("a", encoding="utf-8") as file:
        file.write("t INFO spawned: 'risk' with pid 8\nt INFO exited: risk (exit status 0; expected)\n")
    log.read(0)
    assert log.processes["risk"].done


@pytest.mark.parametrize(
    ("clock", "minutes"),
    [("9:00", 0), ("10:30", 60), ("11:30", 120), ("12:15", 120), ("13:01", 121), ("15:00", 240), ("16:00", 240)],
)
def test_progress_counts_the_minutes_of_continuous_trading(clock: str, minutes: int) -> None:
    from datetime import date

    assert minutes_passed(beijing.at(date(2026, 11, 20), clock)) == minutes
