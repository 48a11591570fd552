"""示例：委托、成交与风控事件的回调（on_order、on_trade、on_risk_alert），聚宽没有、本系统可选。"""

from jqdata import *

CODE = "600036.XSHG"


def initialize(context):
    set_option("use_real_price", True)
    g.traded = 0.0
    g.denied = []
    run_daily(buy, "9:35")
    run_daily(report, "15:10")


def buy(context):
    order(CODE, 500, LimitOrderStyle(get_current_data()[CODE].last_price), wait_timeout=0)


def on_order(context, order):
    if order.outcome == "unknown":
        send_message(f"委托 {order.order_id} 结果未知，请到柜台核对")
    log.info(f"{order.security} {order.status} 已成 {order.filled}/{order.amount}")


def on_trade(context, trade):
    g.traded += trade.price * trade.amount


def on_risk_alert(context, alert):
    g.denied.append(alert.code)
    log.warn(f"[{alert.code}] {alert.source}: {alert.text}")


def report(context):
    log.info(f"累计成交额 {g.traded:.2f}，风控事件 {len(g.denied)} 次")
