# 集合竞价后看高开低开
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.pool = []
    run_daily(get_stock_list, '9:01')
    run_daily(buy, '09:30')
    run_daily(sell, time='11:28')


def get_stock_list(context):
    stocks = list(get_all_securities(types=['stock']).index)
    df = history(3, unit='1d', field='close', security_list=stocks, df=True, skip_paused=False, fq='pre')
    g.pool = [s for s in stocks if df[s].iloc[-1] > 0][:6]


def buy(context):
    current_data = get_current_data()
    for s in g.pool:
        ratio = current_data[s].day_open / (current_data[s].high_limit / 1.1)
        if 0.9 < ratio < 1.06 and not s.startswith('688') and context.portfolio.available_cash > 20000:
            order_value(s, 20000, MarketOrderStyle(current_data[s].high_limit))


def sell(context):
    for s in context.portfolio.positions:
        if context.portfolio.positions[s].closeable_amount != 0:
            order_target_value(s, 0)
