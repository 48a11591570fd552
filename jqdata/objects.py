"""Every object a strategy meets, in one place to import from."""

from jqdata.context import Context, ContextView, GlobalState, RunParams, g
from jqdata.deals import LiveView, Order, OrderStatus, Ticket, Trade, trade_of
from jqdata.portfolio import BookView, Portfolio, Position, Positions, SubPortfolio
from jqdata.snapshots import BarData, CurrentData, CurrentDataTable, SecurityUnitData, Tick

__all__ = [
    "BarData",
    "BookView",
    "Context",
    "ContextView",
    "CurrentData",
    "CurrentDataTable",
    "GlobalState",
    "LiveView",
    "Order",
    "OrderStatus",
    "Portfolio",
    "Position",
    "Positions",
    "RunParams",
    "SecurityUnitData",
    "SubPortfolio",
    "Tick",
    "Ticket",
    "Trade",
    "g",
    "trade_of",
]
