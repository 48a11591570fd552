"""One gateway's connection to the world's broker: where reports are late, doubled, out of order or lost."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random
from typing import Protocol

from common import messages as m
from common.orders import Status
from common.reasons import Reason
from services.gateway.brokers import BrokerReport, BrokerRequest
from sim.world_broker import ACCOUNT, MILLISECOND_NS, Entry, WorldBroker
from sim.world_disk import Cross

Due = Callable[[int], None]
"""The gateway has to look at its reports at this monotonic time."""


class Border(Protocol):
    """Who watches what crosses the broker's border."""

    def arrives(self, order: m.Order) -> None: ...
    def placed(self, entry: Entry) -> None: ...


class Wire:
    """The state of the line to the broker, which outlives a gateway."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.is_up = True
        self.late = self.doubled = self.early = self.slow_answers = self.loses_answers = False


class Connection:
    """Implements ``Broker`` for one life of the gateway."""

    def __init__(
        self, broker: WorldBroker, wire: Wire, mono_ns: Callable[[], int], *, due: Due, border: Border, cross: Cross
    ) -> None:
        self._broker, self._wire, self._mono_ns = broker, wire, mono_ns
        self._due, self._border, self._cross = due, border, cross
        self._waiting: list[tuple[int, int, BrokerReport]] = []
        self._count = 0
        self._order_ns = 0  # reports of the stream keep their order unless something is wrong
        self.is_closed = False

    # -- Broker --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._broker.tell = self.tell
        if self._wire.is_up:
            self._say(m.BrokerLink(ACCOUNT, True, "柜台已连接"), 1)

    def request(self, request: BrokerRequest) -> None:
        """Each call is a border where the process can die."""
        self._cross("call")
        self._hand_over(request)
        self._cross("called")

    def _hand_over(self, request: BrokerRequest) -> None:
        match request:
            case m.AskBroker():
                if self._wire.is_up:
                    # What is reported meanwhile overtakes the statement that does not know it.
                    self._say(self._broker.statement(), self._statement_takes_ms(), in_order=False)
            case m.PlaceAtBroker(order=order):
                if self._wire.is_up:
                    self._border.arrives(order)
                    self._border.placed(self._broker.place(order))
                elif self._wire.rng.random() < 0.5:
                    self._say(_never_sent(order, self._broker.now_ns()), 5)
            case m.CancelAtBroker():
                if self._wire.is_up:
                    self._broker.cancel(request)

    def _statement_takes_ms(self) -> int:
        return self._wire.rng.randint(1, 2500 if self._wire.slow_answers else 500)

    def reports(self) -> list[BrokerReport]:
        now_ns, said = self._mono_ns(), []
        while self._waiting and self._waiting[0][0] <= now_ns:
            said.append(heapq.heappop(self._waiting)[2])
        return said

    def close(self) -> None:
        """The gateway is gone, and what it was not told yet with it."""
        self.is_closed = True
        self._waiting.clear()

    # -- the line ------------------------------------------------------------------------------------------------

    def tell(self, report: m.BrokerOrder | m.BrokerFill | m.BrokerCancelRefused) -> None:
        wire, rng = self._wire, self._wire.rng
        if self.is_closed or not wire.is_up or (wire.loses_answers and rng.random() < 0.7):
            return
        delay_ms = rng.choice((0, 1, 1, 2, 4))
        if wire.late:
            delay_ms += rng.randint(0, 2500)
        if wire.early and isinstance(report, m.BrokerOrder):
            delay_ms += rng.randint(50, 400)  # its trades overtake it
        self._say(report, delay_ms, in_order=not (wire.late or wire.early))
        if wire.doubled:
            self._say(report, delay_ms + rng.randint(0, 800), in_order=False)

    def go_down(self) -> None:
        """Statements on their way come no more; of the rest some do."""
        self._waiting = [
            late for late in self._waiting if not isinstance(late[2], m.BrokerDay) and self._wire.rng.random() < 0.5
        ]
        heapq.heapify(self._waiting)
        self._say(m.BrokerLink(ACCOUNT, False, "柜台连接中断"), self._wire.rng.randint(0, 300))

    def come_up(self) -> None:
        self._say(m.BrokerLink(ACCOUNT, True, "柜台已重新连接"), 1)

    def _say(self, report: BrokerReport, delay_ms: int, *, in_order: bool = True) -> None:
        at_ns = self._mono_ns() + delay_ms * MILLISECOND_NS
        if in_order:
            at_ns = self._order_ns = max(at_ns, self._order_ns)
        self._count += 1
        heapq.heappush(self._waiting, (at_ns, self._count, report))
        self._due(at_ns)


def _never_sent(order: m.Order, now_ns: int) -> m.BrokerOrder:
    """The library refuses a call while it has no session."""
    return m.BrokerOrder(
        ACCOUNT,
        order.client_order_id,
        "",
        order.symbol,
        order.side,
        order.qty,
        order.price_e4,
        Status.REJECTED,
        0,
        Reason.BROKER_DOWN,
        "",
        now_ns,
    )
