"""The commands of remote trading: ``server`` and ``token``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import (
    Accounts,
    Broker,
    CarryOn,
    Csv,
    Date,
    Days,
    Detach,
    EnvFile,
    LogDir,
    Quotes,
    Reset,
    RuntimeDir,
    Seed,
    Speed,
    load_settings,
)

if TYPE_CHECKING:
    from common.settings import Loaded

tokens = typer.Typer(no_args_is_help=True, help="远程客户端的令牌：发放、列出、吊销")

NO_EFFECT = {
    "--tls-cert": "连接总是加密的（CURVE），不需要证书",
    "--tls-key": "连接总是加密的（CURVE），不需要证书",
    "--sub-accounts": "账户用 --accounts 写出，每个别名一个账户",
    "--server-type": "券商用 --broker 指定",
    "--log-account-overview": "账户概况总是显示",
}
"""Options of older tools that are accepted with a line saying what stands in their place."""


Listen = Annotated[str | None, typer.Option(metavar="地址", help="监听的地址，默认 0.0.0.0")]
Port = Annotated[int | None, typer.Option(min=1, max=65534, metavar="端口", help="命令端口，默认 58620；推送用下一个")]
Word = Annotated[str | None, typer.Option(metavar="令牌", help="单一令牌；不写则用 bullet-trade token new")]
Data = Annotated[bool | None, typer.Option("--enable-data/--disable-data", help="是否提供行情")]
Trading = Annotated[bool | None, typer.Option("--enable-broker/--disable-broker", help="是否提供交易")]
Allowlist = Annotated[str | None, typer.Option(metavar="地址", help="允许的客户端地址或网段，逗号分隔；默认不限")]
Connections = Annotated[int | None, typer.Option(min=1, metavar="个", help="最多多少个客户端")]
Subscriptions = Annotated[int | None, typer.Option(min=1, metavar="个", help="每个客户端最多订阅多少证券")]
LogFile = Annotated[Path | None, typer.Option("--log-file", metavar="文件", help="访问日志写到这里")]
Accesses = Annotated[bool | None, typer.Option("--access-log/--no-access-log", help="是否写访问日志")]
Old = Annotated[str | None, typer.Option(hidden=True)]
OldSwitch = Annotated[bool, typer.Option(hidden=True)]


def server(
    context: typer.Context,
    broker: Broker = None,
    listen: Listen = None,
    port: Port = None,
    token: Word = None,
    enable_data: Data = None,
    enable_broker: Trading = None,
    accounts: Accounts = None,
    allowlist: Allowlist = None,
    max_connections: Connections = None,
    max_subscriptions: Subscriptions = None,
    log_file: LogFile = None,
    access_log: Accesses = None,
    quotes: Quotes = None,
    date: Date = None,
    days: Days = None,
    speed: Speed = None,
    seed: Seed = None,
    carry_on: CarryOn = False,
    reset: Reset = False,
    detach: Detach = False,
    log_dir: LogDir = None,
    runtime_dir: RuntimeDir = None,
    env_file: EnvFile = None,
    tls_cert: Old = None,
    tls_key: Old = None,
    sub_accounts: Old = None,
    server_type: Old = None,
    log_account_overview: OldSwitch = False,
) -> None:
    given: dict[str, object] = {
        "DEFAULT_BROKER": broker,
        "QMT_SERVER_LISTEN": listen,
        "QMT_SERVER_PORT": port,
        "QMT_SERVER_TOKEN": token,
        "QMT_SERVER_ENABLE_DATA": enable_data,
        "QMT_SERVER_ENABLE_BROKER": enable_broker,
        "QMT_SERVER_ACCOUNTS": accounts,
        "QMT_SERVER_ALLOWLIST": allowlist,
        "QMT_SERVER_MAX_CONNECTIONS": max_connections,
        "QMT_SERVER_MAX_SUBSCRIPTIONS": max_subscriptions,
        "QMT_SERVER_ACCESS_LOG": access_log,
    }
    folders = {"QMT_SERVER_LOG_FILE": log_file, "LOG_DIR": log_dir, "RUNTIME_DIR": runtime_dir}
    loaded = load_settings(context, env_file, _texts(given), **folders)
    asked = (quotes, date, days, speed, seed, carry_on, reset)
    notes = _notes(tls_cert, tls_key, sub_accounts, server_type, log_account_overview)
    raise typer.Exit(_serve(asked, loaded, notes, detach=detach))


def _texts(given: Mapping[str, object]) -> dict[str, str]:
    """As a settings file would have them."""
    shown = {name: f"{value}".lower() if isinstance(value, bool) else f"{value}" for name, value in given.items()}
    return {name: text for name, text in shown.items() if given[name] is not None}


def _notes(*old: object) -> list[str]:
    given = zip(NO_EFFECT.items(), old, strict=True)
    return [f"{name} 已接受，但没有作用：{why}" for (name, why), value in given if value]


def _serve(asked: tuple[Any, ...], loaded: Loaded, notes: list[str], *, detach: bool) -> int:
    from cli.plan import Asked
    from cli.server import background
    from cli.server import server as run

    return background(loaded, sys.argv[1:]) if detach else run(Asked(None, *asked), loaded, notes)


@tokens.command("new", help="发放一个令牌并显示这一次；服务运行时也可以")
def token_new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="名称", help="这台客户端叫什么，如 laptop")],
    scope: Annotated[str, typer.Option(metavar="权限", help="read、trade、operate，逗号分隔")] = "read,trade",
    accounts: Annotated[str, typer.Option(metavar="账户", help="账户别名，逗号分隔；* 为全部")] = "*",
    symbols: Annotated[str, typer.Option(metavar="证券", help="只能交易这些证券，逗号分隔")] = "",
    max_order_value: Annotated[int, typer.Option(min=0, metavar="元", help="单笔金额上限；0 为不限")] = 0,
    expires: Annotated[str, typer.Option(metavar="日期", help="有效到这一天结束，如 2026-12-31")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="同名的旧令牌立即失效，策略名仍归新令牌")] = False,
    env_file: EnvFile = None,
) -> None:
    from cli.token import Asked, new

    asked = Asked(name, scope, accounts, symbols, max_order_value, expires, replace)
    raise typer.Exit(new(load_settings(context, env_file), asked))


@tokens.command("list", help="全部令牌：权限、账户、限额、有效期、状态")
def token_list(context: typer.Context, csv: Csv = False, env_file: EnvFile = None) -> None:
    from cli.token import list_

    raise typer.Exit(list_(load_settings(context, env_file), csv=csv))


@tokens.command("revoke", help="吊销一个令牌，两秒内生效")
def token_revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="名称", help="见 bullet-trade token list")],
    env_file: EnvFile = None,
) -> None:
    from cli.token import revoke

    raise typer.Exit(revoke(load_settings(context, env_file), name))
