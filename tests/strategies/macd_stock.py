# MACD 金叉死叉，用 jqlib 的技术指标
from jqdata import *
from jqlib.technical_analysis import *


def initialize(context):
    set_option('use_real_price', True)
    g.pool = ['600036.XSHG', '601318.XSHG', '000333.XSHE']
    run_daily(trade, '9:31')


def trade(context):
    dif, dea, bar = MACD(g.pool, check_date=context.previous_date, SHORT=12, LONG=26, MID=9)
    ema = EMA(g.pool, check_date=context.current_dt, timeperiod=20, unit='1d', include_now=True)
    ma5 = MA(g.pool, context.previous_date, timeperiod=5)
    for stock in g.pool:
        log.info('%s DIF %.4f DEA %.4f MACD %.4f' % (stock, dif[stock], dea[stock], bar[stock]))
        if bar[stock] > 0 or ma5[stock] > ema[stock]:
            if stock not in context.portfolio.positions:
                order_value(stock, context.portfolio.total_value * 0.2)
        elif context.portfolio.positions[stock].closeable_amount > 0:
            order_target_value(stock, 0)
