"""A split deployment across two hosts: the server's processes on one, the strategy's on the other, real and unchanged.

`server_commands` and `client_commands` say what is started on each side; nothing else here knows.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.programs import RUN_FILE, environment
from common import host_os
from common import messages as m
from common.keys import KEY_BYTES, issued
from common.link import public_of
from common.run import Run
from services.proxy import keyring
from services.proxy.tokens import Token
from tests.remote.namespaces import Host, Network
from tests.services.proxy.post import ALL
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, environ_without_settings, log_of, until

PORT, PORT_BASE = 58620, 58600
STRATEGY = "strategy"
PROXY = "proxy"


def server_commands() -> dict[str, list[str]]:
    """What runs on the server, by name, in the order of its start."""
    modules = {"gateway": "services.gateway", "quotes": "services.gateway.quotes", "risk": "services.risk"}
    modules |= {"state": "services.state", PROXY: "services.proxy"}
    return {name: [sys.executable, "-m", module] for name, module in modules.items()}


def client_commands() -> dict[str, list[str]]:
    """What runs where the strategy is."""
    return {STRATEGY: [sys.executable, "-m", "services.strategy"]}


class Side:
    """One of the two hosts with its folder, which is its RUNTIME_DIR and LOG_DIR, and what it runs."""

    def __init__(self, host: Host, folder: Path, commands: Mapping[str, list[str]], env: Mapping[str, str]) -> None:
        self.host, self.folder, self.commands = host, folder, commands
        self.env = environment({**environ_without_settings(), **env}, folder)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        """Start these, or all; each once more where it has run before."""
        for name in names or self.commands:
            with (self.folder / f"{name}.out").open("ab") as output:
                command = self.host.command(*self.commands[name])
                self.running[name] = subprocess.Popen(
                    command, cwd=self.folder, env=self.env, stdout=output, stderr=subprocess.STDOUT
                )

    def kill(self, *names: str) -> None:
        """``kill -9`` of these, or all."""
        for name in names or self.running:
            host_os.end_now(self.running[name].pid)
            self.running[name].wait()

    def stop(self, *names: str) -> None:
        """Ask these to end, or all, and wait until they have."""
        asked = [self.running[name] for name in names or self.running]
        for process in asked:
            process.terminate()
        for process in asked:
            process.wait(30)

    def ended(self, name: str) -> int | None:
        """The exit code, None while it runs."""
        return self.running[name].poll()


class Split:
    """A server and a client with a token; ``settings`` hold on both, ``run`` says what is played."""

    def __init__(self, folder: Path, network: Network, run: Run, settings: Mapping[str, str] | None = None) -> None:
        self.network, self.account, self.port_base = network, run.account, PORT_BASE
        here, there = folder / "server", folder / "client"
        secret, wide = secrets.token_bytes(KEY_BYTES), {**WIDE, **(settings or {})}
        for side, away in ((here, False), (there, True)):
            own = {"RUNTIME_DIR": str(side), "LOG_DIR": str(side), "BUS_PORT_BASE": str(PORT_BASE), **wide}
            told = dataclasses.replace(run, remote=away, published=away, settings=own)
            told.write(side / RUN_FILE)
        server_secret = keyring.server_secret(here, lambda: secrets.token_bytes(KEY_BYTES))
        keyring.change_tokens(here, lambda _: [Token("laptop", public_of(secret), ALL, (run.account,))])
        self.token = issued(public_of(server_secret), secret)
        self.secrets = secret, server_secret, public_of(secret), public_of(server_secret)
        address = network.server.address
        ports = {"QMT_SERVER_PORT": str(PORT), "QMT_SERVER_LISTEN": address}
        self.server = Side(network.server, here, server_commands(), ports)
        reach = {"QMT_SERVER_PORT": str(PORT), "QMT_SERVER_HOST": address, "QMT_SERVER_TOKEN": self.token}
        self.client = Side(network.client, there, client_commands(), reach)

    def start(self) -> None:
        self.server.start()
        self.client.start()

    def check(self) -> None:
        """Nobody has ended who should not have; AssertionError with what was said."""
        for side in (self.server, self.client):
            for name in side.running:
                code = side.ended(name)
                assert code in (None, 0), f"{name} ended with {code}:\n{self.report()}"

    def finish(self, seconds: float) -> None:
        """Wait until the run is over on both sides; the proxy, which serves on, is then asked to end."""
        waited = [(self.server, name) for name in self.server.running if name != PROXY] + [(self.client, STRATEGY)]

        def is_over() -> bool:
            self.check()
            return all(side.ended(name) == 0 for side, name in waited)

        try:
            until(is_over, "the day is over on both sides", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.report()}") from None
        self.server.stop(PROXY)

    def end(self) -> None:
        """Whatever became of the test, none of its processes is left."""
        for side in (self.client, self.server):
            for process in side.running.values():
                if process.poll() is None:
                    host_os.end_now(process.pid)
                    process.wait()

    def report(self) -> str:
        files = [file for side in (self.server, self.client) for file in sorted(side.folder.glob("*.[ol][uo][tg]"))]
        return "\n".join(f"--- {file.parent.name}/{file.name}\n{file.read_text('utf-8')[-2500:]}" for file in files)

    def said(self) -> str:
        """All that is in logs and outputs of both sides."""
        return self.report() + log_of(self.server.folder, "") + log_of(self.client.folder, "")


@contextlib.contextmanager
def split(folder: Path, network: Network, strategy: Path, **run: object) -> Iterator[Split]:
    """The two sides with their processes started; all are ended with it."""
    told = Run(strategy_file=str(strategy), strategy_id=strategy.stem, first_day=DAY)
    deployed = Split(folder, network, dataclasses.replace(told, **run))  # type: ignore[arg-type]
    try:
        deployed.start()
        yield deployed
    finally:
        deployed.end()


class SplitBooks(Books):
    """The books of a day that was traded from another host: the strategy's are there."""

    def __init__(self, deployed: Split) -> None:
        super().__init__(deployed.server.folder)
        self.there = Books(deployed.client.folder)

    def g(self) -> dict[str, object]:
        return self.there.g()

    def sent(self) -> list[m.Order]:
        return self.there.sent()

    def fills(self) -> set[str]:
        """The ids of the simulated broker's fills."""
        return {fill.fill_id for fill in self.statement().fills}
