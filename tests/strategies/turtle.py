# 海龟：唐奇安通道突破加 ATR 加仓
import jqdata
import math
import numpy as np


def initialize(context):
    g.security = '000001.XSHE'
    set_universe([g.security])
    set_benchmark('000001.XSHE')
    set_option('use_real_price', True)
    set_commission(PerTrade(buy_cost=0.0003, sell_cost=0.0013, min_cost=5))
    g.short_in_date, g.unit, g.sys_num, g.break_price = 5, 0, 0, 0
    g.N = []


def handle_data(context, data):
    if context.current_dt.hour == 9 and context.current_dt.minute == 30:
        calculate_n()
    price = data[g.security].close
    value = context.portfolio.portfolio_value
    if g.N and context.current_dt.minute % 30 == 0:
        g.unit = max(int(value * 0.01 / g.N[-1] / 100) * 100, 100)
        if g.sys_num == 0:
            market_in(price, context.portfolio.cash)
        else:
            stop_loss(context, price)


def calculate_n():
    bars = attribute_history(g.security, 20, '1d', ('high', 'low', 'close'))
    true_range = np.maximum(bars['high'] - bars['low'], abs(bars['high'] - bars['close'].shift(1)))
    g.N.append(round(float(true_range.mean()), 3))


def market_in(current_price, cash):
    highs = attribute_history(g.security, g.short_in_date, '1d', ('close',))
    if current_price > min(highs['close']):
        num_of_shares = cash / current_price
        if num_of_shares >= g.unit:
            order(g.security, int(g.unit))
            g.sys_num += int(g.unit)
            g.break_price = current_price


def stop_loss(context, current_price):
    if current_price < g.break_price - 2 * g.N[-1]:
        order(g.security, -g.sys_num)
        g.sys_num = 0
