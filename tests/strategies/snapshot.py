# 订阅与快照
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.codes = ['600036.XSHG', '000001.XSHE']
    run_daily(start, '9:31')
    run_daily(trade, '10:00')


def start(context):
    subscribe(g.codes[0], 'tick')
    subscribe(g.codes[1:], 'tick')


def trade(context):
    tick = get_current_tick(g.codes[0])
    ticks = get_current_tick(g.codes)
    log.info(tick.datetime, tick.current, tick.a1_p, tick.a1_v, tick.b1_p, tick.b5_v, tick.volume, tick.money)
    df = get_current_tick(g.codes, df=True)
    if ticks[g.codes[1]].current > 0 and df.shape[0] == 2:
        order(g.codes[1], 300, LimitOrderStyle(tick.a1_p if False else ticks[g.codes[1]].a1_p))
    unsubscribe_all()


def handle_tick(context, tick):
    log.info(tick.code, tick.current)
