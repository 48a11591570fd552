# 通过 subportfolios[0] 交易
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    init_cash = context.portfolio.starting_cash
    set_subportfolios([SubPortfolioConfig(cash=init_cash, type='stock')])
    g.pindex = 0
    run_daily(trade, time='9:31')


def trade(context):
    sub = context.subportfolios[g.pindex]
    log.info(sub.type, sub.inout_cash, sub.transferable_cash, sub.locked_cash, sub.total_value, sub.positions_value)
    for stock in ['600036.XSHG', '000001.XSHE']:
        if stock not in sub.long_positions:
            order_target_value(stock, sub.available_cash * 0.3, side='long', pindex=g.pindex)
        elif sub.long_positions[stock].closeable_amount > 0:
            order_target(stock, 0, pindex=g.pindex, close_today=False)
