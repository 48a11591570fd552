# KDJ 与 RSI 超卖买入
import jqdata
from jqlib.technical_analysis import *


def initialize(context):
    set_option('use_real_price', True)
    g.stock = '000001.XSHE'
    run_daily(check, '14:50')


def check(context):
    yesterday = context.previous_date.strftime('%Y-%m-%d')
    K, D, J = KDJ(g.stock, check_date=yesterday, N=9, M1=3, M2=3)
    rsi = RSI(g.stock, check_date=yesterday, N1=6)[g.stock]
    wr, mawr = WR(g.stock, check_date=yesterday, N=10, N1=6)
    cci = CCI(g.stock, yesterday, N=14)
    log.info(K[g.stock], D[g.stock], J[g.stock], rsi, wr[g.stock], cci[g.stock])
    if rsi < 80 and g.stock not in context.portfolio.positions:
        order_target_value(g.stock, context.portfolio.total_value * 0.5)
    elif rsi > 80 or J[g.stock] > 100:
        order_target(g.stock, 0)
