# 小市值：需要财务数据
from jqdata import *
from jqfactor import get_factor_values


def initialize(context):
    set_benchmark('399101.XSHE')
    set_option('use_real_price', True)
    g.stock_num = 3
    run_weekly(adjust, weekday=1, time='9:30')


def adjust(context):
    stocks = get_index_stocks('399101.XSHE')
    q = query(valuation.code, valuation.market_cap, indicator.eps).filter(valuation.code.in_(stocks), indicator.eps > 0, balance.total_assets > 0, income.net_profit > 0, cash_flow.subtotal_operate_cash_inflow > 0).order_by(valuation.market_cap.asc()).limit(10)
    df = get_fundamentals(q, date=context.previous_date)
    for stock in list(df.code)[:g.stock_num]:
        order_target_value(stock, context.portfolio.cash / g.stock_num)
