"""What the world's strategy does: it trades every second, in a third of the worlds at quotes too, drawn from `g`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from services.strategy.loader import Source

STRATEGY = "world"
_PATH = Path(__file__).with_name("world_desk.py")  # stands nowhere: only the name that tracebacks show

_TEXT = """
SYMBOLS = ("600000.XSHG", "000001.XSHE", "511010.XSHG")


def initialize(context):
    g.number = SEED
    for second in range(2, LAST):
        run_daily(trade, "09:%02d:%02d" % (35 + second // 60, second % 60))
    if SEED % 3 == 0:
        subscribe(SYMBOLS)


def handle_tick(context, tick):
    if draw(8) == 0:
        act(tick.code, draw(12), (0, 0, 0.5)[draw(3)])


def draw(most):
    g.number = (g.number * 1103515245 + 12345) % 2147483648
    return (g.number >> 12) % most


def trade(context):
    for _ in range(1 + draw(4)):
        act(SYMBOLS[draw(3)], draw(12), (0, 0, 0.5, 3)[draw(4)])
    if draw(4) == 0:
        send_message("number %d" % g.number)


def act(symbol, what, wait):
    if what < 4:
        order(symbol, 100 * (1 + draw(6)), wait_timeout=wait)
    elif what < 7:
        order(symbol, -100 * (1 + draw(5)), LimitOrderStyle(get_current_data()[symbol].last_price), wait_timeout=wait)
    elif what == 7:
        order_target(symbol, 100 * draw(20), wait_timeout=wait)
    elif what == 8:
        order_target_value(symbol, 10000 * draw(8), wait_timeout=wait)
    elif what == 9:
        order_value(symbol, 20000 - 5000 * draw(8), wait_timeout=wait)
    else:
        for waiting in list(get_open_orders().values())[:2]:
            cancel_order(waiting)
"""


def source(seed: int, last_second: int) -> Source:
    text = _TEXT.replace("SEED", str(seed)).replace("LAST", str(last_second))
    raw = text.encode()
    return Source(_PATH, compile(text, str(_PATH), "exec"), hashlib.sha256(raw).hexdigest(), raw)
