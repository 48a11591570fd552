"""``bullet-trade``: finds the verb. A verb's own file is imported when it runs, so that ``live`` starts quickly."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.refusal import EXIT_REFUSED, Refused, coded, complain
from common.errors import StackError
from common.host_os import patient_streams

if TYPE_CHECKING:
    from common.settings import Loaded

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="聚宽风格策略的 A 股实盘：启动、停止、查询、风控。退出码：0 成功，1 拒绝或失败，2 用法错误，130 Ctrl-C。",
)

tokens = typer.Typer(no_args_is_help=True, help="远程客户端的令牌：发放、列出、吊销")
app.add_typer(tokens, name="token")

EnvFile = Annotated[Path | None, typer.Option("--env-file", metavar="文件", help="配置文件，也可写在命令之前")]
RuntimeDir = Annotated[Path | None, typer.Option("--runtime-dir", metavar="目录", help="运行目录，代替 RUNTIME_DIR")]
LogDir = Annotated[Path | None, typer.Option("--log-dir", metavar="目录", help="日志目录，代替 LOG_DIR")]
Day = Annotated[str | None, typer.Option("--day", metavar="日期", help="过去某一天，如 2026-11-20（读 state.db）")]
Alias = Annotated[
    str | None, typer.Option("--account", metavar="别名", help="多账户时指定其中一个，默认为策略所用的账户")
]
Csv = Annotated[bool, typer.Option("--csv", help="输出 CSV（UTF-8 带 BOM，可用 Excel 打开）")]


@app.callback()
def common_options(context: typer.Context, env_file: EnvFile = None) -> None:
    context.obj = env_file


@app.command(help="运行一个策略，直到交易日结束；已有系统在运行时加入它")
def live(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="策略文件", help="聚宽风格的策略文件")],
    broker: Annotated[str | None, typer.Option(metavar="券商", help="simulator、qmt 或 qmt-remote")] = None,
    quotes: Annotated[str | None, typer.Option(metavar="行情", help="synthetic（合成）或行情 CSV 的路径")] = None,
    date: Annotated[str | None, typer.Option(metavar="日期", help="第一个交易日，默认最近的一天")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=1000, metavar="天数", help="连续几个交易日")] = None,
    speed: Annotated[
        str | None, typer.Option(metavar="倍速", help="0 逐步推进（默认），1 实时，N 倍速；N@HH:MM-HH:MM 只在时段内")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="种子", help="合成行情的种子，默认 1")] = None,
    carry_on: Annotated[bool, typer.Option("--continue", help="沿用上一次的模拟账户，进入下一个交易日")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="先把旧的运行状态移到 archive/，重新开始")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="启动后返回，系统在后台运行")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="策略文件一改动就换上，如同 reload")] = False,
    accounts: Annotated[
        str | None,
        typer.Option(metavar="账户", help="qmt 的账户，如 main=123456:stock,hedge=654321@D:\\QMT\\userdata_mini"),
    ] = None,
    log_dir: LogDir = None,
    runtime_dir: RuntimeDir = None,
    env_file: EnvFile = None,
) -> None:
    from cli.plan import Asked

    options = {"DEFAULT_BROKER": broker, "QMT_SERVER_ACCOUNTS": accounts}
    loaded = _load(context, env_file, options, LOG_DIR=log_dir, RUNTIME_DIR=runtime_dir)
    if detach:
        from cli.detach import detach as in_background

        raise typer.Exit(in_background(loaded, sys.argv[1:]))
    from cli.live import live as run

    raise typer.Exit(run(Asked(file, quotes, date, days, speed, seed, carry_on, reset, watch), loaded))


@app.command(help="检查策略文件用到的聚宽接口：支持、需要数据源或不支持；不运行策略。有不支持的退出码为 1")
def check(
    file: Annotated[Path, typer.Argument(metavar="策略文件", help="聚宽风格的策略文件")], csv: Csv = False
) -> None:
    from cli.check import check as run

    raise typer.Exit(run(file, csv=csv))


@app.command(help="让运行中的策略换上改过的文件：状态保留，调用 after_code_changed；新文件有错则拒绝，原来的继续运行")
def reload(context: typer.Context, runtime_dir: RuntimeDir = None, env_file: EnvFile = None) -> None:
    from cli.reload import reload as run

    raise typer.Exit(run(_load(context, env_file, RUNTIME_DIR=runtime_dir)))


@app.command(help="停止运行目录里的系统，并列出柜台上的挂单")
def stop(context: typer.Context, runtime_dir: RuntimeDir = None, env_file: EnvFile = None) -> None:
    from cli.stop import stop as run

    raise typer.Exit(run(_load(context, env_file, RUNTIME_DIR=runtime_dir)))


@app.command(help="各进程是否在运行、滞后多少、最近的消息")
def status(context: typer.Context, csv: Csv = False, runtime_dir: RuntimeDir = None, env_file: EnvFile = None) -> None:
    from cli.status import status as run

    raise typer.Exit(run(_load(context, env_file, RUNTIME_DIR=runtime_dir), csv=csv))


@app.command(help="当日委托，含风控拒单")
def orders(
    context: typer.Context,
    day: Day = None,
    csv: Csv = False,
    runtime_dir: RuntimeDir = None,
    alias: Alias = None,
    env_file: EnvFile = None,
) -> None:
    from cli.orders import orders as run

    raise typer.Exit(run(_load(context, env_file, _of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


@app.command(help="当日成交")
def fills(
    context: typer.Context,
    day: Day = None,
    csv: Csv = False,
    runtime_dir: RuntimeDir = None,
    alias: Alias = None,
    env_file: EnvFile = None,
) -> None:
    from cli.fills import fills as run

    raise typer.Exit(run(_load(context, env_file, _of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


@app.command(help="持仓")
def positions(
    context: typer.Context,
    day: Day = None,
    csv: Csv = False,
    runtime_dir: RuntimeDir = None,
    alias: Alias = None,
    env_file: EnvFile = None,
) -> None:
    from cli.positions import positions as run

    raise typer.Exit(run(_load(context, env_file, _of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


@app.command(help="账户资金与当日盈亏")
def account(
    context: typer.Context,
    day: Day = None,
    csv: Csv = False,
    runtime_dir: RuntimeDir = None,
    alias: Alias = None,
    env_file: EnvFile = None,
) -> None:
    from cli.account import account as run

    raise typer.Exit(run(_load(context, env_file, _of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


@app.command(help="风控限额的使用情况，是否暂停交易")
def risk(context: typer.Context, csv: Csv = False, alias: Alias = None, env_file: EnvFile = None) -> None:
    from cli.risk import risk as run

    raise typer.Exit(run(_load(context, env_file, _of(alias)), csv=csv))


@app.command(help="暂停交易：拒绝新委托，撤单不受影响；重启后仍有效")
def halt(
    context: typer.Context,
    buys: Annotated[bool, typer.Option("--buys", help="只暂停买入")] = False,
    cancel_open: Annotated[bool, typer.Option("--cancel-open", help="同时撤销未成交委托")] = False,
    why: Annotated[str, typer.Option("--why", metavar="原因", help="记录下来的原因")] = "",
    alias: Alias = None,
    env_file: EnvFile = None,
) -> None:
    from cli.halt import halt as run

    loaded = _load(context, env_file, _of(alias))
    raise typer.Exit(run(loaded, _operator(os.environ), why, buys=buys, cancel_open=cancel_open))


@app.command(help="恢复交易")
def resume(context: typer.Context, alias: Alias = None, env_file: EnvFile = None) -> None:
    from cli.resume import resume as run

    raise typer.Exit(run(_load(context, env_file, _of(alias)), _operator(os.environ)))


@app.command(help="把一天的流水捕获成一个文件，可在别处重放；运行中的系统也可以（RUNTIME_DIR 及其 archive/）")
def capture(
    context: typer.Context,
    day: Annotated[str | None, typer.Argument(metavar="日期", help="如 2026-11-20；默认最近的一次运行")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="文件", help="默认当前目录下的 <日期>.capture")
    ] = None,
    runtime_dir: RuntimeDir = None,
    env_file: EnvFile = None,
) -> None:
    from cli.capture import capture as run

    raise typer.Exit(run(_load(context, env_file, RUNTIME_DIR=runtime_dir), day, output))


@app.command(
    help="用现在的程序把捕获的一天重新决定一遍，逐字节比较：一致，或第一处不同（退出码 1）。\n\n"
    "风控和网关的重放只运行本程序。策略的重放会运行捕获文件里的策略源码，并反序列化其中的 g.pkl，"
    "等于执行文件作者的任意代码：只对可信的文件加 --trust。"
)
def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="捕获文件", help="bullet-trade capture 写的文件")],
    service: Annotated[
        str | None, typer.Option("--service", metavar="进程", help="只重放 risk、gateway 或 strategy")
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="名称=值", help="改一项配置，列出会不同的决定，如 MAX_ORDER_VALUE=50000；可多次"),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="文件可信：也运行其中的策略代码")] = False,
    env_file: EnvFile = None,
) -> None:
    from cli.replay import replay as run

    if service not in (None, "risk", "gateway", "strategy"):
        raise Refused("BAD_SERVICE", f"--service {service} 无效：应为 risk、gateway 或 strategy")
    raise typer.Exit(run(_load(context, env_file), file, service, sets or [], trusted=trust))


@app.command(help="立即与柜台对账并列出双方账目；不符时退出码为 1")
def reconcile(
    context: typer.Context,
    accept: Annotated[bool, typer.Option("--accept", help="差额属实：按柜台记入账目，须写 --why")] = False,
    why: Annotated[str, typer.Option("--why", metavar="原因", help="接受差额的原因")] = "",
    csv: Csv = False,
    alias: Alias = None,
    env_file: EnvFile = None,
) -> None:
    from cli.reconcile import reconcile as run

    raise typer.Exit(run(_load(context, env_file, _of(alias)), _operator(os.environ), why, csv=csv, accept=accept))


@app.command(help="认定一笔结果未知的委托：查明柜台上的真实结果之后使用")
def resolve(
    context: typer.Context,
    order: Annotated[str, typer.Argument(metavar="委托编号", help="结果未知的委托，见 bullet-trade orders")],
    ended: Annotated[str, typer.Option("--as", metavar="结果", help="filled、cancelled、rejected 或 expired")],
    why: Annotated[str, typer.Option("--why", metavar="原因", help="如何查明的")],
    qty: Annotated[int, typer.Option("--qty", metavar="股数", help="其中成交的总股数")] = 0,
    price: Annotated[str, typer.Option("--price", metavar="价格", help="成交均价")] = "0",
    same_as: Annotated[
        str, typer.Option("--same-as", metavar="外部委托", help="柜台上丢了标记的那一笔，如 foreign-77；成交以它为准")
    ] = "",
    alias: Alias = None,
    env_file: EnvFile = None,
) -> None:
    from cli.resolve import price_e4
    from cli.resolve import resolve as run
    from common import messages as m

    said = m.ResolveOrder("", order, ended, qty, price_e4(price), same_as, _operator(os.environ), why)
    raise typer.Exit(run(_load(context, env_file, _of(alias)), said))


@app.command(help="体检：主机、QMT 终端、端口、配置；每项给出结论和处理办法，有失败时退出码为 1")
def doctor(
    context: typer.Context,
    broker: Annotated[str | None, typer.Option(metavar="券商", help="按哪个券商检查，默认 DEFAULT_BROKER")] = None,
    connect: Annotated[bool, typer.Option("--connect", help="系统没有运行时，连接终端一次再断开")] = False,
    remark: Annotated[bool, typer.Option("--remark", help="说明怎样确认委托备注原样返回；不会下单")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON（UTF-8）")] = False,
    runtime_dir: RuntimeDir = None,
    env_file: EnvFile = None,
) -> None:
    from cli.doctor import Asked
    from cli.doctor import doctor as run

    loaded = _load(context, env_file, {"DEFAULT_BROKER": broker}, RUNTIME_DIR=runtime_dir)
    raise typer.Exit(run(loaded, Asked(connect, remark, as_json)))


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
    raise typer.Exit(new(_load(context, env_file), asked))


@tokens.command("list", help="全部令牌：权限、账户、限额、有效期、状态")
def token_list(context: typer.Context, csv: Csv = False, env_file: EnvFile = None) -> None:
    from cli.token import list_

    raise typer.Exit(list_(_load(context, env_file), csv=csv))


@tokens.command("revoke", help="吊销一个令牌，两秒内生效")
def token_revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="名称", help="见 bullet-trade token list")],
    env_file: EnvFile = None,
) -> None:
    from cli.token import revoke

    raise typer.Exit(revoke(_load(context, env_file), name))


@app.command(help="全部配置：值、来源、含义；机密不显示")
def config(context: typer.Context, csv: Csv = False, env_file: EnvFile = None) -> None:
    from cli.config import config as run

    run(_load(context, env_file), csv=csv)


def _load(
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


def _of(alias: str | None) -> dict[str, str | None]:
    return {"QMT_SERVER_ACCOUNT_KEY": alias}


def _operator(environ: Mapping[str, str]) -> str:
    """Who gives the command, as the decision is recorded: the user of the machine."""
    return environ.get("USER") or environ.get("USERNAME") or "operator"


def main() -> None:
    """Entry point of the console script."""
    patient_streams()
    try:
        app(prog_name="bullet-trade")
    except StackError as error:
        complain(error)
        sys.exit(EXIT_REFUSED)
    except OSError as error:
        if error.filename is None:
            raise
        # Whatever a verb opens, the disk may say no: a folder that is a file, one without permission, one gone.
        complain(Refused("CANNOT_ACCESS", f"{error.filename} 无法使用：{error.strerror}"))
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
