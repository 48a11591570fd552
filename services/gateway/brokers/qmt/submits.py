"""Orders on their way into the terminal: the call, its answer, and the error that may come beside or instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import messages as m
from common.orders import Status
from common.reasons import Reason, text_of
from common.symbols import UnknownSymbol
from services.gateway.brokers.qmt.acts import Act, Now, Out, Place
from services.gateway.brokers.qmt.calls import Calls
from services.gateway.brokers.qmt.config import QmtConfig
from services.gateway.brokers.qmt.owners import Sent
from services.gateway.brokers.qmt.reports import failure_of
from services.gateway.brokers.qmt.rows import OrderAnswer, OrderError
from services.gateway.brokers.qmt.translate import place_of

if TYPE_CHECKING:
    from services.gateway.brokers.qmt.account import Account

_NOT_SENT: Final = "券商连接已断开，委托没有发出"


class Submits:
    """Of one account. An order whose answer never comes is silent: the gateway looks it up, nobody sends it again."""

    def __init__(self, account: Account, config: QmtConfig, calls: Calls, outs: list[Out]) -> None:
        self._account, self._config, self._calls, self._outs = account, config, calls, outs

    def tick(self, now: Now) -> None:
        for sent in self._account.owners.failed(now):
            self._reject(sent, "", now)

    def place(self, order: m.Order, now: Now, *, in_time: bool) -> None:
        try:
            place = place_of(order, self._account.account.account_id, market_types=self._config.market_types)
        except UnknownSymbol as e:
            self._outs.append(failure_of(order, Status.REJECTED, Reason.UNKNOWN_SYMBOL, f"{e}", now.wall_ns))
            return
        sent = self._account.owners.hand(order, place, now)
        if self._account.is_ready and in_time:
            sent.is_calling = True
            self._calls.hand(place, self._config.call_ns, now)
        else:
            self._not_sent(sent, now)

    def not_made(self, place: Place, now: Now) -> None:
        sent = self._account.owners.sent.get(place.remark)
        if sent is not None:
            self._not_sent(sent, now)

    def _not_sent(self, sent: Sent, now: Now) -> None:
        """The link went down before the order left: that is certain, so it ends here."""
        sent.is_over, sent.is_calling = True, False
        self._outs.append(failure_of(sent.order, Status.EXPIRED, Reason.BROKER_DOWN, _NOT_SENT, now.wall_ns))

    def returned(self, act: Act, value: int, generation: int, now: Now) -> None:
        if isinstance(act, Place):
            sent = self._account.owners.sent.get(act.remark)
            if sent is not None and value > 0:
                for row in self._account.owners.returned(act.remark, generation, value):
                    self.answered(generation, row, now)
            elif sent is not None:
                self._fail(sent, "", now)

    def answered(self, generation: int, row: OrderAnswer | OrderError, now: Now) -> None:
        sent = self._account.owners.of_answer(generation, row)
        if sent is None:
            return
        if isinstance(row, OrderError):
            self._order_error(sent, row, now)
        elif row.order_id > 0:
            self._bind(sent, row.order_id, now)
        elif not sent.order_id:
            self._fail(sent, row.error_msg, now)

    def _bind(self, sent: Sent, order_id: int, now: Now) -> None:
        self._account.owners.bind(sent, order_id)
        sent.answered_at_ns = now.mono_ns
        self._account.numbered(sent.order.client_order_id, order_id, now)

    def _order_error(self, sent: Sent, row: OrderError, now: Now) -> None:
        """An order that has its number is judged by its own state, which is asked for. One that has ended is not ended
        again: the wrapper hands an old error out once more with a later failure (xtquant 4.3)."""
        if sent.order_id:
            self._account.is_urgent = True
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
        self._account.failed(key, now)
