"""A weekend at the terminal: orders end at the close, numbers begin anew, what was bought may be sold."""

from pathlib import Path

from tests.qmt.clock import from_now
from tests.qmt.dealer import BUY, SELL, Dealer
from tests.qmt.handle import Terminal, wait_until

PUFA = "600000.SH"
FRIDAY, MONDAY = "2026-11-20", "2026-11-23"


def dealer_at(terminal: Terminal, moment: str, pace: float = 1.0) -> Dealer:
    """The terminal is off until a moment, then there is a dealer again."""
    terminal.kill()
    terminal.clock = from_now(moment, pace)
    terminal.start()
    desk = Dealer(terminal.path, 100)
    assert desk.code == 0 and desk.subscribe() == 0
    return desk


def status_of(terminal: Terminal, order_id: int) -> int:
    return next(order["order_status"] for order in terminal.books()["orders"] if order["order_id"] == order_id)


def test_from_friday_to_monday(wheel: None, tmp_path: Path) -> None:
    with Terminal(tmp_path, quotes=False, reconnect_gap_s=0.0) as terminal:
        desk = dealer_at(terminal, f"{FRIDAY}T14:58:00")
        closes = desk.placed(PUFA, BUY, 200, 11.56, "closes")
        rests = desk.placed(PUFA, BUY, 100, 9.46, "rests")
        desk.until_status(rests, 50)
        desk.close()

        dealer_at(terminal, f"{FRIDAY}T15:00:02", 20).close()
        wait_until(lambda: status_of(terminal, closes) == 56, what="it fills in the closing auction")
        wait_until(lambda: status_of(terminal, rests) == 54, what="it ends with the day")

        desk = dealer_at(terminal, f"{MONDAY}T09:14:00")
        books = terminal.books()
        assert (books["orders"], books["trades"], books["trading_day"]) == ([], [], 20_261_123)
        assert [(row["volume"], row["can_use_volume"]) for row in books["positions"]] == [(200, 200)]
        sold = desk.placed(PUFA, SELL, 200, 9.60, "early")
        assert sold == closes, "the numbers begin anew"
        wait_until(lambda: terminal.books()["asset"] and desk.heard.statuses(sold)[-1:] == [49])
        desk.close()

        desk = dealer_at(terminal, f"{MONDAY}T09:15:00")
        wait_until(lambda: desk.trader.query_stock_order(desk.account, sold).order_sysid, what="the counter reports it")
        desk.close()

        desk = dealer_at(terminal, f"{MONDAY}T09:31:00")
        wait_until(lambda: status_of(terminal, sold) == 56)
        # Whoever has sold out may still be on the list.
        assert [row.volume for row in desk.trader.query_stock_positions(desk.account)] == [0]
        desk.close()


def test_a_fast_clock_loses_no_auction(wheel: None, tmp_path: Path) -> None:
    """Thousands of times as fast as real time, the closing auction and the end of the day come in one moment."""
    with Terminal(tmp_path, quotes=False, reconnect_gap_s=0.0) as terminal:
        desk = dealer_at(terminal, f"{FRIDAY}T14:58:00")
        closes = desk.placed(PUFA, BUY, 200, 11.56, "closes")
        desk.until_status(closes, 50)
        desk.close()
        dealer_at(terminal, f"{FRIDAY}T14:59:59", 5000).close()
        wait_until(lambda: status_of(terminal, closes) == 56)
