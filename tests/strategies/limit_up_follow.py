# 昨日涨停：过滤停牌、ST、新股、科创板，低开买入，冲高卖出
from jqdata import *
import datetime


def initialize(context):
    set_option('use_real_price', True)
    set_option('avoid_future_data', True)
    set_slippage(FixedSlippage(0))
    log.set_level('order', 'error')
    g.stock_num = 3
    g.hold_list = []
    g.high_limit_list = []
    run_daily(prepare_stock_list, time='9:05', reference_security='000300.XSHG')
    run_daily(buy, time='9:30', reference_security='000300.XSHG')
    run_daily(check_limit_up, time='14:00', reference_security='000300.XSHG')
    run_daily(print_position_info, time='15:10', reference_security='000300.XSHG')


def prepare_stock_list(context):
    g.hold_list = []
    for position in list(context.portfolio.positions.values()):
        g.hold_list.append(position.security)
    if g.hold_list != []:
        df = get_price(g.hold_list, end_date=context.previous_date, frequency='daily', fields=['close', 'high_limit', 'low_limit'], count=1, panel=False, fill_paused=False)
        df = df[df['close'] == df['high_limit']]
        g.high_limit_list = list(df.code)


def filter_paused_stock(stock_list):
    current_data = get_current_data()
    return [stock for stock in stock_list if not current_data[stock].paused]


def filter_st_stock(stock_list):
    current_data = get_current_data()
    return [stock for stock in stock_list if not current_data[stock].is_st and 'ST' not in current_data[stock].name and '*' not in current_data[stock].name and '退' not in current_data[stock].name]


def filter_kcbj_stock(stock_list):
    return [stock for stock in stock_list if not (stock[0] == '4' or stock[0] == '8' or stock[:2] == '68')]


def filter_new_stock(context, stock_list):
    yesterday = context.previous_date
    return [stock for stock in stock_list if not yesterday - get_security_info(stock).start_date < datetime.timedelta(days=375)]


def filter_limitup_stock(context, stock_list):
    last_prices = history(1, unit='1m', field='close', security_list=stock_list)
    current_data = get_current_data()
    return [stock for stock in stock_list if stock in context.portfolio.positions.keys() or last_prices[stock][-1] < current_data[stock].high_limit]


def filter_limitdown_stock(context, stock_list):
    last_prices = history(1, unit='1m', field='close', security_list=stock_list)
    current_data = get_current_data()
    return [stock for stock in stock_list if stock in context.portfolio.positions.keys() or last_prices[stock][-1] > current_data[stock].low_limit]


def buy(context):
    initial_list = get_all_securities('stock', context.previous_date).index.tolist()
    initial_list = filter_kcbj_stock(filter_st_stock(filter_paused_stock(initial_list)))
    initial_list = filter_new_stock(context, initial_list)
    initial_list = filter_limitdown_stock(context, filter_limitup_stock(context, initial_list))
    closes = history(5, '1d', 'close', initial_list)
    ranked = (closes.iloc[-1] / closes.iloc[0]).sort_values().index.tolist()
    position_count = len(context.portfolio.positions)
    target_num = len(ranked[:g.stock_num])
    if target_num > position_count:
        value = context.portfolio.cash / (target_num - position_count)
        for stock in ranked[:g.stock_num]:
            if context.portfolio.positions[stock].total_amount == 0:
                if open_position(stock, value):
                    if len(context.portfolio.positions) == target_num:
                        break


def open_position(security, value):
    order = order_target_value_(security, value)
    if order is not None and order.filled > 0:
        return True
    return False


def close_position(position):
    security = position.security
    order = order_target_value_(security, 0)
    if order is not None:
        if order.status == OrderStatus.held and order.filled == order.amount:
            return True
    return False


def order_target_value_(security, value):
    if value == 0:
        log.debug('Selling out %s' % (security))
    else:
        log.debug('Order %s to value %f' % (security, value))
    return order_target_value(security, value)


def check_limit_up(context):
    now_time = context.current_dt
    for stock in g.hold_list:
        current_data = get_price(stock, end_date=now_time, frequency='1m', fields=['close', 'high_limit'], skip_paused=False, fq='pre', count=1, panel=False, fill_paused=True)
        if current_data.iloc[0, 0] < current_data.iloc[0, 1]:
            log.info('[%s]没有涨停，卖出' % (stock))
            close_position(context.portfolio.positions[stock])


def print_position_info(context):
    trades = get_trades()
    for _trade in trades.values():
        print('成交记录：' + str(_trade))
    for position in list(context.portfolio.positions.values()):
        securities = position.security
        cost = position.avg_cost
        price = position.price
        ret = 100 * (price / cost - 1)
        value = position.value
        amount = position.total_amount
        print('代码:{}'.format(securities))
        print('成本价:{}'.format(format(cost, '.2f')))
        print('现价:{}'.format(price))
        print('收益率:{}%'.format(format(ret, '.2f')))
        print('持仓(股):{}'.format(amount))
        print('市值:{}'.format(format(value, '.2f')))
    print('———————————————————————————————————————分割线————————————————————————————————————————')
