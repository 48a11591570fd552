# 早年的写法：set_universe、data 的 mavg、sellable_amount
def initialize(context):
    g.stocks = ['000001.XSHE', '600036.XSHG']
    set_universe(g.stocks)
    set_commission(PerTrade(buy_cost=0.0008, sell_cost=0.0015, min_cost=5))
    set_slippage(FixedSlippage(0.02), type='stock')


def handle_data(context, data):
    if context.current_dt.strftime('%H:%M') not in ('10:00', '14:00'):
        return
    h = history(5, '1d', 'avg')
    hist = history(5, '1d', 'close', df=False)
    cash = context.portfolio.cash / 4
    for security in context.universe:
        price = data[security].price
        ma5 = data[security].mavg(5)
        vwap, std = data[security].vwap(3), data[security].stddev(5)
        if data[security].isnan() or data[security].paused:
            continue
        if price > ma5 * 0.99 and cash > price * 100 and len(hist[security]) == len(h[security]):
            order(security, int(cash / price))
            log.info('Buying %s %.2f %.2f' % (security, vwap, std))
        elif price < ma5 * 0.99 and context.portfolio.positions[security].sellable_amount > 0:
            order_target(security, 0)
            log.info('Selling %s' % (security))
        record(stock_price=price)
    context.last = context.portfolio.positions[security].amount
