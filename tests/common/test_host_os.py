"""What differs between operating systems: life and death of processes, ports and consoles."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from common import host_os

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(host_os.WINDOWS, reason="what only POSIX has")
WAIT = "import sys; print('up', flush=True); sys.stdin.read()"


def waiting() -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    return child


@POSIX
def test_a_process_lives_until_it_ends_reaped_or_not() -> None:
    with waiting() as child:
        assert host_os.alive(child.pid)
        assert host_os.runs(child.pid, "sys.stdin.read")
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not host_os.alive(child.pid), "a zombie does not live"
        child.wait()
        assert not host_os.alive(child.pid)
    assert not host_os.alive(0)


@POSIX
def test_a_pid_of_another_program_is_not_ours() -> None:
    assert not host_os.runs(os.getpid(), "services.no_such_thing")


@POSIX
def test_a_process_ends_when_asked() -> None:
    with waiting() as child:
        assert host_os.ask_to_stop(child.pid)
        child.wait(timeout=10)
    assert not host_os.ask_to_stop(child.pid)


def test_the_owner_of_a_port_is_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert host_os.owner_of_port(port) == os.getpid()
    assert host_os.owner_of_port(port) == 0


@POSIX
def test_a_spawned_process_has_its_own_group_and_the_files_it_is_given(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    code = f"import os; os.write({write_end}, b'inherited'); print(os.getsid(0) == os.getpid())"
    with (tmp_path / "out").open("wb") as output:
        child = host_os.spawn([sys.executable, "-c", code], dict(os.environ), output, keep_open=[write_end])
    assert child.wait() == 0
    assert os.read(read_end, 100) == b"inherited"
    assert (tmp_path / "out").read_text(encoding="utf-8") == "True\n"
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "utf-8"])
def test_a_console_of_any_code_page_takes_everything(encoding: str) -> None:
    code = "import sys; from common import host_os; host_os.patient_streams(); print('核对 ✓ 𠮷 ₿')"
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "核对 ✓ 𠮷 ₿".encode(encoding, "replace") in done.stdout
