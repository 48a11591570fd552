# 与交易日历有关的写法
from jqdata import *
import jqdata
import datetime as dt


def initialize(context):
    set_option('use_real_price', True)
    g.first = context.run_params.start_date
    log.info(context.run_params.type, context.run_params.frequency, context.run_params.end_date)
    run_daily(trade, time='09:31')


def trade(context):
    today = context.current_dt.date()
    days = get_trade_days(end_date=today, count=10)
    all_days = list(jqdata.get_all_trade_days())
    index = all_days.index(today)
    until = get_trade_days(start_date=g.first, end_date=context.current_dt)
    near_month_end = all_days[index + 1].month != today.month
    log.info(days[-1], len(until), near_month_end, today - timedelta(days=1), datetime.datetime.now() is not None)
    week = get_price('000300.XSHG', start_date=days[0], end_date=context.previous_date, frequency='daily', fields=['close', 'volume', 'money'])
    if today - g.first < dt.timedelta(days=30) and week['close'].iloc[-1] > 0:
        order_target_value('510300.XSHG', context.portfolio.total_value * 0.1 * len(until))
