"""Stop orders: they wait here, holding no cash and no shares, until the last price passes theirs (jq_api 5)."""

from __future__ import annotations

from common import messages as m
from common.beijing import MINUTE_NS, at
from common.instruments import round_buy_qty, round_sell_qty
from common.reasons import Reason
from jqdata.deals import Order
from jqdata.styles import LimitOrderStyle, MarketOrderStyle, OrderStyle, StopLimitOrderStyle, StopMarketOrderStyle
from services.strategy import pricing
from services.strategy.asks import No, Wanted
from services.strategy.kept import KeptOrders
from services.strategy.live_state import KeptOrder, StopOrder
from services.strategy.market import Market
from services.strategy.outbox import Outbox
from services.strategy.runtime import Runtime
from services.strategy.tickets import Tickets

STOPS = (StopMarketOrderStyle, StopLimitOrderStyle)
_FROM, _UNTIL = "9:30", "15:00"

StopStyle = StopMarketOrderStyle | StopLimitOrderStyle


class StopOrders:
    """Watched while this process lives, in continuous trading only; what was not triggered ends with the day."""

    def __init__(self, runtime: Runtime, market: Market, outbox: Outbox, tickets: Tickets, kept: KeptOrders) -> None:
        self._rt, self._market, self._outbox, self._tickets = runtime, market, outbox, tickets
        self._kept = kept
        self._asked_ns = -MINUTE_NS
        self.orders: dict[str, StopOrder] = {}

    @property
    def next_due_ns(self) -> int:
        """The present where one is triggered or its quote must be asked for, else the close; 0: none waits."""
        if not self.orders:
            return 0
        if self.stale_symbols() or any(self._is_triggered(stop) for stop in self.orders.values()):
            return self._rt.now_ns
        return at(self._rt.day, _UNTIL)

    def stale_symbols(self) -> list[str]:
        """Codes whose quotes have stopped coming: quotes may have restarted and forgotten us."""
        if not self.orders or not self._is_open or self._rt.now_ns - self._asked_ns < MINUTE_NS:
            return []
        oldest_ns = self._rt.now_ns - MINUTE_NS
        return [
            s for s in dict.fromkeys(o.symbol for o in self.orders.values()) if self._market.heard_ns(s) < oldest_ns
        ]

    def refresh(self, symbols: list[str]) -> None:
        """Ask for quotes, at most once a minute; the code that runs waits for the answer."""
        self._asked_ns = self._rt.now_ns
        self._market.subscribe(symbols)

    def keep(self, group: str, symbol: str, signed_qty: int, style: StopStyle) -> Order | No:
        """The order, waiting; in whole lots, whatever cash and holdings are now."""
        rt, is_buy, qty = self._rt, signed_qty > 0, abs(signed_qty)
        whole = round_buy_qty(symbol, qty, rt.day) if is_buy else round_sell_qty(symbol, qty, qty, rt.day)
        if whole == 0:
            return No(Reason.AMOUNT_ZERO, f"{qty} 股不足一个交易单位")
        limit_e4 = round(style.limit_price * 10_000) if isinstance(style, StopLimitOrderStyle) else 0
        stop_e4 = round(style.stop_price * 10_000)
        if isinstance(style, StopLimitOrderStyle) and limit_e4 <= 0:
            return No(Reason.PRICE_NOT_TICK, "价格必须大于 0")
        self.orders[group] = StopOrder(group, symbol, is_buy, whole, style.mode, stop_e4, limit_e4, rt.logical_ns)
        name = "止损" if style.mode == "stop_loss" else "止盈"
        wanted = Wanted(symbol, is_buy, whole, limit_e4, not limit_e4)
        rt.log(
            "info", "order", f"{rt.config.tag}{name}委托 {symbol} {whole} 股 触发价 {style.stop_price:g} 编号 {group}"
        )
        return self._outbox.ticket(group, wanted, style)

    def send_triggered(self) -> None:
        """Send what the latest prices have triggered; one that cash or holdings no longer cover fails.

        At the close the others end, so that `after_trading_end` finds nothing open (jq_api 5).
        """
        if self.orders and self._rt.now_ns >= at(self._rt.day, _UNTIL):
            self.end_day()
        for group, stop in list(self.orders.items()):
            quote = self._market.known(stop.symbol)
            if quote is None or not self._is_triggered(stop):
                continue
            del self.orders[group]
            last = pricing.last_price_e4(quote) / 1e4
            self._rt.log("info", "order", f"止损止盈委托 {group} {stop.symbol} 已触发：最新价 {last:g}")
            self._kept.send_now(group, self._order_of(stop))

    def is_passed(self, style: StopStyle, quote: m.Quote, *, is_buy: bool) -> bool:
        """Whether the latest price is already at the stop price, or past it."""
        stop_e4, last_e4 = round(style.stop_price * 10_000), pricing.last_price_e4(quote)
        falls = (style.mode == "stop_loss") != is_buy
        return self._is_open and (last_e4 <= stop_e4 if falls else last_e4 >= stop_e4)

    def cancel(self, group: str) -> None:
        del self.orders[group]
        self._kept.end(group, No(Reason.CANCELLED_BY_USER))

    def cancel_symbol(self, symbol: str, pindex: int) -> None:
        for group in [group for group, stop in self.orders.items() if stop.symbol == symbol]:
            if self._tickets.is_of(group, pindex):
                self.cancel(group)

    def end_day(self) -> None:
        for group in list(self.orders):
            del self.orders[group]
            self._kept.end(group, No(Reason.DAY_ENDED))

    def restore(self, stops: tuple[StopOrder, ...]) -> None:
        """After a restart: what still waits, without what the book shows as sent."""
        for stop in stops:
            if stop.client_order_id not in self._tickets.orders:
                self.orders[stop.client_order_id] = stop
                wanted = Wanted(stop.symbol, stop.is_buy, stop.qty, stop.limit_price_e4, not stop.limit_price_e4)
                self._outbox.ticket(stop.client_order_id, wanted, _style_of(stop))

    @property
    def _is_open(self) -> bool:
        return at(self._rt.day, _FROM) <= self._rt.now_ns < at(self._rt.day, _UNTIL)

    def _is_triggered(self, stop: StopOrder) -> bool:
        quote = self._market.known(stop.symbol)
        if quote is None or quote.suspended or not quote.last_price_e4 or quote.at_ns < at(self._rt.day, _FROM):
            return False
        return self.is_passed(_style_of(stop), quote, is_buy=stop.is_buy)

    def _order_of(self, stop: StopOrder) -> KeptOrder:
        return KeptOrder(
            client_order_id=stop.client_order_id,
            symbol=stop.symbol,
            is_buy=stop.is_buy,
            qty=stop.qty,
            market=not stop.limit_price_e4,
            price_e4=stop.limit_price_e4,
            worst_price_e4=stop.limit_price_e4,
            due_ns=self._rt.now_ns,
            asked_ns=stop.asked_ns,
        )


def triggered_style(style: StopStyle) -> OrderStyle:
    """What a stop order becomes."""
    return LimitOrderStyle(style.limit_price) if isinstance(style, StopLimitOrderStyle) else MarketOrderStyle()


def _style_of(stop: StopOrder) -> StopStyle:
    price = stop.stop_price_e4 / 1e4
    if stop.limit_price_e4:
        return StopLimitOrderStyle(stop.mode, price, stop.limit_price_e4 / 1e4)
    return StopMarketOrderStyle(stop.mode, price)
