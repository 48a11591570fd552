"""示例：策略净值的最大回撤（max_drawdown）超过 8% 时清仓，并停止买入五天。"""

from jqdata import *

CODE = "510300.XSHG"


def initialize(context):
    set_option("use_real_price", True)
    g.values = []
    g.wait_days = 0
    run_daily(buy, "9:40")
    run_daily(guard, "14:50")


def before_trading_start(context):
    g.wait_days = max(g.wait_days - 1, 0)


def buy(context):
    if g.wait_days == 0 and CODE not in context.portfolio.positions:
        order_value(CODE, context.portfolio.available_cash * 0.5)


def guard(context):
    g.values.append(context.portfolio.total_value)
    fall = max_drawdown(g.values)
    record(drawdown=fall)
    if fall > 0.08:
        log.warn(f"最大回撤 {fall:.1%}，清仓并停五天")
        for code in list(context.portfolio.positions):
            order_target(code, 0)
        g.values, g.wait_days = [], 5
