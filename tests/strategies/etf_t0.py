# 跨境与黄金 ETF 当日回转
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    set_order_cost(OrderCost(min_commission=1, open_commission=0.0001, close_commission=0.0001), type='fund')
    g.etf = '513100.XSHG'
    run_daily(buy, '10:00')
    run_daily(sell, '14:30')


def buy(context):
    order_value(g.etf, context.portfolio.available_cash * 0.5)


def sell(context):
    position = context.portfolio.positions[g.etf]
    if position.today_amount > 0:
        o = order(g.etf, -position.closeable_amount)
        log.info('当日卖出 %s' % (o.filled if o else 0))
