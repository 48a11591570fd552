# 用类组织的多策略，对象存放在 g 里
from jqdata import *


class Strategy:
    def __init__(self, context, name, stocks, share):
        self.name, self.stocks, self.share = name, stocks, share
        self.trades = 0

    def adjust(self, context):
        for stock in self.stocks:
            o = order_target_value(stock, context.portfolio.total_value * self.share / len(self.stocks))
            if o is not None and str(o.status) == 'held':
                self.trades += 1

    def stop(self, context):
        for stock in self.stocks:
            if context.portfolio.positions[stock].closeable_amount > 0:
                order_target_value(stock, 0)


class Defensive(Strategy):
    def stop(self, context):
        log.info('%s 不止损，累计成交 %d' % (self.name, self.trades))


def initialize(context):
    set_option('use_real_price', True)
    g.strategies = {
        'a': Strategy(context, '进攻', ['300750.XSHE', '000333.XSHE'], 0.4),
        'b': Defensive(context, '防守', ['510300.XSHG', '518880.XSHG'], 0.4),
    }
    run_daily(adjust_a, '9:35')
    run_daily(adjust_b, '9:40')
    run_daily(stop_all, '14:55')


def adjust_a(context):
    g.strategies['a'].adjust(context)


def adjust_b(context):
    g.strategies['b'].adjust(context)


def stop_all(context):
    for s in g.strategies.values():
        s.stop(context)
