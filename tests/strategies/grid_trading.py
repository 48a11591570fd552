# 网格：价格每跌一格挂单买入，每涨一格挂单卖出
from jqdata import *


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option("use_real_price", True)
    set_option('order_volume_ratio', 1)
    g.stock = '601318.XSHG'
    g.base = None
    g.step = 0.01
    run_daily(place_grid, time='9:35')
    run_daily(check_grid, time='10:30')
    run_daily(check_grid, time='14:00')
    run_daily(cancel_all, time='14:55')


def place_grid(context):
    current_data = get_current_data()
    if current_data[g.stock].paused:
        return
    g.base = current_data[g.stock].last_price
    order_value(g.stock, context.portfolio.total_value * 0.2)
    buy_price = round(g.base * (1 - g.step), 2)
    o = order(g.stock, 200, LimitOrderStyle(buy_price))
    if o is not None:
        log.debug('挂买单 %s %s %s' % (o.order_id, o.status, o.add_time))
    if context.portfolio.positions[g.stock].closeable_amount > 0:
        order(g.stock, -200, LimitOrderStyle(limit_price=round(g.base * (1 + g.step), 2)))


def check_grid(context):
    for order_id, o in get_open_orders().items():
        log.info(order_id, o.security, o.amount, o.filled, o.is_buy, o.price)
    held = get_orders(status=OrderStatus.held)
    log.info('今日全部成交 %d 笔' % len(held))


def cancel_all(context):
    for o in get_open_orders().values():
        cancel_order(o)
    log.info([str(o.status) for o in get_orders(security=g.stock).values()])
