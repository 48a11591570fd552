"""The verb ``halt``: risk denies new orders, or new buys only, until ``resume``; cancels always pass."""

from __future__ import annotations

from cli.desk import have_taken, with_stack
from cli.refusal import Refused
from cli.risk import halt_text
from cli.screen import screen
from cli.stack import ASK_SECONDS, Stack
from common import messages as m
from common.ask import Operator
from common.settings import Loaded


def halt(loaded: Loaded, operator: str, why: str, *, buys: bool, cancel_open: bool) -> int:
    """Halt the account and say what holds now; Refused where risk did not take it."""

    def act(line: Operator, stack: Stack) -> int:
        halted = m.Halt(stack.account, buys, cancel_open, operator, why)
        have_taken(line, halted, "risk 没有确认，不能确定是否已暂停；请用 bullet-trade risk 查看")
        return say(loaded, line, stack)

    return with_stack(loaded, act)


def say(loaded: Loaded, line: Operator, stack: Stack) -> int:
    """Print whether the account is halted, as risk says after the command."""
    report = line.ask("risk", m.GetRisk(stack.account), ASK_SECONDS)
    if not isinstance(report, m.RiskReport):
        raise Refused("NO_ANSWER", "命令已被接受，但 risk 没有应答；请用 bullet-trade risk 查看")
    screen(loaded.settings).print(f"账户 {stack.account}：{halt_text(report)}")
    return 0
