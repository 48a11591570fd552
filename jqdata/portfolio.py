"""The account as a strategy sees it: cash and positions in yuan and shares, read from the book at every access."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from common import portfolio as books
from common.beijing import naive
from common.messages import OrderFilled, Side
from jqdata import host
from jqdata.deals import LiveView


class BookView(Protocol):
    """What is read of a ``common.portfolio.Book``; cash is the whole cash, what orders hold included."""

    @property
    def cash_e4(self) -> int: ...
    @property
    def frozen_cash_e4(self) -> int: ...
    @property
    def opening_value_e4(self) -> int: ...
    @property
    def positions(self) -> Mapping[str, books.Position]: ...
    @property
    def fills(self) -> Sequence[OrderFilled]: ...


class SubView(Protocol):
    """One of several sub-accounts; ``inout_e4`` is what was put in, less what was taken out."""

    @property
    def pindex(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def inout_e4(self) -> int: ...
    @property
    def book(self) -> BookView: ...


@dataclasses.dataclass(frozen=True)
class _NoBook:
    """Of an account that has nothing."""

    cash_e4 = frozen_cash_e4 = opening_value_e4 = 0
    positions: Mapping[str, books.Position] = dataclasses.field(default_factory=dict)
    fills: Sequence[OrderFilled] = ()


class Position(LiveView):
    """What is held of one security; all amounts 0 where nothing is."""

    def __init__(self, book: BookView, security: str, side: str = "long", pindex: int = 0) -> None:
        self._book = book
        self.security, self.side, self.pindex = security, side, pindex

    @property
    def _now(self) -> books.Position:
        return self._book.positions.get(self.security) or books.Position(self.security)

    @property
    def _qty(self) -> int:
        return max(self._now.qty, 0)

    @property
    def total_amount(self) -> int:
        """Shares held without those frozen in open sell orders."""
        return max(self._now.qty - self._now.frozen_qty, 0)

    @property
    def locked_amount(self) -> int:
        """Shares frozen in open sell orders."""
        return self._now.frozen_qty

    @property
    def closeable_amount(self) -> int:
        """Shares that may be sold now (T+1)."""
        return self._now.closeable_qty

    sellable_amount = closeable_amount
    amount = closeable_amount

    @property
    def today_amount(self) -> int:
        return self._now.today_qty

    @property
    def price(self) -> float:
        """The last price."""
        return self._now.last_price_e4 / 1e4

    @property
    def value(self) -> float:
        return self._qty * self.price

    @property
    def avg_cost(self) -> float:
        """What one share cost with commission; sells do not change it."""
        return self._now.cost_e4 / self._qty / 1e4 if self._qty else 0.0

    @property
    def acc_avg_cost(self) -> float:
        """``avg_cost`` less what today's sells have earned on each share left; earlier days are not counted."""
        return (self._now.cost_e4 - self._earned_today_e4()) / self._qty / 1e4 if self._qty else 0.0

    @property
    def hold_cost(self) -> float:
        """Cost within the day: yesterday's shares at the previous close, today's at what they cost on average."""
        quote = host.current().quote(self.security) if self._qty else None
        if quote is None or not quote.prev_close_e4:
            return self.avg_cost
        bought = [f for f in self._book.fills if f.symbol == self.security and f.side is Side.BUY]
        paid_e4 = sum(f.qty * f.price_e4 + f.fee_e4 for f in bought)
        today = min(self.today_amount, sum(f.qty for f in bought))
        today_e4 = paid_e4 * today / sum(f.qty for f in bought) if today else 0.0
        return (today_e4 + (self._qty - today) * quote.prev_close_e4) / self._qty / 1e4

    @property
    def init_time(self) -> datetime | None:
        """When the position was opened; None where nothing is held."""
        return naive(self._now.opened_ns) if self._qty else None

    @property
    def transact_time(self) -> datetime | None:
        """Today's last trade of the security, or when the position was opened."""
        times = [f.at_ns for f in self._book.fills if f.symbol == self.security]
        return naive(times[-1]) if times else self.init_time

    def _earned_today_e4(self) -> float:
        """Walk today's fills back from what is held now; a sell left the average cost as it is (JoinQuant avg_cost)."""
        qty, cost_e4, earned_e4 = self._qty, float(self._now.cost_e4), 0.0
        for fill in reversed(self._book.fills):
            if fill.symbol != self.security or qty <= 0:
                continue
            if fill.side is Side.SELL:
                sold_cost_e4 = cost_e4 / qty * fill.qty
                earned_e4 += fill.qty * fill.price_e4 - fill.fee_e4 - sold_cost_e4
                qty, cost_e4 = qty + fill.qty, cost_e4 + sold_cost_e4
            else:
                qty, cost_e4 = qty - fill.qty, cost_e4 - fill.qty * fill.price_e4 - fill.fee_e4
        return earned_e4

    def __repr__(self) -> str:
        return f"Position({self.security}, {self._qty} 股, 可卖 {self.closeable_amount}, 成本 {self.avg_cost:.4f})"


