"""The attributes of the objects that strategies are handed, kind by kind: what JoinQuant's have, and what ours lack."""

from __future__ import annotations

from collections.abc import Iterator

from jqdata.registry import Name, Support

KINDS = {
    "context": "Context",
    "run_params": "context.run_params",
    "portfolio": "Portfolio",
    "subportfolio": "SubPortfolio",
    "position": "Position",
    "order": "Order",
    "trade": "Trade",
    "tick": "Tick",
    "current_data": "get_current_data()[code]",
    "unit_data": "SecurityUnitData",
    "security_info": "get_security_info(code)",
    "event": "on_event 的 event",
    "alert": "Alert",
    "OrderStatus": "OrderStatus",
    "log": "log",
}
"""What each kind is called on the page."""

_PORTFOLIO = (
    "available_cash transferable_cash locked_cash margin positions long_positions short_positions total_value "
    "positions_value returns starting_cash inout_cash cash portfolio_value unsell_positions market_value"
)
_LEVELS = " ".join(f"{side}{level}_{what}" for side in "ab" for level in range(1, 6) for what in "pv")

ATTRIBUTES: dict[str, str] = {
    "context": "portfolio subportfolios current_dt previous_date universe run_params",
    "run_params": "start_date end_date type frequency",
    "portfolio": _PORTFOLIO,
    "subportfolio": f"{_PORTFOLIO} type pindex total_liability net_value cash_liability sec_liability interest "
    "maintenance_margin_rate available_margin",
    "position": "security price avg_cost acc_avg_cost hold_cost init_time transact_time locked_amount total_amount "
    "closeable_amount today_amount value side pindex sellable_amount amount",
    "order": "status add_time is_buy amount filled security order_id price avg_cost side action commission style "
    "pindex outcome reason text is_open",
    "trade": "time security amount price trade_id order_id is_buy commission pindex",
    "tick": f"code datetime current open high low volume money {_LEVELS}",
    "current_data": "last_price high_limit low_limit paused is_st day_open name industry_code security",
    "unit_data": "open close high low volume money factor high_limit low_limit avg price pre_close paused security "
    "returns isnan mavg vwap stddev",
    "security_info": "code display_name name start_date end_date type parent",
    "event": "name pindex security side dividends amount",
    "alert": "time code text source security order_id",
    "OrderStatus": "new open filled canceled rejected held",
    "log": "debug info warn warning error set_level",
}

_LACKING = {
    "tick": {"position": "股票没有持仓量"},
    "position": {"margin": "没有期货保证金"},
    "log": {"set_format": "日志格式由本系统决定"},
}
_DEVIATIONS = {
    ("current_data", "industry_code"): "恒为空",
    ("unit_data", "factor"): "恒为 1",
    ("event", "amount"): "只有 ForcedLiquidationEvent 有",
    ("security_info", "parent"): "恒为 None",
    ("portfolio", "short_positions"): "恒为空",
    ("portfolio", "margin"): "恒为 0",
    ("position", "acc_avg_cost"): "只折算当日卖出的盈亏",
    ("order", "status"): "outcome 为 unknown 时是 open",
    ("order", "outcome"): "本系统的扩展",
    ("order", "reason"): "本系统的扩展",
    ("order", "text"): "本系统的扩展",
    ("order", "is_open"): "本系统的扩展",
    ("context", "subportfolios"): "没有 set_subportfolios 时只有 [0]，即整个账户",
    ("run_params", "type"): "恒为 sim_trade",
    ("run_params", "end_date"): "恒为 None",
}


def attribute(kind: str, name: str) -> Name | None:
    """The row of an attribute; None where neither JoinQuant nor we have it."""
    if why := _LACKING.get(kind, {}).get(name):
        return Name(name, KINDS[kind], Support.NO, deviation=why)
    if name not in ATTRIBUTES[kind].split():
        return None
    said = _DEVIATIONS.get((kind, name)) or _DEVIATIONS.get((kind.removeprefix("sub"), name), "")
    return Name(name, KINDS[kind], Support.YES, deviation=said)


def attributes(kind: str) -> Iterator[Name]:
    """The rows of a kind."""
    for name in (*ATTRIBUTES[kind].split(), *_LACKING.get(kind, {})):
        row = attribute(kind, name)
        assert row is not None
        yield row
