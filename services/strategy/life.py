"""How a strategy begins, goes on over a restart, takes other code, and is remembered."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from jqdata import host as api
from jqdata.context import Context, g
from jqdata.missing import ProviderFailed
from jqdata.snapshots import BarData
from services.strategy import schedule
from services.strategy.agenda import Agenda
from services.strategy.changing import NewCode, Verdict
from services.strategy.events import dividends, held
from services.strategy.gaps import Gaps
from services.strategy.hooks import Hooks, defined_in
from services.strategy.host import StrategyHost
from services.strategy.keeper import Keeper, Saved
from services.strategy.live_state import LiveState
from services.strategy.loader import Source
from services.strategy.market import Market
from services.strategy.memory import parted
from services.strategy.orders import Orders
from services.strategy.program import Program
from services.strategy.remembering import Remembering
from services.strategy.runtime import Runtime
from services.strategy.saving import Saving
from services.strategy.ticks import HANDLE_TICK, Ticks

_BY_NAME = (schedule.ON_EVENT, schedule.BEFORE_TRADING_START, schedule.HANDLE_DATA, schedule.AFTER_TRADING_END)
# The official name first; the other one circulates in posts (jq_api 2.1).
_CODE_CHANGED = ("after_code_changed", "after_code_change")

Job = Callable[[], None]


class Life:
    """``startup`` are the jobs by which it begins, each with the function it is named after; they run before others."""

    def __init__(self, runtime: Runtime, market: Market, orders: Orders, keeper: Keeper) -> None:
        self._rt, self._market, self._orders, self._keeper = runtime, market, orders, keeper
        config = runtime.config
        self.hooks = Hooks(orders.tickets, config.strategy)
        self.ticks = Ticks(config.subscriptions_max)
        self.agenda = Agenda(runtime.calendar, config.hours)
        self.host = StrategyHost(runtime, market, orders, self.agenda, self.ticks)
        self._gaps = Gaps(runtime, self.agenda, runtime.warn)
        self._memory = Remembering(runtime, self.host, self.agenda, orders, self.ticks, self._gaps)
        self.saving = Saving(keeper, partial(runtime.log, "error", "system"), saves_g=config.saves_g)
        self.host.sub_desk.keep = self.saving.write_subs
        self.startup: list[tuple[str, Job]] = []
        self._program: Program
        self._context: Context | None = None
        self._saved: Saved | None = None
        self._failed_to_start = False

    def load(self, source: Source) -> None:
        """Run the module's body, then read what the last run left; ConfigError where either cannot be used."""
        vars(g).clear()
        api.bind(self.host)
        with self.host.body_running():
            program = Program(self._rt, source)
        self.host.check_body(program.namespace)
        self._use(program)
        self.agenda.defined = self._called_by_name()
        self._saved = self._keeper.load()
        if self._saved is not None and self._saved.state.initialized:
            self._memory.bring_back(self._saved, self._program)

    def _use(self, program: Program) -> None:
        self._program, self.host.namespace = program, program.namespace
        self.hooks.defined = defined_in(program.function)
        self.ticks.defined = program.function(HANDLE_TICK) is not None

    def _called_by_name(self) -> tuple[str, ...]:
        return tuple(name for name in _BY_NAME if self._program.function(name))

    # -- beginning -----------------------------------------------------------------------------------------------

    @property
    def begun(self) -> bool:
        """The strategy has its account and is starting or running."""
        return self._context is not None

    def came_back(self, alive_ns: int) -> None:
        """This process follows the market's clock from now on; the one before it is known to have lived ``alive_ns``.

        It is on disk before anything is decided by it: the next restart must not take what was missed for late.
        """
        saved = self._saved
        assert self._context is None, "what was read at the start is no longer the state to write"
        if not self._memory.initialized or saved is None:
            return
        cursor = saved.state.cursor
        self._gaps.came_back(max(alive_ns, cursor.call.at_ns if cursor is not None else 0))
        self.saving.on_disk = dataclasses.replace(saved.state, downs=self._gaps.downs)
        self._keeper.save_state(self.saving.on_disk)

    def begin(self) -> None:
        """The first day of this process is open."""
        rt, saved = self._rt, self._saved
        if self._memory.initialized and saved is not None:
            self.host.starting_cash_e4 = self.host.starting_cash_e4 or rt.book.total_value_e4
            for note in saved.notes:
                rt.warn("OLD_STATE_IMPORTED", note)
            self._context = Context(self.host)
            vars(self._context).update(parted(saved.g)[1]["context"])
            same_day = saved.state.cursor is not None and saved.state.cursor.day == rt.day
            state = saved.state
            self._orders.restore(*((state.kept, state.stops, state.groups) if same_day else ((), (), {})))
            self._gaps.report(self.agenda.open_day(rt.day, self._gaps.is_missed))
            self.saving.dirty = True
            if self.ticks.symbols:
                self.startup.append(("", lambda: self._market.subscribe(list(self.ticks.symbols))))
            if self._memory.file_hash != self._program.source.file_hash:
                self._prepare_changed()
        else:
            self.agenda.start_day = rt.day
            self.host.starting_cash_e4 = rt.book.total_value_e4
            self._context = Context(self.host)
            self._orders.restore((), (), {})
            self.agenda.open_day(rt.day, lambda call: call.at_ns < rt.up_ns)
            self._prepare_first()
        self._prepare("process_initialize")
        self.startup.append(("", self._started))

    def _started(self) -> None:
        """The strategy has begun, unless its initialize failed: then the next start begins again."""
        self._memory.initialized = self._memory.initialized or not self._failed_to_start
        self._memory.file_hash = self._program.source.file_hash
        self.host.starting = False

    def _prepare_first(self) -> None:
        """`initialize`, then `after_code_changed`, as in JoinQuant's back-tests: some files begin everything in it.

        Others register in it what `initialize` has registered: a task that is there already is not added again, since
        what runs twice orders twice.
        """
        self.host.schedule_of_body()
        self._prepare("initialize")
        if name := self._changed_name():
            self.startup.append((name, lambda: self.host.adding_no_twin(lambda: self.call(name))))

    def _prepare(self, name: str) -> None:
        if self._program.function(name):
            self.startup.append((name, lambda: self.call(name)))

    # -- other code ----------------------------------------------------------------------------------------------

    def change_code(self, raw: bytes) -> Verdict:
        """Take the new code with all that is remembered, or say why not and go on with the old."""
        context = self._context
        assert context is not None
        self.save(at_end=True)
        new = NewCode(self._rt, self.host, self._memory, context)
        verdict = new.try_(raw, self._program, starts_over=not self._memory.initialized)
        if new.program is None:
            return verdict
        self._use(new.program)
        self.startup.clear()  # of a change before this one, on a day that has not begun
        self.agenda.redefine(self._called_by_name(), self._rt.now_ns)
        if self._memory.initialized:
            self._prepare_changed()
        else:
            self.agenda.clear()
            self._rt.subs.divide(None, self._rt.now_ns)
            self._failed_to_start = False
            self._prepare_first()
        self._prepare("process_initialize")
        self.startup.append(("", self._started))
        self.saving.dirty = True
        return verdict

    def _prepare_changed(self) -> None:
        """What the new body schedules counts only where a strategy begins: one that relies on it is told."""
        self._prepare(self._changed_name())
        if not self._changed_name() and (new := self.host.new_in_body()):
            said = f"文件主体登记的定时任务 {new} 不起作用：换代码后沿用原来的任务"
            self._rt.log("warning", "system", f"{said}，要改请写在 after_code_changed 里")

    def _changed_name(self) -> str:
        return next((name for name in _CODE_CHANGED if self._program.function(name)), "")

    # -- functions -----------------------------------------------------------------------------------------------

    def run(self, name: str) -> None:
        """Run what is due; `on_event` is called once for each thing that happened, so mostly not at all."""
        if name != schedule.ON_EVENT:
            self.call(name)
            return
        symbols = held(self._rt.book)
        instruments = ((symbol, self._market.instrument(symbol)) for symbol in symbols)
        kinds = {symbol: one.kind for symbol, one in instruments if one is not None}
        try:
            known = self.host.adjustments(symbols, self._rt.day - timedelta(days=1))
        except ProviderFailed as error:
            self._rt.warn("EX_DAYS_UNKNOWN", f"今天的除权除息没有查到，on_event 没有运行：{error}")
            return
        for event in dividends(self._rt, known, kinds):
            self.call(name, event)

    def call(self, name: str, *arguments: object) -> None:
        """Call a function of the strategy; whatever it raises is told."""
        if self._failed_to_start and name in _CODE_CHANGED:
            return  # it changes what initialize made, and that is not there
        daily = self._rt.config.hours.daily
        more = (BarData("1d" if daily else "1m"),) if name == schedule.HANDLE_DATA else arguments
        if not self._program.call(name, self._context, *more):
            self._failed_to_start |= name == "initialize"

    def defines(self, name: str) -> bool:
        return self._program.function(name) is not None

    # -- memory --------------------------------------------------------------------------------------------------

    def state(self) -> LiveState:
        return self._memory.state()

    def save(self, *, at_end: bool = False) -> None:
        """Write what changed since it was written last, `g` first: the cursor never runs ahead of it."""
        context = self._context
        if context is not None and (self.saving.dirty or at_end):
            pickled = partial(self._memory.pickled, self._program, context)
            self.saving.write(pickled, self._memory.state(), self._rt.now_ns, at_end=at_end)
