"""Tells a strategy when all that has arrived is stepped: then the quotes that wait for `handle_tick` are the newest."""

from __future__ import annotations

from common import messages as m
from common.loop import NoEffects
from services.strategy.core import StrategyCore


class CatchingUp(NoEffects):
    """The loop asks for reports when it has stepped what it received; told once, until something new is stepped."""

    def __init__(self, core: StrategyCore) -> None:
        self.core = core
        self._heard = False

    def hear(self, message: m.Message, now_ns: int) -> None:
        self._heard = not isinstance(message, m.CaughtUp)

    def reports(self) -> list[m.Message]:
        return [m.CaughtUp()] if self._heard and self.core.ticks_wait else []

    def status(self, status: m.ProcessStatus) -> m.ProcessStatus:
        return status
