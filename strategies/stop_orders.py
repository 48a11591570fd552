"""示例：买入后挂停止单，跌破止损价或涨到止盈价时卖出；停止单当日有效，每天重新挂。"""

from jqdata import *

CODE = "000333.XSHE"


def initialize(context):
    set_option("use_real_price", True)
    run_daily(trade, "9:35")


def trade(context):
    position = context.portfolio.positions[CODE]
    if position.total_amount == 0:
        order_value(CODE, context.portfolio.total_value * 0.3)
    elif position.closeable_amount > 0:
        half = max(position.closeable_amount // 200 * 100, 100)
        order(CODE, -half, StopMarketOrderStyle("stop_loss", round(position.avg_cost * 0.97, 2)))
        order(CODE, -half, StopMarketOrderStyle("take_profit", round(position.avg_cost * 1.03, 2)))
