"""A whole desk in one loop: clock, quotes, risk and broker as plain answers to what a strategy core sends."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import numpy as np

from common import messages as m
from common.beijing import SECOND_NS, at
from common.calendar import load
from common.fees import FeeSchedule, fill_fee_e4
from common.instruments import limit_prices_e4
from common.portfolio import Book
from common.reasons import Reason, text_of
from services.state.core import StateCore
from services.strategy.config import StrategyConfig
from services.strategy.core import StrategyCore
from services.strategy.keeper import FileKeeper
from services.strategy.loader import read
from services.strategy.providers.evaluate import answer
from services.strategy.providers.provider import Provider

A, B, STAR, ETF = "600000.XSHG", "000001.XSHE", "688001.XSHG", "511010.XSHG"
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
ACCOUNT, STRATEGY = "sim", "demo"
CALENDAR = load()
_KIND = "stock", "etf"
Reply = Callable[[m.SubmitOrder], Iterable[m.Message]]


def number_of(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def quote(
    symbol: str, at_ns: int, last_e4: int = 100_000, *, prev_e4: int = 100_000, suspended: bool = False
) -> m.Quote:
    down, up = limit_prices_e4(symbol, prev_e4, FRIDAY)
    return m.Quote(
        symbol, at_ns, last_e4, prev_e4, last_e4, last_e4, prev_e4, down, up, 10_000, 10**9, 0, 0, suspended,
        ((last_e4 - 100, 5000),), ((last_e4, 5000),),
    )  # fmt: skip


class Desk:
    """Speaks to one core as a session does. ``broker`` answers orders; by default it fills them at once."""

    def __init__(
        self, folder: Path, code: str, *, day: date = FRIDAY, cash: float = 1_000_000, **settings: object
    ) -> None:
        self.folder, self.day = folder, day
        self.path = folder / "story.py"
        self.settings = settings
        self.write(code)
        self.prices = {A: 100_000, B: 200_000, STAR: 500_000, ETF: 1_000_000}
        self.closed_at = dict(self.prices)  # yesterday's closes
        self.suspended: set[str] = set()
        self.quotes_silent = False  # ex-days are not told
        self.state: StateCore | None = None  # None: it does not answer
        self.holdings: list[m.Holding] = []
        self.adjusted: dict[str, m.Adjustment] = {}
        self.cash_e4 = round(cash * 10_000)
        self.broker: Reply = self.fill
        self.provider: Provider | None = None  # answers at once; without one a test gives the answers
        self.lockstep = True
        self.now_ns = at(day, "0:00")
        self.tick = self.fills = self.alive_ns = 0  # alive_ns: market time of the last step on record
        self.log: list[tuple[str, str, str]] = []
        self.sent: list[m.Message] = []
        self.queries: list[m.Message] = []
        self.inbox: deque[m.Message] = deque()
        self.book = Book(ACCOUNT, FeeSchedule())
        self.start()

    def write(self, code: str) -> None:
        self.path.write_text(code, encoding="utf-8")

    def start(self, *, recovered: bool = False) -> None:
        """A process begins; what it remembers is on the disk."""
        config = StrategyConfig(ACCOUNT, STRATEGY, **self.settings)  # type: ignore[arg-type]
        keeper = FileKeeper(self.folder / "runtime", STRATEGY, self.path.read_bytes())
        self.core = StrategyCore(config, read(self.path), keeper, CALENDAR, lambda *line: self.log.append(line))
        self.step(m.Started(recovered, self.alive_ns if recovered else 0))
        if recovered:
            self.step(self.book.snapshot("simulator", self.now_ns))

    # -- what a session does -------------------------------------------------------------------------------------

    def step(self, message: m.Message) -> None:
        """One message, and everything it causes, until nobody has anything left to say."""
        self.inbox.append(message)
        while self.inbox:
            taken = self.inbox.popleft()
            if isinstance(taken, m.CancelOrder):
                self.inbox.extend(self.cancelled(taken.client_order_id))
                continue
            if not isinstance(taken, m.Wake):
                self.core.apply(taken)
            self.book.apply(taken)
            for out in self.core.decide(taken, self.now_ns):
                self.core.apply(out)
                self.react(out)
        self.core.settle()  # everything has been sent
        self.alive_ns = self.now_ns

    def react(self, out: m.Message) -> None:
        match out:
            case m.SubmitOrder():
                self.sent.append(out)
                self.inbox.extend(self.broker(out))
            case m.CancelOrder():
                self.sent.append(out)
                self.inbox.append(out)  # answered after what was sent before it
            case m.Subscribe():
                self.queries.append(out)
                known = [s for s in out.symbols if s in self.prices]
                unknown = [s for s in out.symbols if s not in self.prices]
                self.inbox.append(m.Quotes([self.quote(s) for s in known], unknown))
            case m.GetBars():
                self.queries.append(out)
                self.inbox.append(m.Bars([bars(s, out.end_ns) for s in out.symbols if s in self.prices], []))
            case m.GetTicks():
                self.queries.append(out)
                self.inbox.append(m.Ticks([self.quote(symbol) for symbol in out.symbols]))
            case m.GetMembers():
                self.queries.append(out)
                self.inbox.append(m.Refusal(Reason.DATA_MISSING, "模拟行情没有板块与指数成份股"))
            case m.AskProvider():
                self.queries.append(out)
                if self.provider is not None:
                    self.inbox.append(answer(self.provider, out))
            case m.GetLatest():
                self.queries.append(out)
                self.inbox.append(m.Quotes([self.quote(s) for s in out.symbols if s in self.prices], []))
            case m.GetAdjustments():
                self.queries.append(out)
                today = number_of(self.day)
                known = [self.adjusted[s] for s in out.symbols if s in self.adjusted]
                by_now = [a for a in known if a.days[0] <= today]
                told = m.Adjustments(by_now, [s for s in out.symbols if s not in self.adjusted])
                self.inbox.append(m.Refusal(Reason.NOT_READY, "") if self.quotes_silent else told)
            case m.GetRows():
                self.queries.append(out)
                refused = m.Refusal(Reason.NOT_READY, "state 在 20 秒内没有应答")
                self.inbox.append(refused if self.state is None else self.state.answer(out, self.now_ns))
            case m.GetInstruments():
                self.queries.append(out)
                listed = [s for s in self.prices if not out.symbols or s in out.symbols]
                self.inbox.append(
                    m.Instruments([m.Instrument(s, "名称", _KIND[s == ETF], 20000101, 0, False) for s in listed])
                )
            case _:
                self.sent.append(out)

    # -- risk and broker -----------------------------------------------------------------------------------------

    def accept(self, sent: m.SubmitOrder) -> list[m.Message]:
        order = sent.order
        return [
            m.OrderSubmitted(order, self.now_ns, self.now_ns),
            m.OrderAccepted(ACCOUNT, order.client_order_id, f"V{order.client_order_id}", self.now_ns),
        ]

    def fill(self, sent: m.SubmitOrder) -> list[m.Message]:
        return [*self.accept(sent), self.trade(sent.order, sent.order.qty)]

    def trade(self, order: m.Order, qty: int) -> m.OrderFilled:
        self.fills += 1
        price_e4, key = self.prices[order.symbol], order.client_order_id
        fee_e4 = fill_fee_e4(order.symbol, order.side, 0, qty * price_e4, self.day, FeeSchedule())
        return m.OrderFilled(
            ACCOUNT, key, f"V{key}", f"F{self.fills}", order.symbol, order.side, qty, price_e4, fee_e4, self.now_ns
        )

    def deny(self, sent: m.SubmitOrder) -> list[m.Message]:
        text = "风控拒单 MAX_ORDER_VALUE: 2.00 > 1.00"
        return [m.OrderDenied(sent.order, Reason.MAX_ORDER_VALUE, text, "2.00", "1.00", 0, self.now_ns)]

    def silent(self, sent: m.SubmitOrder) -> list[m.Message]:
        return []

    def cancelled(self, key: str) -> list[m.Message]:
        cum_qty = self.book.orders[key].cum_qty
        reason = Reason.CANCELLED_BY_USER
        return [m.OrderCancelled(ACCOUNT, key, cum_qty, reason, text_of(reason), self.now_ns)]

    # -- the market ----------------------------------------------------------------------------------------------

    def quote(self, symbol: str) -> m.Quote:
        prev_e4 = self.closed_at.get(symbol, self.prices[symbol])
        return quote(symbol, self.now_ns, self.prices[symbol], prev_e4=prev_e4, suspended=symbol in self.suspended)

    def open(self) -> None:
        """The day begins: clock, then the gateway's books."""
        self.now_ns = at(self.day, "0:00")
        self.clock("")
        self.step(m.TradingDayOpened(ACCOUNT, number_of(self.day), self.cash_e4, self.holdings, self.now_ns))
        self.turns()

    def clock(self, turn: str) -> None:
        self.tick += 1
        self.step(m.MarketClock(self.tick, self.now_ns, number_of(self.day), turn, self.lockstep))

    def turns(self) -> None:
        """Lock-step: turns while the strategy wants one; a core that wants turns without end fails the test."""
        for _ in range(50):
            if not 0 < self.core.wake_ns <= self.now_ns:
                return
            self.clock(STRATEGY if self.lockstep else "")
        raise AssertionError("the strategy wants turns without end")

    def market(self, *events: m.Message) -> None:
        """A market phase at the present instant: quotes, then what the simulator says."""
        self.tick += 1
        quotes = tuple(self.quote(symbol) for symbol in self.prices)
        self.step(m.QuoteBatch(self.tick, self.now_ns, quotes, True))
        for event in events:
            self.step(event)

    def run(self, until: str) -> None:
        """Walk through the instants the strategy asks for, up to and including a clock time."""
        until_ns = at(self.day, until)
        while 0 < (wake_ns := self.core.wake_ns) <= until_ns:
            self.to_ns(wake_ns)
        if self.now_ns < until_ns:
            self.to_ns(until_ns)

    def to_ns(self, now_ns: int) -> None:
        self.now_ns = max(self.now_ns, now_ns)
        self.market()
        self.turns()

    def end_day(self) -> None:
        self.run("15:31")
        self.tick += 1
        self.step(m.MarketDayEnded(self.tick, self.now_ns, number_of(self.day), False))

    def next_day(self) -> None:
        self.end_day()
        self.cash_e4 = self.book.cash_e4
        self.holdings = [
            m.Holding(p.symbol, p.qty, 0, p.cost_e4, p.last_price_e4, p.opened_ns)
            for p in self.book.positions.values()
            if p.qty
        ]
        self.day = CALENDAR.following(self.day)
        self.open()

    def pass_seconds(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND_NS)
        self.market()
        self.turns()

    # -- what a test looks at --------------------------------------------------------------------------------------

    @property
    def orders(self) -> list[m.Order]:
        return [out.order for out in self.sent if isinstance(out, m.SubmitOrder)]

    @property
    def alerts(self) -> list[str]:
        return [out.code for out in self.sent if isinstance(out, m.RaiseAlert)]

    @property
    def lines(self) -> list[str]:
        return [text for _, _, text in self.log]

    def said(self, part: str) -> bool:
        return any(part in line for line in self.lines)


def bars(symbol: str, end_ns: int) -> m.BarColumns:
    one = np.array([100_000], "<i8").tobytes()
    label = np.array([end_ns], "<i8").tobytes()
    return m.BarColumns(symbol, label, one, one, one, one, one, one, one, b"\0")


def holding(symbol: str, qty: int, price_e4: int = 100_000, *, today: int = 0) -> m.Holding:
    return m.Holding(symbol, qty, today, qty * price_e4, price_e4, at(date(2026, 11, 2), "10:00"))
