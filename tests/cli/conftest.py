"""What the tests of the command share: a folder of its own with a strategy, a ``.env`` and ports nobody has."""

import os
import socket
from pathlib import Path

import pytest


def free_port_base() -> int:
    """Seven ports in a row that nobody has, below those the system hands out; workers beside this one have others."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    for base in range(20_000 + worker * 3_000 + os.getpid() % 200 * 10, 23_000 + worker * 3_000, 10):
        try:
            for port in range(base + 1, base + 8):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no seven free ports")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a strategy and a ``.env`` of its own, where the command runs."""
    (tmp_path / "demo.py").write_text("def initialize(context):\n    pass\n", encoding="utf-8")
    (tmp_path / ".env").write_text(f"BUS_PORT_BASE={free_port_base()}\n", encoding="utf-8")
    for name in ("BT_ENV_FILE", "BULLET_TRADE_ENV_FILE", "ENV_FILE", "RUNTIME_DIR", "LOG_DIR", "BUS_PORT_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
