"""Orders from before the open: they wait here with status `new` and go out when the market takes them (jq_api 5)."""

from __future__ import annotations

from collections.abc import Collection

from common.beijing import at, naive
from common.instruments import round_sell_qty
from common.portfolio import Book
from common.reasons import Reason, text_of
from jqdata.deals import Order, OrderStatus
from jqdata.styles import LimitOrderStyle, MarketOrderStyle, OrderStyle
from services.strategy import asks
from services.strategy.asks import No, Wanted, no_line
from services.strategy.ids import part_of
from services.strategy.live_state import KeptOrder
from services.strategy.market import Market
from services.strategy.outbox import Outbox
from services.strategy.runtime import Runtime
from services.strategy.tickets import Tickets

_LIMIT_FROM, _MARKET_FROM = "9:15", "9:30"
_UNTIL = "9:31"  # an order that missed the open by more than a minute would surprise its owner


class KeptOrders:
    """Limit orders go out at 09:15, market orders at 09:30; nothing here is known to risk or the book."""

    def __init__(self, runtime: Runtime, market: Market, outbox: Outbox, tickets: Tickets) -> None:
        self._rt, self._market, self._outbox, self._tickets = runtime, market, outbox, tickets
        self.orders: dict[str, KeptOrder] = {}

    @property
    def next_due_ns(self) -> int:
        """When the next one goes out; 0: none is kept."""
        return min((kept.due_ns for kept in self.orders.values()), default=0)

    def due_ns(self, *, market: bool) -> int:
        """From when on the market takes such an order today."""
        return at(self._rt.day, _MARKET_FROM if market else _LIMIT_FROM)

    def fitted(self, wanted: Wanted) -> Wanted | No:
        """The order cut to what cash and holdings allow beside the orders that wait here: the account's, and those of
        its sub-account."""
        cash_e4, closeable = self._free(wanted.symbol, self._rt.book, self.orders.values())
        if (subs := self._rt.subs).ledgers:
            waiting = [kept for group, kept in self.orders.items() if subs.owner(group) == wanted.pindex]
            own_e4, own_qty = self._free(wanted.symbol, subs.book(wanted.pindex), waiting)
            fitted = asks.fitted(wanted, min(cash_e4, own_e4), min(closeable, own_qty), self._rt)
            return fitted if isinstance(fitted, No) or fitted.is_buy else self._in_lots(fitted)
        return asks.fitted(wanted, cash_e4, closeable, self._rt)

    def _in_lots(self, wanted: Wanted) -> Wanted:
        """What the exchange takes of a sub-account's odd shares while the account has more: they stay, with a line."""
        whole = round_sell_qty(wanted.symbol, wanted.qty, self._rt.book.closeable_qty(wanted.symbol), self._rt.day)
        if whole in (0, wanted.qty):
            return wanted
        said = f"{wanted.symbol} 的零股要与账户里的一起卖出，数量由 {wanted.qty} 调整为 {whole}"
        self._rt.log_later("warning", "order", lambda: said)
        return wanted._replace(qty=whole)

    def _free(self, symbol: str, book: Book, waiting: Collection[KeptOrder]) -> tuple[int, int]:
        cash_e4, closeable = book.available_cash_e4, book.closeable_qty(symbol)
        if waiting:
            cash_e4 -= sum(k.qty * k.worst_price_e4 for k in waiting if k.is_buy)
            closeable -= sum(k.qty for k in waiting if not k.is_buy and k.symbol == symbol)
        return cash_e4, closeable

    def refusal_now(self, wanted: Wanted) -> No | None:
        """Odd shares are sold together with all that is closeable, whatever else of it waits here (ashare_rules 3)."""
        if wanted.is_buy:
            return None
        closeable, day = self._rt.book.closeable_qty(wanted.symbol), self._rt.day
        if round_sell_qty(wanted.symbol, wanted.qty, closeable, day) == wanted.qty:
            return None
        return No(Reason.ODD_LOT, f"可卖 {closeable} 股，只卖 {wanted.qty} 股")

    def keep(self, group: str, wanted: Wanted, style: OrderStyle) -> Order:
        rt = self._rt
        own_e4 = round(style.limit_price * 10_000) if isinstance(style, MarketOrderStyle) and style.limit_price else 0
        kept = self.orders[group] = KeptOrder(
            client_order_id=group,
            symbol=wanted.symbol,
            is_buy=wanted.is_buy,
            qty=wanted.qty,
            market=wanted.market,
            price_e4=own_e4 if wanted.market else wanted.price_e4,
            worst_price_e4=wanted.price_e4,
            due_ns=self.due_ns(market=wanted.market),
            asked_ns=rt.logical_ns,
        )
        line = self._outbox.line(group, wanted, rt.logical_ns, rt.now_ns)
        rt.log("info", "order", f"{line}（开盘前委托，{naive(kept.due_ns):%H:%M} 发出）")
        return self._outbox.ticket(group, wanted, style)

    def send_due(self) -> None:
        """Send what is due; an order that missed the open is dropped with an alert."""
        rt = self._rt
        for group, kept in list(self.orders.items()):
            if kept.due_ns > rt.now_ns:
                continue
            del self.orders[group]
            if group in rt.book.orders:
                continue  # it was sent, and a crash forgot that
            if rt.now_ns > at(rt.day, _UNTIL):
                rt.alert(Reason.EXPIRED, f"开盘前委托 {group} {kept.symbol} 错过开盘，没有发出")
                self._end(group, OrderStatus.canceled, No(Reason.EXPIRED))
            else:
                self.send_now(group, kept)

    def send_now(self, group: str, kept: KeptOrder) -> None:
        """Send an order whose ticket is there already; what cannot be sent ends as rejected."""
        if (no := self._send(group, kept)) is not None:
            self._end(group, OrderStatus.rejected, no)

    def end(self, group: str, no: No) -> None:
        """An order that never left is over."""
        self._end(group, OrderStatus.canceled, no)

    def _send(self, group: str, kept: KeptOrder) -> No | None:
        rt, quote = self._rt, self._market.known(kept.symbol)
        if quote is None or quote.suspended:
            return No(Reason.NO_QUOTE if quote is None else Reason.SUSPENDED)
        price_e4 = kept.price_e4
        if kept.market:
            price_e4 = asks.market_price_e4(quote, kept.price_e4, rt, is_buy=kept.is_buy)
        pindex = rt.subs.owner(group)
        wanted = self.fitted(Wanted(kept.symbol, kept.is_buy, kept.qty, price_e4, kept.market, pindex))
        if isinstance(wanted, No):
            return wanted
        if (no := self.refusal_now(wanted)) is not None:
            return no
        self._tickets.tickets[group].amount = wanted.qty
        quantities = self._outbox.quantities(wanted)
        orders = [self._outbox.order(part_of(group, n), qty, wanted, 0) for n, qty in enumerate(quantities)]
        self._outbox.send(group, orders, wanted, kept.asked_ns)
        return None

    def cancel(self, group: str) -> None:
        """Take back an order that never left."""
        del self.orders[group]
        self._end(group, OrderStatus.canceled, No(Reason.CANCELLED_BY_USER))

    def cancel_symbol(self, symbol: str, pindex: int) -> None:
        for group in [group for group, kept in self.orders.items() if kept.symbol == symbol]:
            if self._tickets.is_of(group, pindex):
                self.cancel(group)

    def end_day(self) -> None:
        """What was never sent ends with the day."""
        for group in list(self.orders):
            del self.orders[group]
            self._end(group, OrderStatus.canceled, No(Reason.DAY_ENDED))

    def restore(self, kept: tuple[KeptOrder, ...]) -> None:
        """After a restart: what still waits, without what the book shows as sent."""
        for order in kept:
            if order.client_order_id not in self._tickets.orders:
                self.orders[order.client_order_id] = order
                style = MarketOrderStyle() if order.market else LimitOrderStyle(order.price_e4 / 1e4)
                wanted = Wanted(order.symbol, order.is_buy, order.qty, order.worst_price_e4, order.market)
                self._outbox.ticket(order.client_order_id, wanted, style)

    def _end(self, group: str, ended: OrderStatus, no: No) -> None:
        ticket = self._tickets.tickets[group]
        ticket.ended, ticket.text = ended, text_of(no.reason)
        self._rt.log("warning", "order", f"未发出的委托 {group} 结束：{no_line(ticket.security, no)}")
