# 自己的风控：回撤过大清仓，停牌过滤，止损提示
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.values = []
    g.trades = 0
    run_daily(trade, '9:35')
    run_daily(guard, '14:30')


def trade(context):
    for code in filter_paused(['600036.XSHG', '300750.XSHE', '600999.XSHG']):
        order_target_value(code, context.portfolio.total_value * 0.3)


def guard(context):
    g.values.append(context.portfolio.total_value)
    if max_drawdown(g.values) > 0.1:
        for code in list(context.portfolio.positions):
            order_target(code, 0)
    for code in check_stop_loss(context, ratio=3):
        order_target(code, 0)


def on_order(context, order):
    log.info('委托', order.security, order.status, order.filled)


def on_trade(context, trade):
    g.trades += 1


def on_risk_alert(context, alert):
    log.warn('风控', alert.code, alert.text)
