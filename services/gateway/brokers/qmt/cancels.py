"""Cancels under way: the terminal's "yes" is a wish taken, its "no" may be late, and the order's own state decides.

A cancel takes a second or two. It may be taken and refused later, the order going back to what it was, and an error
may be handed out that belongs to an earlier cancel (xtquant 4.3, 6.2). So an error only makes us look at the order.
"""

from __future__ import annotations

import dataclasses

from common import messages as m
from common.reasons import Reason, text_of
from services.gateway.brokers.qmt.acts import Now
from services.gateway.brokers.qmt.config import Timing
from services.gateway.brokers.qmt.states import Known

NO_ANSWER = "券商没有说明撤单结果"


@dataclasses.dataclass(slots=True)
class Wish:
    """A cancel that was asked for; ``order_id`` 0 while the order itself has no number yet."""

    account: str
    key: str
    since_ns: int
    order_id: int = 0
    refusal: str = ""  # what the terminal says against it; the order's state has the last word
    was_taken: bool = False  # the order was seen with the cancel on its way

    def refused(self, reason: str, text: str, now: Now) -> m.BrokerCancelRefused:
        return m.BrokerCancelRefused(self.account, self.key, reason, text or text_of(Reason(reason)), now.wall_ns)


class Cancels:
    """Of one account, by our ids. What is decided leaves."""

    def __init__(self, timing: Timing) -> None:
        self.wishes: dict[str, Wish] = {}
        self._timing = timing

    def ask(self, wish: Wish) -> bool:
        """Whether it is the first for the order; the outcome of one answers all."""
        return self.wishes.setdefault(wish.key, wish) is wish

    def waiting_for(self, key: str) -> Wish | None:
        """The wish of an order whose number has just become known."""
        wish = self.wishes.get(key)
        return wish if wish is not None and not wish.order_id else None

    def say_no(self, order_id: int, text: str) -> bool:
        """Note what the terminal says against a cancel; whether it is one of ours that is under way."""
        for wish in self.wishes.values():
            if wish.order_id == order_id:
                wish.refusal = text or NO_ANSWER
                return True
        return False

    def meet(self, known: Known, key: str, now: Now) -> m.BrokerCancelRefused | None:
        """The order's state is news; the answer to its cancel where that decides it against the wish."""
        wish = self.wishes.get(key)
        if wish is None:
            return None
        if known.is_final:
            del self.wishes[key]
            is_cancelled = not known.is_doubtful and known.reason == Reason.CANCELLED_BY_USER
            return None if is_cancelled else wish.refused(Reason.ORDER_CLOSED, "", now)
        if known.is_cancelling:
            wish.was_taken = True
        elif wish.was_taken or wish.refusal:
            del self.wishes[key]
            return wish.refused(Reason.BROKER_REJECTED, wish.refusal or "撤单被拒绝，委托仍然有效", now)
        return None

    def overdue(self, now: Now) -> list[m.BrokerCancelRefused]:
        """Wishes that nobody answered: who asked is told, and what the order comes to is told when it does."""
        late = [w for w in self.wishes.values() if now.mono_ns >= w.since_ns + self._timing.cancel_ns]
        for wish in late:
            del self.wishes[wish.key]
        return [wish.refused(Reason.BROKER_REJECTED, wish.refusal or NO_ANSWER, now) for wish in late]

    def are_overdue(self, old_ns: int) -> bool:
        """Whether it is time to ask what became of one."""
        return any(wish.order_id and wish.since_ns <= old_ns for wish in self.wishes.values())

    def drop(self) -> None:
        """The link is down: the gateway asks again when it is back."""
        self.wishes.clear()
