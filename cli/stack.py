"""The stack that runs on our ports: found by asking, or the ports' other owner named."""

from __future__ import annotations

import dataclasses
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli import remote
from cli.refusal import Refused
from common import host_os
from common import messages as m
from common.orders import FINAL, Status
from common.settings import COMMAND_LINE_ORIGIN, Loaded

if TYPE_CHECKING:
    from common.ask import Operator

ROLES = ("gateway", "quotes", "risk", "state")
ASK_SECONDS = 1.0
PORTS = range(1, 8)


@dataclasses.dataclass(frozen=True)
class Stack:
    """A running stack as its gateway describes itself; ``account`` is the one of its own strategy. With ``remote`` the
    folder and the process are another machine's."""

    account: str
    mode: str
    runtime_dir: Path
    pid: int
    accounts: tuple[str, ...] = ()
    remote: bool = False

    def __str__(self) -> str:
        return f"账户 {self.account}、模式 {self.mode}、运行目录 {self.runtime_dir}、gateway 进程 {self.pid}"


@contextmanager
def operator(port_base: int) -> Iterator[Operator]:
    """A line to the stack; it opens whether or not anybody is there."""
    from common.ask import Operator

    with Operator(port_base, name=f"operator.{os.getpid()}") as line:
        yield line


@contextmanager
def line_to(loaded: Loaded) -> Iterator[Operator]:
    """A line to the stack that is meant, on this machine or on another one."""
    from common.ask import Operator

    where = remote.address_of(loaded) if remote.is_remote(loaded) else loaded.settings.bus_port_base
    with Operator(where, name=f"operator.{os.getpid()}") as line:
        yield line


def seen(line: Operator, loaded: Loaded) -> Stack | None:
    """The stack at the end of the line, looked at from the account that is meant. None where none runs here; Refused,
    saying why, where one on another machine cannot be reached."""
    if not remote.is_remote(loaded):
        found = find(line)
        return looking_at(found, loaded) if found else None
    welcome = remote.greet(remote.address_of(loaded), f"operator.{os.getpid()}-greets")
    account = remote.account_among(loaded, welcome)
    found = find(line, remote.ASK_SECONDS)
    if found is None:
        host, port = loaded.settings.qmt_server_host, loaded.settings.qmt_server_port
        raise Refused("NO_ANSWER", f"{host}:{port} 的 gateway 没有应答；请在服务端运行 bullet-trade status")
    return dataclasses.replace(found, account=account, accounts=tuple(welcome.accounts), remote=True)


def find(line: Operator, timeout_s: float = ASK_SECONDS) -> Stack | None:
    """The running stack; None where no gateway answers in time, and at once where nobody has any of its ports."""
    if not line.bus.links and not taken_ports(line.bus.addresses.port_base):
        return None
    status = line.ask("gateway", m.GetStatus(), timeout_s)
    if not isinstance(status, m.ProcessStatus):
        return None
    notes = status.notes
    accounts = tuple(notes.get("accounts", "").split(","))
    runtime_dir = Path(notes.get("runtime_dir", ""))
    return Stack(notes.get("account", ""), notes.get("mode", ""), runtime_dir, status.pid, accounts)


def looking_at(stack: Stack, loaded: Loaded) -> Stack:
    """The stack as seen from the account that was asked for; Refused where ``--account`` names none of its own."""
    alias = loaded.settings.qmt_server_account_key
    if not alias or alias == stack.account:
        return stack
    if alias in stack.accounts:
        return dataclasses.replace(stack, account=alias)
    if loaded.origins["QMT_SERVER_ACCOUNT_KEY"] == COMMAND_LINE_ORIGIN:
        raise Refused("UNKNOWN_ACCOUNT", f"--account {alias} 不在运行中的账户 {'、'.join(stack.accounts)} 之中")
    return stack  # the .env may be another run's


def resting_orders(line: Operator, accounts: Iterable[str]) -> list[m.OrderState] | None:
    """What is open at the broker now, in all of these accounts; None where the gateway does not answer."""
    found: list[m.OrderState] = []
    for account in accounts:
        snapshot = line.ask("gateway", m.GetAccount(account), ASK_SECONDS)
        if not isinstance(snapshot, m.AccountSnapshot):
            return None
        found += [state for state in snapshot.orders if Status(state.status) not in FINAL]
    return found


def taken_ports(port_base: int) -> list[int]:
    """Those of our ports that somebody else listens on."""
    return [port_base + offset for offset in PORTS if not is_free(port_base + offset)]


def check_ports(port_base: int, account: str, mode: str) -> Stack | None:
    """None where all ports are free; the stack to join where it is ours; Refused where a port is somebody else's."""
    taken = taken_ports(port_base)
    if not taken:
        return None
    with operator(port_base) as line:
        stack = find(line)
    if stack is None:
        raise Refused("PORT_IN_USE", f"端口 {taken[0]} 已被{owner(taken[0])}占用；请先停止它，或另设 BUS_PORT_BASE")
    if (stack.account, stack.mode) != (account, mode):
        raise Refused(
            "PORT_IN_USE",
            f"端口 {taken[0]} 上运行着另一套系统（{stack}），本次是账户 {account}、模式 {mode}；"
            "请先停止它，或另设 BUS_PORT_BASE",
        )
    return stack


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nobody listens on the port at this address, and it can be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As ZeroMQ binds: a port that only waits out its last connections is free. On Windows the option would
        # allow what we want to notice.
        if not host_os.WINDOWS:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def owner(port: int) -> str:
    """Who listens there, in words that end a phrase: 进程 77（…）."""
    pid = host_os.owner_of_port(port)
    command = host_os.command_of(pid) if pid else ""
    if not pid:
        return "其他程序"
    return f"进程 {pid}（{command[:80]}）" if command else f"进程 {pid} "
