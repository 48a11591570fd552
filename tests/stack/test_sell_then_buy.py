"""Selling everything and buying with the proceeds in one callback, 1,000 times: the cash is always there."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk
from tests.stack.recordings import write_deep_day
from tests.stack.traders import NOTES_THE_END

FUND = "518880.XSHG"
BID_E4, ASK = 50_000, "5.001"
ROUNDS, TIMES = 100, ("9:50", "10:10", "10:40", "11:00", "11:20", "13:10", "13:30", "14:00", "14:20", "14:40")
TURNS_OVER = (
    f'''
from decimal import Decimal

FUND, ASK = "{FUND}", {ASK}


def initialize(context):
    g.rounds, g.trouble = 0, []
    run_daily(buy, "9:45")
    for clock in {TIMES}:
        run_daily(turn_over, clock)


def yuan(value):
    return round(Decimal(value), 4)


def buy(context):
    """All the cash buys: what is left pays for no further lot."""
    cash = yuan(context.portfolio.available_cash)
    done = order(FUND, int(cash / Decimal(str(ASK))), LimitOrderStyle(ASK))
    left = yuan(context.portfolio.available_cash)
    if done is None or done.filled < done.amount:
        g.trouble.append(f"bought {{done}} with {{cash}}")
    elif left != cash - done.filled * yuan(ASK) - yuan(done.commission):
        g.trouble.append(f"{{cash}} became {{left}} after {{done}}")
    elif not 0 <= left < 100 * yuan(ASK) + 1:
        g.trouble.append(f"{{left}} of {{cash}} is left")


def turn_over(context):
    for _ in range({ROUNDS}):
        held = context.portfolio.positions[FUND].closeable_amount
        sold = order(FUND, -held)
        if sold is None or sold.filled != held:
            g.trouble.append(f"sold {{sold}} of {{held}}")
        buy(context)
        g.rounds += 1

'''
    + NOTES_THE_END
)


def test_no_buy_is_denied_or_cut_for_cash_that_is_there(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk({**WIDE, "ORDER_MAX_VOLUME": "10000000"})
    quotes = write_deep_day(tmp_path / "deep", FUND, date.fromisoformat(DAY), BID_E4)
    live = desk.live(desk.strategy("turns_over", TURNS_OVER), "--date", DAY, "--quotes", str(quotes))
    live.finish(seconds=90)
    books = Books(live.runtime)
    g = books.g()
    assert not g["trouble"], g["trouble"][:5]
    assert g["rounds"] == ROUNDS * len(TIMES) == 1000
    assert books.rows("select status, side, count(*) from orders group by 1, 2 order by 2") == [
        ("filled", "buy", 1001),
        ("filled", "sell", 1000),
    ]
    books.check()
