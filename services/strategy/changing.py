"""Other code for a strategy that runs: taken with all it remembers, as over a restart, or refused as a whole."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from common.errors import ConfigError
from jqdata import host as api
from jqdata.context import Context, g
from services.strategy import loader
from services.strategy.host import StrategyHost
from services.strategy.program import Program
from services.strategy.remembering import Remembering
from services.strategy.runtime import Runtime


class Verdict(NamedTuple):
    """What became of new code; ``text`` is for the trader."""

    taken: bool
    text: str


class NewCode:
    """One attempt; ``program`` is the new code where it was taken."""

    def __init__(self, runtime: Runtime, host: StrategyHost, memory: Remembering, context: Context) -> None:
        self._rt, self._host, self._memory, self._context = runtime, host, memory, context
        self.program: Program | None = None

    def try_(self, raw: bytes, old: Program, *, starts_over: bool) -> Verdict:
        """Run the new file's body and give it the memory; ``starts_over``: without it, since `initialize` had failed.

        Whatever goes wrong, all is as it was before. The memory is pickled and read again, so that objects of the
        strategy's own classes are of the new ones.
        """
        rt, host, context = self._rt, self._host, self._context
        try:
            source = loader.compiled(old.source.path, raw)
        except ConfigError as error:
            return self._refused(str(error))
        if source.file_hash == old.source.file_hash:
            return Verdict(True, "策略文件没有变化")
        before = [(live, dict(live)) for live in (vars(g), vars(context), host.settings, rt.levels)]
        pickled = self._memory.pickled(old, context)
        vars(g).clear()
        api.bind(host)
        try:
            with host.body_running():
                program = Program(rt, source)
            host.check_body(program.namespace)
            if not starts_over:
                self._memory.take_over(pickled, program, context)
        except Exception as error:  # reading the memory runs the strategy's own classes, which may raise anything
            self._undo(before, old)
            said = str(error) if isinstance(error, ConfigError) else f"{type(error).__name__}: {error}"
            return self._refused(said)
        self.program = program
        said = f"策略代码已更新：{source.path.name} {old.source.file_hash[:8]} → {source.file_hash[:8]}"
        rt.log("info", "system", said)
        return Verdict(True, said)

    def _undo(self, before: list[tuple[dict[str, Any], dict[str, Any]]], old: Program) -> None:
        for live, was in before:
            live.clear()
            live.update(was)
        sys.modules[old.source.module_name] = old.module

    def _refused(self, why: str) -> Verdict:
        self._rt.log("error", "system", f"新的策略代码没有换上，原来的继续运行：{why}")
        return Verdict(False, why)
