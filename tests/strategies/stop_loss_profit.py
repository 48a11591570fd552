# 止损止盈：亏 3% 止损，赚 5% 止盈
from jqdata import *


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    g.stop = {}
    run_daily(buy, '9:40')
    run_daily(protect, '11:30')
    run_daily(protect, '14:50')


def buy(context):
    for stock in ['601318.XSHG', '000333.XSHE']:
        if stock not in context.portfolio.positions:
            order_target_value(stock, context.portfolio.total_value * 0.3)
            g.stop[stock] = 0.97


def protect(context):
    positions = context.portfolio.long_positions
    for stock in list(positions):
        p = positions[stock]
        if p.total_amount > 0 and p.closeable_amount > 0:
            rate = p.price / p.avg_cost
            if rate < g.stop.get(stock, 0.97):
                log.info('止损 %s 成本 %.2f 持仓成本 %.2f' % (stock, p.acc_avg_cost, p.hold_cost))
                order_target_value(stock, 0)
            elif rate > 1.05:
                order_target_value(stock, 0, MarketOrderStyle())
    for code, p in context.portfolio.positions.items():
        log.info(code, p.locked_amount, p.value, p.side, p.pindex, p.transact_time)
