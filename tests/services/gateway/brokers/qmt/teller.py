"""A back-end at a fake terminal, in the test's own process, and somebody who writes down what it reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

from common import messages as m
from common.beijing import SECOND_NS
from common.calendar import load
from services.gateway.brokers.qmt import QmtAccount, QmtBroker, QmtConfig
from services.gateway.brokers.qmt.config import Timing
from tests.qmt.clock import FakeClock
from tests.qmt.handle import Terminal
from tests.services.gateway.brokers.qmt.stage import outline

PATIENCE_S = 30.0
CALENDAR = load()
_Report = TypeVar("_Report", m.BrokerOrder, m.BrokerFill, m.BrokerDay, m.BrokerLink, m.BrokerCancelRefused)
_keys = count(1)

QUICK = Timing(
    rest_ns=SECOND_NS // 4,
    retry_ns=SECOND_NS // 4,
    join_ns=SECOND_NS // 10,
    settle_ns=SECOND_NS // 20,
    stop_ns=SECOND_NS,
    connect_ns=2 * SECOND_NS,
    doubt_ns=SECOND_NS // 2,
    again_ns=SECOND_NS // 10,
)
"""Nobody learns anything from waiting for a fake terminal as for a real one."""


class Teller:
    """``said`` is everything so far. Every wait has a limit and says what it waited for."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        session_id: int,
        accounts: tuple[QmtAccount, ...] = (),
        call_s: float = 5.0,
        read_only: bool = False,
        timing: Timing = QUICK,
        **settings: Any,
    ) -> None:
        self.terminal = terminal
        self.accounts = accounts or (QmtAccount("main", "123456", "stock", str(terminal.path)),)
        config = QmtConfig(
            calendar=CALENDAR, session_id=session_id, call_ns=int(call_s * SECOND_NS), timing=timing, **settings
        )
        self.now_ns = FakeClock(terminal.clock).now_ns
        self.said: list[Any] = []
        self.notes: list[str] = []
        self.links: dict[str, m.BrokerLink] = {}  # the last word on each account
        self._rung = threading.Event()
        self.broker = QmtBroker(
            self.accounts, config, self._rung.set, self.notes.append, read_only=read_only, wall=self.now_ns
        )
        self.broker.start()

    def close(self) -> None:
        self.broker.close()

    def ready(self) -> Teller:
        for account in self.accounts:
            self.until(lambda alias=account.alias: self.is_up(alias), f"{account.alias} up")
            self.day(account.alias)
        self.said.clear()
        return self

    # -- asking ------------------------------------------------------------------------------------------------------

    def order(
        self,
        qty: int = 300,
        price: float = 10.0,
        *,
        side: m.Side = m.Side.BUY,
        symbol: str = "600000.XSHG",
        kind: str = "limit",
        account: str = "main",
        key: str = "",
    ) -> str:
        """Hand over an order; its id."""
        now_ns = self.now_ns()
        key = key or f"261120{next(_keys):016d}"
        order = m.Order(
            key, account, "demo", symbol, side, m.OrderType(kind), qty, round(price * 10_000), now_ns, now_ns
        )
        self.broker.request(m.PlaceAtBroker(order))
        return key

    def cancel(self, key: str, venue: str = "", account: str = "main") -> None:
        self.broker.request(m.CancelAtBroker(account, key, venue))

    def day(self, account: str = "main", *, look: bool = False) -> m.BrokerDay:
        before = len(self.of(m.BrokerDay))
        self.broker.request(m.AskBroker(account, look))
        self.until(lambda: len(self.of(m.BrokerDay)) > before, "a statement")
        return self.of(m.BrokerDay)[before]

    # -- hearing -----------------------------------------------------------------------------------------------------

    def hear(self) -> list[Any]:
        reports = self.broker.reports()
        self.links.update({report.account: report for report in reports if isinstance(report, m.BrokerLink)})
        self.said += reports
        return self.said

    def of(self, kind: type[_Report], key: str | None = None) -> list[_Report]:
        reports = [report for report in self.hear() if isinstance(report, kind)]
        return reports if key is None else [r for r in reports if getattr(r, "client_order_id", "") == key]

    def until(self, true: Callable[[], Any], what: str) -> Any:
        ends = time.monotonic() + PATIENCE_S
        while not (value := true()):
            assert time.monotonic() < ends, f"no {what}; said: {outline(self.said)}; noted: {self.notes}"
            self._rung.wait(0.02)
            self._rung.clear()
            self.hear()
        return value

    def status(self, key: str) -> str:
        reports = self.of(m.BrokerOrder, key)
        return reports[-1].status if reports else ""

    def filled(self, key: str) -> int:
        return sum(fill.qty for fill in self.of(m.BrokerFill, key))

    def order_until(self, key: str, *statuses: str) -> m.BrokerOrder:
        self.until(lambda: self.status(key) in statuses, f"{key} {statuses}")
        return self.of(m.BrokerOrder, key)[-1]

    def link(self, account: str = "main") -> m.BrokerLink | None:
        self.hear()
        return self.links.get(account)

    def is_up(self, account: str = "main") -> bool:
        link = self.link(account)
        return link is not None and link.up

    def is_down(self, account: str = "main") -> bool:
        link = self.link(account)
        return link is not None and not link.up

    def outline(self, key: str) -> list[str]:
        """Each different thing that was said of an order, in order."""
        lines = outline([r for r in self.hear() if getattr(r, "client_order_id", None) == key])
        return [line for n, line in enumerate(lines) if n == 0 or line != lines[n - 1]]


REST = 9.5
"""A price below the market's: an order at it stands until the test lets it trade."""


def number(order: m.BrokerOrder) -> int:
    return int(order.venue_order_id.partition("-")[2])


def resting(teller: Teller, qty: int = 300, **more: Any) -> tuple[str, int]:
    """An order of ours that stands; its id and the terminal's number."""
    key = teller.order(qty, REST, **more)
    return key, number(teller.order_until(key, "accepted"))


def submitted(terminal: Terminal) -> list[str]:
    return [call.get("remark", "") for call in terminal.calls()]


def trades(teller: Teller, key: str, order_id: int, qty: int = 300) -> None:
    """The order trades to its end, each share told once and the end told."""
    assert teller.terminal.hand_fill(order_id)
    teller.until(lambda: teller.status(key) == "filled" and teller.filled(key) >= qty, f"the end of {key}")
    assert teller.filled(key) == qty
