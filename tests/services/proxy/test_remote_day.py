"""The demo day with its strategy behind the encrypted border, as real processes: the same day as without one."""

from __future__ import annotations

import dataclasses
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cli.accounts import from_state
from common.clock import monotonic_ns, sleep
from common.host_os import end_now
from common.keys import KEY_BYTES, issued
from common.link import public_of
from common.run import RUN_FILE_VARIABLE, Run
from services.proxy import keyring
from services.proxy.tokens import Token
from tests.common.sockets import free_port_base
from tests.services.proxy.post import ALL

ROOT = Path(__file__).resolve().parents[3]
SERVERS = ("services.gateway", "services.gateway.quotes", "services.risk", "services.state")
LIMIT_NS = 240 * 10**9


@contextmanager
def started(module: str, folder: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{module}.out").open("wb") as output:
        command = [sys.executable, "-m", module]
        process = subprocess.Popen(command, cwd=ROOT, env=dict(env), stdout=output, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                end_now(process.pid)
                process.wait()


def day(folder: Path, *, away: bool) -> tuple[object, ...]:
    """Run the demo day to its end; what state has of it."""
    folder.mkdir()
    here, there = folder / "server", folder / "client"
    run = Run(first_day="2026-11-20")
    run.write(folder / "run.json")
    dataclasses.replace(run, remote=away, published=True).write(folder / "away.json")
    port, secret = free_port_base() + 1, secrets.token_bytes(KEY_BYTES)
    env = {**os.environ, "BUS_PORT_BASE": str(free_port_base()), "PYTHONHASHSEED": "0"}
    env |= {"QMT_SERVER_PORT": str(port), "QMT_SERVER_LISTEN": "127.0.0.1"}
    server = keyring.server_secret(here, lambda: secrets.token_bytes(KEY_BYTES))
    keyring.change_tokens(here, lambda _: [Token("laptop", public_of(secret), ALL, (run.account,))])
    servers = env | {RUN_FILE_VARIABLE: str(folder / "run.json"), "RUNTIME_DIR": str(here), "LOG_DIR": str(here)}
    client = env | {RUN_FILE_VARIABLE: str(folder / "away.json"), "RUNTIME_DIR": str(there), "LOG_DIR": str(there)}
    client["QMT_SERVER_TOKEN"] = issued(public_of(server), secret)
    with ExitStack() as stack:
        running = [stack.enter_context(started(module, folder, servers)) for module in SERVERS]
        if away:
            stack.enter_context(started("services.proxy", folder, servers))
        running.append(stack.enter_context(started("services.strategy", folder, client)))
        end_ns = monotonic_ns() + LIMIT_NS
        while any(process.poll() is None for process in running):
            assert monotonic_ns() < end_ns, said(folder)
            sleep(0.05)
        assert [process.returncode for process in running] == [0] * len(running), said(folder)
    account = from_state(here, "", 0)
    assert account is not None and len(account.fills) >= 3
    fills = [(fill.symbol, fill.side, fill.qty, fill.price_e4, fill.at_ns) for fill in account.fills]
    holdings = sorted((holding.symbol, holding.qty, holding.cost_e4) for holding in account.holdings)
    if away:
        log = next(here.glob("access-*.log")).read_text(encoding="utf-8")
        assert "session=strategy.demo_strategy token=laptop action=SubmitOrder:" in log and "status=ok" in log
        assert issued(public_of(server), secret) not in said(folder) + log
    return account.cash_e4, fills, holdings


def said(folder: Path) -> str:
    files = sorted([*folder.glob("*.out"), *folder.rglob("*.log")])
    return "\n".join(f"{file.name}: {file.read_text(encoding='utf-8')[-1500:]}" for file in files)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_day_is_the_same_from_another_machine(tmp_path: Path) -> None:
    assert day(tmp_path / "away", away=True) == day(tmp_path / "here", away=False)
