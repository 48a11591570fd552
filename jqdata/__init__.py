"""What a strategy imports: JoinQuant's names, bound to the strategy process that runs it.

``from jqdata import *`` and the names found without any import are the same; numpy and pandas come in at first use.
"""

from __future__ import annotations

import datetime as _datetime
import importlib
import math
import random
import time
from types import ModuleType
from typing import Any

from jqdata import log
from jqdata.context import Context, GlobalState, g
from jqdata.deals import Order, OrderStatus, Trade
from jqdata.live import (
    check_stop_loss,
    read_file,
    record,
    send_message,
    send_msg,
    subscribe,
    unsubscribe,
    unsubscribe_all,
    write_file,
)
from jqdata.market import attribute_history, get_bars, get_current_data, get_price, history
from jqdata.orders import (
    cancel_order,
    get_open_orders,
    get_orders,
    get_trades,
    order,
    order_target,
    order_target_value,
    order_value,
)
from jqdata.portfolio import Portfolio, Position, SubPortfolio
from jqdata.schedule import run_daily, run_monthly, run_weekly, unschedule_all
from jqdata.securities import (
    get_all_securities,
    get_all_trade_days,
    get_current_tick,
    get_extras,
    get_security_info,
    get_trade_day,
    get_trade_days,
    normalize_code,
)
from jqdata.settings import (
    disable_cache,
    set_benchmark,
    set_commission,
    set_option,
    set_order_cost,
    set_slippage,
    set_subportfolios,
    set_universe,
)
from jqdata.snapshots import SecurityUnitData, Tick
from jqdata.stubs import STUBS, NeedsProvider
from jqdata.styles import (
    FixedSlippage,
    LimitOrderStyle,
    MarketOrderStyle,
    OrderCost,
    OrderStyle,
    PerTrade,
    PriceRelatedSlippage,
    StepRelatedSlippage,
    StopLimitOrderStyle,
    StopMarketOrderStyle,
    SubPortfolioConfig,
)

__all__ = [
    "Context",
    "FixedSlippage",
    "GlobalState",
    "LimitOrderStyle",
    "MarketOrderStyle",
    "NeedsProvider",
    "Order",
    "OrderCost",
    "OrderStatus",
    "OrderStyle",
    "PerTrade",
    "Portfolio",
    "Position",
    "PriceRelatedSlippage",
    "SecurityUnitData",
    "StepRelatedSlippage",
    "StopLimitOrderStyle",
    "StopMarketOrderStyle",
    "SubPortfolio",
    "SubPortfolioConfig",
    "Tick",
    "Trade",
    "attribute_history",
    "cancel_order",
    "check_stop_loss",
    "disable_cache",
    "g",
    "get_all_securities",
    "get_all_trade_days",
    "get_bars",
    "get_current_data",
    "get_current_tick",
    "get_extras",
    "get_open_orders",
    "get_orders",
    "get_price",
    "get_security_info",
    "get_trade_day",
    "get_trade_days",
    "get_trades",
    "history",
    "log",
    "normalize_code",
    "order",
    "order_target",
    "order_target_value",
    "order_value",
    "read_file",
    "record",
    "run_daily",
    "run_monthly",
    "run_weekly",
    "send_message",
    "send_msg",
    "set_benchmark",
    "set_commission",
    "set_option",
    "set_order_cost",
    "set_slippage",
    "set_subportfolios",
    "set_universe",
    "subscribe",
    "unschedule_all",
    "unsubscribe",
    "unsubscribe_all",
    "write_file",
]
__all__ += STUBS
globals().update(STUBS)


class _LazyModule(ModuleType):
    """A module that is imported when something is first taken from it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


def namespace() -> dict[str, object]:
    """Every name a strategy may use without importing it; put them into its module before its first line runs.

    The strategy's own imports come later and win: ``from datetime import datetime`` hides the module of that name.
    """
    own: dict[str, object] = {name: globals()[name] for name in __all__}
    common_modules = {
        "datetime": _datetime,
        "timedelta": _datetime.timedelta,
        "math": math,
        "random": random,
        "time": time,
        "np": _LazyModule("numpy"),
        "pd": _LazyModule("pandas"),
    }
    return {**own, **common_modules}