class Positions(LiveView, Mapping[str, Position]):
    """Held codes only; asking for another code gives an empty position and does not add it."""

    def __init__(self, book: BookView, side: str = "long", pindex: int = 0) -> None:
        """A stock account holds nothing short."""
        self._book: BookView = book if side == "long" else _NoBook()
        self._side, self._pindex = side, pindex

    def get(self, security: str, default: Any = None) -> Any:
        """The position where it is held, else ``default``, as of any dict."""
        if security not in self:
            return default
        return self[security]

    def has_key(self, security: str) -> bool:
        """As ``security in positions``; JoinQuant's positions kept Python 2's name for it."""
        return security in self

    def _held(self) -> list[str]:
        return [symbol for symbol, position in self._book.positions.items() if position.qty > 0]

    def __getitem__(self, security: str) -> Position:
        return Position(self._book, security, self._side, self._pindex)

    def __contains__(self, security: object) -> bool:
        return security in self._held()

    def __iter__(self) -> Iterator[str]:
        return iter(self._held())

    def __len__(self) -> int:
        return len(self._held())

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    def __copy__(self) -> dict[str, Position]:
        return dict(self.items())


class Portfolio(LiveView):
    """The account. ``starting_cash_e4`` is the value the strategy began with (0: today's opening value)."""

    margin = 0.0

    def __init__(self, book: BookView, starting_cash_e4: int = 0, pindex: int = 0) -> None:
        self._book = book
        self._starting_cash_e4 = starting_cash_e4
        self.positions = Positions(book, pindex=pindex)
        self.long_positions = self.positions
        self.short_positions = Positions(book, "short", pindex)

    @property
    def available_cash(self) -> float:
        return (self._book.cash_e4 - self._book.frozen_cash_e4) / 1e4

    cash = available_cash

    @property
    def locked_cash(self) -> float:
        """Cash held by open buy orders."""
        return self._book.frozen_cash_e4 / 1e4

    @property
    def transferable_cash(self) -> float:
        """Available cash without what today's sells brought in."""
        sold_e4 = sum(f.qty * f.price_e4 - f.fee_e4 for f in self._book.fills if f.side is Side.SELL)
        return max((self._book.cash_e4 - self._book.frozen_cash_e4 - sold_e4) / 1e4, 0.0)

    @property
    def positions_value(self) -> float:
        return self._positions_value_e4 / 1e4

    market_value = positions_value

    @property
    def total_value(self) -> float:
        return (self._book.cash_e4 + self._positions_value_e4) / 1e4

    portfolio_value = total_value

    @property
    def inout_cash(self) -> float:
        """What was put in: the account's value when the strategy first ran."""
        return self._inout_e4 / 1e4

    starting_cash = inout_cash

    @property
    def returns(self) -> float:
        """Yesterday's closing value over ``inout_cash`` less 1."""
        return self._book.opening_value_e4 / 1e4 / self.inout_cash - 1 if self.inout_cash else 0.0

    @property
    def unsell_positions(self) -> dict[str, Position]:
        """Positions with shares that cannot be sold today."""
        return {code: p for code, p in self.positions.items() if p.closeable_amount < p.total_amount}

    @property
    def _inout_e4(self) -> int:
        return self._starting_cash_e4 or self._book.opening_value_e4

    @property
    def _positions_value_e4(self) -> int:
        return sum(position.value_e4 for position in self._book.positions.values())

    def __repr__(self) -> str:
        money = f"总资产 {self.total_value:.2f}, 可用资金 {self.available_cash:.2f}"
        return f"{type(self).__name__}({money}, {self.positions!r})"


class SubPortfolio(Portfolio):
    """A sub-account: of ``set_subportfolios``, or the whole account with pindex 0. It has no debts."""

    total_liability = cash_liability = sec_liability = interest = 0.0
    maintenance_margin_rate = available_margin = 0.0
    net_value = Portfolio.total_value

    def __init__(self, book: BookView, starting_cash_e4: int = 0, sub: SubView | None = None) -> None:
        self._sub = sub
        self.pindex = sub.pindex if sub is not None else 0
        super().__init__(book, starting_cash_e4, self.pindex)

    @property
    def type(self) -> str:
        """What it may hold: 'stock' can trade here."""
        return self._sub.type if self._sub is not None else "stock"

    @property
    def _inout_e4(self) -> int:
        return self._sub.inout_e4 if self._sub is not None else super()._inout_e4
