"""A strategy's functions: loaded, brought back after a restart, called in order, and remembered."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial

from common import messages as m
from jqdata import host as api
from jqdata.context import Context, g
from jqdata.snapshots import BarData, Tick
from services.strategy import schedule
from services.strategy.agenda import Agenda
from services.strategy.changing import NewCode, Verdict
from services.strategy.gaps import Gaps
from services.strategy.hooks import Hooks, defined_in
from services.strategy.host import StrategyHost
from services.strategy.keeper import Keeper, Saved
from services.strategy.loader import Source
from services.strategy.market import Market
from services.strategy.memory import parted
from services.strategy.orders import Orders
from services.strategy.program import Program
from services.strategy.remembering import Remembering
from services.strategy.runtime import Runtime
from services.strategy.saving import Saving
from services.strategy.schedule import Call
from services.strategy.ticks import HANDLE_TICK, Ticks

_BY_NAME = (schedule.BEFORE_TRADING_START, schedule.HANDLE_DATA, schedule.AFTER_TRADING_END)
# The official name first; the other one circulates in posts (jq_api 2.1).
_CODE_CHANGED = ("after_code_changed", "after_code_change")
ON_STRATEGY_END = "on_strategy_end"

Job = Callable[[], None]


class Callbacks:
    """``next_job`` is entered by the core on the user's stack, and ``ended`` follows when it has come to its end."""

    def __init__(
        self, runtime: Runtime, market: Market, orders: Orders, keeper: Keeper, stopwatch: Callable[[], int]
    ) -> None:
        self._rt, self._market, self._orders = runtime, market, orders
        self._keeper, self._stopwatch = keeper, stopwatch
        config = runtime.config
        self.hooks = Hooks(orders.tickets, config.strategy)
        self.ticks = Ticks(config.subscriptions_max)
        self._agenda = Agenda(runtime.calendar, config.hours)
        self.host = StrategyHost(runtime, market, orders, self._agenda, self.ticks)
        self._gaps = Gaps(runtime, self._agenda, runtime.warn)
        self._memory = Remembering(runtime, self.host, self._agenda, orders, self.ticks, self._gaps)
        self._saving = Saving(keeper, partial(runtime.log, "error", "system"), saves_g=config.saves_g)
        self._program: Program
        self._context: Context | None = None
        self._saved: Saved | None = None
        self._startup: list[tuple[str, Job]] = []
        self._failed_to_start = False
        self._running: tuple[str, int] | None = None  # what runs, and the stopwatch when it began
        self._new_code: m.CodeChanged | None = None
        self.verdict: Verdict | None = None

    # -- loading -------------------------------------------------------------------------------------------------

    def load(self, source: Source) -> None:
        """Run the module's body, then read what the last run left; ConfigError where either cannot be used."""
        vars(g).clear()
        api.bind(self.host)
        self._use(Program(self._rt, source))
        self._agenda.defined = self._called_by_name()
        self._saved = self._keeper.load()
        if self._saved is not None and self._saved.state.initialized:
            self._memory.bring_back(self._saved, self._program)

    def _use(self, program: Program) -> None:
        self._program, self.host.namespace = program, program.namespace
        self.hooks.defined = defined_in(program.function)
        self.ticks.defined = program.function(HANDLE_TICK) is not None

    def _called_by_name(self) -> tuple[str, ...]:
        return tuple(name for name in _BY_NAME if self._program.function(name))

    # -- other code ----------------------------------------------------------------------------------------------

    def want_code(self, changed: m.CodeChanged) -> None:
        """Take this code as soon as no user code runs; of several the newest."""
        self._new_code = changed

    @property
    def code_waits(self) -> bool:
        """Whether new code can be taken now; before the strategy has begun there is nothing to change."""
        return self._new_code is not None and self.begun and self._running is None and not self.host.starting

    def change_code(self) -> None:
        """Take the new code with all that is remembered, or say why not and go on with the old (``verdict``)."""
        changed, context = self._new_code, self._context
        assert changed is not None and context is not None
        self._new_code = None
        self.save(at_end=True)
        new = NewCode(self._rt, self.host, self._memory, context)
        self.verdict = new.try_(changed.source, self._program, starts_over=not self._memory.initialized)
        if new.program is None:
            return
        self._use(new.program)
        self._startup.clear()  # of a change before this one, on a day that has not begun
        self._agenda.redefine(self._called_by_name(), self._rt.now_ns)
        if self._memory.initialized:
            self._prepare_changed()
        else:
            self._agenda.clear()
            self._failed_to_start = False
            self._prepare("initialize")
        self._prepare("process_initialize")
        self._startup.append(("", self._started))
        self._saving.dirty = True

    def _prepare_changed(self) -> None:
        self._prepare(next((name for name in _CODE_CHANGED if self._program.function(name)), ""))

    # -- the day -------------------------------------------------------------------------------------------------

    @property
    def begun(self) -> bool:
        """The strategy has its account and is starting or running."""
        return self._context is not None

    @property
    def next_ns(self) -> int:
        """Market time of the next call; the present before the day was begun; 0: none is left."""
        rt = self._rt
        if self._startup or self.hooks or self._agenda.day is None or rt.trading_day != rt.book.trading_day:
            return rt.now_ns
        if self.ticks and rt.caught_up:
            return rt.now_ns
        call = self._agenda.peek()
        return call.at_ns if call is not None else 0

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
        self._keeper.save_state(dataclasses.replace(saved.state, downs=self._gaps.downs))

    def open_day(self, trading_day: int) -> None:
        """Begin the trading day, and with the first one the strategy."""
        rt = self._rt
        if self._agenda.day is not None and rt.trading_day == trading_day:
            return
        first = self._context is None
        rt.open_day(trading_day)
        self.save()
        self._saving.begin_day(trading_day)
        self._market.open_day()
        if first:
            self._begin_strategy()
        else:
            self._orders.open_day()
            self._agenda.open_day(rt.day)

    def end_day(self) -> None:
        """Nothing more happens on this day."""
        self._orders.end_day()
        self.hooks.clear()
        if said := self.ticks.end_day():
            self._rt.log("info", "system", said)
        self._agenda.close_day()
        self._saving.dirty = self._context is not None

    def _begin_strategy(self) -> None:
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
            self._gaps.report(self._agenda.open_day(rt.day, self._gaps.is_missed))
            self._saving.dirty = True
            if self.ticks.symbols:
                self._startup.append(("", lambda: self._market.subscribe(list(self.ticks.symbols))))
            if self._memory.file_hash != self._program.source.file_hash:
                self._prepare_changed()
        else:
            self._agenda.start_day = rt.day
            self.host.starting_cash_e4 = rt.book.total_value_e4
            self._context = Context(self.host)
            self._orders.restore((), (), {})
            self._agenda.open_day(rt.day, lambda call: call.at_ns < rt.up_ns)
            self._prepare("initialize")
        self._prepare("process_initialize")
        self._startup.append(("", self._started))

    def _started(self) -> None:
        """The strategy has begun, unless its initialize failed: then the next start begins again."""
        self._memory.initialized = self._memory.initialized or not self._failed_to_start
        self._memory.file_hash = self._program.source.file_hash
        self.host.starting = False

    def _prepare(self, name: str) -> None:
        if self._program.function(name):
            self._startup.append((name, lambda: self._call(name)))

    # -- calls ---------------------------------------------------------------------------------------------------

    def next_job(self) -> Job | None:
        """What is to run now, entered in the cursor; None where nothing is due."""
        rt = self._rt
        if self._startup:
            name, job = self._startup.pop(0)
            return self._enter(name, "start", job)
        self._orders.send_due()
        if stale := self._orders.stops.stale_symbols():
            return self._enter("", "stops", lambda: self._orders.stops.refresh(stale))
        call = self._agenda.peek()
        is_due = call is not None and call.at_ns <= rt.now_ns
        if not self.hooks and not is_due:
            return self._next_tick()
        self._saving.before_cursor()
        self.save()
        if self._saving.dirty:
            return None
        if (told := self.hooks.next()) is not None:
            return self._enter(told.name, told.trigger, lambda: self._call(told.name, told.argument))
        if call is None or not is_due:
            return self._next_tick()
        if not self._begins(call):
            return None
        rt.enter(call.func_name, call.at_ns, f"{call.rank}.{call.seq}")
        self._running = call.func_name, self._stopwatch()
        return lambda: self._call(call.func_name)

    def _next_tick(self) -> Job | None:
        """The quote that waits longest, where no newer one can be on its way through this process."""
        if not self._rt.caught_up or not self.ticks:
            return None
        self.save()
        if self._saving.dirty or (quote := self.ticks.take()) is None:
            return None
        return self._enter(HANDLE_TICK, f"{quote.symbol}.{quote.at_ns}", lambda: self._call(HANDLE_TICK, Tick(quote)))

    def _enter(self, name: str, trigger: str, job: Job) -> Job:
        """A job that no schedule has: its logical time is the present."""
        self._rt.enter(name, self._rt.now_ns, trigger)
        self._running = name, self._stopwatch()
        return job

    def _begins(self, call: Call) -> bool:
        """Enter the call in the cursor; one that cannot be written down is not begun: a restart would run it twice."""
        before = self._agenda.cursor
        self._agenda.begin(call)
        if self._saving.write_state(self._memory.state()):
            return True
        self._agenda.take_back(before)
        return False

    def ended(self) -> None:
        """The running function came to its end."""
        assert self._running is not None
        rt, (name, began_ns) = self._rt, self._running
        self._running = None
        took_ns, most_ns = self._stopwatch() - began_ns, rt.config.callback_time_max_ns
        if most_ns and took_ns > most_ns:
            text = f"{name} 运行了 {took_ns / 1e9:.1f} 秒，超过 EVENT_TIME_OUT {most_ns / 1e9:g} 秒"
            rt.log("warning", "system", text)
        self._agenda.finish()
        if name == HANDLE_TICK:
            self._saving.after_tick(self._memory.state(), rt.now_ns, ordered=rt.has_ordered)
        else:
            self._saving.dirty = True

    def _call(self, name: str, *arguments: object) -> None:
        daily = self._rt.config.hours.daily
        more = (BarData("1d" if daily else "1m"),) if name == schedule.HANDLE_DATA else arguments
        if not self._program.call(name, self._context, *more):
            self._failed_to_start |= name == "initialize"

    def end_run(self) -> Job | None:
        """The run is over: `on_strategy_end`, where the strategy has one."""
        if self._context is None or self._program.function(ON_STRATEGY_END) is None:
            return None
        return self._enter(ON_STRATEGY_END, "end", lambda: self._call(ON_STRATEGY_END))

    # -- memory --------------------------------------------------------------------------------------------------

    def save(self, *, at_end: bool = False) -> None:
        """Write what changed since it was written last, `g` first: the cursor never runs ahead of it."""
        context = self._context
        if context is not None and self._running is None and (self._saving.dirty or at_end):
            pickled = partial(self._memory.pickled, self._program, context)
            self._saving.write(pickled, self._memory.state(), self._rt.now_ns, at_end=at_end)
