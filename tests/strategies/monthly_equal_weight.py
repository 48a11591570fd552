# 每月第一个交易日等权，最后一个交易日减仓
from jqdata import *


def initialize(context):
    set_benchmark({'000300.XSHG': 0.5, '510300.XSHG': 0.5})
    set_option('use_real_price', True)
    set_order_cost(OrderCost(0, 0.001, 0.0003, 0.0003, 0, 5), type='stock', ref=None)
    run_monthly(rebalance, 1, time='9:30')
    run_monthly(lighten, monthday=-1, time='open+5m', reference_security='000300.XSHG')
    run_monthly(middle, 10, 'close-5m', force=False)


def rebalance(context):
    pool = list(get_all_securities(['stock'], date=context.current_dt).index)
    pool = [s for s in pool if not s.startswith('688')][:5]
    for stock in pool:
        order_target_value(stock, context.portfolio.total_value / 6)
    log.info('持仓 %d 只，现金 %.2f' % (len(context.portfolio.positions), context.portfolio.available_cash))


def lighten(context):
    for stock, position in context.portfolio.positions.items():
        order_target(stock, position.total_amount // 200 * 100)


def middle(context):
    log.info('月中')
