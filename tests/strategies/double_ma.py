# 双均线：短均线上穿长均线买入，下穿卖出
from jqdata import *


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    log.info('初始函数开始运行且全局只运行一次')
    log.set_level('order', 'error')
    set_order_cost(OrderCost(close_tax=0.001, open_commission=0.0003, close_commission=0.0003, min_commission=5), type='stock')
    g.security = '600036.XSHG'
    run_daily(before_market_open, time='before_open', reference_security='000300.XSHG')
    run_daily(market_open, time='open', reference_security='000300.XSHG')
    run_daily(after_market_close, time='after_close', reference_security='000300.XSHG')


def before_market_open(context):
    log.info('函数运行时间(before_market_open)：' + str(context.current_dt.time()))
    send_message('美好的一天~')


def market_open(context):
    security = g.security
    close_data = attribute_history(security, 10, '1d', ['close'])
    ma5 = close_data['close'][-5:].mean()
    ma10 = close_data['close'].mean()
    current_price = close_data['close'][-1]
    cash = context.portfolio.available_cash
    if (ma5 >= ma10 or current_price > 0.9 * ma10) and cash > 0:
        log.info('价格高于均价, 买入 %s' % security)
        order_value(security, cash * 0.3)
    elif current_price < ma10 and context.portfolio.positions[security].closeable_amount > 0:
        log.info('价格低于均价, 卖出 %s' % security)
        order_target(security, 0)


def after_market_close(context):
    log.info(str('函数运行时间(after_market_close):' + str(context.current_dt.time())))
    trades = get_trades()
    for _trade in trades.values():
        log.info('成交记录：' + str(_trade))
    log.info('一天结束')
