# 科创板：保护价、200 股起、零股
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.code = '688981.XSHG'
    run_daily(trade, '9:35')
    run_daily(close, '14:56')


def trade(context):
    data = get_current_data()[g.code]
    o = order(g.code, 256, MarketOrderStyle(limit_price=round(data.last_price * 1.01, 2)))
    small = order(g.code, 100, MarketOrderStyle(data.high_limit))
    log.info(o and o.amount, small)


def close(context):
    amount = context.portfolio.positions[g.code].closeable_amount
    if amount > 0:
        order_target(g.code, 0, MarketOrderStyle(get_current_data()[g.code].low_limit))
