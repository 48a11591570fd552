# 布林带回归与 ATR 仓位
from jqdata import *
from jqlib.technical_analysis import Bollinger_Bands, ATR, BIAS


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    g.stocks = ['600036.XSHG', '000333.XSHE']
    run_daily(trade, time='10:00', reference_security='000300.XSHG')


def trade(context):
    up, mid, low = Bollinger_Bands(g.stocks, check_date=context.current_dt, timeperiod=20, nbdevup=2, nbdevdn=2)
    mtr, atr = ATR(g.stocks, check_date=context.previous_date, timeperiod=14)
    b1, b2, b3 = BIAS(g.stocks, context.previous_date, N1=6, N2=12, N3=24)
    current = get_current_data()
    for s in g.stocks:
        price = current[s].last_price
        shares = int(context.portfolio.total_value * 0.01 / max(atr[s], 0.01)) // 100 * 100
        log.debug('%s %.2f [%.2f %.2f %.2f] bias %.2f' % (s, price, low[s], mid[s], up[s], b1[s]))
        if price < mid[s] * 1.05 and shares >= 100:
            order(s, min(shares, 1000))
        elif price > up[s]:
            order_target(s, 0)
