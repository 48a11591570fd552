# 盘前下单，开盘后撮合
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    run_daily(plan, time='before_open')
    run_daily(look, 'open+1m')


def before_trading_start(context):
    log.info('盘前', context.previous_date)


def plan(context):
    o = order('600036.XSHG', 500)
    limit = order('000001.XSHE', 500, LimitOrderStyle(get_current_data()['000001.XSHE'].last_price * 1.01))
    g.ids = [x.order_id for x in (o, limit) if x is not None]
    log.info([str(x.status) for x in (o, limit) if x is not None])


def look(context):
    for order_id in g.ids:
        for o in get_orders(order_id=order_id).values():
            log.info(o.security, o.status, o.filled)
