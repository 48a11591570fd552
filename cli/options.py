"""Options that several commands have, and the settings as options, environment and file give them."""

from __future__ import annotations

import os
import types
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.refusal import Refused, coded

if TYPE_CHECKING:
    from common.settings import Loaded

EnvFile = Annotated[Path | None, typer.Option("--env-file", metavar="文件", help="配置文件，也可写在命令之前")]
RuntimeDir = Annotated[Path | None, typer.Option("--runtime-dir", metavar="目录", help="运行目录，代替 RUNTIME_DIR")]
LogDir = Annotated[Path | None, typer.Option("--log-dir", metavar="目录", help="日志目录，代替 LOG_DIR")]
Day = Annotated[str | None, typer.Option("--day", metavar="日期", help="过去某一天，如 2026-11-20（读 state.db）")]
Alias = Annotated[
    str | None, typer.Option("--account", metavar="别名", help="多账户时指定其中一个，默认为策略所用的账户")
]
Csv = Annotated[bool, typer.Option("--csv", help="输出 CSV（UTF-8 带 BOM，可用 Excel 打开）")]

Broker = Annotated[str | None, typer.Option(metavar="券商", help="simulator、qmt 或 qmt-remote")]
Quotes = Annotated[str | None, typer.Option(metavar="行情", help="synthetic（合成）或行情 CSV 的路径")]
Date = Annotated[str | None, typer.Option(metavar="日期", help="第一个交易日，默认最近的一天")]
Days = Annotated[int | None, typer.Option(min=1, max=1000, metavar="天数", help="连续几个交易日")]
Speed = Annotated[
    str | None, typer.Option(metavar="倍速", help="0 逐步推进（默认），1 实时，N 倍速；N@HH:MM-HH:MM 只在时段内")
]
Seed = Annotated[int | None, typer.Option(metavar="种子", help="合成行情的种子，默认 1")]
CarryOn = Annotated[bool, typer.Option("--continue", help="沿用上一次的模拟账户，进入下一个交易日")]
Reset = Annotated[bool, typer.Option("--reset", help="先把旧的运行状态移到 archive/，重新开始")]
Detach = Annotated[bool, typer.Option("--detach", help="启动后返回，系统在后台运行")]
Accounts = Annotated[
    str | None,
    typer.Option(metavar="账户", help="qmt 的账户，如 main=123456:stock,hedge=654321@D:\\QMT\\userdata_mini"),
]


def load_settings(
    context: typer.Context,
    env_file: Path | None,
    options: Mapping[str, str | None] = types.MappingProxyType({}),
    **folders: Path | None,
) -> Loaded:
    """The settings; folders of the command line are taken from where the command runs, not from the ``.env``."""
    from common.settings import find_env_file, load

    path = env_file or context.obj
    if path is not None and not path.is_file():
        raise Refused("NO_ENV_FILE", f"配置文件 {path} 不存在")
    overrides = {name: str(folder.absolute()) for name, folder in folders.items() if folder is not None}
    overrides |= {name: value for name, value in options.items() if value is not None}
    with coded("CONFIG"):
        found = path or find_env_file(Path.cwd(), os.environ)
        return load(found, os.environ, overrides)


def of(alias: str | None) -> dict[str, str | None]:
    return {"QMT_SERVER_ACCOUNT_KEY": alias}


def operator_name(environ: Mapping[str, str]) -> str:
    """Who gives the command, as the decision is recorded: the user of the machine."""
    return environ.get("USER") or environ.get("USERNAME") or "operator"
