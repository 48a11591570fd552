# 用模块级全局变量保存状态
from jqdata import *
from datetime import datetime

POOL = ['600036.XSHG', '000001.XSHE']
hold_days = {}
total = 0


def initialize(context):
    global total
    set_option('use_real_price', True)
    total = 1
    run_daily(trade, '9:36')


def trade(context):
    global total
    total += 1
    assert datetime.strptime('2026-01-01', '%Y-%m-%d') < context.current_dt
    for code in POOL:
        if context.portfolio.positions[code].total_amount > 0:
            hold_days[code] = hold_days.get(code, 0) + 1
            if hold_days[code] >= 2:
                order_target(code, 0)
        else:
            order_target_value(code, 30000)
            hold_days[code] = 0
    log.info('total %d %s' % (total, hold_days))
