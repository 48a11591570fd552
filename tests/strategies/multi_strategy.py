# 多策略组合：三个子账户各跑一套，按月（这里按天）用 transfer_cash 再平衡，逐个子账户汇报
from jqdata import *


class Strategy:
    def __init__(self, name, pindex, pool, number):
        self.name, self.pindex, self.pool, self.number = name, pindex, pool, number
        self.starting_cash, self.hold_list = None, []

    def sub(self, context):
        return context.subportfolios[self.pindex]

    def prepare(self, context):
        self.hold_list = list(self.sub(context).long_positions)

    def select(self, context):
        past = history(5, '1d', 'close', self.pool)
        return list((past.iloc[-1] / past.iloc[0]).sort_values(ascending=False).index[:self.number])

    def adjust(self, context):
        sub, target = self.sub(context), self.select(context)
        for code in self.hold_list:
            if code not in target:
                self.close(context, code)
        wanted = [code for code in target if code not in sub.long_positions]
        for n, code in enumerate(wanted):
            value = sub.available_cash / (len(wanted) - n)
            order_target_value(code, value * 0.98, pindex=self.pindex)

    def close(self, context, code):
        position = self.sub(context).long_positions.get(code)
        if position is None or position.closeable_amount == 0:
            return
        o = order_target(code, 0, pindex=self.pindex)
        if o is not None and o.filled > 0:
            log.info(self.name, '卖出', code, o.filled, o.pindex)

    def report(self, context):
        sub = self.sub(context)
        if self.starting_cash is None:
            self.starting_cash = sub.starting_cash
        profit = sub.total_value / self.starting_cash - 1
        log.info(f'{self.name} {sub.type} 总值 {sub.total_value:.2f} 现金 {sub.cash:.2f} 收益 {profit:.2%} {sub.returns:.2%}')
        return profit


def initialize(context):
    set_benchmark('000300.XSHG')
    set_option('use_real_price', True)
    g.proportions = [0.35, 0.3, 0.35]
    cash = context.portfolio.starting_cash
    set_subportfolios([SubPortfolioConfig(cash * p, 'stock') for p in g.proportions])
    g.strategys = {
        '轮动': Strategy('轮动', 0, ['510300.XSHG', '518880.XSHG', '513100.XSHG'], 1),
        '蓝筹': Strategy('蓝筹', 1, ['600036.XSHG', '601318.XSHG', '000001.XSHE'], 2),
        '成长': Strategy('成长', 2, ['000333.XSHE', '300750.XSHE', '000001.XSHE'], 2),
    }
    run_daily(prepare, '9:05')
    run_daily(balance, '9:25')
    for number, name in enumerate(['adjust_rotation', 'adjust_blue', 'adjust_growth']):
        run_daily(globals()[name], f'9:{35 + number}')
    run_daily(stop_loss, '14:45')
    run_daily(report, '15:01')


def prepare(context):
    for strategy in g.strategys.values():
        strategy.prepare(context)


def adjust_rotation(context):
    g.strategys['轮动'].adjust(context)


def adjust_blue(context):
    g.strategys['蓝筹'].adjust(context)


def adjust_growth(context):
    g.strategys['成长'].adjust(context)


def balance(context):
    for i in range(1, len(g.proportions)):
        target = g.proportions[i] * context.portfolio.total_value
        value = context.subportfolios[i].total_value
        if target < value and context.subportfolios[i].available_cash > 0:
            transfer_cash(from_pindex=i, to_pindex=0, cash=min(value - target, context.subportfolios[i].available_cash))
        if target > value and context.subportfolios[0].available_cash > 0:
            transfer_cash(from_pindex=0, to_pindex=i, cash=min(target - value, context.subportfolios[0].available_cash))


def stop_loss(context):
    for strategy in g.strategys.values():
        for code, position in strategy.sub(context).long_positions.items():
            if position.price < position.avg_cost * 0.97:
                strategy.close(context, code)


def report(context):
    record(**{f's{s.pindex}': s.report(context) * 100 for s in g.strategys.values()})
    total = sum(sub.total_value for sub in context.subportfolios)
    log.info('合计', round(total, 2), round(context.portfolio.total_value, 2))
    for trade in get_trades().values():
        log.info(trade.security, trade.amount, trade.price, trade.pindex)
