"""A broker that keeps true books and tells them late: reports wait in a queue, statements are of any moment."""

from __future__ import annotations

import dataclasses
from typing import Any

from common import messages as m
from common.beijing import SECOND_NS
from common.orders import FINAL, Status
from services.gateway.looks import AGAIN_NS, QUIET_LOOKS
from tests.services.gateway.stand import BANK, CASH_E4, MAIN, PRICE_E4, TEN_NS, Stand, order

FEE_E4 = 50_000
EVERY_S = 10


@dataclasses.dataclass
class Truth:
    """``reports`` have been said and not heard. A statement is drawn in two parts, as most SDKs give it."""

    cash_e4: int = CASH_E4
    qty: int = 5000
    orders: dict[str, m.BrokerOrder] = dataclasses.field(default_factory=dict)  # by venue_order_id
    fills: list[m.BrokerFill] = dataclasses.field(default_factory=list)
    reports: list[m.Message] = dataclasses.field(default_factory=list)
    keeps_tags: bool = True
    now_ns: int = 0

    def take(self, order: m.Order, *, tag: str = "") -> str:
        venue = f"V{len(self.orders) + 1}"
        named = (tag or order.client_order_id) if self.keeps_tags else ""
        self._set(
            m.BrokerOrder(
                *(MAIN, named, venue, order.symbol, order.side, order.qty, order.price_e4),
                *(Status.ACCEPTED, 0, "", "", self.now_ns),
            )
        )
        return venue

    def by_hand(self, side: m.Side, qty: int) -> str:
        """Somebody enters an order in the terminal."""
        venue = f"V{len(self.orders) + 1}"
        self._set(m.BrokerOrder(MAIN, "", venue, BANK, side, qty, PRICE_E4, Status.ACCEPTED, 0, "", "", self.now_ns))
        return venue

    def open(self) -> list[str]:
        return [venue for venue, row in self.orders.items() if row.status not in FINAL]

    def fill(self, venue: str, qty: int) -> None:
        row = self.orders[venue]
        qty = min(qty, row.qty - row.cum_qty)
        fill = m.BrokerFill(
            *(MAIN, row.client_order_id, venue, f"F{len(self.fills) + 1}", BANK, row.side),
            *(qty, PRICE_E4, FEE_E4, self.now_ns),
        )
        self.fills.append(fill)
        sign = 1 if row.side is m.Side.BUY else -1
        self.qty += sign * qty
        self.cash_e4 -= sign * qty * PRICE_E4 + FEE_E4
        self.reports.append(fill)
        cum_qty = row.cum_qty + qty
        status = Status.FILLED if cum_qty == row.qty else Status.PARTIALLY_FILLED
        self._set(_changed(row, status, cum_qty))

    def cancel(self, venue: str) -> None:
        row = self.orders[venue]
        self._set(_changed(row, Status.CANCELLED, row.cum_qty))

    def lists(self) -> tuple[list[m.BrokerOrder], list[m.BrokerFill]]:
        return list(self.orders.values()), list(self.fills)

    def books(self) -> tuple[int, list[m.Holding]]:
        cost_e4 = self.qty * PRICE_E4
        held = [m.Holding(BANK, self.qty, 0, cost_e4, PRICE_E4, 1)] if self.qty else []
        return self.cash_e4, held

    def statement(self, *, complete: bool = False) -> m.BrokerDay:
        return self.joined(self.lists(), self.books(), complete=complete)

    def joined(
        self,
        lists: tuple[list[m.BrokerOrder], list[m.BrokerFill]],
        books: tuple[int, list[m.Holding]],
        *,
        complete: bool = False,
    ) -> m.BrokerDay:
        return m.BrokerDay(MAIN, 20261120, *lists, *books, complete, self.now_ns)

    def _set(self, row: m.BrokerOrder) -> None:
        self.orders[row.venue_order_id] = row
        self.reports.append(row)


def _changed(row: m.BrokerOrder, status: Status, cum_qty: int) -> m.BrokerOrder:
    return m.BrokerOrder(
        *(row.account, row.client_order_id, row.venue_order_id, row.symbol, row.side, row.qty, row.price_e4),
        *(status, cum_qty, "", "", row.at_ns),
    )


class Scene:
    """A gateway that looks every ten seconds and a broker with true books, what is between them under our control."""

    def __init__(self, tolerance_e4: int = 0) -> None:
        self.stand = Stand(look_every_ns=EVERY_S * SECOND_NS, tolerance_e4=tolerance_e4)
        self.truth = Truth(now_ns=TEN_NS)
        self.said: list[m.Message] = []
        self.asked = self.made = 0
        self.lists: Any = None
        self.books: Any = None
        self.say(m.BrokerLink(MAIN, True, ""))
        self.answer()

    def say(self, *messages: m.Message) -> None:
        self._hear(self.stand.say(*messages))

    def _hear(self, outs: list[m.Message]) -> None:
        self.said += outs
        self.asked += sum(isinstance(out, m.AskBroker) for out in outs)
        for out in outs:
            if isinstance(out, m.PlaceAtBroker):
                self.truth.take(out.order)

    def tick(self, seconds: float = 1) -> None:
        self._hear(self.stand.pass_time(seconds))
        self.truth.now_ns = self.stand.market.now_ns

    def place(self, qty: int, side: m.Side = m.Side.BUY) -> None:
        self.made += 1
        now_ns = self.stand.market.now_ns
        asked = order(f"a{self.made}", qty, side=side)
        fresh = m.Order(*(getattr(asked, f) for f in asked.__struct_fields__[:8]), now_ns, now_ns + 60 * SECOND_NS)
        self.say(m.ApprovedOrder(fresh, now_ns))

    def hear(self, count: int = 1) -> None:
        """The next reports arrive."""
        for _ in range(min(count, len(self.truth.reports))):
            self.say(self.truth.reports.pop(0))

    def answer(self) -> None:
        """What was asked is answered with the books of now, or with the parts drawn before."""
        lists, books = self.lists or self.truth.lists(), self.books or self.truth.books()
        self.lists = self.books = None
        if self.asked:
            self.asked -= 1
            self.say(self.truth.joined(lists, books))

    def settle(self) -> None:
        """All that was said is heard, and some more looks pass."""
        self.hear(len(self.truth.reports))
        self.answer()
        self.tick(EVERY_S)
        self.answer()
        for _ in range(QUIET_LOOKS):
            self.tick(AGAIN_NS / SECOND_NS)
            self.answer()

    def told(self, kind: type[m.Message]) -> list[Any]:
        return [out for out in self.said if isinstance(out, kind)]
