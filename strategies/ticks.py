"""handle_tick 的例子：跟踪两只标的的快照，从当日最高价回落超过 0.5% 就卖出可卖的持仓。"""

from jqdata import *

CODES = ["518880.XSHG", "510300.XSHG"]
FALL = 0.005


def initialize(context: Context) -> None:
    subscribe(CODES)
    run_daily(buy, "10:00")


def buy(context: Context) -> None:
    for code in CODES:
        order_value(code, context.portfolio.available_cash * 0.1)


def handle_tick(context: Context, tick: Tick) -> None:
    """每有一个新快照运行一次；运行期间到的快照只留最新的一个。"""
    position = context.portfolio.positions[tick.code]
    if position.closeable_amount > 0 and tick.current < tick.high * (1 - FALL):
        log.info("%s 自最高 %.3f 回落到 %.3f，买一 %d 份", tick.code, tick.high, tick.current, tick.b1_v)
        order_target(tick.code, 0)


def on_strategy_end(context: Context) -> None:
    log.info("结束时的总资产 %.2f", context.portfolio.total_value)
