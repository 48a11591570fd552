"""Whose order a row is about: the answer to a submit proves it, a remark says it, and a likeness proves nothing.

A terminal may cut the remark or drop it (xtquant 6.3), and may push an order before it answers the submit. So a row
that could be of an order without an answer waits a moment for it; what is not proven by then is a stranger's for good.
"""

from __future__ import annotations

import dataclasses
from datetime import date

from common import messages as m
from services.gateway.brokers.qmt.acts import Now, Place
from services.gateway.brokers.qmt.config import Timing
from services.gateway.brokers.qmt.rows import OrderAnswer, OrderError, OrderRow, TradeRow
from services.gateway.brokers.qmt.translate import tag_of

EARLY_MAX = 64
STRANGER = ""


@dataclasses.dataclass(slots=True)
class Sent:
    """An order handed over in this life. ``order_id`` is the terminal's number, 0 as long as nobody has told it."""

    order: m.Order
    place: Place
    at_ns: int
    order_id: int = 0
    is_calling: bool = False  # the call that submits it has not come back
    is_over: bool = False  # it failed, or never left
    failed_at_ns: int = 0  # the answer said so, and its reason is awaited
    answered_at_ns: int = 0

    @property
    def is_open(self) -> bool:
        """Nobody has said what number it has, or that it failed."""
        return not self.order_id and not self.is_over and not self.failed_at_ns

    def is_like(self, row: OrderRow | TradeRow) -> bool:
        place = self.place
        same = (place.code, place.order_type) == (row.stock_code, row.order_type)
        volume = row.order_volume if isinstance(row, OrderRow) else place.volume
        return same and volume == place.volume


class Owners:
    """Of one account on one trading day."""

    def __init__(self, timing: Timing, day: date) -> None:
        self._day = day
        self.sent: dict[str, Sent] = {}
        self.names: dict[int, str] = {}  # the terminal's numbers: our id, or STRANGER
        self._timing = timing
        self._by_seq: dict[tuple[int, int], str] = {}  # by instance and its counter
        self._early: dict[tuple[int, int], list[OrderAnswer | OrderError]] = {}

    # -- our orders --------------------------------------------------------------------------------------------------

    def hand(self, order: m.Order, place: Place, now: Now) -> Sent:
        """Note an order before the call is made: what becomes of it may be heard before the call returns."""
        sent = self.sent[order.client_order_id] = Sent(order, place, now.mono_ns)
        return sent

    def returned(self, key: str, generation: int, seq: int) -> list[OrderAnswer | OrderError]:
        """The call came back; what was heard of it before is handed back."""
        self.sent[key].is_calling = False
        self._by_seq[generation, seq] = key
        return self._early.pop((generation, seq), [])

    def of_answer(self, generation: int, row: OrderAnswer | OrderError) -> Sent | None:
        """The order an answer or error is about: by its counter, which is kept for the return of a call that is under
        way; only where there is none by its remark, which may be cut."""
        at = generation, row.seq
        key = self._by_seq.get(at)
        if key is not None:
            return self.sent[key]
        if row.seq > 0 and any(sent.is_calling for sent in self.sent.values()):
            if len(self._early) < EARLY_MAX:
                self._early.setdefault(at, []).append(row)
            return None
        return self.sent.get(row.order_remark)

    def lost(self) -> None:
        """The instance is given up: calls that it has not returned will not be heard of again."""
        self._early.clear()
        for sent in self.sent.values():
            sent.is_calling = False

    def bind(self, sent: Sent, order_id: int) -> None:
        """The answer's proof. A number that was told as a stranger's stays one: nothing is told under two names."""
        sent.order_id = order_id
        self.names.setdefault(order_id, sent.order.client_order_id)

    # -- the terminal's rows -------------------------------------------------------------------------------------------

    def name_of(self, row: OrderRow | TradeRow, order_id: int, now: Now, *, must: bool = False) -> str | None:
        """Our id, STRANGER, or None where an answer on its way may tell; ``must``: there is no more waiting."""
        if order_id in self.names:
            return self.names[order_id]
        rivals = [sent for sent in self.sent.values() if sent.is_open and sent.is_like(row)]
        exact = self.sent.get(row.order_remark)
        cut = [s for s in rivals if s is not exact and s.order.client_order_id.startswith(row.order_remark)]
        if exact is not None and not exact.order_id and exact.is_like(row) and not cut:
            self.bind(exact, order_id)
        elif not must and any(now.mono_ns < sent.at_ns + self._timing.answer_ns for sent in rivals):
            return None
        else:
            # Of an earlier life it may be, or of one of ours whose remark was cut: the gateway knows which.
            self.names[order_id] = STRANGER if exact is not None or cut else tag_of(row.order_remark, self._day)
        return self.names[order_id]

    # -- what is open ------------------------------------------------------------------------------------------------

    def awaits_answer(self, before_ns: int, now: Now) -> bool:
        """Whether an order handed over by then may still be on its way into the terminal."""
        silent_ns = self._timing.silent_ns
        return any(s.is_open and s.at_ns <= before_ns and now.mono_ns < s.at_ns + silent_ns for s in self.sent.values())

    def failed(self, now: Now) -> list[Sent]:
        """Submits that failed, whose reason did not come in time."""
        error_ns = self._timing.error_ns
        return [
            s
            for s in self.sent.values()
            if s.failed_at_ns and not s.is_over and now.mono_ns >= s.failed_at_ns + error_ns
        ]
