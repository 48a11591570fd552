"""The verb ``resume``: ends a halt and says who had halted and why."""

from __future__ import annotations

from cli.desk import have_taken, with_stack
from cli.halt import say
from cli.risk import halt_text
from cli.screen import screen
from cli.stack import ASK_SECONDS, Stack
from common import messages as m
from common.ask import Operator
from common.settings import Loaded


def resume(loaded: Loaded, operator: str) -> int:
    """Let the account trade again; Refused where risk did not take it."""

    def act(line: Operator, stack: Stack) -> int:
        before = line.ask("risk", m.GetRisk(stack.account), ASK_SECONDS)
        if isinstance(before, m.RiskReport):
            screen(loaded.settings).print(f"此前：{halt_text(before)}")
        resumed = m.Resume(stack.account, operator)
        have_taken(line, resumed, "risk 没有确认，不能确定是否已恢复；请用 bullet-trade risk 查看")
        return say(loaded, line, stack)

    return with_stack(loaded, act)
