"""Events of one decision as they are drawn up: running numbers, fees and fills, while nothing has changed yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from common import messages as m
from common.fees import FeeSchedule, fill_fee_e4
from common.orders import Status
from common.reasons import Reason, text_of
from sim.exchange_book import LiveOrder
from sim.exchange_shelf import Take

Event = m.PlaceAtBroker | m.BrokerOrder | m.BrokerFill | m.BrokerCancelRefused | m.BrokerDay | m.Ticks
"""``PlaceAtBroker`` and ``Ticks`` record what came in; the others are also what the broker says to its client."""


@dataclass(slots=True)
class Draft:
    """``fills_made`` counts the day's fills so far, ``spare_e4`` is the cash that nothing holds back."""

    events: list[Event]
    trading_day: int
    day: date | None
    now_ns: int
    fees: FeeSchedule
    fills_made: int
    spare_e4: int

    def trade(self, live: LiveOrder, takes: list[Take]) -> None:
        """Fill an order with ``takes``; it ends where it is filled, or where it is a market order with a rest."""
        cum_qty = live.cum_qty + self._fill(live, takes)
        if cum_qty == live.order.qty:
            self.events.append(stated(live, Status.FILLED, cum_qty, "", self.now_ns))
        elif live.order.order_type is m.OrderType.MARKET:
            self.events.append(stated(live, Status.CANCELLED, cum_qty, Reason.NO_LIQUIDITY, self.now_ns))

    def _fill(self, live: LiveOrder, takes: list[Take]) -> int:
        """Shares filled. A sale whose fees neither its value nor spare cash can pay is left out: no debts."""
        order, value_e4, filled = live.order, live.cum_value_e4, 0
        assert self.day is not None, "an order trades before the first day"
        for price_e4, qty in takes:
            worth_e4 = price_e4 * qty
            fee_e4 = fill_fee_e4(order.symbol, order.side, value_e4, worth_e4, self.day, self.fees)
            if order.side is m.Side.SELL:
                if self.spare_e4 + worth_e4 < fee_e4:
                    break
                self.spare_e4 += worth_e4 - fee_e4
            self.fills_made += 1
            self.events.append(self._fill_event(live, price_e4, qty, fee_e4))
            value_e4 += worth_e4
            filled += qty
        return filled

    def _fill_event(self, live: LiveOrder, price_e4: int, qty: int, fee_e4: int) -> m.BrokerFill:
        return m.BrokerFill(
            account=live.order.account,
            client_order_id=live.order.client_order_id,
            venue_order_id=live.venue_order_id,
            fill_id=f"T{self.trading_day}-{self.fills_made}",
            symbol=live.order.symbol,
            side=live.order.side,
            qty=qty,
            price_e4=price_e4,
            fee_e4=fee_e4,
            at_ns=self.now_ns,
        )


def stated(live: LiveOrder, status: Status, cum_qty: int, code: str, at_ns: int) -> m.BrokerOrder:
    """An order as the broker states it."""
    order = live.order
    return m.BrokerOrder(
        account=order.account,
        client_order_id=order.client_order_id,
        venue_order_id=live.venue_order_id,
        symbol=order.symbol,
        side=order.side,
        qty=order.qty,
        price_e4=order.price_e4,
        status=status,
        cum_qty=cum_qty,
        reason=code,
        text=text_of(code) if code else "",
        at_ns=at_ns,
    )
