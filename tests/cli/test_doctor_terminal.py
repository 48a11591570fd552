"""``doctor --connect`` through the vendor's own wrapper to the fake terminal: what it finds, what it leaves behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.gateway.brokers.qmt.config import DEFAULT_SESSION_ID, SESSION_IDS
from tests.qmt.handle import Terminal, wait_until

ACCOUNT = "12345678"

pytestmark = pytest.mark.slow


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(tmp_path / "国金 QMT 交易端", {ACCOUNT: 1_000_000.0}) as running:
        yield running


def checks(desk: Path, terminal: Terminal, *words: str, **more: str) -> dict[str, tuple[str, str]]:
    """Verdict and text by code, with a ``.env`` for this terminal."""
    lines = [line for line in (desk / ".env").read_text(encoding="utf-8").splitlines() if line.startswith("BUS_")]
    told = {"DEFAULT_BROKER": "qmt", "QMT_DATA_PATH": f"{terminal.path}", "QMT_ACCOUNT_ID": ACCOUNT} | more
    told["MINIQMT_PORT"] = f"{terminal.quotes_port}"
    (desk / ".env").write_text("\n".join([*lines, *(f"{k}={v}" for k, v in told.items())]), encoding="utf-8")
    command = [sys.executable, "-m", "cli", "doctor", "--json", *words]
    environ = {**terminal.env, "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=environ, cwd=desk, capture_output=True, timeout=120, check=False)
    assert done.stderr == b"", done.stderr.decode("utf-8")
    return {row["code"]: (row["verdict"], row["text"]) for row in json.loads(done.stdout)["checks"]}


def test_a_terminal_that_is_well(desk: Path, terminal: Terminal) -> None:
    found = checks(desk, terminal, "--connect")
    for code in ("XTQUANT", "QMT_PATH", "QMT_PERMISSION", "QUOTES_PORT", "QMT_CONNECT", "QMT_ACCOUNT"):
        assert found[code][0] == "ok", (code, found[code])
    assert ACCOUNT not in str(found)
    assert terminal.calls() == [], "no order and no cancel was made"
    wait_until(lambda: not terminal.sessions(), what="the session is closed again")


def test_it_takes_the_last_session_of_the_range_and_leaves_the_gateways_alone(desk: Path, terminal: Terminal) -> None:
    checks(desk, terminal, "--connect")
    checks(desk, terminal, "--connect", QMT_SESSION_ID="200")
    files = {path.name for path in terminal.path.glob("down_queue_win_*") if path.name.rpartition("_")[2].isdigit()}
    last = [first + SESSION_IDS - 1 for first in (DEFAULT_SESSION_ID, 200)]
    assert files == {f"down_queue_win_{number}" for number in last}


def test_without_being_asked_nothing_is_opened(desk: Path, terminal: Terminal) -> None:
    assert checks(desk, terminal)["QMT_CONNECT"][0] == "unknown"
    assert not [*terminal.path.glob("down_queue_win_*")]


def test_an_account_the_terminal_does_not_know(desk: Path, terminal: Terminal) -> None:
    found = checks(desk, terminal, "--connect", QMT_ACCOUNT_ID="87654321")
    assert found["QMT_CONNECT"][0] == "ok"
    assert found["QMT_ACCOUNT"] == ("fail", "终端里没有账号 ***4321")


@pytest.mark.parametrize(("status", "verdict"), [(3, "fail"), (6, "warn"), (1, "warn")])
def test_an_account_that_is_not_ready(desk: Path, terminal: Terminal, status: int, verdict: str) -> None:
    terminal.knob("account_status", status)
    found = checks(desk, terminal, "--connect")
    assert found["QMT_ACCOUNT"][0] == verdict and f"（{status}）" in found["QMT_ACCOUNT"][1]


def test_a_terminal_that_refuses(desk: Path, terminal: Terminal) -> None:
    terminal.knob("connect_refuse", 1)
    found = checks(desk, terminal, "--connect")
    assert found["QMT_CONNECT"][0] == "fail" and "-1" in found["QMT_CONNECT"][1]
    assert found["QMT_ACCOUNT"][0] == "unknown"


def test_a_terminal_that_is_gone(desk: Path, terminal: Terminal) -> None:
    terminal.kill()
    found = checks(desk, terminal, "--connect")
    assert found["QMT_CONNECT"][0] == "fail"
    assert found["QUOTES_PORT"][0] == ("fail" if sys.platform == "win32" else "unknown")


def test_a_terminal_that_never_stops_is_left(desk: Path, terminal: Terminal) -> None:
    terminal.knob("stop_hangs", True)
    assert checks(desk, terminal, "--connect")["QMT_CONNECT"][0] == "ok"


def test_a_folder_that_cannot_be_used_is_not_connected_through(desk: Path, terminal: Terminal) -> None:
    found = checks(desk, terminal, "--connect", QMT_DATA_PATH=f"{terminal.path}/nowhere")
    assert (found["QMT_PATH"][0], found["QMT_CONNECT"][0]) == ("fail", "unknown")
