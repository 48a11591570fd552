"""``supervisord -c configs/supervisord.conf``, run as it is, plays the demo day with every default."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.accounts import from_state
from cli.supervise import SupervisorLog
from common import host_os
from common.clock import monotonic_ns, sleep

ROOT = Path(__file__).resolve().parents[2]
LIMIT_NS = 180_000_000_000


@pytest.mark.slow
@pytest.mark.skipif(host_os.WINDOWS, reason="the shipped file is for Linux; live writes its own on Windows")
def test_the_shipped_file_plays_a_day(desk: Path) -> None:
    base = (desk / ".env").read_text(encoding="utf-8").partition("=")[2].strip()
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "RUNTIME_DIR": str(desk / "runtime"),
        "LOG_DIR": str(desk / "logs"),
        "BUS_PORT_BASE": base,
    }
    said = desk / "said.log"
    command = [
        sys.executable,
        "-m",
        "supervisor.supervisord",
        "-c",
        "configs/supervisord.conf",
        "-j",
        str(desk / "pid"),
    ]
    with said.open("wb") as output:
        supervisord = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        log = SupervisorLog(said)
        end_ns = monotonic_ns() + LIMIT_NS
        while not (len(log.processes) == 6 and all(process.done for process in log.processes.values())):
            assert monotonic_ns() < end_ns, said.read_text(encoding="utf-8")[-3000:]
            assert supervisord.poll() is None
            sleep(0.1)
            log.read(0)
    finally:
        supervisord.terminate()
        supervisord.wait(timeout=30)
    account = from_state(desk / "runtime", "", 0)
    assert account is not None
    assert len(account.fills) >= 3, "the demo strategy trades several times a day"
