# 大盘择时：指数在均线之上持股，否则货币
from jqdata import *


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    log.set_level('order', 'error')
    g.index = '000300.XSHG'
    run_daily(timing, time='14:45', reference_security='000300.XSHG')


def timing(context):
    close = get_price(g.index, end_date=context.current_dt, count=20, frequency='1d', fields=['close'], skip_paused=True)['close']
    minute = get_price(g.index, end_date=context.current_dt, count=1, frequency='minute', fields='close')
    last = minute['close'].iloc[-1]
    up = last > close.mean() * 0.95
    log.info('指数 %.2f 均线 %.2f %s' % (last, close.mean(), '持股' if up else '空仓'))
    if up and '510300.XSHG' not in context.portfolio.positions:
        order_target_value('510300.XSHG', context.portfolio.total_value * 0.9)
    elif not up:
        for s in list(context.portfolio.positions):
            order_target(s, 0)
