"""An ex-day of a recorded market, in real processes: told once, killed or not, and the same again in a replay."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest

from common.beijing import naive
from common.sessions import minute_ends
from services.gateway.quotes.feeds.dividends import HEADER
from tests.stack.desk import Desk, until
from tests.stack.replays import check_replays

BANK, FRIDAY, MONDAY = "600036.XSHG", date(2026, 11, 20), date(2026, 11, 23)
CODE = f"""
BANK = '{BANK}'

def initialize(context):
    g.told = 0
    run_daily(buy, '9:35')

def buy(context):
    if BANK not in context.portfolio.positions:
        order(BANK, 500)

def on_event(context, event):
    g.told += 1
    log.info('paid %d %s %s' % (g.told, event.security.code, event.dividends))
    order(BANK, 100 * g.told, LimitOrderStyle(9.9))
"""


def recording(folder: Path) -> Path:
    """Two days of minutes at ten yuan; before the second ten shares are paid one yuan and given two."""
    lines = ["code,datetime,open,high,low,close,volume,money", *minutes(FRIDAY, "10.00"), *minutes(MONDAY, "8.25")]
    folder.mkdir()
    (folder / "minutes.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (folder / "dividends.csv").write_text(f"{HEADER}\n{BANK},{MONDAY},1,2,0,0\n", encoding="utf-8")
    return folder


def minutes(day: date, price: str) -> Iterable[str]:
    at_price = ",".join([price] * 4)
    return (f"{BANK},{naive(ns):%Y-%m-%d %H:%M:%S},{at_price},100000,{float(price) * 1e5}" for ns in minute_ends(day))


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True])
def test_an_ex_day_is_told_once(new_desk: Callable[..., Desk], killed: bool) -> None:
    desk = new_desk()
    quotes = recording(desk.folder / "quotes")
    live = desk.live(desk.strategy("paid", CODE), "--quotes", f"{quotes}", "--date", f"{FRIDAY}", "--days", "2")
    if killed:
        until(lambda: "paid 1" in live.log_of("strategy.paid") or live.process.poll() is not None, "it is told", 120)
        live.kill("strategy")
    live.finish()
    said = [line for line in live.log_of("strategy.paid").splitlines() if "paid " in line]
    assert len(said) == 1 and "'scale_factor': 1.2, 'bonus_pre_tax': 1.0" in said[0], live.report()
    check_replays(live.runtime)
