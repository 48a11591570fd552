# 因子与市值：需要因子数据
from jqdata import *
from jqfactor import get_factor_values


def initialize(context):
    set_option('use_real_price', True)
    run_daily(factor, '9:40')
    run_daily(cap, '9:45')
    run_daily(shareholders, '9:50')
    run_daily(ticks, '9:55')


def factor(context):
    stocks = ['600036.XSHG', '000001.XSHE']
    data = get_factor_values(securities=stocks, factors=['Skewness60'], end_date=context.previous_date, count=1)
    order_target_value(data['Skewness60'].iloc[0].idxmin(), 10000)


def cap(context):
    log.info(get_valuation('000001.XSHE', end_date=context.previous_date, count=1, fields=['market_cap', 'pe_ratio']))


def shareholders(context):
    q = query(finance.STK_SHAREHOLDER_TOP10).filter(finance.STK_SHAREHOLDER_TOP10.code == '000001.XSHE').limit(10)
    log.info(finance.run_query(q))


def ticks(context):
    log.info(get_ticks('000001.XSHE', end_dt=context.current_dt, count=4, fields=['time', 'current', 'volume']))
