# 收盘后汇总持仓并推送
from jqdata import *
import pandas as pd


def initialize(context):
    set_option('use_real_price', True)
    run_daily(trade, '9:45')
    run_daily(report, '15:30')


def trade(context):
    for code in ['510300.XSHG', '600036.XSHG']:
        order_target_value(code, 100000)


def report(context):
    rows = []
    for code, pos in context.portfolio.positions.items():
        info = get_security_info(code)
        rows.append([info.display_name, pos.total_amount, pos.avg_cost, pos.price, pos.value])
    df = pd.DataFrame(rows, columns=['名称', '数量', '成本', '现价', '市值'])
    log.info('\n' + df.to_string())
    p = context.portfolio
    line = '总资产 %.2f 市值 %.2f 现金 %.2f 收益率 %.2f%%' % (p.total_value, p.positions_value, p.available_cash, p.returns * 100)
    send_message(line, channel='weixin')
    record(total=p.total_value / p.starting_cash, pos=p.positions_value)
    for t in get_trades().values():
        log.info(t.time, t.security, t.amount, t.price, t.trade_id, t.order_id)
