# 资金对半分成两个子账户，轮流换仓，定期把多的一半划给少的
from jqdata import *


def initialize(context):
    set_subportfolios([
        SubPortfolioConfig(cash=context.portfolio.starting_cash / 2, type='stock'),
        SubPortfolioConfig(cash=context.portfolio.starting_cash / 2, type='stock'),
    ])
    g.days = 0
    g.pool = ['600036.XSHG', '000001.XSHE', '510300.XSHG']


def before_trading_start(context):
    g.days += 1
    cash0 = context.subportfolios[0].available_cash
    cash1 = context.subportfolios[1].available_cash
    more, less = (0, 1) if cash0 > cash1 else (1, 0)
    transfer_cash(from_pindex=more, to_pindex=less, cash=abs(cash0 - cash1) / 2)
    # 开盘前的限价单，开盘时发出
    last = history(1, '1d', 'close', [g.pool[2]])[g.pool[2]].iloc[-1]
    order(g.pool[2], 1000, LimitOrderStyle(round(last * 0.99, 3)), pindex=g.days % 2)


def handle_data(context, data):
    if context.current_dt.strftime('%H:%M') != '10:00':
        return
    pindex = g.days % 2
    sub = context.subportfolios[pindex]
    for code in list(sub.positions):
        if sub.positions[code].closeable_amount > 0:
            order_target_value(code, 0, pindex=pindex)
    buy = g.pool[g.days % 2]
    order_value(buy, sub.available_cash * 0.4, pindex=pindex)
    order(buy, 300, StopLimitOrderStyle('stop_loss', data[buy].close * 0.999, data[buy].close * 1.01), pindex=pindex)


def after_trading_end(context):
    for sub in context.subportfolios:
        log.info(sub.pindex, sub.inout_cash, sub.transferable_cash, sub.positions_value, sub.unsell_positions)
        for code, p in sub.long_positions.items():
            log.info(p.pindex, code, p.total_amount, p.today_amount, p.hold_cost, p.acc_avg_cost, p.init_time)
    log.info([(o.pindex, o.security, o.status) for o in get_orders().values()])
