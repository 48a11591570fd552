"""示例：每天两次检查持仓，卖出亏损超过比例的（check_stop_loss，缺省比例为 STOP_LOSS_RATIO）。"""

from jqdata import *

POOL = ["600036.XSHG", "000333.XSHE", "300750.XSHE"]


def initialize(context):
    set_option("use_real_price", True)
    run_daily(buy, "9:40")
    run_daily(stop_losses, "10:30")
    run_daily(stop_losses, "14:30")


def buy(context):
    for code in POOL:
        if code not in context.portfolio.positions:
            order_value(code, context.portfolio.total_value * 0.2)


def stop_losses(context):
    for code in check_stop_loss(context, ratio=3):
        sold = order_target(code, 0)
        if sold is not None:
            send_message(f"止损 {code}，成交 {sold.filled} 股")
