# 每分钟做 T：有底仓时，跌破开盘价一定幅度买入，涨回来卖出
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    log.set_level('order', 'error')
    g.stock = '600036.XSHG'
    g.bought = 0
    run_daily(base, '9:31')
    run_daily(intraday, time='every_bar')


def base(context):
    g.bought = 0
    order_target(g.stock, 2000)


def intraday(context):
    data = get_current_data()[g.stock]
    if data.last_price >= data.high_limit * 0.995 or data.last_price <= data.low_limit * 1.005:
        return
    if g.bought < 2 and data.last_price < data.day_open * 0.998:
        if order(g.stock, 100, MarketOrderStyle()) is not None:
            g.bought += 1
    elif g.bought > 0 and data.last_price > data.day_open * 1.002:
        if context.portfolio.positions[g.stock].closeable_amount >= 100:
            order(g.stock, -100, MarketOrderStyle(data.low_limit))
            g.bought -= 1
