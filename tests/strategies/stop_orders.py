# 停止单：止损与止盈
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.stock = '000333.XSHE'
    run_daily(trade, '9:35')
    run_daily(review, '15:10')


def trade(context):
    price = get_current_data()[g.stock].last_price
    amount = context.portfolio.positions[g.stock].closeable_amount
    if amount == 0:
        order_value(g.stock, 100000)
        order(g.stock, 100, StopMarketOrderStyle('stop_loss', round(price * 1.01, 2)))
    else:
        order(g.stock, -amount // 2, StopLimitOrderStyle('stop_loss', round(price * 0.99, 2), round(price * 0.98, 2)))
        order(g.stock, -100, StopMarketOrderStyle('take_profit', round(price * 1.005, 2)))


def review(context):
    for o in get_orders().values():
        log.info(o.order_id, o.status, o.amount, o.filled, o.style, o.action, o.side)
