"""The orders that rest at the simulated exchange, in price-time priority, and what is known of each."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from operator import attrgetter

from common import messages as m
from common.orders import FINAL, Status
from common.sessions import Phase

_rank = attrgetter("rank")


@dataclass(slots=True)
class LiveOrder:
    """An order of the day. ``phase`` is the part of the day it came in, ``held`` what it freezes: cash or shares.

    The smaller ``rank`` is served first: the better price, then the earlier order.
    """

    order: m.Order
    venue_order_id: str
    entered_ns: int
    phase: Phase
    status: Status = Status.ACCEPTED
    cum_qty: int = 0
    cum_value_e4: int = 0
    fee_e4: int = 0
    held: int = 0
    reason: str = ""
    updated_ns: int = 0
    rank: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        price_e4 = self.order.price_e4
        self.rank = (-price_e4 if self.order.side is m.Side.BUY else price_e4, int(self.venue_order_id))

    @property
    def leaves_qty(self) -> int:
        return self.order.qty - self.cum_qty

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


class Book:
    """Resting orders of one symbol.

    ``queue`` came in while nothing is matched (9:25-9:30, lunch, before the session's first quote); the next
    continuous quote meets them as new orders, and ``release`` then lets them rest with the others.
    """

    def __init__(self) -> None:
        self.queue: dict[str, LiveOrder] = {}
        self.buys: list[LiveOrder] = []
        self.sells: list[LiveOrder] = []

    def __bool__(self) -> bool:
        return bool(self.queue or self.buys or self.sells)

    def add(self, live: LiveOrder, *, queued: bool) -> None:
        if queued:
            self.queue[live.venue_order_id] = live
        else:
            insort(self._side(live), live, key=_rank)

    def remove(self, live: LiveOrder) -> None:
        if self.queue.pop(live.venue_order_id, None) is None:
            ranked = self._side(live)
            del ranked[bisect_left(ranked, live.rank, key=_rank)]

    def release(self) -> None:
        for live in self.queue.values():
            insort(self._side(live), live, key=_rank)
        self.queue.clear()

    def _side(self, live: LiveOrder) -> list[LiveOrder]:
        return self.buys if live.order.side is m.Side.BUY else self.sells
