# 次新、ST、停牌过滤，用 get_extras 与 get_security_info
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.days = 100
    run_daily(trade, time='open+10m')


def trade(context):
    stocks = get_all_securities(types=['stock'], date=context.previous_date)
    stocks = stocks[stocks['start_date'] < pd.Timestamp(context.previous_date - timedelta(days=g.days))]
    st = get_extras('is_st', list(stocks.index), end_date=context.previous_date, count=1)
    pool = [s for s in stocks.index if not st[s].iloc[-1]]
    info = get_security_info(pool[0])
    log.info(info.display_name, info.name, info.type, info.start_date, info.end_date)
    panel = get_price(pool, count=5, end_date=context.previous_date, fields=['close', 'high_limit', 'paused'])
    paused = panel['paused'].iloc[-1]
    pool = [s for s in pool if paused[s] == 0][:3]
    close = panel['close']
    for s in sorted(pool, key=lambda s: close[s].iloc[-1]):
        order_target_value(s, 50000 if s not in context.portfolio.positions else 0)
