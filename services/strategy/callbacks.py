"""A strategy's functions in the order they run: what it begins with, what is scheduled, what it is told, and ticks."""

from __future__ import annotations

from collections.abc import Callable

from common import messages as m
from jqdata.snapshots import Tick
from services.strategy.changing import Verdict
from services.strategy.life import Job, Life
from services.strategy.market import Market
from services.strategy.orders import Orders
from services.strategy.runtime import Runtime
from services.strategy.schedule import Call
from services.strategy.ticks import HANDLE_TICK

ON_STRATEGY_END = "on_strategy_end"


class Callbacks:
    """``next_job`` is entered by the core on the user's stack, and ``ended`` follows when it has come to its end."""

    def __init__(
        self, runtime: Runtime, market: Market, orders: Orders, life: Life, stopwatch: Callable[[], int]
    ) -> None:
        self._rt, self._market, self._orders = runtime, market, orders
        self._life, self._agenda, self._saving = life, life.agenda, life.saving
        self._stopwatch = stopwatch
        self._running: tuple[str, int] | None = None  # what runs, and the stopwatch when it began
        self._new_code: m.CodeChanged | None = None
        self.verdict: Verdict | None = None

    # -- other code ----------------------------------------------------------------------------------------------

    def want_code(self, changed: m.CodeChanged) -> None:
        """Take this code as soon as no user code runs; of several the newest."""
        self._new_code = changed

    def change_code(self) -> None:
        """Take the code that waits, if it can be taken now; a strategy that has not begun has nothing to change."""
        life, changed = self._life, self._new_code
        if changed is not None and life.begun and self._running is None and not life.host.starting:
            self._new_code = None
            self.verdict = life.change_code(changed.source)

    # -- the day -------------------------------------------------------------------------------------------------

    @property
    def next_ns(self) -> int:
        """Market time of the next call; the present before the day was begun; 0: none is left."""
        rt = self._rt
        if (sub_desk := self._life.host.sub_desk).holds_all:
            return max(sub_desk.look_ns, rt.now_ns)
        life, is_open = self._life, self._agenda.day is not None and rt.trading_day == rt.book.trading_day
        if not is_open or life.startup or life.hooks or (life.ticks and rt.caught_up):
            return rt.now_ns
        call = self._agenda.peek()
        return call.at_ns if call is not None else 0

    def open_day(self, trading_day: int) -> None:
        """Begin the trading day, and with the first one the strategy."""
        rt = self._rt
        if self._agenda.day is not None and rt.trading_day == trading_day:
            return
        first = not self._life.begun
        rt.open_day(trading_day)
        self.save()
        self._saving.begin_day(trading_day)
        self._market.open_day()
        if first:
            self._life.begin()
        else:
            self._orders.open_day()
            self._agenda.open_day(rt.day)

    def end_day(self) -> None:
        """Nothing more happens on this day."""
        self._orders.end_day()
        self._life.hooks.clear()
        if said := self._life.ticks.end_day():
            self._rt.log("info", "system", said)
        self._agenda.close_day()
        self._saving.dirty = self._life.begun

    # -- calls ---------------------------------------------------------------------------------------------------

    def next_job(self) -> Job | None:
        """What is to run now, entered in the cursor; None where nothing is due."""
        rt = self._rt
        if (sub_desk := self._life.host.sub_desk).look_is_due:
            return self._enter("", "subs", sub_desk.look)
        if sub_desk.holds_all:
            return None
        if self._life.startup:
            name, job = self._life.startup.pop(0)
            return self._enter(name, "start", job)
        self._orders.send_due()
        if stale := self._orders.stops.stale_symbols():
            return self._enter("", "stops", lambda: self._orders.stops.refresh(stale))
        call = self._agenda.peek()
        is_due = call is not None and call.at_ns <= rt.now_ns
        if not self._life.hooks and not is_due:
            return self._next_tick()
        self._saving.before_cursor()
        self.save()
        if self._saving.dirty:
            return None
        if (told := self._life.hooks.next()) is not None:
            return self._enter(told.name, told.trigger, lambda: self._life.call(told.name, told.argument))
        if call is None or not is_due:
            return self._next_tick()
        if not self._begins(call):
            return None
        rt.enter(call.func_name, call.at_ns, f"{call.rank}.{call.seq}")
        self._running = call.func_name, self._stopwatch()
        return lambda: self._life.run(call.func_name)

    def _next_tick(self) -> Job | None:
        """The quote that waits longest, where no newer one can be on its way through this process."""
        if not self._rt.caught_up or not self._life.ticks:
            return None
        self.save()
        if self._saving.dirty or (quote := self._life.ticks.take()) is None:
            return None
        trigger, tick = f"{quote.symbol}.{quote.at_ns}", Tick(quote)
        return self._enter(HANDLE_TICK, trigger, lambda: self._life.call(HANDLE_TICK, tick))

    def _enter(self, name: str, trigger: str, job: Job) -> Job:
        """A job that no schedule has: its logical time is the present."""
        self._rt.enter(name, self._rt.now_ns, trigger)
        self._running = name, self._stopwatch()
        return job

    def _begins(self, call: Call) -> bool:
        """Enter the call in the cursor; one that cannot be written down is not begun: a restart would run it twice."""
        before = self._agenda.cursor
        self._agenda.begin(call)
        if self._saving.write_state(self._life.state()):
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
            self._saving.after_tick(self._life.state(), rt.now_ns, ordered=rt.has_ordered)
        else:
            self._saving.dirty = True

    def end_run(self) -> Job | None:
        """The run is over: `on_strategy_end`, where the strategy has one."""
        if not self._life.begun or not self._life.defines(ON_STRATEGY_END):
            return None
        return self._enter(ON_STRATEGY_END, "end", lambda: self._life.call(ON_STRATEGY_END))

    def save(self, *, at_end: bool = False) -> None:
        """Write what changed since it was written last; what running code has changed so far is half of something."""
        if self._running is None:
            self._life.save(at_end=at_end)
