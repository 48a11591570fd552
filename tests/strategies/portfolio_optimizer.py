# 组合优化：股票与ETF风险平价，优化失败时等权
import pandas as pd
from jqdata import *
from jqlib.optimizer import *


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    log.set_level('order', 'error')
    g.optimizer = 1
    g.buy_list = ['600036.XSHG', '601318.XSHG', '000001.XSHE', '000333.XSHE', '510300.XSHG', '518880.XSHG']
    run_daily(market_open, time='open', reference_security='000300.XSHG')


def weights_of(context):
    if g.optimizer == 1:
        return portfolio_optimizer(date=context.previous_date,
                                   securities=g.buy_list,
                                   target=RiskParity(count=100, risk_budget=None),
                                   constraints=[MarketConstraint('stock', low=0.0, high=0.6),
                                                MarketConstraint('etf', low=0.0, high=0.4)],
                                   bounds=[Bound(0, 0.3)],
                                   default_port_weight_range=[0., 1.0],
                                   ftol=1e-09,
                                   return_none_if_fail=True)
    if g.optimizer == 2:
        return portfolio_optimizer(date=context.previous_date,
                                   securities=g.buy_list,
                                   target=MinVariance(count=100),
                                   constraints=[WeightConstraint(low=0.8, high=0.9),
                                                AnnualStdConstraint(limit=0.5, count=100)],
                                   bounds=[],
                                   return_none_if_fail=True)
    # 年化收益率目标达不到：返回 None
    return portfolio_optimizer(date=context.previous_date,
                               securities=g.buy_list,
                               target=MaxSharpeRatio(rf=0.0, weight_sum_equal=0.5, count=100),
                               constraints=[AnnualProfitConstraint(limit=1000, count=100)],
                               bounds=[Bound(0, 0.2)])


def market_open(context):
    optimized_weight = weights_of(context)
    g.optimizer = g.optimizer % 3 + 1
    if type(optimized_weight) == type(None):
        log.warn('警告：组合优化失败')
        optimized_weight = pd.Series(0.9 / len(g.buy_list), index=g.buy_list)
    total_value = context.portfolio.total_value
    for stock in optimized_weight.keys():
        order_target_value(stock, total_value * optimized_weight[stock])
