"""Owns market data and, in a simulated day, the clock: publishes quotes, gives strategies their turns, ends the day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from common import messages as m
from common.beijing import DAY_NS, MINUTE_NS, SECOND_NS, at, midnight
from common.reasons import Reason
from services.gateway.quotes.pace import Pace
from services.gateway.quotes.quiet import Quiet
from services.gateway.quotes.stage import Stage, batches


class Library(Protocol):
    """What the core answers from; see library.py."""

    def day_quotes(self, symbol: str) -> Sequence[m.Quote]: ...
    def latest(self, symbols: list[str], now_ns: int) -> m.Quotes: ...
    def bars(self, ask: m.GetBars, now_ns: int) -> m.Bars | m.Refusal: ...
    def ticks(self, ask: m.GetTicks, now_ns: int) -> m.Ticks: ...
    def instruments(self, ask: m.GetInstruments) -> m.Instruments: ...
    def adjustments(self, ask: m.GetAdjustments) -> m.Adjustments: ...
    def trade_days(self, ask: m.GetTradeDays) -> m.TradeDays: ...


class QuotesCore:
    """The clock of docs/architecture.md, "The simulated day". ``days`` are played one after the other."""

    journals_all = False
    wake_ns = 0
    busy = False

    def __init__(
        self, days: list[date], members: tuple[str, ...], pace: Pace, library_of: Callable[[date], Library]
    ) -> None:
        self.days, self.pace, self.library_of = days, pace, library_of
        self.quiet = Quiet(members)
        self.number = self.clock_number = self.now_ns = self.days_done = 0
        self.day_ended, self.run_ended = True, False
        self.symbols: list[str] = []
        self.library: Library | None = None
        self.stage: Stage | None = None
        self._told_lockstep = False  # how the time was last told: in lock-step everybody then reports at once
        self._began = False  # all members were there once since this process started

    # -- what others read ------------------------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """The run is over and everybody has heard it."""
        return self.run_ended and self.is_quiet

    @property
    def speed(self) -> float:
        """0 in lock-step. Opening and ending a day are always done in lock-step."""
        if self.day_ended or not self._began:
            return 0.0
        since_midnight_ns = self.now_ns - midnight(self.days[self.days_done])
        return self.pace.at(since_midnight_ns // SECOND_NS) if since_midnight_ns else 0.0

    def next_ns(self) -> int:
        """Market time of the next instant: quotes change, or somebody wants to be woken. 0: none is left today."""
        assert self.stage is not None, "no day is open"
        wakes = [ns for strategies in (True, False) for _, ns in self.quiet.wakes(strategies=strategies)]
        later = [ns for ns in (self.stage.next_ns(), *wakes) if ns > self.now_ns]
        end_ns = midnight(self.days[self.days_done]) + DAY_NS
        return min((ns for ns in later if ns < end_ns), default=0)

    def has_due(self) -> bool:
        """Whether a strategy wants to act at the present already."""
        return any(ns <= self.now_ns for _, ns in self.quiet.wakes(strategies=True))

    @property
    def is_quiet(self) -> bool:
        """Everybody has heard all that was published, and all it caused is done."""
        return self.quiet.is_quiet(self.number, self.clock_number)

    # -- decides ---------------------------------------------------------------------------------------------------

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        match message:
            case m.Started(recovered=True):
                return self._again(self.number + 1)
            case m.Progress(tick=tick) if tick > self.number:
                # A power loss took the last words from this side's record; what has a number they know nobody hears.
                return self._again(tick + 1) or self._clock(midnight(self.days[0]), tick + 1, turn="")
            case m.Progress() | m.Leave():
                return self._advance() if not self.speed and self.is_quiet else []
            case m.PaceDue(until_ns=until_ns):
                return self._run_until(until_ns)
            case m.Subscribe(symbols=symbols):
                new = sorted(set(symbols) - set(self.symbols))
                return [m.SymbolsPublished(new)] if new else []
        return []

    def _advance(self) -> list[m.Message]:
        """Lock-step: everything is quiet; give the next turn, or go to the next instant."""
        if self.run_ended:
            return []
        if self.day_ended and self.days_done == len(self.days):
            return self._end_run()
        if self.day_ended:
            return self._clock(midnight(self.days[self.days_done]), self.number + 1, turn="")
        turn = next((name for name, ns in self.quiet.wakes(strategies=True) if ns <= self.now_ns), "")
        if turn:
            return self._clock(self.now_ns, self.number + 1, turn=turn.partition(".")[2])
        next_ns = self.next_ns()
        return self._instant(next_ns, lockstep=True) if next_ns else self._end_day()

    def _run_until(self, until_ns: int) -> list[m.Message]:
        """At a speed: the next instant, if it lies before `until_ns`, else just the time."""
        assert self.stage is not None, "no day is open"
        next_ns = self.next_ns()
        if not next_ns and not self.has_due():
            return self._end_day() if self.is_quiet else []
        now_ns = max(min(next_ns or until_ns, until_ns), self.now_ns)
        outs = batches(self.number + 1, now_ns, self.stage.due(now_ns))
        day = _day_number(self.days[self.days_done])
        clock = m.MarketClock(self.number + 1, now_ns, day, "", False)
        return [*outs, clock, self._moved(self.number + 1, now_ns)]

    def _instant(self, at_ns: int, *, lockstep: bool) -> list[m.Message]:
        """Publish what changes at `at_ns`, and the time where a minute begins or somebody waits for it."""
        assert self.stage is not None, "no day is open"
        outs = batches(self.number + 1, at_ns, self.stage.due(at_ns))
        minute_passed = at_ns // MINUTE_NS > self.now_ns // MINUTE_NS
        woken = any(ns <= at_ns for _, ns in self.quiet.wakes(strategies=False))
        if minute_passed or woken or not outs or not self._told_lockstep:
            day = _day_number(self.days[self.days_done])
            outs.append(m.MarketClock(self.number + 1, at_ns, day, "", lockstep))
        return [*outs, self._moved(self.number + 1, at_ns)]

    def _clock(self, now_ns: int, number: int, *, turn: str) -> list[m.Message]:
        day = _day_number(self.days[self.days_done])
        return [m.MarketClock(number, now_ns, day, turn, True), self._moved(number, now_ns)]

    def _end_day(self) -> list[m.Message]:
        return self._day_over(self.days_done + 1, self.number + 1)

    def _day_over(self, days_done: int, number: int) -> list[m.Message]:
        day = self.days[days_done - 1]
        now_ns, trading_day = max(self.now_ns, at(day, "15:30")), _day_number(day)
        return [
            m.MarketDayEnded(number, now_ns, trading_day, False),
            m.ClockMoved(number, now_ns, trading_day, days_done, True),
        ]

    def _end_run(self) -> list[m.Message]:
        """Told when the last day's end has caused all it could: who hears it has nothing left to do."""
        day, number = _day_number(self.days[-1]), self.number + 1
        return [
            m.MarketDayEnded(number, self.now_ns, day, True),
            m.ClockMoved(number, self.now_ns, day, self.days_done, True, True),
        ]

    def _again(self, number: int) -> list[m.Message]:
        """After a restart: what changed last is published again, under a new number, since some may have missed it.

        Nothing before the first day. Also the end of the run is told anew, when all are back: who hears it is gone at
        once.
        """
        if self.day_ended:
            return self._day_over(self.days_done, number) if self.days_done else []
        assert self.stage is not None, "no day is open"
        day = _day_number(self.days[self.days_done])
        outs = batches(number, self.now_ns, self.stage.standing(self.now_ns))
        return [*outs, m.MarketClock(number, self.now_ns, day, "", True), self._moved(number, self.now_ns)]

    def _moved(self, number: int, now_ns: int) -> m.Message:
        """The clock's own record of an instant of the open day."""
        return m.ClockMoved(number, now_ns, _day_number(self.days[self.days_done]), self.days_done, False)

    # -- folds -----------------------------------------------------------------------------------------------------

    def apply(self, message: m.Message) -> None:
        match message:
            case m.Progress():
                self.quiet.report(message)
                self.quiet.admit()
                self._began = self._began or not self.quiet.missing()
            case m.Leave(member=member):
                self.quiet.leave(member)
            case m.MarketClock(tick=tick, lockstep=lockstep):
                self.clock_number, self._told_lockstep = tick, lockstep
            case m.MarketDayEnded(tick=tick):
                self.clock_number, self._told_lockstep = tick, True
            case m.ClockMoved():
                self._moved_to(message)
            case m.SymbolsPublished(symbols=symbols):
                self.symbols.extend(symbols)
                if self.stage is not None:
                    self.stage.publish(symbols, self.now_ns)
            case m.Started():
                # Reports on record are those of earlier lives; each member reports again by itself.
                self.quiet.reports.clear()
                self._began = False

    def _moved_to(self, moved: m.ClockMoved) -> None:
        opens = self.day_ended and not moved.day_ended
        self.number, self.now_ns = moved.number, moved.now_ns
        self.days_done, self.day_ended, self.run_ended = moved.days_done, moved.day_ended, moved.run_ended
        if opens:
            self.library = self.library_of(self.days[self.days_done])
            self.stage = Stage(self.library)
            self.stage.publish(self.symbols, self.now_ns)
        elif self.stage is not None:
            self.stage.pass_to(self.now_ns)

    # -- answers ---------------------------------------------------------------------------------------------------

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.Refusal(Reason.NOT_ALLOWED, "行情进程没有账户流")

    def carry(self, now_ns: int) -> list[m.Message]:
        """The clock and what is published; the members of the desk report anew."""
        day = self.days[min(self.days_done, len(self.days) - 1)]
        moved = m.ClockMoved(self.number, self.now_ns, _day_number(day), self.days_done, self.day_ended, self.run_ended)
        told = m.MarketClock(self.clock_number, self.now_ns, _day_number(day), "", self._told_lockstep)
        return [m.SymbolsPublished(list(self.symbols)), told, moved]

    def answer(self, query: m.Message, now_ns: int) -> m.Message:
        if self.library is None:
            return m.Refusal(Reason.NOT_READY, "交易日尚未开始")
        match query:
            case m.Subscribe(symbols=symbols):
                return self.library.latest(symbols, self.now_ns)
            case m.GetTicks():
                return self.library.ticks(query, self.now_ns)
            case m.GetBars():
                return self.library.bars(query, self.now_ns)
            case m.GetInstruments():
                return self.library.instruments(query)
            case m.GetLatest(symbols=symbols):
                every = self.library.instruments(m.GetInstruments([])).instruments if not symbols else []
                return self.library.latest(symbols or [one.symbol for one in every], self.now_ns)
            case m.GetAdjustments():
                return self.library.adjustments(query)
            case m.GetTradeDays():
                return self.library.trade_days(query)
            case m.GetSectors() | m.GetMembers():
                return m.Refusal(Reason.DATA_MISSING, "模拟行情没有板块与指数成份股")
        raise AssertionError(f"no answer to {query}")


def _day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
