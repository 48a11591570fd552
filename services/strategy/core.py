"""Runs a strategy's functions when they are due and turns what they ask for into messages.

One step takes one message in. User code runs inside the step, on a stack of its own, until it waits or ends.
"""

from __future__ import annotations

from collections.abc import Callable

from common import messages as m
from common.calendar import Calendar
from common.channels import CHANNELS
from common.reasons import Reason
from jqdata import host as api
from services.strategy.callbacks import Callbacks
from services.strategy.changing import Verdict
from services.strategy.config import StrategyConfig
from services.strategy.fiber import Asked, Waits
from services.strategy.keeper import Keeper
from services.strategy.life import Life
from services.strategy.loader import Source
from services.strategy.market import Market
from services.strategy.orders import Orders
from services.strategy.runtime import Log, Runtime
from services.strategy.telling import tell

# Answers to orders: the log waits until user code goes on or time does, so that no line delays the next order.
_ORDER_EVENTS = frozenset({m.OrderSubmitted, m.OrderAccepted, m.OrderFilled})
_FACTS = frozenset({m.AccountSnapshot, m.RiskReport, *CHANNELS["account"].types, *CHANNELS["decisions"].types})
_ANSWERS = (m.Quotes, m.Ticks, m.Bars, m.Instruments, m.Adjustments, m.Members, m.Rows, m.Refusal)


