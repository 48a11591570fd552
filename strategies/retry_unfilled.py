"""示例：先挂限价单，过一会儿把没有成交的撤掉、按现价补下（retry_unfilled）。

结果未知的委托（outcome 为 unknown）不会重下：它可能已经成交。
"""

from jqdata import *

CODES = ["600036.XSHG", "000001.XSHE"]


def initialize(context):
    set_option("use_real_price", True)
    run_daily(place, "9:35")
    run_daily(retry, "9:45")


def place(context):
    current = get_current_data()
    for code in CODES:
        order(code, 200, LimitOrderStyle(round(current[code].last_price * 0.99, 2)), wait_timeout=0)


def retry(context):
    for placed in retry_unfilled():
        log.info(f"补下 {placed.security} {placed.amount} 股，成交 {placed.filled} 股")
