"""一个演示策略：早盘买入动量最强的几只，盘中低于均价的补入、高于均价的卖出，尾盘撤掉未成交的委托。

在聚宽上不加修改也能运行。股票当日买入次日才能卖出（T+1），组合中的黄金和跨境 ETF 当日即可卖出（T+0）。
"""

from jqdata import *

UNIVERSE = [
    "600519.XSHG",  # 贵州茅台
    "600036.XSHG",  # 招商银行
    "601318.XSHG",  # 中国平安
    "600900.XSHG",  # 长江电力
    "000001.XSHE",  # 平安银行
    "000333.XSHE",  # 美的集团
    "000858.XSHE",  # 五粮液
    "300750.XSHE",  # 宁德时代
    "518880.XSHG",  # 黄金 ETF
    "513100.XSHG",  # 纳指 ETF
]


def initialize(context):
    set_benchmark("000300.XSHG")
    set_option("use_real_price", True)
    set_order_cost(
        OrderCost(close_tax=0.0005, open_commission=0.0003, close_commission=0.0003, min_commission=5), type="stock"
    )
    g.budget = 0.05  # 每次买入占总资产的比例
    g.momentum_days = 5
    g.days = 0
    g.minutes = 0
    g.highest = {}
    run_daily(buy_strongest, "9:35")
    run_daily(trade_around_average, "10:30")
    run_daily(trade_around_average, "13:30")
    run_daily(take_profit, "14:30")
    run_daily(cancel_open, "14:50")
    log.info(f"策略初始化，组合 {len(UNIVERSE)} 只")


def before_trading_start(context):
    g.days += 1
    g.minutes = 0
    g.highest = {}
    log.info(f"第 {g.days} 个交易日，总资产 {context.portfolio.total_value:.2f}")


def handle_data(context, data):
    """每分钟只记下持仓的最高价，不下单。"""
    g.minutes += 1
    for code, position in context.portfolio.positions.items():
        g.highest[code] = max(g.highest.get(code, 0), position.price)


def buy_strongest(context):
    ranked = within_budget(context, sorted(tradable(), key=momentum, reverse=True))
    same_day = [code for code in ranked[2:] if code.startswith("51")]
    for code in ranked[:2] + same_day[:1]:
        buy(context, code)


def trade_around_average(context):
    """与最近 30 分钟的均价相比：能卖的里面高出最多的卖一半，其余里面低得最多的用限价单买入。"""
    current = get_current_data()
    distance = {}
    for code in tradable():
        closes = attribute_history(code, 30, "1m", ["close"], df=False)["close"]
        if len(closes) > 0:
            distance[code] = current[code].last_price / closes.mean() - 1
    positions = context.portfolio.positions
    sellable = [code for code in distance if positions[code].closeable_amount > 0]
    if sellable:
        dearest = max(sellable, key=distance.get)
        sell(dearest, positions[dearest].closeable_amount // 200 * 100 or positions[dearest].closeable_amount)
    cheap = within_budget(context, sorted((code for code in distance if code not in sellable), key=distance.get))
    if cheap:
        buy(context, cheap[0], LimitOrderStyle(round(current[cheap[0]].last_price * 1.002, 2)))


def take_profit(context):
    """卖出当日能卖、又已从最高价回落的持仓。"""
    for code, position in list(context.portfolio.positions.items()):
        if position.closeable_amount > 0 and position.price < g.highest.get(code, position.price):
            done = order_target(code, 0)
            if done is not None and done.filled > 0:
                log.info(f"止盈 {code} 成交 {done.filled} 股，均价 {done.price:.3f}")


def cancel_open(context):
    for waiting in list(get_open_orders().values()):
        cancel_order(waiting)


def after_trading_end(context):
    portfolio = context.portfolio
    trades = get_trades().values()
    held = "，".join(f"{code} {position.total_amount} 股" for code, position in portfolio.positions.items()) or "空仓"
    record(total_value=portfolio.total_value)
    log.info(f"今日成交 {len(trades)} 笔，成交额 {sum(trade.price * trade.amount for trade in trades):.2f}")
    log.info(f"现金 {portfolio.available_cash:.2f}，总资产 {portfolio.total_value:.2f}，持仓 {held}")


def tradable():
    """行情里有、没有停牌、也没有涨跌停的代码。"""
    current = get_current_data()
    return [
        code
        for code in UNIVERSE
        if not current[code].paused and current[code].low_limit < current[code].last_price < current[code].high_limit
    ]


def momentum(code):
    """最近几日的涨幅；没有历史数据时为 0。"""
    closes = attribute_history(code, g.momentum_days, "1d", ["close"], df=False)["close"]
    return closes[-1] / closes[0] - 1 if len(closes) > 1 else 0


def within_budget(context, codes):
    """预算内买得起一手的代码；一只也没有时，改为一手不超过总资产四分之一的代码。"""
    current = get_current_data()
    total = context.portfolio.total_value
    lot_value = {code: current[code].last_price * 100 * 1.02 for code in codes}
    return [code for code in codes if lot_value[code] <= total * g.budget] or [
        code for code in codes if lot_value[code] <= min(total / 4, context.portfolio.available_cash)
    ]


def buy(context, code, style=None):
    price = get_current_data()[code].last_price
    amount = max(int(context.portfolio.total_value * g.budget / price) // 100 * 100, 100)
    report(order(code, amount, style))


def sell(code, amount):
    report(order(code, -amount))


def report(done):
    if done is not None:
        log.info(f"{done.security} 委托 {done.amount} 股，成交 {done.filled} 股，状态 {done.status}")
