"""``live`` and the verbs with the real stack: started, asked, joined, halted, interrupted, continued, taken down."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import supervise
from cli.programs import LOG_FILE
from common import host_os
from common.clock import monotonic_ns, sleep

ROOT = Path(__file__).resolve().parents[2]
STRATEGY = """
def initialize(context):
    run_daily(trade, time='10:00')

def trade(context):
    order('600000.XSHG', 1000)
    order('600036.XSHG', 100, LimitOrderStyle(get_current_data()['600036.XSHG'].low_limit))
"""
LIMIT_NS = 60_000_000_000
Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(host_os.WINDOWS, reason="sends POSIX signals to the command"),
]


@pytest.fixture
def environ(desk: Path) -> dict[str, str]:
    for name in ("one", "two"):
        (desk / f"{name}.py").write_text(STRATEGY, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TRADE_MAX_WAIT_TIME": "0"}


@pytest.fixture
def command(desk: Path, environ: dict[str, str]) -> Iterator[Command]:
    """Runs ``bullet-trade`` to its end; whatever still runs after the test is taken down."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            env=environ | more,
            cwd=desk,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )

    yield run
    for runtime in (desk / "other", desk / "runtime"):
        if pid := supervise.pid_of(runtime):
            supervise.end(runtime, pid)


def until(holds: Callable[[], bool]) -> None:
    end_ns = monotonic_ns() + LIMIT_NS
    while not holds():
        assert monotonic_ns() < end_ns, "it did not come about"
        sleep(0.05)


def test_a_running_stack_is_asked_joined_halted_and_stopped(desk: Path, command: Command) -> None:
    day = ("--date", "2026-11-20", "--speed", "1")
    begun = command("live", "one.py", *day, "--detach")
    assert begun.returncode == 0, begun.stderr
    assert "bullet-trade stop" in begun.stdout
    until(lambda: command("status").returncode == 0)
    until(lambda: "已受理" in command("orders").stdout)

    status = command("status").stdout
    assert "[模拟撮合]" in status
    assert all(name in status for name in ("gateway", "quotes", "risk", "state", "strategy"))
    positions = command("positions").stdout
    assert re.search(r"600000\.XSHG +浦发银行 +2026-11-20 10:00:\d\d +1,000 +0 ", positions), positions
    assert "离线" not in positions

    for again, code in (("one.py", "IN_USE"), ("two.py", "IN_USE")):
        refused = command("live", again, *day)
        assert refused.returncode == 1
        assert code in refused.stderr and "策略 one" in refused.stderr
    refused = command("live", "one.py", "--runtime-dir", "other")
    assert "策略名 one" in refused.stderr and "IN_USE" in refused.stderr
    refused = command("live", "two.py", "--runtime-dir", "other", SIMULATOR_ACCOUNT_ID="second")
    assert "PORT_IN_USE" in refused.stderr and "账户 sim" in refused.stderr and "账户 second" in refused.stderr
    refused = command("live", "two.py", "--runtime-dir", "other", "--seed", "9")
    assert "RUN_DIFFERS" in refused.stderr and "--seed 1 → 9" in refused.stderr

    joined = command("live", "two.py", "--runtime-dir", "other", "--detach")
    assert joined.returncode == 0, joined.stderr
    until(lambda: "strategy.two" in command("status").stdout)
    assert command("stop", "--runtime-dir", "other").returncode == 0
    after = command("status")
    assert after.returncode == 0, "the stack is left alone"
    assert "strategy.two" not in after.stdout

    halted = command("halt", "--buys", "--why", "试一试", USER="wang")
    assert halted.returncode == 0
    assert "买入已暂停：由 wang，原因：试一试" in halted.stdout
    assert "买入已暂停" in command("risk").stdout
    resumed = command("resume").stdout
    assert "此前：买入已暂停：由 wang" in resumed and "没有暂停" in resumed

    stopped = command("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert "柜台上仍有 1 笔挂单" in stopped.stdout and "600036.XSHG" in stopped.stdout
    assert supervise.pid_of(desk / "runtime") == 0
    assert command("status").returncode == 1
    assert "离线" in command("positions").stdout


def test_ctrl_c_takes_everything_down_and_the_day_goes_on_later(
    desk: Path, environ: dict[str, str], command: Command
) -> None:
    words = ["live", "one.py", "--date", "2026-11-20"]
    running = subprocess.Popen(
        [sys.executable, "-m", "cli", *words, "--speed", "1"],
        env=environ,
        cwd=desk,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    until(lambda: "已受理" in command("orders").stdout)
    log = supervise.SupervisorLog(desk / "runtime" / LOG_FILE)
    log.read(0)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "柜台上仍有 1 笔挂单" in said
    pids = [process.pid for process in log.processes.values()]
    assert len(pids) == 5
    assert not any(map(host_os.alive, pids))

    resumed = command(*words, "--speed", "0")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert "继续未结束的一次运行" in resumed.stdout
    assert "核对一致：gateway、simulator、state.db" in resumed.stdout
    assert not (desk / "runtime" / "archive").exists()
    orders = command("orders", "--csv").stdout
    assert orders.count("600000.XSHG") == 1, "what was ordered before the interruption is not ordered again"

    carried = command("live", "one.py", "--continue")
    assert carried.returncode == 0, carried.stdout + carried.stderr
    assert "2026-11-23 起" in carried.stdout
    assert re.search(r"600000\.XSHG .* 2,000 +1,000 ", carried.stdout), carried.stdout

    afresh = command(*words)
    assert afresh.returncode == 0, afresh.stdout + afresh.stderr
    [archived] = (desk / "runtime" / "archive").iterdir()
    assert (archived / "state.db").exists() and (archived / "journals").is_dir()
    assert re.search(r"600000\.XSHG .* 1,000 +0 ", afresh.stdout), afresh.stdout


def test_a_strategy_that_cannot_begin_ends_the_run_with_its_line(desk: Path, command: Command) -> None:
    (desk / "one.py").write_text("import no_such_package\n", encoding="utf-8")
    failed = command("live", "one.py", "--date", "2026-11-20")
    assert failed.returncode == 1
    [line] = failed.stderr.splitlines()
    assert line.startswith("错误 PROCESS_FAILED: strategy 停止运行")
    assert "no_such_package" in line
    assert supervise.pid_of(desk / "runtime") == 0
