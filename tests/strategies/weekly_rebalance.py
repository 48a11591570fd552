# 每周第一个交易日调仓到等权
def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    g.stocks = ['600036.XSHG', '000001.XSHE', '000333.XSHE', '300750.XSHE']
    g.week = 0
    run_weekly(select, weekday=1, time='9:30', reference_security='000300.XSHG')
    run_weekly(adjust, 1, '9:35')
    run_weekly(review, -1, time='14:50', force=True)


def select(context):
    rets = history(20, '1d', 'close', g.stocks)
    g.target = list((rets.iloc[-1] / rets.iloc[0] - 1).sort_values(ascending=False).index[:2])
    g.week += 1


def adjust(context):
    for code in context.portfolio.positions:
        if code not in g.target:
            order_target(code, 0, pindex=0)
    each = context.portfolio.total_value * 0.8 / len(g.target)
    for code in g.target:
        order_target_value(code, each, side='long')


def review(context):
    log.info('第%d周 收益 %.4f' % (g.week, context.portfolio.returns))
