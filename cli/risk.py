"""The verb ``risk``: every limit beside its use, and whether trading is halted."""

from __future__ import annotations

from cli.desk import with_stack
from cli.listing import listing
from cli.refusal import Refused
from cli.screen import screen
from cli.stack import ASK_SECONDS, Stack
from common import messages as m
from common.ask import Operator
from common.settings import Loaded

HEADINGS = ("规则", "已用", "上限")


def risk(loaded: Loaded, *, csv: bool) -> int:
    """Print what risk reports; Refused where it does not answer."""

    def show(line: Operator, stack: Stack) -> int:
        report = line.ask("risk", m.GetRisk(stack.account), ASK_SECONDS)
        if not isinstance(report, m.RiskReport):
            raise Refused("NO_ANSWER", "risk 没有应答")
        listing(loaded, f"风控 · 账户 {report.account}", HEADINGS, report.rows, csv=csv)
        console = screen(loaded.settings, stderr=csv)
        console.print(halt_text(report), style="bold red" if report.halted else "green")
        return 0

    return with_stack(loaded, show)


def halt_text(report: m.RiskReport) -> str:
    if not report.halted:
        return "交易正常，没有暂停"
    what = "买入已暂停" if report.buys_only else "交易已暂停"
    return f"{what}：由 {report.operator}{f'，原因：{report.why}' if report.why else ''}"
