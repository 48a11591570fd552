"""What a run is about, shown before it begins: mode, account, market and the limits that hold."""

from __future__ import annotations

from rich.console import Console

from cli.market_day import SYNTHETIC
from cli.tables import grouped, money
from common.risk_limits import RiskLimits
from common.run import Run
from common.settings import Settings

MODES = {"simulator": "[模拟撮合]", "dry_run": "[模拟撮合]", "live": "[真实交易]"}


def show(console: Console, run: Run, settings: Settings, said: str) -> None:
    """Print the banner; ``said`` tells what the run goes on from."""
    who = "远程服务" if run.served else f"策略 {run.strategy_id}"
    console.print(f"{MODES[run.mode]} {run.broker} · 账户 {run.account} · {who}", style="bold")
    for one in run.accounts:
        console.print(f"  资金账号 {one.alias} = {one.account_id}（{one.kind}） · {one.path}")
    if not run.served:
        console.print(f"  策略文件 {run.strategy_file}")
    console.print(f"  行情 {_market(run)}")
    if not run.remote:
        console.print(f"  限额 {limits_text(settings.limits(run.account))}")
    console.print(f"  运行目录 {settings.runtime_dir} · 日志 {settings.log_dir}")
    if said:
        console.print(f"  {said}")


def _market(run: Run) -> str:
    if run.remote:
        clock = f"模拟时钟，自 {run.first_day} 起" if run.published else "按当前时间运行，直到停止"
        return f"由服务端提供 · {clock}"
    if not run.simulated:
        return f"{run.quotes} 实时行情 · 按当前时间运行，直到停止（Ctrl-C 或 bullet-trade stop）"
    quotes = f"合成（种子 {run.seed}）" if run.quotes == SYNTHETIC else run.quotes
    number, _, window = run.speed.partition("@")
    speed = "逐步推进" if float(number) == 0 else f"{number} 倍速"
    return (
        f"{quotes} · {run.first_day} 起 {run.days} 个交易日 · {speed}{f'（{window}，其余逐步推进）' if window else ''}"
    )


def limits_text(limits: RiskLimits) -> str:
    """The limits that matter most, in one line."""
    texts = [
        f"单笔 {grouped(money(limits.order_value_max_e4))}",
        f"当日成交 {grouped(money(limits.daily_trade_value_max_e4))}",
        f"当日 {limits.daily_trades_max} 笔",
        f"持仓 {limits.stock_count_max} 只",
        f"单只占比 {limits.position_ratio_max_bp / 100:g}%",
        f"止损提示 {limits.stop_loss_ratio_bp / 100:g}%",
    ]
    return " · ".join(texts)
