"""A strategy's functions: loaded, brought back after a restart, called in order, and remembered."""

from __future__ import annotations

import dataclasses
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from types import ModuleType

import jqdata
from common.beijing import day_of, midnight, naive
from jqdata import host as api
from jqdata.context import Context, g
from jqdata.snapshots import BarData
from services.strategy import loader, schedule
from services.strategy.agenda import Agenda
from services.strategy.downtime import Down, Downtime
from services.strategy.hooks import Hooks, defined_in
from services.strategy.host import StrategyHost
from services.strategy.keeper import Keeper, Saved
from services.strategy.live_state import Cursor, LiveState
from services.strategy.loader import Source
from services.strategy.market import Market
from services.strategy.memory import Memory, ModuleGlobals, parted
from services.strategy.orders import Orders
from services.strategy.runtime import Runtime
from services.strategy.saving import Saving
from services.strategy.schedule import Call

_BY_NAME = (schedule.BEFORE_TRADING_START, schedule.HANDLE_DATA, schedule.AFTER_TRADING_END)
# The official name first; the other one circulates in posts (jq_api 2.1).
_CODE_CHANGED = ("after_code_changed", "after_code_change")

Job = Callable[[], None]


class Callbacks:
    """``next_job`` is entered by the core on the user's stack, and ``ended`` follows when it has come to its end."""

    def __init__(
        self, runtime: Runtime, market: Market, orders: Orders, keeper: Keeper, stopwatch: Callable[[], int]
    ) -> None:
        self._rt, self._market, self._orders = runtime, market, orders
        self._keeper, self._stopwatch = keeper, stopwatch
        self.hooks = Hooks(orders.tickets, runtime.config.strategy)
        self._memory = Memory(lambda text: runtime.log("warning", "system", text))
        self._source: Source
        self._module: ModuleType
        self._globals: ModuleGlobals
        self._agenda: Agenda
        self.host: StrategyHost
        self._context: Context | None = None
        self._saved: Saved | None = None
        self._startup: list[tuple[str, Job]] = []
        self._initialized = self._failed_to_start = False
        self._file_hash = ""
        config = runtime.config
        self._downtime = Downtime(runs_missed=config.runs_missed, grace_ns=config.missed_grace_ns)
        self._running: tuple[str, int] | None = None  # what runs, and the stopwatch when it began
        complain = partial(runtime.log, "error", "system")
        self._saving = Saving(keeper, complain, saves_g=config.saves_g)

    # -- loading -------------------------------------------------------------------------------------------------

    def load(self, source: Source) -> None:
        """Run the module's body, then read what the last run left; ConfigError where either cannot be used."""
        rt = self._rt
        vars(g).clear()
        self._source = source
        self._agenda = Agenda(rt.calendar, rt.config.hours)
        self.host = StrategyHost(rt, self._market, self._orders, self._agenda)
        api.bind(self.host)
        names = jqdata.namespace()
        self._module = loader.load(source, names, lambda text: rt.log("info", "strategy", text))
        self.host.namespace = vars(self._module)
        self._globals = ModuleGlobals(vars(self._module), names)
        self._agenda.defined = tuple(name for name in _BY_NAME if self._function(name))
        self.hooks.defined = defined_in(self._function)
        self._saved = self._keeper.load()
        if self._saved is not None and self._saved.state.initialized:
            self._bring_back(self._saved)

    def _bring_back(self, saved: Saved) -> None:
        state = saved.state
        attributes, beside = parted(saved.g)
        vars(g).update(attributes)
        self._globals.restore(beside["module"])
        self.host.settings = {**saved.settings, **beside["settings"]}
        self._agenda.tasks, self._agenda.next_seq = list(state.tasks), state.next_seq
        self._agenda.start_day, self._agenda.cursor = state.start_day, state.cursor
        self.host.starting_cash_e4, self.host.subscriptions = state.starting_cash_e4, list(state.subscriptions)
        self._rt.levels.update(state.log_levels)
        self._initialized, self._file_hash = True, state.file_hash
        self._downtime = dataclasses.replace(self._downtime, downs=state.downs)

    def _function(self, name: str) -> Callable[..., object] | None:
        found = vars(self._module).get(name)
        return found if callable(found) else None

    # -- the day -------------------------------------------------------------------------------------------------

    @property
    def begun(self) -> bool:
        """The strategy has its account and is starting or running."""
        return self._context is not None

    @property
    def next_ns(self) -> int:
        """Market time of the next call; the present before the day was begun; 0: none is left."""
        if self._startup or self.hooks or self._agenda.day is None or self._rt.trading_day != self._rt.book.trading_day:
            return self._rt.now_ns
        call = self._agenda.peek()
        return call.at_ns if call is not None else 0

    def came_back(self, alive_ns: int) -> None:
        """This process follows the market's clock from now on; the one before it is known to have lived ``alive_ns``.

        It is on disk before anything is decided by it: the next restart must not take what was missed for late.
        """
        rt, saved = self._rt, self._saved
        assert self._context is None, "what was read at the start is no longer the state to write"
        if not self._initialized or saved is None:
            return
        cursor = saved.state.cursor
        alive_ns = max(alive_ns, cursor.call.at_ns if cursor is not None else 0)
        down = Down(min(alive_ns, rt.up_ns), rt.up_ns)
        self._downtime = self._downtime.after(down, midnight(day_of(rt.up_ns)))
        self._keeper.save_state(dataclasses.replace(saved.state, downs=self._downtime.downs))

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
        self._agenda.close_day()
        self._saving.dirty = self._context is not None

    def _begin_strategy(self) -> None:
        rt, saved = self._rt, self._saved
        if self._initialized and saved is not None:
            self.host.starting_cash_e4 = self.host.starting_cash_e4 or rt.book.total_value_e4
            for note in saved.notes:
                self._warn("OLD_STATE_IMPORTED", note)
            self._context = Context(self.host)
            vars(self._context).update(parted(saved.g)[1]["context"])
            same_day = saved.state.cursor is not None and saved.state.cursor.day == rt.day
            state = saved.state
            self._orders.restore(*((state.kept, state.stops, state.groups) if same_day else ((), (), {})))
            self._report_gaps(self._agenda.open_day(rt.day, self._downtime.is_missed))
            if self.host.subscriptions:
                self._startup.append(("", lambda: self._market.subscribe(self.host.subscriptions)))
            if self._file_hash != self._source.file_hash:
                self._prepare(next((name for name in _CODE_CHANGED if self._function(name)), ""))
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
        self._initialized = self._initialized or not self._failed_to_start
        self._file_hash = self._source.file_hash
        self.host.starting = False

    def _prepare(self, name: str) -> None:
        if self._function(name):
            self._startup.append((name, lambda: self._call(name)))

    def _report_gaps(self, missed: list[Call]) -> None:
        """What fell due while the process was down, and what it was doing when it died: told; run where the settings
        say so (jq_api 2.2)."""
        cursor = self._agenda.cursor
        if cursor is not None and not cursor.finished:
            self._report_unfinished(cursor)
        if missed := [call for call in missed if self._downtime.is_untold(call)]:
            self._warn("TASKS_MISSED", f"停机期间错过、不再补运行：{_listed(missed)}")
        if late := [
            call for down in self._downtime.untold for call in self._agenda.due_between(down.from_ns, down.until_ns)
        ]:
            self._warn("TASKS_LATE", f"停机期间错过、现在补运行：{_listed(late)}")
        self._downtime, self._saving.dirty = self._downtime.told(), True

    def _report_unfinished(self, cursor: Cursor) -> None:
        """The call that had begun when the process died counts as missed."""
        rt, call = self._rt, cursor.call
        what = f"{call.func_name}（{naive(call.at_ns):%Y-%m-%d %H:%M:%S}）开始后进程中断，没有运行完"
        if cursor.day == rt.day and self._downtime.may_run_again(call.at_ns):
            self._agenda.enter_again()
            self._warn("CALLBACK_AGAIN", f"{what}，现在重新进入；已发出的委托不会再发")
        else:
            self._agenda.finish()
            self._warn("CALLBACK_UNFINISHED", f"{what}，不再重新运行")

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
        if not self.hooks and (call is None or call.at_ns > rt.now_ns):
            return None
        self.save()
        if self._saving.dirty:
            return None
        if (told := self.hooks.next()) is not None:
            return self._enter(told.name, told.trigger, lambda: self._call(told.name, told.argument))
        if call is None or call.at_ns > rt.now_ns or not self._begins(call):
            return None
        rt.enter(call.func_name, call.at_ns, f"{call.rank}.{call.seq}")
        self._running = call.func_name, self._stopwatch()
        return lambda: self._call(call.func_name)

    def _enter(self, name: str, trigger: str, job: Job) -> Job:
        """A job that no schedule has: its logical time is the present."""
        self._rt.enter(name, self._rt.now_ns, trigger)
        self._running = name, self._stopwatch()
        return job

    def _begins(self, call: Call) -> bool:
        """Enter the call in the cursor; one that cannot be written down is not begun: a restart would run it twice."""
        before = self._agenda.cursor
        self._agenda.begin(call)
        if self._saving.write_state(self._state()):
            return True
        self._agenda.take_back(before)
        return False

    def ended(self) -> None:
        """The running function came to its end."""
        assert self._running is not None
        name, began_ns = self._running
        self._running = None
        took_ns, most_ns = self._stopwatch() - began_ns, self._rt.config.callback_time_max_ns
        if most_ns and took_ns > most_ns:
            text = f"{name} 运行了 {took_ns / 1e9:.1f} 秒，超过 EVENT_TIME_OUT {most_ns / 1e9:g} 秒"
            self._rt.log("warning", "system", text)
        self._agenda.finish()
        self._saving.dirty = True

    def _call(self, name: str, *arguments: object) -> None:
        function = self._function(name)
        if function is None:
            self._warn("CALLBACK_MISSING", f"定时任务 {name} 在策略文件中没有定义，未运行")
            return
        daily = self._rt.config.hours.daily
        more = (BarData("1d" if daily else "1m"),) if name == schedule.HANDLE_DATA else arguments
        try:
            function(self._context, *more)
        except (Exception, SystemExit) as error:  # the code is the user's: whatever it raises, the next callback runs
            self._failed(name, error)

    def _failed(self, name: str, error: BaseException) -> None:
        self._failed_to_start |= name == "initialize"
        line = loader.line_in(error, self._source.path)
        said = f"{type(error).__name__}: {error}"
        frames = error.__traceback__.tb_next if error.__traceback__ else None
        trace = "".join(traceback.format_exception(type(error), error, frames))
        self._rt.log("error", "strategy", f"{name} 出错，策略文件第 {line} 行：{said}\n{trace}")
        self._rt.alert("CALLBACK_FAILED", f"{name} 第 {line} 行出错：{said}")

    def _warn(self, code: str, text: str) -> None:
        self._rt.log("warning", "system", text)
        self._rt.alert(code, text)

    # -- memory --------------------------------------------------------------------------------------------------

    def save(self, *, at_end: bool = False) -> None:
        """Write what changed since it was written last, `g` first: the cursor never runs ahead of it."""
        if self._context is not None and self._running is None and (self._saving.dirty or at_end):
            self._saving.write(self._pickled, self._state(), at_end=at_end)

    def _pickled(self) -> bytes:
        changed = self._globals.changed()
        beside = {"context": vars(self._context), "settings": self.host.settings}
        return self._memory.pickled(vars(g), **beside, **({"module": changed} if changed else {}))

    def _state(self) -> LiveState:
        return LiveState(
            strategy=self._rt.config.strategy,
            file_hash=self._file_hash,
            start_day=self._agenda.start_day or self._rt.day,
            initialized=self._initialized,
            next_seq=self._agenda.next_seq,
            tasks=tuple(self._agenda.tasks),
            cursor=self._agenda.cursor,
            starting_cash_e4=self.host.starting_cash_e4,
            settings={name: repr(value) for name, value in self.host.settings.items()},
            subscriptions=tuple(self.host.subscriptions),
            log_levels=dict(self._rt.levels),
            kept=tuple(self._orders.kept.orders.values()),
            stops=tuple(self._orders.stops.orders.values()),
            groups=self._orders.tickets.groups(),
            downs=self._downtime.downs,
        )


def _listed(calls: list[Call]) -> str:
    names = Counter(call.func_name for call in calls)
    return "、".join(f"{name}×{count}" if count > 1 else name for name, count in names.items())
