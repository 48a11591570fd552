# 风险平价：按波动率倒数分配
from jqdata import *
import numpy as np


def initialize(context):
    set_benchmark('510300.XSHG')
    set_option('use_real_price', True)
    g.etfs = ['510300.XSHG', '518880.XSHG', '513100.XSHG']
    run_weekly(rebalance, 1, time='open')


def rebalance(context):
    prices = history(60, '1d', 'close', g.etfs, df=True)
    returns = prices.pct_change().dropna()
    cov = np.cov(returns.values.T)
    inverse = 1 / np.sqrt(np.diag(cov))
    weights = inverse / inverse.sum()
    total = context.portfolio.total_value * 0.95
    sells = [(e, w) for e, w in zip(g.etfs, weights) if context.portfolio.positions[e].value > total * w]
    buys = [(e, w) for e, w in zip(g.etfs, weights) if (e, w) not in sells]
    for etf, weight in sells + buys:
        order_target_value(etf, total * weight)
