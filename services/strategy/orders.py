"""Placing and cancelling for the strategy, and how long its code waits for what becomes of it (jq_api 5)."""

from __future__ import annotations

from common import messages as m
from common.beijing import SECOND_NS
from common.reasons import Reason
from jqdata.deals import Order
from jqdata.host import OrderAsk
from jqdata.styles import LimitOrderStyle, OrderStyle
from services.strategy import asks
from services.strategy.asks import No, Wanted, no_line
from services.strategy.kept import KeptOrders
from services.strategy.live_state import KeptOrder
from services.strategy.market import Market
from services.strategy.outbox import Outbox
from services.strategy.runtime import Runtime
from services.strategy.tickets import Tickets

_CANCEL_WAIT_NS = 16 * SECOND_NS


class Orders:
    """The desk of one strategy. Methods that place or cancel run inside a callback and may stop it."""

    def __init__(self, runtime: Runtime, market: Market) -> None:
        self._rt, self._market = runtime, market
        self.tickets = Tickets(runtime.book, runtime.config.strategy)
        self._outbox = Outbox(runtime, self.tickets)
        self.kept = KeptOrders(runtime, market, self._outbox, self.tickets)
        self._cancel_refused: set[str] = set()

    # -- placing -------------------------------------------------------------------------------------------------

    def place(self, ask: OrderAsk) -> Order | None:
        """The order, or None with a line that says why there is none; waits for its end as the strategy asked."""
        rt, symbol = self._rt, ask.security
        quote = self._market.quote(symbol)
        no = asks.refusal(ask, quote, rt, known=symbol not in self._market.unknown)
        if no is not None or quote is None:
            return self._refused(symbol, no or No(Reason.NO_QUOTE))
        wait_ns = rt.config.wait_ns if ask.wait_timeout is None else round(ask.wait_timeout * SECOND_NS)
        if ask.kind in asks.TARGETS:
            if not self._cancel_open(symbol, wait_ns):
                return self._refused(symbol, No(Reason.CANCEL_NOT_ALLOWED, "未完成的委托撤不掉，取消下单"))
            quote = self._market.known(symbol) or quote
        wanted = self._wanted(ask, quote)
        if isinstance(wanted, No):
            return self._refused(symbol, wanted)
        if rt.now_ns < self.kept.due_ns(market=wanted.market):
            return self.kept.keep(wanted, ask.style)
        return self._place_now(wanted, ask.style, wait_ns)

    def _wanted(self, ask: OrderAsk, quote: m.Quote) -> Wanted | No:
        position = self._rt.book.positions.get(ask.security)
        qty = asks.signed_qty(ask, quote, position.qty if position else 0)
        if qty == 0:
            return No(Reason.AMOUNT_ZERO)
        is_buy = qty > 0
        price_e4 = asks.price_e4(ask, quote, self._rt, is_buy=is_buy)
        if price_e4 <= 0:
            return No(Reason.PRICE_NOT_TICK, "价格必须大于 0")
        market = not isinstance(ask.style, LimitOrderStyle)
        return self.kept.fitted(Wanted(ask.security, is_buy, abs(qty), price_e4, market))

    def _place_now(self, wanted: Wanted, style: OrderStyle, wait_ns: int) -> Order | None:
        rt, outbox = self._rt, self._outbox
        orders = [outbox.order(rt.next_id(), qty, wanted, wait_ns) for qty in outbox.quantities(wanted)]
        ids = [order.client_order_id for order in orders]
        known = [record.order for key in ids if (record := rt.book.orders.get(key)) is not None]
        if known and any(_content(before) != _content(now) for before, now in zip(known, orders, strict=False)):
            rt.alert(Reason.DUPLICATE_ID, f"委托编号 {ids[0]} 已用于内容不同的委托，没有再发")
            return self._refused(wanted.symbol, No(Reason.DUPLICATE_ID, ids[0]))
        if known:
            self.tickets.adopt({ids[0]: ids})
            order = self.tickets.orders[ids[0]]
        else:
            order = outbox.ticket(ids[0], wanted, style)
            outbox.send(ids[0], orders, wanted, rt.logical_ns)
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

    def _cancel_open(self, symbol: str, wait_ns: int) -> bool:
        """End what we have open in a symbol: a target is meant against the holding alone."""
        self.kept.cancel_symbol(symbol)
        ids = self.tickets.unsettled_ids(symbol)
        return not ids or self._cancel(ids, wait_ns if wait_ns > 0 else _CANCEL_WAIT_NS)

    def cancel_refused(self, client_order_id: str) -> None:
        """Risk or the broker does not cancel this order."""
        self._cancel_refused.add(client_order_id)

    # -- days and restarts ---------------------------------------------------------------------------------------

    def open_day(self) -> None:
        """A new day begins without orders."""
        self.tickets.open_day()
        self.kept.orders.clear()
        self._outbox.open_day()
        self._cancel_refused.clear()

    def restore(self, kept: tuple[KeptOrder, ...], groups: dict[str, list[str]]) -> None:
        """After a restart: what the book knows of ours, and what still waits for the open."""
        self.tickets.adopt(groups)
        self.kept.restore(kept)


def _content(order: m.Order) -> tuple[str, m.Side, m.OrderType, int, int]:
    return order.symbol, order.side, order.order_type, order.qty, order.price_e4
