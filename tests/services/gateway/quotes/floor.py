"""The clock of a simulated day with everybody who reports to it: who has heard what, and who wants to be woken when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from common import messages as m
from common import wire
from common.beijing import at, clock_text
from common.channels import CHANNELS, role_of
from common.clock import MarketTime
from common.recovery import recover
from common.session import Session
from services.gateway.quotes.core import QuotesCore
from services.gateway.quotes.pace import parse

DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 23)
BANK, AIRPORT = "600000.XSHG", "600009.XSHG"
MEMBERS = ("gateway", "risk", "state", "strategy.a")
TIMES = {BANK: ("9:30", "9:30:03", "9:31"), AIRPORT: ("9:30:03", "9:30:05")}


def a_quote(symbol: str, at_ns: int, price_e4: int = 100_000) -> m.Quote:
    prices = (price_e4, 0, 0, 0, 100_000, 90_000, 110_000)
    return m.Quote(symbol, at_ns, *prices, 100, 0, 0, 0, False, (), ())


class Shelf:
    """A day of quotes, each given by the time at which it changes."""

    def __init__(self, day: date, times: Mapping[str, Iterable[str]]) -> None:
        self.day = day
        self.quotes = {
            symbol: [a_quote(symbol, at(day, t), 100_000 + i) for i, t in enumerate(ts)] for symbol, ts in times.items()
        }

    def day_quotes(self, symbol: str) -> list[m.Quote]:
        return self.quotes.get(symbol, [])

    def latest(self, symbols: list[str], now_ns: int) -> m.Quotes:
        known = [s for s in symbols if s in self.quotes]
        past = [[q for q in self.quotes[s] if q.at_ns <= now_ns] for s in known]
        return m.Quotes([quotes[-1] for quotes in past if quotes], [s for s in symbols if s not in known])

    def bars(self, ask: m.GetBars, now_ns: int) -> m.Bars | m.Refusal:
        return m.Bars([], list(ask.symbols))

    def ticks(self, ask: m.GetTicks, now_ns: int) -> m.Ticks:
        return m.Ticks([q for s in ask.symbols for q in self.day_quotes(s) if ask.after_ns < q.at_ns <= now_ns])

    def instruments(self, ask: m.GetInstruments) -> m.Instruments:
        return m.Instruments([])


class Floor:
    """``said`` keeps everything published as short texts; ``records`` outlive the process."""

    def __init__(
        self,
        *,
        days: Iterable[date] = (DAY,),
        members: tuple[str, ...] = MEMBERS,
        speed: str = "0",
        times: Mapping[str, Iterable[str]] = TIMES,
        symbols: Iterable[str] = (BANK, AIRPORT),
        records: Iterable[bytes] = (),
    ) -> None:
        self.core = QuotesCore(list(days), members, parse(speed), lambda day: Shelf(day, times))
        self.records = list(records)
        self.session = Session("quotes", self.core, ("main",), MarketTime(simulated=True), 1)
        for payload in self.records:
            recover(self.session, payload)
        self.session.number = self.core.number
        self.names = list(members)
        self.wakes: dict[str, list[int]] = {}
        self.heard: dict[str, int] = {}
        self.said: list[str] = []
        self.messages: list[m.Message] = []
        is_new = not self.records
        self.session.start(recovered=not is_new)
        self._publish()
        if is_new:
            self.say(m.Subscribe(list(symbols)))

    # -- what is told to the clock -----------------------------------------------------------------------------------

    def say(self, message: m.Message) -> list[str]:
        """Step it; what came of it in short."""
        self.session.local(message)
        return self._publish()

    def report(self, name: str, *, busy: bool = False, tick: int | None = None) -> list[str]:
        return self.say(self.progress(name, busy=busy, tick=tick))

    def progress(self, name: str, *, busy: bool = False, tick: int | None = None) -> m.Progress:
        later = self.wakes.get(name, [])
        return m.Progress(
            name, 1, self.heard.get(name, 0) if tick is None else tick, {}, {}, min(later, default=0), busy
        )

    def all_report(self) -> list[str]:
        said: list[str] = []
        for name in self.names:
            said += self.report(name)
        return said

    def until(self, text: str, *, rounds: int = 200) -> list[str]:
        """Let everybody do and report until something is published that ends like this; what was said meanwhile."""
        start = len(self.said)
        for _ in range(rounds):
            self.all_report()
            if any(said.endswith(text) for said in self.said[start:]):
                return self.said[start:]
        raise AssertionError(f"never {text}: {self.said[start:]}")

    def again(self, **how: object) -> Floor:
        """Killed and started again; everybody else stays as it is."""
        floor = Floor(records=self.records, **how)  # type: ignore[arg-type]
        floor.names, floor.wakes = self.names, self.wakes
        return floor

    # -- what the others hear ----------------------------------------------------------------------------------------

    def _publish(self) -> list[str]:
        out = self.session.out
        said = []
        for to, data in out.frames:
            frame = wire.decode_frame(data)
            assert isinstance(frame, wire.Quoted) and to == f"*{frame.channel}"
            message = wire.decode_body(frame.channel, frame.body)
            assert getattr(message, "tick", 0) == frame.number == self.core.number, "one number for one step"
            self.messages.append(message)
            said.append(text_of(message))
            self._hear(message, frame)
        self.records += out.records
        out.records.clear()
        out.frames.clear()
        out.effects.clear()
        self.said += said
        return said

    def _hear(self, message: m.Message, frame: wire.Quoted) -> None:
        """Everybody who listens steps it; a strategy acts in its turn, or at a speed when it is due."""
        for name in self.names:
            if role_of(name) in CHANNELS[frame.channel].peers:
                self.heard[name] = frame.number
        if isinstance(message, m.MarketClock):
            for name, wakes in self.wakes.items():
                mine = message.turn == name.partition(".")[2] or not message.lockstep or role_of(name) != "strategy"
                if mine:
                    self.wakes[name] = [ns for ns in wakes if ns > message.now_ns]

    def wake(self, name: str, *times: str, day: date = DAY) -> None:
        self.wakes.setdefault(name, []).extend(at(day, time) for time in times)


def text_of(message: m.Message) -> str:
    """'quotes 09:30:03 600000 600009', 'clock 09:31:00', 'turn a 09:30:03', 'over 15:30:00', 'end' …"""
    match message:
        case m.QuoteBatch(at_ns=at_ns, quotes=quotes):
            return f"quotes {clock_text(at_ns)} {' '.join(q.symbol[:6] for q in quotes)}"
        case m.MarketClock(now_ns=now_ns, turn=turn) if turn:
            return f"turn {turn} {clock_text(now_ns)}"
        case m.MarketClock(now_ns=now_ns, lockstep=lockstep):
            return f"{'clock' if lockstep else 'time'} {clock_text(now_ns)}"
        case m.MarketDayEnded(run_ended=True):
            return "end"
        case m.MarketDayEnded(now_ns=now_ns):
            return f"over {clock_text(now_ns)}"
    raise AssertionError(f"not published: {message}")
