"""One reading of an account's day: orders and trades, positions and asset, and again until nothing moved between."""

from __future__ import annotations

import dataclasses
from typing import Final, TypeVar

from services.gateway.brokers.qmt.acts import AskAsset, AskOrders, AskPositions, AskTrades, Question
from services.gateway.brokers.qmt.rows import AssetRow, OrderRow, PositionRow, Row, TradeRow

ROUNDS_MAX: Final = 5
"""An account that trades without end never stands still: its last round is given, and the looks (services/gateway/
looks.py) forgive what is half a second old."""

_Kind = TypeVar("_Kind", bound=Row)
_Marks = tuple[frozenset[tuple[int, int, int]], frozenset[tuple[int, str]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Day:
    """What the terminal said; None where the SDK gave None, which may be an empty list or a failure (xtquant 9)."""

    orders: tuple[OrderRow, ...] | None
    trades: tuple[TradeRow, ...] | None
    positions: tuple[PositionRow, ...] | None
    asset: AssetRow | None

    @property
    def why_not(self) -> str:
        """Why it cannot be true, "" where it can. An empty list is believed only beside an asset that agrees with it:
        "no positions" looks the same when the query failed."""
        if self.asset is None:
            return "没有返回资产"
        if not self.positions and self.asset.market_value >= 1:
            return "持仓为空，而证券市值不为 0"
        return ""

    def is_like(self, other: Day | None) -> bool:
        """Whether nothing but the market's prices has changed from one to the other."""
        return other is not None and self._marks() == other._marks()

    def _marks(self) -> object:
        held = frozenset((row.stock_code, row.volume, row.can_use_volume) for row in self.positions or ())
        cash = (self.asset.cash, self.asset.frozen_cash) if self.asset else None
        return marks_of(self.orders, self.trades), held, cash

    @property
    def is_blank(self) -> bool:
        """Nothing anywhere: an account without a cent, or one that the terminal has not loaded yet."""
        asset = self.asset
        return asset is not None and not (asset.cash or asset.frozen_cash or asset.total_asset or self.positions)


class Reading:
    """Question by question. A ``look`` ends with the first orders and trades."""

    def __init__(self, account_id: str, *, look: bool) -> None:
        self.is_look = look
        self._account_id = account_id
        self._orders: tuple[OrderRow, ...] | None = None
        self._trades: tuple[TradeRow, ...] | None = None
        self._positions: tuple[PositionRow, ...] | None = None
        self._asset: AssetRow | None = None
        self._before: _Marks | None = None
        self._rounds = 0

    def first(self) -> Question:
        return AskOrders(self._account_id)

    def take(self, question: Question, rows: tuple[Row, ...] | None) -> Question | None:
        """One answer; returns the next question, or None where the reading is done."""
        account_id = self._account_id
        match question:
            case AskOrders():
                self._orders = _of(OrderRow, rows)
                return AskTrades(account_id)
            case AskTrades():
                self._trades = _of(TradeRow, rows)
                return self._again()
            case AskPositions():
                self._positions = _of(PositionRow, rows)
                return AskAsset(account_id)
        self._asset = next(iter(_of(AssetRow, rows) or ()), None)
        self._rounds += 1
        return AskOrders(account_id)

    def _again(self) -> Question | None:
        before, self._before = self._before, marks_of(self._orders, self._trades)
        if self.is_look or (self._rounds and before == self._before) or self._rounds >= ROUNDS_MAX:
            return None
        return AskPositions(self._account_id)

    @property
    def day(self) -> Day:
        return Day(self._orders, self._trades, self._positions, self._asset)


def marks_of(orders: tuple[OrderRow, ...] | None, trades: tuple[TradeRow, ...] | None) -> _Marks:
    """What differs as soon as anything happened in the market or at the desk."""
    stood = frozenset((row.order_id, row.order_status, row.traded_volume) for row in orders or ())
    return stood, frozenset((row.order_id, row.traded_id) for row in trades or ())


def _of(kind: type[_Kind], rows: tuple[Row, ...] | None) -> tuple[_Kind, ...] | None:
    return None if rows is None else tuple(row for row in rows if isinstance(row, kind))
