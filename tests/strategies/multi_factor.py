# 多因子打分：自定义因子、去极值、中性化、标准化
from jqdata import *
from jqfactor import *
import numpy as np
import pandas as pd


class Momentum(Factor):
    name = 'momentum20'
    max_window = 20
    dependencies = ['close', 'volume']

    def calc(self, data):
        close = data['close']
        return close.iloc[-1] / close.iloc[0] - 1


class Quality(Factor):
    name = 'quality'
    max_window = 1
    dependencies = ['roe', 'roe_1', 'net_profit_y', 'total_assets', 'market_cap', 'HY001']

    def calc(self, data):
        self.basic = pd.concat([data['roe'], data['net_profit_y'] / data['total_assets']]).T
        self.basic = self.basic.replace([-np.inf, np.inf], np.nan)
        self.basic.columns = ['ROE', 'ROA']
        index = self._get_extra_data(securities=['000300.XSHG'], fields=['close'])
        log.info(self._current_date.strftime('%Y-%m-%d'), index['close'].iloc[-1, 0])


def initialize(context):
    set_option('use_real_price', True)
    set_option('avoid_future_data', True)
    g.stocks = ['600036.XSHG', '601318.XSHG', '000001.XSHE', '000333.XSHE', '300750.XSHE']
    run_daily(rebalance, '9:35')


def before_trading_start(context):
    quality = Quality()
    date = context.previous_date
    calc_factors(g.stocks, [quality], start_date=date, end_date=date, use_real_price=True, skip_paused=False)
    g.good = quality.basic.dropna().index.tolist()


def rebalance(context):
    date = context.previous_date.strftime('%Y-%m-%d')
    values = calc_factors(g.stocks, [Momentum()], date, date)['momentum20'].iloc[0]
    values = winsorize_med(values, scale=3, inclusive=True, inf2nan=True, axis=0)
    score = neutralize(values, how=['jq_l1', 'market_cap'], date=date, axis=1, fillna='jq_l1')
    score = standardlize(score, inf2nan=True)
    size = get_factor_values(securities=g.stocks, factors=['size'], end_date=date, count=1)['size'].iloc[0]
    score = (score + standardlize(neutralize(size, how=['sw_l1'], date=date)).fillna(0)).sort_values(ascending=False)
    log.info(score.round(3).to_dict())
    for code in [one for one in score.index if one in g.good][:2]:
        order_target_value(code, 100000)
