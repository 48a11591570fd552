"""Answers of the data provider: asked once, good for the day."""

from __future__ import annotations

from common import messages as m
from common.wire import encode
from services.strategy.runtime import Runtime

_ENTRIES_MAX = 64


class Provided:
    """A small cache before ``AskProvider``: a strategy that asks the same each minute waits and records it once."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._day = 0
        self._cached: dict[bytes, m.ProviderAnswer] = {}

    def answer(self, function: str, wants: list[m.Want], sql: str) -> m.ProviderAnswer:
        if self._day != self._rt.trading_day:
            self._day = self._rt.trading_day
            self._cached.clear()
        key = encode(m.AskProvider(0, "", wants, sql))
        if key not in self._cached:
            answer = self._rt.ask_provider(function, wants, sql)
            if answer.code:
                self._rt.log("warning", "system", f"{function}：{answer.text} [{answer.code}]")
                return answer
            if len(self._cached) >= _ENTRIES_MAX:
                self._cached.clear()
            self._cached[key] = answer
        return self._cached[key]
