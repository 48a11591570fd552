# 尾盘买入，次日早盘卖出
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.pool = ['600036.XSHG', '000333.XSHE', '300750.XSHE']
    run_daily(sell, time='9:35')
    run_daily(buy, time='14:50')


def sell(context):
    for code in list(context.portfolio.positions.keys()):
        position = context.portfolio.positions[code]
        days = (context.current_dt - position.init_time).days
        log.info('%s 持有 %d 天，今仓 %d，可卖 %d' % (code, days, position.today_amount, position.closeable_amount))
        if position.closeable_amount > 0:
            o = order_target(code, 0)
            if o:
                log.info('卖出 %s，成本 %.3f，成交 %.3f，费用 %.2f' % (o.security, o.avg_cost, o.price, o.commission))


def buy(context):
    minutes = {s: attribute_history(s, 30, '1m', ['close', 'volume']) for s in g.pool}
    best = sorted(g.pool, key=lambda s: minutes[s]['close'].iloc[-1] / minutes[s]['close'].mean(), reverse=True)[0]
    cash = context.portfolio.available_cash
    order_value(best, cash * 0.5, None, 'long', 0)
