"""What the parts of a strategy process share: the time, the book, the user's code, and the messages of one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import cast

from common import messages as m
from common.beijing import SECOND_NS, day_of, naive, stamp_text
from common.calendar import Calendar
from common.portfolio import Book
from services.strategy.config import StrategyConfig
from services.strategy.fiber import Asked, Fiber, Waits
from services.strategy.ids import OrderIds
from services.strategy.subs import Subs

Log = Callable[[str, str, str], None]
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
EXPIRY_MIN_NS = 60 * SECOND_NS


def in_parts(symbols: list[str], size: int) -> Iterator[list[str]]:
    """At most ``size`` at a time: the quotes process has others to answer in between."""
    step = max(size, 1)
    return (symbols[start : start + step] for start in range(0, len(symbols), step))


class Runtime:
    """``now_ns`` is market time, ``logical_ns`` the time the running callback was due.

    Log lines wait while a message waits to be sent: writing one would delay an order.
    """

    def __init__(self, config: StrategyConfig, calendar: Calendar, log: Log) -> None:
        self.config, self.calendar = config, calendar
        self.book = Book(config.account, config.fees)
        self.subs = Subs(self.book, config.strategy)
        self.fiber = Fiber()
        self.now_ns = self.logical_ns = 0
        self.up_ns = 0  # since when this process has followed the market's clock; 0: not yet
        self.trading_day = 0
        self.caught_up = False  # all that has arrived is stepped: what waits for `handle_tick` is the newest there is
        self.out: list[m.Message] = []
        self.levels: dict[str, str] = {}
        self._day: date | None = None
        self._asked_provider = 0
        self._ids: OrderIds | None = None
        self._log = log
        self._later: list[tuple[str, str, Callable[[], str]]] = []

    # -- time ----------------------------------------------------------------------------------------------------

    @property
    def day(self) -> date:
        """The trading day; before the clock was heard the calendar day."""
        return self._day or day_of(self.now_ns)

    def open_day(self, trading_day: int) -> None:
        self.trading_day = trading_day
        self._day = date(trading_day // 10_000, trading_day // 100 % 100, trading_day % 100)

    def logical_now(self) -> datetime:
        return naive(self.logical_ns)

    # -- the account ---------------------------------------------------------------------------------------------

    def fold(self, event: m.Message) -> None:
        """An event of the account, for its book and the sub-accounts."""
        if self.subs.ledgers:
            self.subs.fold(event)
        else:
            self.book.apply(event)

    def book_order(self, order: m.Order) -> None:
        """An order that is on its way reserves what it needs."""
        if self.subs.ledgers:
            self.subs.enter(order)
        else:
            self.book.enter(order)

    # -- the running callback ------------------------------------------------------------------------------------

    def enter(self, callback: str, logical_ns: int, trigger: str) -> None:
        """A callback begins; its orders' ids start over."""
        self.logical_ns = logical_ns
        who = f"{self.config.account}/{self.config.strategy}"
        self._ids = OrderIds(who, self.trading_day, callback, logical_ns, trigger)

    def next_id(self, pindex: object = 0) -> str:
        """The id of the running callback's next order, which names its sub-account where there are several."""
        if self._ids is None:
            raise RuntimeError("只能在策略的回调函数里下单")
        if not self.subs.ledgers:
            return self._ids.next()
        return self._ids.next(pindex if self.subs.has(pindex) else 0)

    def next_transfer_id(self) -> str:
        """The id of the running callback's next transfer of cash."""
        if self._ids is None:
            raise RuntimeError("只能在策略的回调函数里划转资金")
        return self._ids.next_transfer()

    @property
    def has_ordered(self) -> bool:
        """Whether the callback that runs, or ran last, has asked for an order."""
        return self._ids is not None and self._ids.count > 0

    def ask(self, query: m.Message) -> m.Message:
        """The answer to a query; the running callback stops until it is there."""
        self.fiber.check()
        self.send(query)
        return cast(m.Message, self.fiber.wait(Asked(query)))

    def ask_provider(self, function: str, wants: list[m.Want], sql: str) -> m.ProviderAnswer:
        """What the data provider says; the running callback stops until it has, and the process goes on."""
        self._asked_provider += 1
        answer = self.ask(m.AskProvider(self._asked_provider, function, wants, sql))
        assert isinstance(answer, m.ProviderAnswer), "the core gives a question its own answer"
        return answer

    def wait(self, done: Callable[[], bool], wait_ns: int) -> None:
        """Stop the running callback until ``done()``, at most ``wait_ns`` of market time."""
        if not done():
            self.fiber.wait(Waits(done, self.now_ns + wait_ns))

    # -- what leaves the step ------------------------------------------------------------------------------------

    def send(self, message: m.Message) -> None:
        self.out.append(message)

    def alert(self, code: str, text: str) -> None:
        """Raise an alert through risk, which publishes it."""
        self.send(m.RaiseAlert(self.config.account, self.config.strategy, code, text, self.now_ns))

    def warn(self, code: str, text: str) -> None:
        """A line in the log, and an alert to whoever watches."""
        self.log("warning", "system", text)
        self.alert(code, text)

    def expire_ns(self, wait_ns: int) -> int:
        """When an order or cancel sent now is too old to act on.

        As long as its sender waits and at least a minute: long enough for a restart of risk or gateway, and short
        enough that nothing sent while they were down reaches the market minutes later.
        """
        return self.now_ns + max(wait_ns, EXPIRY_MIN_NS)

    # -- log -----------------------------------------------------------------------------------------------------

    def log(self, level: str, name: str, text: str) -> None:
        if self.out or self._later:
            self._later.append((level, name, lambda: text))
        else:
            self._write(level, name, text)

    def log_later(self, level: str, name: str, line: Callable[[], str]) -> None:
        """A line of the order path, put into words only after the order was sent."""
        self._later.append((level, name, line))

    def flush_log(self) -> None:
        """Write the lines that waited; call it when what the step produced has been sent."""
        lines, self._later = self._later, []
        for level, name, line in lines:
            self._write(level, name, line())

    def _write(self, level: str, name: str, text: str) -> None:
        if LEVELS.get(level, 20) >= LEVELS.get(self.levels.get(name, "debug"), 0):
            self._log(level, name, text)

    def times_text(self, logical_ns: int, now_ns: int) -> str:
        """策略时间 / 当前时间 / 延迟 of an order line."""
        lag_ms = max(now_ns - logical_ns, 0) / 1e6
        return f"策略时间 {stamp_text(logical_ns)} 当前时间 {stamp_text(now_ns, millis=True)} 延迟 {lag_ms:.0f}ms"
