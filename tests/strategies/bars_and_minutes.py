# get_bars 的各种周期
from jqdata import *
import numpy as np


def initialize(context):
    set_option('use_real_price', True)
    g.code = '600036.XSHG'
    run_daily(trade, '10:31')
    run_daily(trade, '14:01')


def trade(context):
    five = get_bars(g.code, count=6, unit='5m', fields=['date', 'open', 'close', 'high', 'low', 'volume'], include_now=True)
    day = get_bars(g.code, 20, unit='1d', fields=['close', 'money'], include_now=False, end_dt=context.current_dt, fq_ref_date=context.current_dt.date())
    week = get_bars(g.code, count=4, unit='1w', fields=['date', 'close'], df=True)
    both = get_bars([g.code, '000001.XSHE'], 5, '60m', ['close'])
    ma = np.mean(day['close'])
    log.info(five[-1]['close'], five['high'].max(), round(ma, 2), len(week), sorted(both))
    minute = attribute_history(g.code, 5, '1m', fields=['open', 'close', 'high', 'low', 'volume', 'money'], skip_paused=True, df=True, fq='pre')
    if minute['close'].iloc[-1] > ma * 0.98:
        order_target_value(g.code, context.portfolio.total_value * 0.3)
    else:
        order_target_value(g.code, 0)
