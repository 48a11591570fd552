# 模拟盘的写法：定时任务在 after_code_changed 里注册，更新代码后重新注册
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.runs = 0
    after_code_changed(context)


def after_code_changed(context):
    unschedule_all()
    log.info('注册定时任务')
    run_daily(trade, '10:00', reference_security='000300.XSHG')


def process_initialize(context):
    g.__names = {'600036.XSHG': '招商银行'}


def trade(context):
    g.runs += 1
    log.info('第 %d 次 %s' % (g.runs, g.__names['600036.XSHG']))
    order_target('600036.XSHG', 100 * g.runs)


def after_trading_end(context):
    log.info('今日委托 %d 笔' % len(get_orders()))
