"""The verb ``server``: the stack without a strategy, and a proxy before it through which strategies on other machines
trade."""

from __future__ import annotations

import functools
import os

from rich.console import Console

from cli import banner, checks, token
from cli.broker_accounts import QMT_REMOTE, SIMULATOR, account_of, check_broker, mode_of
from cli.detach import detach
from cli.launching import Launching
from cli.plan import Asked, make_plan
from cli.programs import PROXY
from cli.refusal import Refused, coded
from cli.screen import screen
from cli.server_watch import ServerWatch
from cli.stack import check_ports, is_free, line_to, owner
from cli.supervise import SupervisorLog
from common import host_os
from common.clock import wall_ns
from common.process import fees_of
from common.settings import Loaded, Settings
from common.stamp import LOCK_FILE, REMOTE
from common.token_strength import WEAK_BITS, bits
from services.proxy.keyring import open_keyring
from services.proxy.tokens import LONE, TOKENS_FILE

WHO = "远程服务"
FIRST_TOKEN = token.Asked("default", "read,trade,operate")


def server(asked: Asked, loaded: Loaded, notes: list[str]) -> int:
    """Serve until stopped, or until a simulated run is over, and return the exit code; Refused, with nothing started
    or changed, where it cannot be. ``notes`` are about options without effect."""
    settings = loaded.settings
    console = screen(settings)
    if settings.default_broker == QMT_REMOTE:
        raise Refused(
            "NOT_SUPPORTED", f"server 不能再经过另一个服务端：券商应为 {SIMULATOR} 或 qmt，而不是 {QMT_REMOTE}"
        )
    check_broker(settings)
    environ = dict(os.environ)
    with Launching(loaded, console, environ) as launching:
        launching.hold(settings.runtime_dir / LOCK_FILE, WHO)
        stack = check_ports(settings.bus_port_base, account_of(settings), mode_of(settings))
        if stack is not None:
            raise Refused("PORT_IN_USE", f"已有系统在运行（{stack}）；请先停止它，或另设 BUS_PORT_BASE")
        _check_own_ports(settings)
        plan = make_plan(asked, loaded, None, wall_ns())
        if not asked.reset:
            checks.check_state(settings.runtime_dir)
        with coded("TOKENS"):
            open_keyring(settings)
        prepared = launching.prepare(plan)
        banner.show(console, plan.run, settings, plan.said)
        _show_doors(console, settings)
        for note in (*notes, *loaded.notes):
            console.print(f"注意：{note}", style="yellow")
        _show_token(console, loaded)
        if settings.qmt_server_token is not None:
            # It may be of the command line; the processes find it in their environment, and in no file of ours.
            launching.environ[LONE] = settings.qmt_server_token.get_secret_value()
        watch = functools.partial(ServerWatch, run=plan.run, fees=fees_of(settings))
        return launching.run(plan, prepared, line_to(loaded), watch)


def background(loaded: Loaded, arguments: list[str]) -> int:
    """The same in the background, until clients can connect. A token is shown here and now: what runs there has a log
    and a command line."""
    settings = loaded.settings

    def is_open(log: SupervisorLog) -> bool:
        ports = (settings.qmt_server_port, settings.qmt_server_port + 1)
        return PROXY.name in log.processes and not any(is_free(port, settings.qmt_server_listen) for port in ports)

    _show_token(screen(settings), loaded)
    if settings.qmt_server_token is None:
        return detach(loaded, "server", arguments, is_open)
    secrets = {LONE: settings.qmt_server_token.get_secret_value()}
    return detach(loaded, "server", without_option(arguments, "--token"), is_open, secrets)


def without_option(arguments: list[str], option: str) -> list[str]:
    """The words without the option and its value, however they are written."""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == option:
            next(words, None)
        elif not word.startswith(f"{option}="):
            kept.append(word)
    return kept


def _check_own_ports(settings: Settings) -> None:
    for port in (settings.qmt_server_port, settings.qmt_server_port + 1):
        if not is_free(port, settings.qmt_server_listen):
            raise Refused("PORT_IN_USE", f"端口 {port} 已被{owner(port)}占用；请先停止它，或用 --port 换一个")


def _show_doors(console: Console, settings: Settings) -> None:
    """Both ports, the addresses clients use, and what the firewall must let through."""
    port, listen = settings.qmt_server_port, settings.qmt_server_listen
    console.print(f"  监听 {listen} · 端口 {port}（命令与查询）和 {port + 1}（推送），两个都要放行")
    hosts = [listen] if listen not in ("0.0.0.0", "::") else host_os.own_addresses()
    for host in hosts or ["本机的地址"]:
        console.print(f"  客户端 .env：QMT_SERVER_HOST={host} QMT_SERVER_PORT={port}")
    offers = [
        name
        for name, on in (("行情", settings.qmt_server_enable_data), ("交易", settings.qmt_server_enable_broker))
        if on
    ]
    allowed = "、".join(map(str, settings.qmt_server_allowlist)) or "不限"
    console.print(f"  提供 {'、'.join(offers) or '无'} · 允许的地址 {allowed}")
    if not host_os.is_loopback(listen):
        console.print(f"  防火墙 {host_os.firewall_rule(port, port + 1)}", style="dim")


def _show_token(console: Console, loaded: Loaded) -> None:
    """Where there is no token yet one is made, and shown this once; a weak one is warned about."""
    settings = loaded.settings
    word = settings.qmt_server_token
    if word is not None:
        strength = bits(word.get_secret_value())
        if strength < WEAK_BITS and not host_os.is_loopback(settings.qmt_server_listen):
            said = f"{LONE} 太弱（约 {strength} 位，低于 {WEAK_BITS}）：录下一次握手的人可以离线慢慢试出它，然后能交易"
            console.print(f"警告 [WEAK_TOKEN]：{said}；请改用 bullet-trade token new", style="bold red")
        return
    file = settings.runtime_dir / REMOTE / TOKENS_FILE
    if not file.exists():
        token.new(loaded, FIRST_TOKEN)
        return
    console.print(f"  令牌 {file}（bullet-trade token list 列出）")
