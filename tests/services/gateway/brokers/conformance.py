"""What every back-end is held to: a broker's house as the tests see it, and the gateway's real core in front of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol

from common import messages as m
from common.beijing import SECOND_NS
from common.fees import FeeSchedule
from common.orders import OrderRecord
from common.portfolio import Book
from services.gateway.brokers import Broker
from services.gateway.compare import compared
from services.gateway.core import GatewayCore

ACCOUNT = "main"
BANK = "600000.XSHG"
PATIENCE_S = 30.0
_keys = count(1)


class House(Protocol):
    """A broker with its market, both in the test's hands. Prices are of ``BANK``, in 1/10,000 yuan."""

    broker: Broker
    resting_e4: int  # a buy at it stands until the test lets it trade
    refused_e4: int  # a price the exchange takes from nobody
    has_foreign: bool  # whether somebody else can trade in the account

    @property
    def now_ns(self) -> int:
        """Market time."""

    def trade(self, order: m.OrderState, qty: int) -> None:
        """Let so many shares of a standing order of ours trade, at its price or better."""

    def foreign(self, qty: int) -> Callable[[int], None]:
        """Somebody else buys at the resting price; what comes back lets so many shares of it trade."""

    def pump(self) -> None:
        """Whatever moves the house along while the test waits."""

    def restart(self) -> None:
        """A new back-end in the place of ``broker``, as after a restart of the gateway; the broker itself lives on."""

    def close(self) -> None: ...


class Front:
    """The gateway's core over a back-end, without bus and journal. ``told`` is everything the back-end ever said."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told: list[Any] = []
        self.events: list[Any] = []
        self.core = GatewayCore((ACCOUNT,), FeeSchedule(), "live")
        self._step(m.Started(False))
        self.until(lambda: ACCOUNT in self.core.ready, "first statement")

    @property
    def book(self) -> Book:
        return self.core.books[ACCOUNT]

    def restart(self) -> Front:
        """The gateway starts anew with its books; its back-end knows nothing of before."""
        self.house.restart()
        self._step(m.Started(True))
        return self.until(lambda: ACCOUNT in self.core.ready, "first statement after the restart")

    def buy(self, qty: int = 300, price_e4: int = 0) -> str:
        """Hand over an order at the resting price, unless told otherwise; its id."""
        key, now_ns = f"261120conformance{next(_keys):06d}", self.house.now_ns
        price_e4 = price_e4 or self.house.resting_e4
        words = m.OrderType.LIMIT, qty, price_e4, now_ns, now_ns + 60 * SECOND_NS
        self._step(m.ApprovedOrder(m.Order(key, ACCOUNT, "demo", BANK, m.Side.BUY, *words), now_ns))
        return key

    def resting(self, qty: int = 300) -> str:
        key = self.buy(qty)
        self.until(lambda: self.record(key).status == "accepted", "an acceptance")
        return key

    def cancel(self, key: str) -> None:
        self._step(m.ApprovedCancel(ACCOUNT, key, self.house.now_ns + 60 * SECOND_NS, self.house.now_ns))

    def trade(self, key: str, qty: int) -> None:
        before = self.record(key).cum_qty
        self.house.trade(self.record(key).state(), qty)
        self.until(lambda: self.record(key).cum_qty >= before + qty, f"{qty} shares of {key}")

    def day(self, *, look: bool = True) -> m.BrokerDay:
        before = len(self.of(m.BrokerDay))
        self._step(m.AskBroker(ACCOUNT, look), asked=True)
        self.until(lambda: len(self.of(m.BrokerDay)) > before, "a statement")
        day: m.BrokerDay = self.of(m.BrokerDay)[-1]
        return day

    def record(self, key: str) -> OrderRecord:
        return self.book.orders[key]

    def of(self, kind: type) -> list[Any]:
        return [report for report in self.told if isinstance(report, kind)]

    def differences(self) -> list[m.BookRow]:
        """What our book has otherwise than the broker's statement."""
        day = self.day()
        return [row for row in compared(self.book, day, len(self.book.fills), self.book.fees) if row.difference]

    def until(self, true: Callable[[], Any], what: str) -> Front:
        ends = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < ends, f"no {what}; told: {self.told}"
            self.house.pump()
            for report in self.house.broker.reports():
                self.told.append(report)
                self._step(report)
        return self

    def _step(self, message: m.Message, *, asked: bool = False) -> None:
        now_ns = self.house.now_ns
        is_input = not isinstance(message, m.ApprovedOrder | m.ApprovedCancel)
        if is_input:
            self.core.apply(message)
        outs = [message] if asked else self.core.decide(message, now_ns)
        for out in outs:
            if not asked:
                self.core.apply(out)
            self.events.append(out)
            if isinstance(out, m.PlaceAtBroker | m.CancelAtBroker | m.AskBroker):
                self.house.broker.request(out)
