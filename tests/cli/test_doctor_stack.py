"""``doctor`` beside a real stack: it takes the stack's word, and opens no session of its own while it runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import supervise
from common.clock import monotonic_ns, sleep

ROOT = Path(__file__).resolve().parents[2]
LIMIT_NS = 60_000_000_000

pytestmark = pytest.mark.slow


@pytest.fixture
def stack(desk: Path) -> Iterator[Path]:
    """A simulated day at the speed of the clock, with something to wait for; it is taken down after the test."""
    text = "def initialize(context):\n    run_daily(each, time='every_bar')\n\ndef each(context):\n    pass\n"
    (desk / "demo.py").write_text(text, encoding="utf-8")
    words = ("--env-file", ".env", "live", "demo.py", "--date", "2026-11-20", "--speed", "1", "--detach")
    done = bullet_trade(desk, *words)
    assert done.returncode == 0, done.stderr
    assert list((desk / "logs").glob("live.console-*.log")), "wherever the options stand"
    yield desk
    if pid := supervise.pid_of(desk / "runtime"):
        supervise.end(desk / "runtime", pid)


def bullet_trade(desk: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        cwd=desk,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def checks(desk: Path, *words: str) -> dict[str, str]:
    told = json.loads(bullet_trade(desk, "doctor", "--json", *words).stdout)
    return {row["code"]: row["verdict"] for row in told["checks"]}


def test_a_running_stack_is_asked_and_left_alone(stack: Path) -> None:
    end_ns = monotonic_ns() + LIMIT_NS
    while (found := checks(stack))["STACK"] != "ok":
        assert monotonic_ns() < end_ns, "it did not come up"
        sleep(0.2)
    assert (found["QUOTES_FEED"], found["BUS_PORTS"], found["RUNTIME_STAMP"]) == ("ok", "ok", "ok")

    with (stack / ".env").open("a", encoding="utf-8") as file:
        file.write(f"QMT_DATA_PATH={stack}\nQMT_ACCOUNT_ID=12345678\n")
    found = checks(stack, "--connect")
    assert found["QMT_CONNECT"] == "unknown", "a stack of ours may hold a session"

    assert bullet_trade(stack, "stop").returncode == 0
    found = checks(stack)
    assert (found["STACK"], found["QUOTES_FEED"], found["BUS_PORTS"]) == ("unknown", "unknown", "ok")
