"""The account as the simulated broker keeps it: cash, what open orders hold back, and positions under T+1.

It is written apart from ``common/portfolio.py`` on purpose: the two are compared, so they must not share a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from common import messages as m
from common.fees import FeeSchedule, order_fee_e4
from common.instruments import rules_of
from sim.exchange_book import LiveOrder

# Looked up once: in Python 3.11 a member of an enum costs five times a name of the module.
_BUY = m.Side.BUY


@dataclass(slots=True)
class Position:
    """Shares of one symbol; ``today_qty`` was bought today, ``frozen_qty`` stands in open sells."""

    symbol: str
    t_plus: int
    qty: int = 0
    today_qty: int = 0
    frozen_qty: int = 0
    cost_e4: int = 0
    last_price_e4: int = 0
    opened_ns: int = 0

    @property
    def sellable_qty(self) -> int:
        """ashare_rules 7: under T+1 what was bought today is locked."""
        return self.qty - self.frozen_qty - (self.today_qty if self.t_plus else 0)


class Ledger:
    """``cash_e4`` is the whole cash; ``frozen_e4`` of it is held back for open buys, fees included."""

    def __init__(self, cash_e4: int, fees: FeeSchedule) -> None:
        self.cash_e4, self.frozen_e4, self.fees = cash_e4, 0, fees
        self.positions: dict[str, Position] = {}

    @property
    def available_e4(self) -> int:
        return self.cash_e4 - self.frozen_e4

    def sellable_qty(self, symbol: str) -> int:
        position = self.positions.get(symbol)
        return position.sellable_qty if position else 0

    def open_day(self, cash_e4: int, holdings: list[m.Holding], day: date) -> None:
        """Start a day from a broker's statement: nothing is frozen in it."""
        self.cash_e4, self.frozen_e4 = cash_e4, 0
        self.positions = {
            h.symbol: Position(
                h.symbol,
                rules_of(h.symbol, day).t_plus,
                qty=h.qty,
                today_qty=h.today_qty,
                cost_e4=h.cost_e4,
                last_price_e4=h.last_price_e4,
                opened_ns=h.opened_ns,
            )
            for h in holdings
        }

    def needed_e4(self, live: LiveOrder, leaves_qty: int, day: date) -> int:
        """Cash the rest of a buy can still cost: at its price, with the fees not charged yet."""
        rest_e4 = leaves_qty * live.order.price_e4
        fee_e4 = order_fee_e4(live.order.symbol, live.order.side, live.cum_value_e4 + rest_e4, day, self.fees)
        return rest_e4 + fee_e4 - live.fee_e4

    def hold_back(self, live: LiveOrder, leaves_qty: int, day: date) -> None:
        """Set what the order freezes to what ``leaves_qty`` needs; 0 releases it."""
        if live.order.side is _BUY:
            need = self.needed_e4(live, leaves_qty, day) if leaves_qty else 0
            self.frozen_e4 += need - live.held
            live.held = need
        else:
            self.positions[live.order.symbol].frozen_qty += leaves_qty - live.held
            live.held = leaves_qty

    def settle(self, fill: m.BrokerFill, day: date) -> None:
        """Move cash and shares of one fill, its fee included."""
        value_e4 = fill.qty * fill.price_e4
        position = self.positions.get(fill.symbol)
        if position is None:
            t_plus = rules_of(fill.symbol, day).t_plus
            position = self.positions[fill.symbol] = Position(fill.symbol, t_plus, opened_ns=fill.at_ns)
        position.last_price_e4 = fill.price_e4
        if fill.side is _BUY:
            self.cash_e4 -= value_e4 + fill.fee_e4
            position.qty += fill.qty
            position.today_qty += fill.qty
            position.cost_e4 += value_e4 + fill.fee_e4
            return
        self.cash_e4 += value_e4 - fill.fee_e4
        position.cost_e4 -= position.cost_e4 * fill.qty // position.qty
        position.qty -= fill.qty
        # Under T+0 today's shares may be among the sold ones; under T+1 the sold ones are always older.
        position.today_qty = min(position.today_qty, position.qty)

    def forget_if_sold(self, symbol: str) -> None:
        position = self.positions.get(symbol)
        if position is not None and not position.qty and not position.frozen_qty:
            del self.positions[symbol]
