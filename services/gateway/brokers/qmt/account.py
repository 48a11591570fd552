"""One account at a terminal: its orders and cancels out, and what the terminal says of them as the broker's word."""

from __future__ import annotations

from datetime import date
from typing import Final

from common import messages as m
from common.orders import Status
from common.reasons import Reason, text_of
from common.symbols import UnknownSymbol
from services.gateway.brokers import BrokerReport
from services.gateway.brokers.qmt.acts import Act, Cancel, Now, Out, Place
from services.gateway.brokers.qmt.calls import Calls
from services.gateway.brokers.qmt.cancels import Cancels, Wish
from services.gateway.brokers.qmt.codes import FIX_PRICE
from services.gateway.brokers.qmt.config import QmtAccount, QmtConfig
from services.gateway.brokers.qmt.hours import Hours
from services.gateway.brokers.qmt.owners import STRANGER, Owners, Sent
from services.gateway.brokers.qmt.reports import Context, failure_of, fill_of, order_of
from services.gateway.brokers.qmt.rows import CancelAnswer, CancelError, OrderAnswer, OrderError, OrderRow, TradeRow
from services.gateway.brokers.qmt.sieve import Sieve
from services.gateway.brokers.qmt.states import Known, States
from services.gateway.brokers.qmt.translate import order_id_of, place_of

_OTHER_DAY: Final = "该委托不属于当前交易日，或终端里没有它的编号"
_NOT_SENT: Final = "券商连接已断开，委托没有发出"


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
        self.owners, self.states, self.cancels = Owners(timing), States(), Cancels(timing)
        self._told: set[tuple[str, str]] = set()  # fills, by contract number and number of the fill
        self._held: list[OrderRow | TradeRow] = []
        self._unsaid: list[BrokerReport] = []
        self.has_lapsed = False  # the orders that ended with the day are told

    def turn(self, now: Now) -> bool:
        """Numbers of orders start anew with each trading day; whether one has begun."""
        day = self._hours.trading_day(now.wall_ns)
        if day == self.day:
            return False
        self.day = day
        self._begin()
        return True

    # -- requests ----------------------------------------------------------------------------------------------------

    def place(self, order: m.Order, now: Now, *, in_time: bool) -> None:
        try:
            place = place_of(order, self.account.account_id, market_types=self._config.market_types)
        except UnknownSymbol as e:
            self._outs.append(failure_of(order, Status.REJECTED, Reason.UNKNOWN_SYMBOL, f"{e}", now.wall_ns))
            return
        sent = self.owners.hand(order, place, now)
        if self.is_ready and in_time:
            self._calls.hand(place, self._config.call_ns, now)
        else:
            self._not_sent(sent, now)

    def not_made(self, place: Place, now: Now) -> None:
        sent = self.owners.sent.get(place.remark)
        if sent is not None:
            self._not_sent(sent, now)

    def _not_sent(self, sent: Sent, now: Now) -> None:
        """The link went down before the order left: that is certain, so it ends here."""
        sent.is_over = True
        self._outs.append(failure_of(sent.order, Status.EXPIRED, Reason.BROKER_DOWN, _NOT_SENT, now.wall_ns))

    def cancel(self, request: m.CancelAtBroker, now: Now, *, in_time: bool) -> None:
        key = request.client_order_id
        wish = Wish(self.alias, key, now.mono_ns, self._number_of(key, request.venue_order_id))
        known, sent = self.states.known.get(wish.order_id), self.owners.sent.get(key)
        if not (self.is_ready and in_time):
            self._outs.append(wish.refused(Reason.BROKER_DOWN, "", now))
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

    # -- what the terminal says --------------------------------------------------------------------------------------

    def returned(self, act: Act, value: int, generation: int, now: Now) -> None:
        if isinstance(act, Place):
            sent = self.owners.sent.get(act.remark)
            if sent is not None and value > 0:
                for row in self.owners.returned(act.remark, generation, value):
                    self.answered(generation, row, now)
            elif sent is not None:
                self._fail(sent, "", now)

    def answered(self, generation: int, row: OrderAnswer | OrderError, now: Now) -> None:
        sent = self.owners.of_answer(generation, row)
        if sent is None:
            return
        if isinstance(row, OrderError):
            if self.owners.takes_error(generation, row):
                self._order_error(sent, row, now)
        elif row.order_id > 0:
            self._bind(sent, row.order_id, now)
        elif not sent.order_id:
            self._fail(sent, row.error_msg, now)

    def _bind(self, sent: Sent, order_id: int, now: Now) -> None:
        self.owners.bind(sent, order_id)
        sent.answered_at_ns = now.mono_ns
        self.retry_held(now)
        self._send_waiting_cancel(sent.order.client_order_id, order_id, now)

    def _order_error(self, sent: Sent, row: OrderError, now: Now) -> None:
        """An order that has its number is judged by its own state, which is asked for."""
        if sent.order_id:
            self.is_urgent = True
        elif not sent.is_over:
            sent.failed_at_ns = sent.failed_at_ns or now.mono_ns
            self._reject(sent, row.error_msg or f"错误代码 {row.error_id}", now)

    def _fail(self, sent: Sent, text: str, now: Now) -> None:
        """The submit failed. The reason mostly comes with an error of its own right behind."""
        if not sent.is_over:
            sent.failed_at_ns = sent.failed_at_ns or now.mono_ns
            if text:
                self._reject(sent, text, now)

    def _reject(self, sent: Sent, text: str, now: Now) -> None:
        sent.is_over = True
        key = sent.order.client_order_id
        words = text or text_of(Reason.BROKER_REJECTED)
        self._outs.append(failure_of(sent.order, Status.REJECTED, Reason.BROKER_REJECTED, words, now.wall_ns))
        if (wish := self.cancels.wishes.pop(key, None)) is not None:
            self._outs.append(wish.refused(Reason.ORDER_CLOSED, "", now))

    def cancel_answered(self, row: CancelAnswer | CancelError) -> None:
        """A "no" only makes us look: an error may be an older one's, and what was refused may be cancelled already."""
        if isinstance(row, CancelAnswer) and row.cancel_result == 0:
            return
        numbers = [n for n, known in self.states.known.items() if row.order_id and known.row.order_id == row.order_id]
        if not self.cancels.say_no(numbers[0] if numbers else row.order_id, row.error_msg) and self.cancels.wishes:
            self.is_urgent = True

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
        """Whether the terminal owes us a word that it may have said and we not heard."""
        old_ns = now.mono_ns - self._config.timing.doubt_ns
        known = self.states.known
        unheard = (s for s in self.owners.sent.values() if s.order_id and s.order_id not in known)
        ends = not self.has_lapsed and self._hours.has_closed(now.wall_ns)
        return (
            self.is_urgent
            or self.states.doubts()
            or self.cancels.doubts(now)
            or any(sent.answered_at_ns <= old_ns for sent in unheard)
            or (ends and any(not one.is_final for one in known.values()))
        )

    # -- time --------------------------------------------------------------------------------------------------------

    def tick(self, now: Now) -> None:
        for sent in self.owners.failed(now):
            self._reject(sent, "", now)
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
        self.cancels.drop()

    def say_all(self) -> None:
        """The day's first statement is given: what came before it follows, and most of it is no news."""
        self.stated_day = self.day
        self._outs += self._unsaid
        self._unsaid = []

    def _say(self, report: BrokerReport) -> None:
        (self._outs if self.stated_day == self.day else self._unsaid).append(report)
