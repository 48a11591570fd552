"""One account at a terminal: its cancels out, and what the terminal says of its orders as the broker's word."""

from __future__ import annotations

from datetime import date
from typing import Final

from common import messages as m
from common.reasons import Reason
from services.gateway.brokers import BrokerReport
from services.gateway.brokers.qmt.acts import Cancel, Now, Out
from services.gateway.brokers.qmt.calls import Calls
from services.gateway.brokers.qmt.cancels import Cancels, Wish
from services.gateway.brokers.qmt.codes import FIX_PRICE
from services.gateway.brokers.qmt.config import QmtAccount, QmtConfig
from services.gateway.brokers.qmt.hours import Hours
from services.gateway.brokers.qmt.owners import STRANGER, Owners
from services.gateway.brokers.qmt.reports import Context, fill_of, order_of
from services.gateway.brokers.qmt.rows import CancelAnswer, CancelError, OrderRow, TradeRow
from services.gateway.brokers.qmt.sieve import Sieve
from services.gateway.brokers.qmt.states import Known, States
from services.gateway.brokers.qmt.submits import Submits
from services.gateway.brokers.qmt.translate import order_id_of

_OTHER_ORDER: Final = "终端里这个编号是另一笔委托"
_OTHER_DAY: Final = "该委托不属于当前交易日，或终端里没有它的编号"


