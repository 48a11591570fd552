# 分红送股：持仓除权后按比例调整记录的股数，红利再投资
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    g.stocks = ['601318.XSHG', '600036.XSHG']
    g.positions = {}
    g.cash = 0
    run_daily(buy, '9:35')
    run_daily(reinvest, '14:50')


def buy(context):
    for code in g.stocks:
        if context.portfolio.positions[code].total_amount == 0:
            o = order(code, 300)
            if o is not None and o.filled > 0:
                g.positions[code] = o.filled


def on_event(context, event):
    # 处理分红事件
    if isinstance(event, DividendsEvent) and event.name == "Dividends":
        for d in event.dividends:
            scale = d.get('scale_factor', 1)
            code = event.security.code
            if code in g.positions:
                old = g.positions[code]
                g.positions[code] = int(old * scale)
                g.cash += old / 10 * d['bonus_pre_tax']
            log.info('%s 除权 %s：%s，%s，仓位 %d' % (event.security, d['date'], d, event.side, event.pindex))
    elif isinstance(event, ForcedLiquidationEvent):
        log.warn('强平 %s %d' % (event.security, event.amount))


def reinvest(context):
    if g.cash > 0:
        order_value('510300.XSHG', g.cash)
        log.info('红利再投资 %.2f' % g.cash)
        g.cash = 0