class StrategyCore:
    """``config.strategy`` is the id whose turns these are; ``stopwatch`` (monotonic ns) only tells slow callbacks."""

    journals_all = True  # a callback that orders nothing may still change `g`: replay needs every input

    def __init__(
        self,
        config: StrategyConfig,
        source: Source,
        keeper: Keeper,
        calendar: Calendar,
        log: Log,
        *,
        stopwatch: Callable[[], int] = lambda: 0,
    ) -> None:
        """ConfigError where the strategy's file or its saved state cannot be used."""
        self._rt = Runtime(config, calendar, log)
        self._market = Market(self._rt)
        self._orders = Orders(self._rt, self._market)
        self._life = Life(self._rt, self._market, self._orders, keeper)
        self._life.load(source)
        self._callbacks = Callbacks(self._rt, self._market, self._orders, self._life, stopwatch)
        self._names = (config.strategy, f"strategy.{config.strategy}")
        self._started = self._may_act = self._lockstep = False
        self._turn_tick = self._clock_day = self._ended_day = self._alive_ns = 0
        self._answer: m.Message | None = None
        self._held: list[m.Message] = []

    # -- what the session reads ----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """User code waits for the answer to a query."""
        return isinstance(self._rt.fiber.stop, Asked)

    @property
    def _holds(self) -> bool:
        """Whether facts wait for the user's code. A provider may take long, and a clock that goes on does not wait."""
        return self.busy and (self._lockstep or not self._asks_provider)

    @property
    def _asks_provider(self) -> bool:
        stop = self._rt.fiber.stop
        return isinstance(stop, Asked) and isinstance(stop.query, m.AskProvider)

    @property
    def at_rest(self) -> bool:
        """No user code waits, and no fact."""
        return self._rt.fiber.stop is None and not self._held

    @property
    def wake_ns(self) -> int:
        """Market time of the next thing to do; the present where user code could go on now; 0: nothing to do."""
        stop, now_ns = self._rt.fiber.stop, self._rt.now_ns
        if (isinstance(stop, Asked) and self._holds) or not self._started:
            return 0
        if isinstance(stop, Asked):
            next_ns = 0
        elif isinstance(stop, Waits):
            next_ns = now_ns if stop.done() else stop.until_ns
        elif self._ready:
            next_ns = self._callbacks.next_ns
        else:
            return 0
        return min((ns for ns in (next_ns, self._orders.next_due_ns) if ns), default=0)

    @property
    def ticks_wait(self) -> bool:
        """Whether `handle_tick` is to run as soon as all that has arrived is stepped; in lock-step it has its turns."""
        if self._lockstep or (self._rt.config.clock_is_published and not self._clock_day):
            return False  # in lock-step, or not known yet
        return bool(self._life.ticks) and self._rt.fiber.stop is None and self._ready

    def take_verdict(self) -> Verdict | None:
        """What became of new code, once."""
        verdict, self._callbacks.verdict = self._callbacks.verdict, None
        return verdict

    # -- facts ---------------------------------------------------------------------------------------------------

    def apply(self, message: m.Message) -> None:
        """Fold a fact; while user code waits for an answer facts are held, so that it meets them at known places."""
        match message:
            case m.SubmitOrder():
                if message.order.client_order_id not in self._rt.book.orders:
                    self._rt.book_order(message.order)
            case _ if type(message) not in _FACTS:
                pass
            case _ if self._holds:
                self._held.append(message)
            case m.OrderAccepted() | m.OrderFilled():
                self._rt.fold(message)
            case m.AccountSnapshot():
                self._rt.subs.restore(message)
                self._recognize()
            case m.RiskReport(denied=denied):
                for one in denied:
                    self._rt.fold(one)
            case m.OrderSubmitted(order=order):
                self._rt.fold(message)
                if order.client_order_id not in self._orders.tickets.group_of:
                    self._recognize()
            case m.CancelDenied() | m.CancelRejected():
                self._orders.cancel_refused(message.client_order_id)
            case _:
                self._rt.fold(message)

    def _recognize(self) -> None:
        """Orders of ours that a journal from before a restart did not know yet."""
        if self._life.begun:
            self._orders.tickets.adopt({})

    def _release_held(self) -> None:
        if self._held:
            held, self._held = self._held, []
            for message in held:
                self.apply(message)

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_ALLOWED, "策略进程没有账户流")

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_ALLOWED, "策略进程不回答查询")

    def carry(self, now_ns: int) -> list[m.Message]:
        """The account as it is seen here, with orders on their way and denied ones; all else is in the saved state."""
        return [self._rt.book.snapshot(self._rt.config.mode, now_ns)]

    # -- steps ---------------------------------------------------------------------------------------------------

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        rt = self._rt
        if now_ns > rt.now_ns:
            # A turn is over when time moves on; the fill of the next instant may be heard before its quotes.
            self._may_act = self._may_act and not self._lockstep
            rt.now_ns = now_ns
        self._life.hooks.note(message)
        if type(message) in _ORDER_EVENTS:
            self._run()
        else:
            self.settle()
            if self._meet(message):
                self._run()
        self._callbacks.change_code()
        rt.caught_up = self._lockstep
        out, rt.out = rt.out, []
        if not out and rt.fiber.stop is None:
            self.settle()
        return out

    def settle(self) -> None:
        """Write what waited for a step's messages to be sent: log lines, and `g` with the cursor."""
        self._rt.flush_log()
        self._callbacks.save()

    def close(self) -> None:
        """The process ends: write everything."""
        self._rt.flush_log()
        self._callbacks.save(at_end=True)

    def _meet(self, message: m.Message) -> bool:
        """Note what a message says; whether user code may go on. Quotes are only noted: the clock follows them."""
        match message:
            case m.Started(alive_ns=alive_ns):
                self._started, self._alive_ns = True, alive_ns
                if not self._rt.config.clock_is_published:
                    self._up(self._rt.now_ns)
            case m.QuoteBatch():
                self._market.note(message.quotes)
                self._life.ticks.note(message.quotes)
                self._rt.now_ns = max(self._rt.now_ns, message.at_ns)
                self._up(message.at_ns)
                if self._lockstep and message.tick > self._turn_tick:
                    self._may_act = False
                return False
            case m.MarketClock():
                self._hear_clock(message)
            case m.MarketDayEnded():
                self._ended_day = message.trading_day
                self._callbacks.end_day()
                if message.run_ended:
                    self._end_run()
            case m.Wake() if not self._lockstep:
                self._may_act = True  # only a market that follows the wall clock wakes a strategy
            case m.CaughtUp() if not self._lockstep:
                self._may_act = self._rt.caught_up = True
            case m.CodeChanged():
                self._callbacks.want_code(message)
            case m.ProviderAnswer():
                if self._is_awaited(message):
                    self._answer = message
            case _ if self.busy and not self._asks_provider and isinstance(message, _ANSWERS):
                self._answer = message
            case _:
                tell(message, self._rt, self._orders.tickets)
        return True

    def _is_awaited(self, answer: m.ProviderAnswer) -> bool:
        """An answer that comes after its question was given up is nobody's."""
        stop = self._rt.fiber.stop
        asked = stop.query if isinstance(stop, Asked) else None
        return isinstance(asked, m.AskProvider) and asked.number == answer.number

    def _hear_clock(self, clock: m.MarketClock) -> None:
        """In lock-step user code runs in its own turn only; at other speeds whenever something is due."""
        self._rt.now_ns = max(self._rt.now_ns, clock.now_ns)
        self._up(clock.now_ns)
        self._turn_tick, self._clock_day = clock.tick, clock.trading_day
        self._lockstep = self._rt.caught_up = clock.lockstep
        self._may_act = not clock.lockstep or clock.turn in self._names

    def _up(self, now_ns: int) -> None:
        """The first time this life hears of is where it came back to the market."""
        if self._started and not self._rt.up_ns:
            self._rt.up_ns = now_ns
            self._life.came_back(self._alive_ns)

    # -- user code -----------------------------------------------------------------------------------------------

    @property
    def _ready(self) -> bool:
        """The account of the day is known and the day goes on."""
        day = max(self._clock_day, self._rt.book.trading_day)
        return self._started and day != self._ended_day and 0 < day == self._rt.book.trading_day

    def _run(self) -> None:
        """Let user code go on as far as it can."""
        rt = self._rt
        while True:
            stop = rt.fiber.stop
            if isinstance(stop, Asked):
                if self._answer is None:
                    if not self._holds:
                        self._release_held()
                        self._orders.send_due()
                    return
                answer, self._answer = self._answer, None
                self._resume(answer)
                continue
            self._release_held()
            if not self._may_act or not self._started:
                return
            if isinstance(stop, Waits):
                self._orders.send_due()
                if not stop.done() and rt.now_ns < stop.until_ns:
                    return
                self._resume(None)
            elif not self._begin():
                return

    def _resume(self, value: object) -> None:
        rt = self._rt
        if not rt.out:
            rt.flush_log()
        api.bind(self._life.host)
        rt.fiber.resume(value)
        if rt.fiber.stop is None:
            self._callbacks.ended()

    def _begin(self) -> bool:
        """Start the next callback that is due; False where none is."""
        if not self._ready:
            return False
        self._callbacks.open_day(self._rt.book.trading_day)
        job = self._callbacks.next_job()
        if job is None:
            return False
        api.bind(self._life.host)
        self._rt.fiber.start(job)
        if self._rt.fiber.stop is None:
            self._callbacks.ended()
        return True

    def _end_run(self) -> None:
        """`on_strategy_end`, when the other processes are going too: nothing is answered or sent any more."""
        rt, job = self._rt, self._callbacks.end_run()
        if job is None or rt.fiber.stop is not None:
            return
        api.bind(self._life.host)
        rt.fiber.start(job)
        while (stop := rt.fiber.stop) is not None:
            rt.fiber.resume(m.Refusal(Reason.NOT_READY, "运行已结束") if isinstance(stop, Asked) else None)
        self._callbacks.ended()
        if rt.out:
            rt.out.clear()
            rt.log("warning", "system", "运行已结束，on_strategy_end 里的委托和消息没有发出")
