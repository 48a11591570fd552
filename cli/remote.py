"""The stack on another machine: reached, asked what it serves, and planned for, where only the strategy runs here."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from rich.console import Console

from cli.broker_accounts import QMT_REMOTE
from cli.programs import RUN_FILE
from cli.refusal import Refused, coded
from common import messages as m
from common.clock import sleep, wall_ns
from common.errors import ConfigError
from common.run import read_run
from common.settings import DEFAULT_ORIGIN, Loaded

if TYPE_CHECKING:
    from common.link import RemoteAddresses
    from common.wire import Welcome

ASK_SECONDS = 5.0
AGAIN_SECONDS = 3.0


@dataclasses.dataclass(frozen=True)
class Server:
    """What a server says of itself to this strategy. ``first_day`` (ISO) and ``begun`` tell one simulated run of it
    from another; "" and 0 where its market is the real one."""

    where: str
    token: str
    scopes: tuple[str, ...]
    account: str
    mode: str
    simulated: bool
    first_day: str = ""
    begun: int = 0

    def __str__(self) -> str:
        return f"服务端 {self.where} · 令牌 {self.token}（{'、'.join(self.scopes)}） · 限额由服务端的风控决定"


def is_remote(loaded: Loaded) -> bool:
    """Whether commands are for the server of ``QMT_SERVER_HOST``: as the settings say, else as what runs here does."""
    if loaded.origins["DEFAULT_BROKER"] != DEFAULT_ORIGIN:
        return loaded.settings.default_broker == QMT_REMOTE
    file = loaded.settings.runtime_dir / RUN_FILE
    try:
        return file.exists() and read_run(file).remote
    except ConfigError:  # whoever needs the run says what is wrong with its file
        return False


def address_of(loaded: Loaded, *, mode: str = "") -> RemoteAddresses:
    """Where the server is; one who only asks or operates says no ``mode``: whatever the server's is will do."""
    from common.reach import remote_of

    if loaded.settings.qmt_server_token is None:
        raise Refused("MISSING_SETTING", f"券商 {QMT_REMOTE} 缺少必需的配置：QMT_SERVER_TOKEN")
    with coded("BAD_TOKEN"):
        return dataclasses.replace(remote_of(loaded.settings, wall_ns()), mode=mode)


def greet(remote: RemoteAddresses, name: str) -> Welcome:
    """What the server welcomes this name with; Refused, saying what is in the way, within five seconds."""
    from common.reach import Unreached, reach

    try:
        return reach(remote, name)
    except Unreached as error:
        raise Refused(error.code, str(error)) from error


def account_among(loaded: Loaded, welcome: Welcome) -> str:
    """The account that is meant: the one that is named, else the only one the token may use."""
    key = loaded.settings.qmt_server_account_key
    if key and key not in welcome.accounts:
        served = "、".join(welcome.accounts) or "没有"
        raise Refused("UNKNOWN_ACCOUNT", f"账户 {key} 不在令牌可用的账户（{served}）之中")
    if not key and len(welcome.accounts) != 1:
        served = "、".join(welcome.accounts)
        raise Refused("ACCOUNT_NOT_NAMED", f"令牌可用的账户有 {served}：请用 QMT_SERVER_ACCOUNT_KEY 指定其中一个")
    return key or welcome.accounts[0]


def find_server(loaded: Loaded, strategy: str, console: Console, *, wait: bool) -> Server:
    """The server as it is for a strategy of this name; with ``wait`` whatever is in the way is told once and waited
    for."""
    told = ""
    while True:
        try:
            return _described(loaded, strategy)
        except Refused as no:
            if not wait:
                raise
            if str(no) != told:
                told = str(no)
                console.print(f"等待服务端 [{no.code}]：{no}", style="yellow")
            sleep(AGAIN_SECONDS)


def _described(loaded: Loaded, strategy: str) -> Server:
    from common.ask import Operator

    settings = loaded.settings
    remote = address_of(loaded, mode=settings.live_mode)
    welcome = greet(remote, f"strategy.{strategy}")
    account = account_among(loaded, welcome)
    server = Server(
        f"{settings.qmt_server_host}:{settings.qmt_server_port}",
        welcome.token,
        tuple(welcome.scopes),
        account,
        welcome.mode,
        welcome.simulated,
    )
    if not welcome.simulated:
        return server
    with Operator(address_of(loaded), f"operator.{os.getpid()}") as line:
        status = line.ask("gateway", m.GetStatus(), ASK_SECONDS)
    if not isinstance(status, m.ProcessStatus):
        raise Refused("NO_ANSWER", f"{server.where} 的 gateway 没有应答；请在服务端运行 bullet-trade status")
    return dataclasses.replace(server, first_day=status.notes["first_day"], begun=status.run)