class Account:
    """Orders of today. ``is_ready`` is the link's word. Reports of a day wait until its first statement was given:
    before it the gateway has no book of that day."""

    def __init__(self, account: QmtAccount, config: QmtConfig, hours: Hours, calls: Calls, outs: list[Out]) -> None:
        self.account, self.alias = account, account.alias
        self.is_ready = False
        self.day = date.min
        self.stated_day = date.min
        self.is_urgent = False  # something the terminal said was lost: its lists are to be asked at once
        self.sieve = Sieve(self.alias, hours, outs)
        self._config, self._hours, self._calls, self._outs = config, hours, calls, outs
        self._begin()

    def _begin(self) -> None:
        timing = self._config.timing
        self.owners, self.states, self.cancels = Owners(timing, self.day), States(), Cancels(timing)
        self._told: set[tuple[str, str]] = set()  # fills, by contract number and number of the fill
        self._held: list[OrderRow | TradeRow] = []
        self._unsaid: list[BrokerReport] = []
        self.submits = Submits(self, self._config, self._calls, self._outs)
        self.has_lapsed = False  # the orders that ended with the day are told

    def turn(self, now: Now) -> bool:
        """Numbers of orders start anew with each trading day; whether one has begun."""
        day = self._hours.trading_day(now.wall_ns)
        if day == self.day:
            return False
        self.day = day
        self._begin()
        return True

    # -- cancels -----------------------------------------------------------------------------------------------------

    def cancel(self, request: m.CancelAtBroker, now: Now, *, in_time: bool) -> None:
        key = request.client_order_id
        wish = Wish(self.alias, key, now.mono_ns, self._number_of(key, request.venue_order_id))
        known, sent = self.states.known.get(wish.order_id), self.owners.sent.get(key)
        if not (self.is_ready and in_time):
            self._outs.append(wish.refused(Reason.BROKER_DOWN, "", now))
        elif self.owners.names.get(wish.order_id, STRANGER) not in (STRANGER, key):
            self._outs.append(wish.refused(Reason.UNKNOWN_ORDER, _OTHER_ORDER, now))
        elif (known is not None and known.is_final) or (sent is not None and sent.is_over):
            self._outs.append(wish.refused(Reason.ORDER_CLOSED, "", now))
        elif not wish.order_id and (sent is None or not sent.is_open):
            self._outs.append(wish.refused(Reason.UNKNOWN_ORDER, _OTHER_DAY, now))
        elif self.cancels.ask(wish) and wish.order_id:
            self._send_cancel(wish, now)

    def _number_of(self, key: str, venue_order_id: str) -> int:
        """The number an order is told under: the gateway may know it from an earlier life of ours, or we it first."""
        sent = self.owners.sent.get(key)
        if sent is not None and sent.order_id:
            return sent.order_id
        numbers = (number for number, name in self.owners.names.items() if name == key)
        return order_id_of(venue_order_id, self.day) or next(numbers, 0)

    def _send_cancel(self, wish: Wish, now: Now) -> None:
        """By the number the terminal uses now, which may be another one than we tell (States.number_of)."""
        known = self.states.known.get(wish.order_id)
        order_id = known.row.order_id if known is not None else wish.order_id
        self._calls.hand(Cancel(self.account.account_id, order_id), self._config.call_ns, now)

    def cancel_answered(self, row: CancelAnswer | CancelError) -> None:
        """A "no" only makes us look: an error may be an older one's, and what was refused may be cancelled already."""
        if isinstance(row, CancelAnswer) and row.cancel_result == 0:
            return
        numbers = [n for n, known in self.states.known.items() if row.order_id and known.row.order_id == row.order_id]
        is_ours = self.cancels.say_no(numbers[0] if numbers else row.order_id, row.error_msg)
        self.is_urgent |= is_ours or (row.order_id <= 0 and bool(self.cancels.wishes))

    # -- what the terminal says of orders ----------------------------------------------------------------------------

    def numbered(self, key: str, number: int, now: Now) -> None:
        """The terminal's number of an order of ours is proven."""
        self.retry_held(now)
        self._send_waiting_cancel(key, number, now)

    def failed(self, key: str, now: Now) -> None:
        """An order of ours is not at the terminal: its cancel has nothing to cancel."""
        wish = self.cancels.wishes.pop(key, None)
        if wish is not None:
            self._outs.append(wish.refused(Reason.ORDER_CLOSED, "", now))

    def row(self, row: OrderRow | TradeRow, now: Now) -> None:
        """A push, or a line of a list that is told as one."""
        if not self.sieve.passes(row, self.day, self.states, now):
            return
        number = self.states.number_of(row)
        name = self.owners.name_of(row, number, now)
        if name is None:
            self._held.append(row)
        elif isinstance(row, OrderRow):
            self._order(row, name, now)
        elif self.takes(row, number):
            self._say(fill_of(row, name, number, self.context(now)))

    def _order(self, row: OrderRow, name: str, now: Now) -> None:
        known = self.fold(row, name, now)
        if known is not None:
            self._say(self.report_of(known, name, now))
            self.meet_wish(known, name, now)

    def meet_wish(self, known: Known, name: str, now: Now) -> None:
        """An order of ours came to a new state: its cancel may be decided by it, or can be sent at last."""
        refusal = self.cancels.meet(known, name, now)
        if refusal is not None:
            self._say(refusal)
        self._send_waiting_cancel(name, known.order_id, now)

    def _send_waiting_cancel(self, name: str, number: int, now: Now) -> None:
        wish = self.cancels.waiting_for(name)
        if wish is not None:
            wish.order_id = number
            self._send_cancel(wish, now)

    def fold(self, row: OrderRow, name: str, now: Now) -> Known | None:
        sent = self.owners.sent.get(name)
        by_market = sent is not None and sent.place.price_type != FIX_PRICE and name not in self.cancels.wishes
        return self.states.fold(row, now, by_market=by_market)

    def takes(self, row: TradeRow, number: int) -> bool:
        """Whether the fill has not been told yet."""
        fill = row.order_sysid or f"{number}", row.traded_id
        if fill in self._told:
            return False
        self._told.add(fill)
        self.states.filled[number] += row.traded_volume
        return True

    def report_of(self, known: Known, name: str, now: Now) -> m.BrokerOrder:
        sent = self.owners.sent.get(name)
        return order_of(known, name, sent.order if sent else None, self.context(now))

    def context(self, now: Now) -> Context:
        return Context(self.alias, self.day, self._hours, now)

    # -- the end of the day ------------------------------------------------------------------------------------------

    def lapse(self, known: Known, now: Now) -> bool:
        """Whether an order that the terminal still lists as open ended with the day (hours.CLOSE)."""
        entered_ns = self._hours.time_ns(known.row.order_time, now.wall_ns)
        if known.is_final or not self._hours.has_closed(now.wall_ns) or entered_ns >= self._hours.closes_ns(self.day):
            return False
        self.states.lapse(known)
        return True

    def tell_lapsed(self, now: Now) -> None:
        self.has_lapsed = self._hours.has_closed(now.wall_ns)
        for number, known in self.states.known.items():
            if self.lapse(known, now):
                name = self.owners.names.get(number, STRANGER)
                self._say(self.report_of(known, name, now))
                self.meet_wish(known, name, now)

    def doubts(self, now: Now) -> bool:
        """Whether the terminal has a word to say that may have been lost on its way."""
        ends = not self.has_lapsed and self._hours.has_closed(now.wall_ns)
        return (ends and self.has_open) or self.states.doubts() or self.is_overdue(now)

    @property
    def has_open(self) -> bool:
        return any(not known.is_final for known in self.states.known.values())

    def is_overdue(self, now: Now) -> bool:
        """Whether it should have come by now."""
        old_ns = now.mono_ns - self._config.timing.doubt_ns
        unheard = (s for s in self.owners.sent.values() if s.order_id and s.order_id not in self.states.known)
        late = any(sent.answered_at_ns <= old_ns for sent in unheard)
        return self.is_urgent or late or self.cancels.are_overdue(old_ns)

    # -- time --------------------------------------------------------------------------------------------------------

    def tick(self, now: Now) -> None:
        self.submits.tick(now)
        self.retry_held(now)
        for refusal in self.cancels.overdue(now):
            self._say(refusal)

    def retry_held(self, now: Now) -> None:
        held, self._held = self._held, []
        for row in held:
            self.row(row, now)

    def lost(self) -> None:
        """The link is down. Orders without an answer stay on record: the next statement may name them."""
        self.is_ready = False
        self.owners.lost()
        self.cancels.drop()

    def say_all(self) -> None:
        """The day's first statement is given: what came before it follows, and most of it is no news."""
        self.stated_day = self.day
        self._outs += self._unsaid
        self._unsaid = []

    def _say(self, report: BrokerReport) -> None:
        (self._outs if self.stated_day == self.day else self._unsaid).append(report)
