# 向导式代码的样子
from kuanke.wizard import *
from jqdata import *
import numpy as np
import pandas as pd
import datetime


def initialize(context):
    set_benchmark('000300.XSHG')
    set_slippage(FixedSlippage(0.02))
    set_option('use_real_price', True)
    set_option('order_volume_ratio', 1)
    set_order_cost(OrderCost(open_tax=0, close_tax=0.001, open_commission=0.0003, close_commission=0.0003, min_commission=5), type='stock')
    g.security_max_proportion = 0.3
    g.check_stocks_refresh_rate = 1
    g.max_hold_stocknum = 2
    g.check_stocks_days = 0
    g.sold_stock = {}
    run_daily(check_stocks, time='before_open')
    run_daily(trade, time='14:50', reference_security='000300.XSHG')
    run_daily(selled_security_list_count, 'after_close')
    log.set_level('history', 'warning')


def check_stocks(context):
    if g.check_stocks_days % g.check_stocks_refresh_rate != 0:
        g.check_stocks_days += 1
        return
    g.check_out_lists = [s for s in get_all_securities(['stock']).index.tolist() if s[:3] in ('600', '000')]
    g.check_stocks_days = 1


def trade(context):
    for security in list(context.portfolio.long_positions.keys()):
        closeable_amount = context.portfolio.long_positions[security].closeable_amount
        if security not in g.check_out_lists[:g.max_hold_stocknum] and closeable_amount > 0:
            order_target_value(security, 0)
            g.sold_stock[security] = 0
    for security in g.check_out_lists:
        if len(context.portfolio.long_positions) >= g.max_hold_stocknum:
            break
        if security in g.sold_stock:
            continue
        total_value = context.portfolio.total_value
        order_target_value(security, total_value * g.security_max_proportion)


def selled_security_list_count(context):
    g.sold_stock = {s: n + 1 for s, n in g.sold_stock.items() if n < 5}
