"""示例：下单前去掉停牌的股票（filter_paused），等权买入其余的。"""

from jqdata import *

POOL = ["600036.XSHG", "601318.XSHG", "000001.XSHE", "000333.XSHE"]


def initialize(context):
    set_option("use_real_price", True)
    run_daily(rebalance, "9:35")


def rebalance(context):
    tradable = filter_paused(POOL)
    log.info(f"可交易 {len(tradable)} 只，停牌 {len(POOL) - len(tradable)} 只")
    for code in tradable:
        order_target_value(code, context.portfolio.total_value * 0.8 / len(tradable))
