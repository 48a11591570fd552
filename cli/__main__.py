"""``bullet-trade``: finds the verb. A verb's own file is imported when it runs, so that ``live`` starts quickly."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import (
    Accounts,
    Alias,
    Broker,
    CarryOn,
    Csv,
    Date,
    Day,
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
    of,
    operator_name,
)
from cli.refusal import EXIT_REFUSED, Refused, complain
from cli.remote_verbs import server, tokens
from common.errors import StackError
from common.host_os import patient_streams

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="聚宽风格策略的 A 股实盘：启动、停止、查询、风控。退出码：0 成功，1 拒绝或失败，2 用法错误，130 Ctrl-C。",
)

app.add_typer(tokens, name="token")
app.command(help="对外提供本机的行情与交易：策略在别的机器上用 live --broker qmt-remote 运行")(server)


@app.callback()
def common_options(context: typer.Context, env_file: EnvFile = None) -> None:
    context.obj = env_file


@app.command(help="运行一个策略，直到交易日结束；已有系统在运行时加入它")
def live(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="策略文件", help="聚宽风格的策略文件")],
    broker: Broker = None,
    quotes: Quotes = None,
    date: Date = None,
    days: Days = None,
    speed: Speed = None,
    seed: Seed = None,
    carry_on: CarryOn = False,
    reset: Reset = False,
    wait: Annotated[bool, typer.Option("--wait", help="qmt-remote：服务端暂时连不上时一直等")] = False,
    detach: Detach = False,
    watch: Annotated[bool, typer.Option("--watch", help="策略文件一改动就换上，如同 reload")] = False,
    accounts: Accounts = None,
    log_dir: LogDir = None,
    runtime_dir: RuntimeDir = None,
    env_file: EnvFile = None,
) -> None:
    from cli.plan import Asked

    options = {"DEFAULT_BROKER": broker, "QMT_SERVER_ACCOUNTS": accounts}
    loaded = load_settings(context, env_file, options, LOG_DIR=log_dir, RUNTIME_DIR=runtime_dir)
    if detach:
        from cli.detach import detach as in_background

        raise typer.Exit(in_background(loaded, "live", sys.argv[1:], lambda log: "strategy" in log.processes))
    from cli.live import live as run

    raise typer.Exit(run(Asked(file, quotes, date, days, speed, seed, carry_on, reset, wait, watch), loaded))


@app.command(help="检查策略文件用到的聚宽接口：支持、需要数据源或不支持；不运行策略。有不支持的退出码为 1")
def check(
    file: Annotated[Path, typer.Argument(metavar="策略文件", help="聚宽风格的策略文件")], csv: Csv = False
) -> None:
    from cli.check import check as run

    raise typer.Exit(run(file, csv=csv))


@app.command(help="让运行中的策略换上改过的文件：状态保留，调用 after_code_changed；新文件有错则拒绝，原来的继续运行")
def reload(context: typer.Context, runtime_dir: RuntimeDir = None, env_file: EnvFile = None) -> None:
    from cli.reload import reload as run

    raise typer.Exit(run(load_settings(context, env_file, RUNTIME_DIR=runtime_dir)))


@app.command(help="停止运行目录里的系统，并列出柜台上的挂单")
def stop(context: typer.Context, runtime_dir: RuntimeDir = None, env_file: EnvFile = None) -> None:
    from cli.stop import stop as run

    raise typer.Exit(run(load_settings(context, env_file, RUNTIME_DIR=runtime_dir)))


@app.command(help="各进程是否在运行、滞后多少、最近的消息")
def status(context: typer.Context, csv: Csv = False, runtime_dir: RuntimeDir = None, env_file: EnvFile = None) -> None:
    from cli.status import status as run

    raise typer.Exit(run(load_settings(context, env_file, RUNTIME_DIR=runtime_dir), csv=csv))


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

    raise typer.Exit(run(load_settings(context, env_file, of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


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

    raise typer.Exit(run(load_settings(context, env_file, of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


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

    raise typer.Exit(run(load_settings(context, env_file, of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


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

    raise typer.Exit(run(load_settings(context, env_file, of(alias), RUNTIME_DIR=runtime_dir), day, csv=csv))


@app.command(help="风控限额的使用情况，是否暂停交易")
def risk(context: typer.Context, csv: Csv = False, alias: Alias = None, env_file: EnvFile = None) -> None:
    from cli.risk import risk as run

    raise typer.Exit(run(load_settings(context, env_file, of(alias)), csv=csv))


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

    loaded = load_settings(context, env_file, of(alias))
    raise typer.Exit(run(loaded, operator_name(os.environ), why, buys=buys, cancel_open=cancel_open))


@app.command(help="恢复交易")
def resume(context: typer.Context, alias: Alias = None, env_file: EnvFile = None) -> None:
    from cli.resume import resume as run

    raise typer.Exit(run(load_settings(context, env_file, of(alias)), operator_name(os.environ)))


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

    raise typer.Exit(run(load_settings(context, env_file, RUNTIME_DIR=runtime_dir), day, output))


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
    raise typer.Exit(run(load_settings(context, env_file), file, service, sets or [], trusted=trust))


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

    raise typer.Exit(
        run(load_settings(context, env_file, of(alias)), operator_name(os.environ), why, csv=csv, accept=accept)
    )


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

    said = m.ResolveOrder("", order, ended, qty, price_e4(price), same_as, operator_name(os.environ), why)
    raise typer.Exit(run(load_settings(context, env_file, of(alias)), said))


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

    loaded = load_settings(context, env_file, {"DEFAULT_BROKER": broker}, RUNTIME_DIR=runtime_dir)
    raise typer.Exit(run(loaded, Asked(connect, remark, as_json)))


@app.command(help="全部配置：值、来源、含义；机密不显示")
def config(context: typer.Context, csv: Csv = False, env_file: EnvFile = None) -> None:
    from cli.config import config as run

    run(load_settings(context, env_file), csv=csv)


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
