# 篮子下单，之后检查未成交的
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    run_daily(trade, '9:40')
    run_daily(check, '9:45')


def trade(context):
    prices = get_current_data()
    orders = [
        {'security': code, 'amount': 200, 'style': LimitOrderStyle(prices[code].last_price)}
        for code in ['600036.XSHG', '000001.XSHE']
    ]
    result = batch_submit_orders(orders)
    log.info('提交 %d 笔' % len(result))


def check(context):
    batch_cancel_orders(list(get_open_orders()))
    again = retry_unfilled(get_orders(status=OrderStatus.canceled).values())
    log.info('重下 %d 笔' % len(again))
