"""The two commands as they are typed on two hosts, each with its own address: the demo day, and equal books."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from common import host_os
from tests.remote.namespaces import Host, open_network
from tests.stack.desk import DAY, ROOT, environ_without_settings, until

DEMO = ROOT / "strategies" / "demo_strategy.py"
LIMIT_S = 300


class Typed:
    """One command on one host, in a folder of its own with a ``.env``."""

    def __init__(self, host: Host, folder: Path, settings: dict[str, str], *words: str) -> None:
        folder.mkdir()
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        (folder / ".env").write_text(lines, encoding="utf-8")
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                host.command(sys.executable, "-m", "cli", *words),
                cwd=folder,
                env=environ_without_settings(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def account(self) -> str:
        """The last line of its table of the account."""
        return [line for line in self.said.splitlines() if line.strip().startswith("sim ")][-1]

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            host_os.end_now(self.process.pid)
            self.process.wait()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_day_by_the_commands_of_two_hosts(tmp_path: Path) -> None:
    with open_network() as network:
        address = network.server.address
        server = Typed(network.server, tmp_path / "server", {}, "server", "--listen", address, "--date", DAY)
        try:
            until(lambda: "远程服务启动" in server.said or server.process.poll() is not None, "the server is up")
            assert f"QMT_SERVER_HOST={address}" in server.said, server.said
            token = next(line for line in server.said.splitlines() if line.startswith("QMT_SERVER_TOKEN="))
            told = {"QMT_SERVER_HOST": address, "QMT_SERVER_TOKEN": token.partition("=")[2]}
            words = ("live", str(DEMO), "--broker", "qmt-remote")
            client = Typed(network.client, tmp_path / "client", told, *words)
            try:
                assert client.process.wait(LIMIT_S) == 0, client.said
                assert server.process.wait(60) == 0, server.said
            finally:
                client.end()
        finally:
            server.end()
    assert "核对一致" in server.said
    assert client.account() == server.account() and "10" in server.account()
