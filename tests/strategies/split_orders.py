# 大单拆成几笔，在几个时点执行
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.plan = []
    run_daily(make_plan, time='before_open')
    for time in ('open+5m', '10:00', '13:05:30', 'close-10m'):
        run_daily(work, time=time)


def make_plan(context):
    each = context.portfolio.cash * 0.8 / 4
    g.plan = [('601318.XSHG', each), ('000001.XSHE', each)] * 2


def work(context):
    if g.plan:
        code, value = g.plan.pop(0)
        if not get_current_data()[code].paused:
            o = order_value(code, value)
            log.info(context.current_dt, code, o.filled if o is not None else '未成交')
