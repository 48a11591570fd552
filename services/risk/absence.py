"""Strategies that are not there: silent for too long, or gone in order; and what is cancelled for those that hang."""

from __future__ import annotations

from common import messages as m
from services.risk.inspection import SOURCE
from services.risk.limits import Desk

NEVER_NS = 2**63 - 1
STRATEGY_LOST, STRATEGY_BACK = "STRATEGY_LOST", "STRATEGY_BACK"


class Absence:
    """``names`` are those that are away and whether they said so; ``returned`` is the one last heard again."""

    def __init__(self) -> None:
        self.names: dict[str, bool] = {}
        self.returned = ""

    def note(self, message: m.StrategySilent | m.StrategyHeard | m.StrategyLeft) -> None:
        """Fold what the session noticed; one that had left in order is simply there again."""
        match message:
            case m.StrategyHeard(strategy=strategy):
                self.returned = strategy if self.names.pop(strategy, True) is False else ""
            case _:
                self.names[message.strategy] = isinstance(message, m.StrategyLeft)

    def carried(self) -> list[m.Message]:
        """What brings a fresh one to this state."""
        return [m.StrategyLeft(name) if left else m.StrategySilent(name, 0) for name, left in self.names.items()]


def expected(desks: list[Desk]) -> set[str]:
    """Strategies that have orders open; orders entered elsewhere have none."""
    return {r.order.strategy for desk in desks for r in desk.book.open_orders() if not r.is_final and r.order.strategy}


def lost(desks: list[Desk], silent: m.StrategySilent, now_ns: int) -> list[m.Message]:
    """The alert, and a cancel for each order the strategy has open; none where there is nothing to cancel."""
    outs: list[m.Message] = []
    for desk in desks:
        keys = [
            record.order.client_order_id
            for record in desk.book.open_orders()
            if not record.is_final and record.order.strategy == silent.strategy
        ]
        if keys:
            outs.append(_alert(desk, STRATEGY_LOST, f"{_text(silent)}，撤销它的 {len(keys)} 笔挂单", now_ns))
            outs += [m.ApprovedCancel(desk.account, key, NEVER_NS) for key in keys]
    return outs or [_alert(desks[0], STRATEGY_LOST, f"{_text(silent)}，它没有挂单", now_ns)]


def back(desks: list[Desk], strategy: str, now_ns: int) -> list[m.Message]:
    return [_alert(desks[0], STRATEGY_BACK, f"策略 {strategy} 恢复心跳", now_ns)] if strategy else []


def _text(silent: m.StrategySilent) -> str:
    return f"策略 {silent.strategy} 已 {silent.silent_ns / 1e9:.0f} 秒没有心跳"


def _alert(desk: Desk, code: str, text: str, now_ns: int) -> m.Message:
    return m.AlertRaised(desk.account, SOURCE, code, text, now_ns)
