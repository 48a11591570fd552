"""Placing and cancelling for the strategy, and how long its code waits for what becomes of it (jq_api 5)."""

from __future__ import annotations

from common import messages as m
from common.beijing import SECOND_NS
from common.reasons import Reason
from jqdata.deals import Order, Ticket
from jqdata.host import OrderAsk
from jqdata.styles import LimitOrderStyle, OrderStyle
from services.strategy import asks
from services.strategy.asks import No, Wanted, no_line
from services.strategy.ids import PARTS_MAX, part_of
from services.strategy.kept import KeptOrders
from services.strategy.live_state import KeptOrder, StopOrder
from services.strategy.market import Market
from services.strategy.outbox import Outbox
from services.strategy.repeats import asked_qty, repeats
from services.strategy.runtime import Runtime
from services.strategy.stops import STOPS, StopOrders, triggered_style
from services.strategy.tickets import Tickets

_CANCEL_WAIT_NS = 16 * SECOND_NS


class Orders:
    """The desk of one strategy. Methods that place or cancel run inside a callback and may stop it."""

    def __init__(self, runtime: Runtime, market: Market) -> None:
        self._rt, self._market = runtime, market
        self.tickets = Tickets(runtime.book, runtime.config.strategy, runtime.subs)
        self._outbox = Outbox(runtime, self.tickets)
        self.kept = KeptOrders(runtime, market, self._outbox, self.tickets)
        self.stops = StopOrders(runtime, market, self._outbox, self.tickets, self.kept)
        self._cancel_refused: set[str] = set()

    @property
    def next_due_ns(self) -> int:
        """When something that waits here goes out without the strategy's doing; 0: nothing is known to."""
        return min((ns for ns in (self.kept.next_due_ns, self.stops.next_due_ns) if ns), default=0)

    def send_due(self) -> None:
        """Send what waited for the market, or for a price."""
        self.kept.send_due()
        self.stops.send_triggered()

    # -- placing -------------------------------------------------------------------------------------------------

    def place(self, ask: OrderAsk) -> Order | None:
        """The order, or None with a line that says why there is none; waits for its end as the strategy asked."""
        rt, symbol = self._rt, ask.security
        # Each call takes an id, also one that comes to nothing: entered again, the next call must find its own order.
        order_id = rt.next_id(ask.pindex)
        wait_ns = rt.config.wait_ns if ask.wait_timeout is None else round(ask.wait_timeout * SECOND_NS)
        if placed := self.tickets.placed(order_id):
            return self._again(ask, placed, wait_ns)
        quote = self._market.quote(symbol)
        no = asks.refusal(ask, quote, rt, known=symbol not in self._market.unknown)
        if no is not None or quote is None:
            return self._refused(symbol, no or No(Reason.NO_QUOTE))
        if ask.kind in asks.TARGETS:
            if not self._cancel_open(symbol, ask.pindex, wait_ns):
                return self._refused(symbol, No(Reason.CANCEL_NOT_ALLOWED, "未完成的委托撤不掉，取消下单"))
            quote = self._market.known(symbol) or quote
        if isinstance(ask.style, STOPS):
            qty = asks.signed_qty(ask, quote, self._held(ask))
            if not self.stops.is_passed(ask.style, quote, is_buy=qty > 0):
                stop = self.stops.keep(order_id, symbol, qty, ask.style)
                return self._refused(symbol, stop) if isinstance(stop, No) else stop
            ask = ask._replace(style=triggered_style(ask.style))
        wanted = self._wanted(ask, quote)
        if isinstance(wanted, No):
            return self._refused(symbol, wanted)
        if rt.now_ns < self.kept.due_ns(market=wanted.market):
            return self.kept.keep(order_id, wanted, ask.style)
        if (no := self.kept.refusal_now(wanted)) is not None:
            return self._refused(symbol, no)
        return self._place_now(order_id, wanted, ask.style, wait_ns)

    def _again(self, ask: OrderAsk, order_id: str, wait_ns: int) -> Order | None:
        """A callback entered again after a crash gets the order this call placed in its former life."""
        rt, ticket = self._rt, self.tickets.tickets[order_id]
        asked = asked_qty(ask, rt.day)
        if not repeats(ask, ticket, rt.day) or (asked not in (0, ticket.amount) and not self._was_cut(ticket, asked)):
            rt.alert(Reason.DUPLICATE_ID, f"委托编号 {order_id} 已用于内容不同的委托，没有再发")
            return self._refused(ask.security, No(Reason.DUPLICATE_ID, order_id))
        order, ids = self.tickets.orders[order_id], self.tickets.sent[order_id].ids
        rt.log_later("info", "order", lambda: f"重新进入：{order_id} {ticket.security} 此前已下单，不再发出")
        if wait_ns > 0 and ids:
            self._await_end(order, ids, wait_ns)
        return order

    def _was_cut(self, ticket: Ticket, asked: int) -> bool:
        """Whether cash or holdings may have cut the order then: they would cut what is asked for now as well."""
        prices = [self._rt.book.orders[key].order.price_e4 for key in self.tickets.sent[ticket.order_id].ids]
        if not prices or ticket.amount > asked:
            return False
        market = not isinstance(ticket.style, LimitOrderStyle)
        fitted = self.kept.fitted(Wanted(ticket.security, ticket.is_buy, asked, max(prices), market, ticket.pindex))
        return isinstance(fitted, No) or fitted.qty < asked

    def _wanted(self, ask: OrderAsk, quote: m.Quote) -> Wanted | No:
        qty = asks.signed_qty(ask, quote, self._held(ask))
        if qty == 0:
            return No(Reason.AMOUNT_ZERO)
        is_buy = qty > 0
        price_e4 = asks.price_e4(ask, quote, self._rt, is_buy=is_buy)
        if price_e4 <= 0:
            return No(Reason.PRICE_NOT_TICK, "价格必须大于 0")
        market = not isinstance(ask.style, LimitOrderStyle)
        return self.kept.fitted(Wanted(ask.security, is_buy, abs(qty), price_e4, market, ask.pindex))

    def _held(self, ask: OrderAsk) -> int:
        position = self._rt.subs.book(ask.pindex).positions.get(ask.security)
        return position.qty if position else 0

    def _place_now(self, order_id: str, wanted: Wanted, style: OrderStyle, wait_ns: int) -> Order | None:
        rt, outbox = self._rt, self._outbox
        quantities = outbox.quantities(wanted)
        if len(quantities) > PARTS_MAX:
            return self._refused(wanted.symbol, No(Reason.ORDER_MAX_VOLUME, f"要拆成 {len(quantities)} 笔"))
        orders = [outbox.order(part_of(order_id, n), qty, wanted, wait_ns) for n, qty in enumerate(quantities)]
        ids = [order.client_order_id for order in orders]
        order = outbox.ticket(order_id, wanted, style)
        outbox.send(order_id, orders, wanted, rt.logical_ns)
        if wait_ns > 0:
            self._await_end(order, ids, wait_ns)
        return order

    def _await_end(self, order: Order, ids: list[str], wait_ns: int) -> None:
        """Until all is settled and everything sent before has had its first answer.

        So what the code sees next does not depend on which of risk's and the gateway's answers came first.
        """
        rt, began_ns = self._rt, self._rt.now_ns
        rt.log_later("info", "order", lambda: f"进入同步等待，最长 {wait_ns / 1e9:g}s")
        settled = self._outbox.settled(ids)
        rt.wait(lambda: settled() and self._outbox.answered_before(ids[0]), wait_ns)
        waited = (rt.now_ns - began_ns) / 1e9
        if settled():
            rt.log("info", "order", f"等待 {waited:.2f}s 获得状态 {order.outcome}")
        else:
            rt.log("warning", "order", f"等待 {waited:.2f}s 未获得最终状态，当前状态 {order.outcome}")

    def _refused(self, symbol: str, no: No) -> Order | None:
        self._rt.log_later("warning", "order", lambda: no_line(symbol, no))
        return None

    # -- cancelling ----------------------------------------------------------------------------------------------

    def cancel(self, order_id: str) -> Order | None:
        """Cancel what is open of an order and wait for the end; None where today has no such order."""
        order = self.tickets.orders.get(order_id)
        if order is None:
            self._rt.log("warning", "order", f"撤单：今日没有委托 {order_id}")
        elif order_id in self.kept.orders:
            self.kept.cancel(order_id)
        elif order_id in self.stops.orders:
            self.stops.cancel(order_id)
        elif order.is_open:
            ids = [record.order.client_order_id for record in self.tickets.sent[order_id]()]
            self._cancel(ids, self._rt.config.wait_ns)
        return order

    def _cancel(self, ids: list[str], wait_ns: int) -> bool:
        """Whether all have ended, and all their fills arrived, when the wait is over."""
        rt = self._rt
        self._cancel_refused.difference_update(ids)
        expire_ns = rt.expire_ns(wait_ns)
        working = [key for key in ids if not rt.book.orders[key].is_final]
        for client_order_id in working:
            rt.send(m.CancelOrder(rt.config.account, client_order_id, rt.config.strategy, expire_ns))
        if working:
            rt.log_later("info", "order", lambda: f"{rt.config.tag}撤单 {' '.join(working)}")
        settled = self._outbox.settled(ids)
        if wait_ns > 0:
            rt.wait(lambda: all(key in self._cancel_refused or self._outbox.settled([key])() for key in ids), wait_ns)
        return settled()

    def _cancel_open(self, symbol: str, pindex: int, wait_ns: int) -> bool:
        """End what a sub-account has open in a symbol: a target is meant against the holding alone."""
        self.kept.cancel_symbol(symbol, pindex)
        self.stops.cancel_symbol(symbol, pindex)
        ids = self.tickets.unsettled_ids(symbol, pindex)
        return not ids or self._cancel(ids, wait_ns if wait_ns > 0 else _CANCEL_WAIT_NS)

    def cancel_refused(self, client_order_id: str) -> None:
        """Risk or the broker does not cancel this order."""
        self._cancel_refused.add(client_order_id)

    # -- days and restarts ---------------------------------------------------------------------------------------

    def open_day(self) -> None:
        """A new day begins without orders."""
        self.tickets.open_day()
        self.kept.orders.clear()
        self.stops.orders.clear()
        self._outbox.open_day()
        self._cancel_refused.clear()

    def end_day(self) -> None:
        """What was never sent ends with the day."""
        self.kept.end_day()
        self.stops.end_day()

    def restore(self, kept: tuple[KeptOrder, ...], stops: tuple[StopOrder, ...], groups: dict[str, list[str]]) -> None:
        """After a restart: what the book knows of ours, and what still waits for the open or for a price."""
        self.tickets.adopt(groups)
        self.kept.restore(kept)
        self.stops.restore(stops)
