"""Orders on their way: made, entered in the book, sent, and heard of again."""

from __future__ import annotations

from collections.abc import Callable

from common import messages as m
from common.beijing import naive
from common.orders import Status
from jqdata.deals import Order, Ticket
from jqdata.styles import OrderStyle
from services.strategy import pricing
from services.strategy.asks import Wanted
from services.strategy.runtime import Runtime
from services.strategy.tickets import Tickets


class Outbox:
    """One strategy's way to risk. Sending only collects messages; they leave when the step ends."""

    def __init__(self, runtime: Runtime, tickets: Tickets) -> None:
        self._rt, self._tickets = runtime, tickets
        self._unanswered: dict[str, None] = {}  # sent and not heard of yet, oldest first

    def ticket(self, order_id: str, wanted: Wanted, style: OrderStyle) -> Order:
        """What the strategy sees of an order from now on."""
        pindex = self._rt.subs.owner(order_id)
        position = self._rt.subs.book(pindex).positions.get(wanted.symbol)
        return self._tickets.add(
            Ticket(
                order_id=order_id,
                security=wanted.symbol,
                is_buy=wanted.is_buy,
                amount=wanted.qty,
                add_time=naive(self._rt.now_ns),
                style=style,
                pindex=pindex or 0,
                cost_before_e4=position.cost_e4 // position.qty if position and position.qty > 0 else 0,
            )
        )

    def quantities(self, wanted: Wanted) -> list[int]:
        """What an order is split into (``ORDER_MAX_VOLUME``, ashare_rules 3)."""
        most = self._rt.config.order_volume_max
        return pricing.parts_of(wanted.symbol, wanted.qty, most, self._rt.day, market=wanted.market)

    def order(self, client_order_id: str, qty: int, wanted: Wanted, wait_ns: int) -> m.Order:
        rt = self._rt
        return m.Order(
            client_order_id,
            rt.config.account,
            rt.config.strategy,
            wanted.symbol,
            m.Side.BUY if wanted.is_buy else m.Side.SELL,
            m.OrderType.MARKET if wanted.market else m.OrderType.LIMIT,
            qty,
            wanted.price_e4,
            rt.now_ns,
            rt.expire_ns(wait_ns),
        )

    def send(self, group: str, orders: list[m.Order], wanted: Wanted, logical_ns: int) -> None:
        """Send the orders of one ticket; the book holds what they need from this moment."""
        rt = self._rt
        for order in orders:
            rt.book_order(order)
            rt.send(m.SubmitOrder(order))
            self._unanswered[order.client_order_id] = None
            self._tickets.sends(group, order.client_order_id)
        now_ns = rt.now_ns
        rt.log_later("info", "order", lambda: self.line(group, wanted, logical_ns, now_ns))

    def line(self, group: str, wanted: Wanted, logical_ns: int, now_ns: int) -> str:
        what = "市价 保护价" if wanted.market else "限价"
        yuan = f"{wanted.price_e4 / 1e4:.{2 if wanted.price_e4 % 100 == 0 else 4}f}"
        whose = f"{wanted.pindex} 号子账户 " if self._rt.subs.ledgers and wanted.pindex is not None else ""
        return (
            f"{self._rt.config.tag}委托 {'买入' if wanted.is_buy else '卖出'} {wanted.symbol} {wanted.qty} 股 "
            f"{what} {yuan} {whose}编号 {group} {self._rt.times_text(logical_ns, now_ns)}"
        )

    def settled(self, ids: list[str]) -> Callable[[], bool]:
        """Whether these orders have ended and all their fills have arrived."""
        book = self._rt.book

        def all_settled() -> bool:
            for key in ids:
                record = book.orders.get(key)
                if record is not None and not record.is_settled:
                    return False
            return True

        return all_settled

    def answered_before(self, client_order_id: str) -> bool:
        """Whether everything sent before this order has had its first answer."""
        orders = self._rt.book.orders
        while self._unanswered and (first := next(iter(self._unanswered))) != client_order_id:
            record = orders.get(first)
            if record is not None and record.status is Status.CREATED:
                return False
            del self._unanswered[first]
        return True

    def open_day(self) -> None:
        self._unanswered.clear()
