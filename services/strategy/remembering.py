"""What of a running strategy is written to its folder, and put back at the next start."""

from __future__ import annotations

import pickle
from typing import Any

from jqdata.context import Context, g
from services.strategy.agenda import Agenda
from services.strategy.gaps import Gaps
from services.strategy.host import StrategyHost
from services.strategy.keeper import Saved
from services.strategy.live_state import LiveState
from services.strategy.memory import Memory, parted
from services.strategy.orders import Orders
from services.strategy.program import Program
from services.strategy.runtime import Runtime
from services.strategy.ticks import Ticks


class Remembering:
    """``initialized``: `initialize` came to its end; ``file_hash`` is of the code that began last."""

    def __init__(
        self, runtime: Runtime, host: StrategyHost, agenda: Agenda, orders: Orders, ticks: Ticks, gaps: Gaps
    ) -> None:
        self._rt, self._host, self._agenda = runtime, host, agenda
        self._orders, self._ticks, self._gaps = orders, ticks, gaps
        self._memory = Memory(lambda text: runtime.log("warning", "system", text))
        self.initialized, self.file_hash = False, ""

    def bring_back(self, saved: Saved, program: Program) -> None:
        """All but the attributes on `context`, which is not there yet."""
        state = saved.state
        attributes, beside = parted(saved.g)
        vars(g).update(attributes)
        program.restore_globals(beside["module"])
        self._host.settings = {**saved.settings, **beside["settings"]}
        self._agenda.tasks, self._agenda.next_seq = list(state.tasks), state.next_seq
        self._agenda.start_day, self._agenda.cursor = state.start_day, state.cursor
        self._host.starting_cash_e4 = state.starting_cash_e4
        self._ticks.symbols = dict.fromkeys(state.subscriptions)
        self._rt.levels.update(state.log_levels)
        self.initialized, self.file_hash = True, state.file_hash
        self._gaps.restore(state.downs)
        self._rt.subs.load(state.subs)

    def take_over(self, pickled: bytes, program: Program, context: Context) -> None:
        """Put the memory of the code that ran before into new code, as a restart would; it may raise anything."""
        attributes, beside = parted(pickle.loads(pickled))
        vars(g).update(attributes)
        program.restore_globals(beside["module"])
        vars(context).clear()
        vars(context).update(beside["context"])

    def pickled(self, program: Program, context: Context) -> bytes:
        """The content of ``g.pkl``."""
        changed = program.changed_globals()
        beside: dict[str, dict[str, Any]] = {"context": vars(context), "settings": self._host.settings}
        return self._memory.pickled(vars(g), **beside, **({"module": changed} if changed else {}))

    def state(self) -> LiveState:
        return LiveState(
            strategy=self._rt.config.strategy,
            file_hash=self.file_hash,
            start_day=self._agenda.start_day or self._rt.day,
            initialized=self.initialized,
            next_seq=self._agenda.next_seq,
            tasks=tuple(self._agenda.tasks),
            cursor=self._agenda.cursor,
            starting_cash_e4=self._host.starting_cash_e4,
            settings={name: repr(value) for name, value in self._host.settings.items()},
            subscriptions=tuple(self._ticks.symbols),
            log_levels=dict(self._rt.levels),
            kept=tuple(self._orders.kept.orders.values()),
            stops=tuple(self._orders.stops.orders.values()),
            groups=self._orders.tickets.groups(),
            downs=self._gaps.downs,
            subs=self._rt.subs.state,
        )
