"""Records anew what the tests replay: ``python -m tests.captures.record``, about half a minute.

A captured day is evidence of what the program did then. It is recorded anew only where the record's format has changed,
or where a change is meant to decide otherwise; the commit then says so.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from tests.stack.books import Books
from tests.stack.desk import DAY, Desk, Live, open_desk, until
from tests.stack.recordings import write_day
from tests.stack.traders import NOTES_THE_END

FOLDER = Path(__file__).parent
FUND, BANK = "518880.XSHG", "600036.XSHG"
LIMITS = {
    "SIMULATOR_INITIAL_CASH": "10000000",
    "MAX_ORDER_VALUE": "900000",
    "MAX_DAILY_TRADE_VALUE": "100000000",
    "MAX_DAILY_TRADES": "1000",
    "MAX_CANCEL_PER_ORDER": "1",
    "RISK_CHECK_ENABLED": "true",
}

STRATEGY = (
    '''
"""A day for the replay tests: denials, partial fills, cancels, a query that is kept, and restarts between them."""

FUND, BANK = "518880.XSHG", "600036.XSHG"


def initialize(context):
    g.turn, g.closes = 0, []
    run_daily(begin, "9:35")
    run_daily(look_back, "14:00")
    for minute in (30, 31):
        for second in range(0, 60, 4):
            run_daily(trade, f"10:{minute}:{second:02d}")
    for clock in ("9:50", "11:00", "13:30", "14:30"):
        run_daily(trade, clock)


def begin(context):
    order(FUND, 6000)
    order(BANK, 500)
    order(BANK, 50000)


def look_back(context):
    g.closes = list(history(240, "1m", "close", [FUND, BANK])[BANK].tail(3))


def trade(context):
    g.turn += 1
    last = get_current_data()[FUND].last_price
    if g.turn % 4 == 0:
        order(FUND, 300, LimitOrderStyle(round(last * 0.97, 3)), wait_timeout=0)
    elif g.turn % 4 == 1:
        order(FUND, -500)
    elif g.turn % 4 == 2:
        order(BANK, 18000, LimitOrderStyle(round(get_current_data()[BANK].last_price + 0.01, 2)), wait_timeout=0)
    else:
        order(BANK, 30000 if g.turn % 3 else 100, wait_timeout=0)
    waiting = list(get_open_orders().values())
    if len(waiting) > 2:
        cancel_order(waiting[0])

'''
    + NOTES_THE_END
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        quotes = write_day(Path(folder) / "quotes", date.fromisoformat(DAY), [FUND, BANK], ("10:29", "10:33"))
        with open_desk(Path(folder) / "killed", LIMITS) as desk:
            live = desk.live(
                desk.strategy("kept", STRATEGY), "--date", DAY, "--speed", "10@10:30-10:32", "--quotes", str(quotes)
            )
            _killed(desk, live)
            Books(live.runtime).check()
            desk.run("capture", "--runtime-dir", "rt", "-o", str(FOLDER / "killed.capture"))


def _killed(desk: Desk, live: Live) -> None:
    blows = [("10:30:10", "strategy"), ("10:30:30", "gateway"), ("10:30:50", "risk")]
    blows += [("10:31:10", "strategy"), ("10:31:22", "risk"), ("10:31:34", "gateway")]
    for clock, victim in blows:
        desk.until_market(live, clock, "state")
        live.kill(victim)
        if victim != "strategy":
            until(lambda victim=victim: desk.market_ns(victim), f"{victim} answers")
    live.finish()


if __name__ == "__main__":
    main()
