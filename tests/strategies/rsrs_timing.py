# 阻力支撑相对强度择时
import numpy as np


def initialize(context):
    set_option('use_real_price', True)
    set_benchmark('000300.XSHG')
    set_slippage(PriceRelatedSlippage(0.00246))
    g.N, g.M = 18, 30
    g.security = '510300.XSHG'
    g.ans = []
    run_daily(market_open, time='open', reference_security='000300.XSHG')


def before_trading_start(context):
    prices = get_price(g.security, end_date=context.previous_date, frequency='1d', fields=['high', 'low'], count=g.N + g.M)
    highs, lows = prices.high, prices.low
    g.ans = []
    for i in range(len(highs))[g.N:]:
        g.ans.append(np.polyfit(lows[i - g.N + 1:i + 1], highs[i - g.N + 1:i + 1], 1)[0])


def market_open(context):
    mean, std = np.mean(g.ans), np.std(g.ans)
    zscore = (g.ans[-1] - mean) / std
    record(zscore=zscore)
    cash = context.portfolio.cash
    if zscore > -9 and g.security not in context.portfolio.positions.keys():
        order_value(g.security, cash * 0.9)
    elif zscore < -0.7 and g.security in context.portfolio.positions.keys():
        order_target(g.security, 0)
