# 用文件保存信号
import json
from io import BytesIO
from jqdata import *


def initialize(context):
    set_option('use_real_price', True)
    write_file('signals/config.json', json.dumps({'stock': '000333.XSHE', 'amount': 300}))
    write_file('trades.csv', 'date,code,filled\n')
    run_daily(trade, '9:50')


def trade(context):
    config = json.loads(read_file('signals/config.json'))
    o = order(config['stock'], config['amount'])
    line = '%s,%s,%d\n' % (context.current_dt.date(), config['stock'], o.filled if o else 0)
    write_file('trades.csv', line, append=True)
    df = pd.read_csv(BytesIO(read_file('trades.csv')))
    log.info('已记录 %d 天' % len(df))
