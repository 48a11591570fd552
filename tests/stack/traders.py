"""Strategies that tests of the whole stack run; each writes what it ended with into `g`."""

NOTES_THE_END = """
def after_trading_end(context):
    portfolio = context.portfolio
    g.cash = portfolio.available_cash
    g.held = {code: position.total_amount for code, position in portfolio.positions.items() if position.total_amount}
    g.orders = {key: (str(order.status), order.filled) for key, order in get_orders().items()}
    log.info("THE DAY ENDS")
"""

BUSY = (
    '''
"""Trades every three seconds from 10:30 on for three minutes, and now and then all day; some orders rest."""

FUND, BANK = "518880.XSHG", "600036.XSHG"


def initialize(context):
    g.turn = 0
    log.info("INITIALIZED")
    run_daily(begin, "9:35")
    for minute in range(30, 33):
        for second in range(0, 60, 3):
            run_daily(trade, f"10:{minute}:{second:02d}")
    for clock in ("9:50", "11:00", "13:30", "14:30"):
        run_daily(trade, clock)


def begin(context):
    order(FUND, 20000)
    order(BANK, 500)


def trade(context):
    g.turn += 1
    last = get_current_data()[FUND].last_price
    if g.turn % 4 == 0:
        order(FUND, 300, LimitOrderStyle(round(last * 0.97, 3)), wait_timeout=0)
    elif g.turn % 4 == 1:
        order(FUND, -500)
    elif g.turn % 4 == 2:
        order(FUND, 400, LimitOrderStyle(round(last * 1.01, 3)))
    else:
        order(BANK, 100, wait_timeout=0)
    waiting = list(get_open_orders().values())
    if len(waiting) > 4:
        cancel_order(waiting[0])

'''
    + NOTES_THE_END
)

NEVER_STILL = (
    '''
"""Trades at every quote for a quarter of an hour: orders that fill, that rest, that wait, and some that are denied."""

FUND, BANK = "518880.XSHG", "600036.XSHG"


def initialize(context):
    g.turn = 0
    run_daily(begin, "9:35")
    for minute in range(30, 45):
        for second in range(0, 60, 3):
            run_daily(trade, f"10:{minute}:{second:02d}")


def begin(context):
    order(FUND, 20000)
    order(BANK, 500)


def trade(context):
    g.turn += 1
    last = get_current_data()[FUND].last_price
    order(BANK, 100)
    if g.turn % 4 == 0:
        order(FUND, 300, LimitOrderStyle(round(last * 0.97, 3)), wait_timeout=0)
    elif g.turn % 4 == 1:
        order(FUND, -500)
    elif g.turn % 4 == 2:
        order(FUND, 300, LimitOrderStyle(round(last - 0.002, 3)), wait_timeout=7)
        order(FUND, 40000)
    else:
        order(FUND, 400, LimitOrderStyle(round(last * 1.01, 3)))
    waiting = list(get_open_orders().values())
    if len(waiting) > 4:
        cancel_order(waiting[0])

'''
    + NOTES_THE_END
)
