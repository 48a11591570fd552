"""Every limit of an account beside how much of it is used, as a trader reads it."""

from __future__ import annotations

from common import messages as m
from common.reasons import Reason
from services.risk.inspection import STOP_LOSS_RATIO, loss_e4
from services.risk.limits import Desk
from services.risk.texts import limit_percent_text, money_text, percent_text, seconds_text

_NOT_SUMMED = "–"


def report(desk: Desk) -> m.RiskReport:
    halt = desk.halt
    return m.RiskReport(
        account=desk.account,
        halted=halt is not None,
        buys_only=halt.buys_only if halt else False,
        operator=halt.operator if halt else "",
        why=halt.why if halt else "",
        rows=_rows(desk),
        counters={
            "trades": desk.counters.trades,
            "filled_value_e4": desk.counters.filled_e4,
            "open_value_e4": desk.counters.open_e4,
            "stocks": len(desk.counters.symbols),
            "cancels": desk.cancels.count,
            "denied": len(desk.denied),
        },
        denied=list(desk.denied.values()),
    )


def _rows(desk: Desk) -> list[tuple[str, str, str]]:
    limits, counters, cancels = desk.limits, desk.counters, desk.cancels
    used_e4 = counters.filled_e4 + counters.open_e4
    least = money_text(limits.min_buy_order_value_e4) if limits.min_buy_order_value_e4 else "不限"
    texts = (
        ("单笔金额", Reason.MAX_ORDER_VALUE, _NOT_SUMMED, money_text(limits.order_value_max_e4)),
        ("当日成交额", Reason.MAX_DAILY_TRADE_VALUE, money_text(used_e4), money_text(limits.daily_trade_value_max_e4)),
        ("当日笔数", Reason.MAX_DAILY_TRADES, str(counters.trades), str(limits.daily_trades_max)),
        ("持仓只数", Reason.MAX_STOCK_COUNT, str(len(counters.symbols)), str(limits.stock_count_max)),
        ("单只占比", Reason.MAX_POSITION_RATIO, _largest_share(desk), limit_percent_text(limits.position_ratio_max_bp)),
        ("止损提示", STOP_LOSS_RATIO, _largest_loss(desk), limit_percent_text(limits.stop_loss_ratio_bp)),
        ("最小买入额", Reason.MIN_BUY_ORDER_VALUE, _NOT_SUMMED, least),
        ("单笔数量", Reason.ORDER_MAX_VOLUME, _NOT_SUMMED, f"{limits.order_volume_max:,}"),
        ("当日撤单", Reason.MAX_DAILY_CANCELS, str(cancels.count), str(limits.daily_cancels_max)),
        (
            "撤单间隔",
            Reason.MIN_CANCEL_INTERVAL_SECONDS,
            _NOT_SUMMED,
            seconds_text(limits.cancel_interval_min_ns),
        ),
        (
            "每笔撤单",
            Reason.MAX_CANCEL_PER_ORDER,
            str(max(cancels.of_order.values(), default=0)),
            str(limits.cancels_per_order_max),
        ),
    )
    return [(f"{name} {code}", used, limit) for name, code, used, limit in texts]


def _largest_share(desk: Desk) -> str:
    total_e4 = desk.book.total_value_e4
    ahead = [
        (position.value_e4 + desk.counters.open_buys_e4.get(symbol, 0), symbol)
        for symbol in desk.counters.symbols
        if (position := desk.book.positions.get(symbol)) is not None
    ]
    ahead += [(e4, symbol) for symbol, e4 in desk.counters.open_buys_e4.items() if symbol not in desk.book.positions]
    value_e4, symbol = max(ahead, default=(0, ""))
    return f"{percent_text(value_e4, total_e4)} {symbol}".strip() if value_e4 else "0.00%"


def _largest_loss(desk: Desk) -> str:
    positions = [desk.book.positions[symbol] for symbol in desk.counters.held]
    losing = [p for p in positions if loss_e4(p)]
    if not losing:
        return "0.00%"
    worst = max(losing, key=lambda p: (loss_e4(p) / p.cost_e4, p.symbol))
    return f"{percent_text(loss_e4(worst), worst.cost_e4)} {worst.symbol}"
