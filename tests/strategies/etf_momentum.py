# ETF 动量轮动：对数价格线性回归的年化收益乘以判定系数
from jqdata import *
import numpy as np
import math


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    set_option('avoid_future_data', True)
    set_slippage(FixedSlippage(0.001))
    set_order_cost(OrderCost(open_tax=0, close_tax=0, open_commission=0.0002, close_commission=0.0002, close_today_commission=0, min_commission=5), type='fund')
    log.set_level('system', 'error')
    g.etf_pool = ['518880.XSHG', '513100.XSHG', '510300.XSHG']
    g.m_days = 25
    run_daily(trade, '9:30')


def MOM(etf):
    df = attribute_history(etf, g.m_days, '1d', ['close'], df=False)
    y = np.log(df['close'])
    x = np.arange(len(y))
    weights = np.linspace(1, 2, len(y))
    slope, intercept = np.polyfit(x, y, 1, w=weights)
    annualized = math.pow(math.exp(slope), 250) - 1
    residuals = y - (slope * x + intercept)
    r2 = 1 - (np.sum(weights * residuals**2) / np.sum(weights * (y - np.mean(y)) ** 2))
    return annualized * r2


def get_rank(etf_pool):
    scores = {etf: MOM(etf) for etf in etf_pool}
    df = pd.DataFrame(index=list(scores), data={'score': list(scores.values())})
    df = df.sort_values(by='score', ascending=False)
    record(黄金=round(df.loc['518880.XSHG', 'score'], 2), 纳指=round(df.loc['513100.XSHG', 'score'], 2))
    return list(df.index)


def trade(context):
    target = get_rank(g.etf_pool)[:1]
    for etf in list(context.portfolio.positions):
        if etf not in target:
            order_target_value(etf, 0)
            print('卖出' + str(etf))
    hold_list = list(context.portfolio.positions)
    if len(hold_list) < 1:
        value = context.portfolio.available_cash / (1 - len(hold_list))
        for etf in target:
            if context.portfolio.positions[etf].total_amount == 0:
                order_target_value(etf, value)
                print('买入' + str(etf))
