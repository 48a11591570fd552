"""Three sub-accounts: the strategy is killed in mid-day with open orders in each, and its account is carried on."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.strategy.ids import sub_of
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk
from tests.stack.replays import check_replays
from tests.stack.traders import NOTES_THE_END

DIVIDED = (
    """
FUND, BANK = "518880.XSHG", "600036.XSHG"


def initialize(context):
    cash = context.portfolio.starting_cash
    set_subportfolios([SubPortfolioConfig(cash * share, "stock") for share in (0.3, 0.3, 0.2)])
    g.turn, g.begun = 0, []
    run_daily(begin, "9:35")
    for minute in (30, 31):
        for second in range(0, 60, 3):
            run_daily(trade, f"10:{minute}:{second:02d}")
    run_daily(trade, "14:00")


def before_trading_start(context):
    g.begun.append(seen(context))


def begin(context):
    order(FUND, 20000, pindex=0)
    order(FUND, 10000, pindex=1)
    order(BANK, 500, pindex=2)
    last = get_current_data()[FUND].last_price
    for pindex in range(3):
        order(FUND, 300, LimitOrderStyle(round(last * 0.96, 3)), pindex=pindex, wait_timeout=0)


def trade(context):
    g.turn += 1
    pindex = g.turn % 3
    transfer_cash((pindex + 1) % 3, pindex, 1000 + g.turn)
    order(FUND, 500 if g.turn % 2 else -300, pindex=pindex)
    order(BANK, 100, pindex=pindex, wait_timeout=0)


def seen(context):
    return [
        (round(sub.available_cash + sub.locked_cash, 4), {code: p.total_amount for code, p in sub.positions.items()})
        for sub in context.subportfolios
    ]

"""
    + NOTES_THE_END
    + "    g.subs, g.inout = seen(context), [sub.inout_cash for sub in context.subportfolios]\n"
)
REST = 200_000  # of the million, in none of them


def check(books: Books) -> list[Any]:
    """The ledgers are what their orders' fills make, and with the rest they are the account."""
    books.check()
    g, held = books.g(), [Counter[str]() for _ in range(3)]
    for key, symbol, side, qty in books.rows("select client_order_id, symbol, side, qty from fills"):
        held[sub_of(key)][symbol] += qty if side == "buy" else -qty
    assert [dict(+one) for one in held] == [shares for _, shares in g["subs"]]
    assert round(sum(cash for cash, _ in g["subs"]) + REST, 4) == round(g["cash"], 4)
    assert round(sum(g["inout"]), 4) == 1_000_000 - REST and min(cash for cash, _ in g["subs"]) >= 0
    return g["subs"]  # type: ignore[no-any-return]


@pytest.mark.slow
def test_nothing_is_lost_by_a_kill_nor_over_a_night(new_desk: Callable[..., Desk], short_day: Path) -> None:
    desk = new_desk(WIDE)
    file = desk.strategy("divided", DIVIDED)
    live = desk.live(file, "--date", DAY, "--speed", "20@10:30-10:32", "--quotes", str(short_day))
    for clock in ("10:30:15", "10:30:50"):
        desk.until_market(live, clock, "risk")
        live.kill("strategy")
    live.finish()
    check_replays(live.runtime)
    ended = check(Books(live.runtime))
    assert all(shares for _, shares in ended)
    again = desk.live(file, "--continue")
    again.finish()
    books = Books(again.runtime)
    check(books)
    assert len(books.g()["begun"]) == 2 and books.g()["begun"][1] == ended
