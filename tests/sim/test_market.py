"""The made-up market keeps the rules of the real one, adds up, and is the same whoever asks."""

import hashlib
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common import calendar
from common.beijing import at, clock_text
from common.instruments import TradingRules, limit_prices_e4, rules_of
from common.messages import Quote
from common.symbols import UnknownSymbol
from sim.market import Market
from sim.market_days import DayPlan

CALENDAR = calendar.load()
DAYS = CALENDAR.days_between(date(2024, 1, 2), date(2026, 12, 31))
SYMBOLS = [
    "600519.XSHG",
    "000001.XSHE",
    "000725.XSHE",
    "300999.XSHE",
    "688001.XSHG",
    "920002.BJ",
    "510300.XSHG",
    "511880.XSHG",
    "161725.XSHE",
    "180101.XSHE",
    "113050.XSHG",
    "204001.XSHG",
    "900901.XSHG",
    "200002.XSHE",
    "000300.XSHG",
    "399006.XSHE",
]

MAIN_BOARD = st.builds("{}{:03d}.XSHG".format, st.sampled_from([600, 601, 603]), st.integers(0, 999))
any_symbol = st.sampled_from(SYMBOLS) | MAIN_BOARD
any_day = st.sampled_from(DAYS)
seeds = st.integers(0, 2**40)


@settings(max_examples=60)
@example(83687, "600519.XSHG", date(2024, 1, 2))  # locked at the limit while the fair price had left it
@given(seed=seeds, symbol=any_symbol, day=any_day)
def test_a_day_of_quotes_is_the_days_plan_and_could_have_been_real(seed: int, symbol: str, day: date) -> None:
    market = Market(seed, CALENDAR)
    [plan] = market.plans(symbol, [day])
    quotes = market.quotes(symbol, day)
    check_plan(quotes, plan, rules_of(symbol, day))
    check_quotes(quotes, rules_of(symbol, day), limit_prices_e4(symbol, quotes[0].prev_close_e4, day))


def check_plan(quotes: list[Quote], plan: DayPlan, rules: TradingRules) -> None:
    last = quotes[-1]
    tick = rules.tick_e4
    assert (last.open_e4, last.high_e4, last.low_e4, last.last_price_e4) == (
        plan.open * tick,
        plan.high * tick,
        plan.low * tick,
        plan.close * tick,
    )
    assert last.volume == plan.lots * rules.lot
    assert last.money_e4 == plan.money * rules.lot * tick
    assert {quote.prev_close_e4 for quote in quotes} == {plan.prev_close * tick}


def check_quotes(quotes: list[Quote], rules: TradingRules, limits: tuple[int, int]) -> None:
    down, up = limits
    volume = money = 0
    for before, quote in zip([None, *quotes], quotes, strict=False):
        assert (quote.limit_down_e4, quote.limit_up_e4) == (down, up)
        assert down <= quote.low_e4 <= quote.last_price_e4 <= quote.high_e4 <= (up or quote.high_e4)
        traded = quote.volume - volume
        assert traded >= 0 and traded % rules.lot == 0
        assert quote.money_e4 - money == traded * quote.last_price_e4
        if traded:
            assert quote.trade_low_e4 == quote.trade_high_e4 == quote.last_price_e4
        else:
            assert (quote.trade_low_e4, quote.trade_high_e4) == (0, 0)
            assert before is not None and quote.last_price_e4 == before.last_price_e4
        volume, money = quote.volume, quote.money_e4
        check_book(quote, rules.tick_e4, rules.lot)


def check_book(quote: Quote, tick_e4: int, lot: int) -> None:
    bids, asks = quote.bids, quote.asks
    prices = [price for price, _ in reversed(bids)] + [price for price, _ in asks]
    assert prices == sorted(set(prices)) and prices
    assert all(price > 0 and price % tick_e4 == 0 for price in prices)
    assert all(qty > 0 and qty % lot == 0 for _, qty in (*bids, *asks))
    assert len(bids) <= 5 and len(asks) <= 5
    if quote.limit_up_e4:
        assert quote.limit_down_e4 <= prices[0] and prices[-1] <= quote.limit_up_e4
        assert bool(asks) == (quote.last_price_e4 < quote.limit_up_e4)
        assert bool(bids) == (quote.last_price_e4 > quote.limit_down_e4)
    if quote.volume and bids and asks and quote.trade_low_e4:
        assert quote.last_price_e4 in (bids[0][0], asks[0][0])


def test_the_day_has_its_auctions_and_a_quote_every_three_seconds() -> None:
    day = date(2026, 11, 20)
    quotes = Market(1, CALENDAR).quotes("600000.XSHG", day)
    times = [quote.at_ns for quote in quotes]
    assert times == sorted(set(times))
    assert [clock_text(ns) for ns in (*times[:3], *times[-2:])] == [
        "09:25:00",
        "09:30:00",
        "09:30:03",
        "14:57:00",
        "15:00:00",
    ]
    assert at(day, "11:30") in times and at(day, "13:00:03") in times and at(day, "13:00") not in times
    assert len(times) == 4743


@settings(max_examples=40)
@given(seed=seeds, symbol=any_symbol)
def test_history_keeps_the_limits_and_joins_up(seed: int, symbol: str) -> None:
    tick = rules_of(symbol, DAYS[0]).tick_e4
    plans = Market(seed, CALENDAR).plans(symbol, DAYS)
    for day, before, plan in zip(DAYS[1:], plans, plans[1:], strict=False):
        down, up = limit_prices_e4(symbol, plan.prev_close * tick, day)
        assert plan.prev_close == before.close
        assert down <= plan.low * tick and (plan.high * tick <= up or not up)
        assert plan.low <= min(plan.open, plan.close) <= max(plan.open, plan.close) <= plan.high
        assert plan.low * plan.lots <= plan.money <= plan.high * plan.lots


@given(seed=st.integers(0, 9), symbol=any_symbol, data=st.data())
@settings(max_examples=25)
def test_history_does_not_depend_on_what_was_asked_before(seed: int, symbol: str, data: st.DataObject) -> None:
    whole = dict(zip(DAYS, Market(seed, CALENDAR).plans(symbol, DAYS), strict=True))
    market = Market(seed, CALENDAR)
    for _ in range(4):
        start = data.draw(st.integers(0, len(DAYS) - 1))
        piece = DAYS[start : start + data.draw(st.integers(1, 300))]
        assert market.plans(symbol, piece) == [whole[day] for day in piece]


@given(seed=st.integers(0, 9), symbols=st.lists(any_symbol, max_size=8, unique=True), data=st.data())
@settings(max_examples=25)
def test_many_symbols_at_once_are_the_same(seed: int, symbols: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(DAYS) - 1))
    days = DAYS[start : start + data.draw(st.integers(0, 300))]
    suspended = dict.fromkeys(symbols[:1], DAYS[start + (len(DAYS) - start) // 2])
    market = Market(seed, CALENDAR, suspended=suspended)
    together = market.history(symbols, days).tolist()
    assert together == [Market(seed, CALENDAR, suspended=suspended).plans(symbol, days) for symbol in symbols]


def test_the_market_of_a_seed_stays_what_it_was() -> None:
    """What was traded on it yesterday must be in tomorrow's history, whichever version makes it up."""
    market = Market(42, CALENDAR)
    seen = repr([tuple(plan[:7]) for symbol in SYMBOLS for plan in market.plans(symbol, DAYS)])
    digest = "6dac2725037bd462d9816bf5bf17084f9666f1f52b6191f57a530cf5ba71ec7f"
    assert hashlib.sha256(seen.encode()).hexdigest() == digest


def test_history_looks_like_a_stock() -> None:
    """About 2 % a day, close to 100 locked limits in 200 stocks and three years, nothing drifting to nowhere."""
    market = Market(7, CALENDAR)
    plans = market.history([f"{600100 + n}.XSHG" for n in range(200)], DAYS)
    moves = plans["close"] / plans["prev_close"] - 1
    assert 0.015 < (moves * moves).mean() ** 0.5 < 0.03
    assert 10 < (plans["high"] == plans["low"]).sum() < 1000
    assert (plans["close"].max(axis=1) < 12 * plans["close"].min(axis=1)).all()


def test_a_price_may_rest_at_the_touch_and_be_reached() -> None:
    """Of orders put at the best bid, some fill within ten minutes and some do not."""
    quotes = Market(3, CALENDAR).quotes("600036.XSHG", date(2026, 11, 20))
    filled = [
        any(0 < later.trade_low_e4 < quote.bids[0][0] for later in quotes[i + 1 : i + 200])
        for i, quote in enumerate(quotes[1:4000:40], start=1)
        if quote.bids
    ]
    assert 0.2 < sum(filled) / len(filled) < 0.98


def test_another_seed_is_another_market() -> None:
    one, two = (Market(seed, CALENDAR).plans("600000.XSHG", DAYS[:50]) for seed in (1, 2))
    assert one != two


def test_a_suspended_symbol_stands_still() -> None:
    since, symbol = date(2026, 11, 16), "600000.XSHG"
    market = Market(1, CALENDAR, suspended={symbol: since})
    days = CALENDAR.window(date(2026, 11, 20), 10)
    plans, free = market.plans(symbol, days), Market(1, CALENDAR).plans(symbol, days)
    assert plans[:5] == free[:5]
    assert {(p.prev_close, p.open, p.high, p.low, p.close, p.lots, p.money) for p in plans[5:]} == {
        (free[4].close,) * 5 + (0, 0)
    }
    quotes = market.quotes(symbol, days[-1])
    assert quotes and all(quote.suspended and quote.volume == 0 and not quote.bids for quote in quotes)
    assert not any(quote.suspended for quote in market.quotes(symbol, days[0]))


def test_codes_of_no_board_do_not_trade() -> None:
    with pytest.raises(UnknownSymbol):
        Market(1, CALENDAR).quotes("700000.XSHG", DAYS[0])


DIGEST = """
import hashlib
from datetime import date
from common import calendar
from sim.market import Market
market = Market(42, calendar.load())
day = date(2026, 11, 20)
seen = repr([market.quotes(s, day) for s in ("600519.XSHG", "000001.XSHE")] + market.plans("510300.XSHG", [day]))
print(hashlib.sha256(seen.encode()).hexdigest())
"""


def test_every_process_sees_the_same_market() -> None:
    market = Market(42, CALENDAR)
    market.plans("600519.XSHG", DAYS)
    day = date(2026, 11, 20)
    seen = repr([market.quotes(s, day) for s in ("600519.XSHG", "000001.XSHE")] + market.plans("510300.XSHG", [day]))
    root = Path(__file__).resolve().parents[2]
    for hash_seed in ("0", "1234"):
        ran = subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
        )
        assert ran.stdout.decode().strip() == hashlib.sha256(seen.encode()).hexdigest()


def test_it_is_fast_enough_to_play() -> None:
    """Five times what it takes on a quiet machine: 25 ms for a symbol's quotes of a day; for 250 days of 500 symbols
    1.5 s one by one, 0.3 s all at once."""
    market, day = Market(1, CALENDAR), date(2026, 11, 20)
    started = time.process_time()
    for number in range(10):
        market.quotes(f"{600200 + number}.XSHG", day)
    assert (time.process_time() - started) / 10 < 0.15
    window = CALENDAR.window(day, 250)
    started = time.process_time()
    for number in range(100):
        market.plans(f"{601000 + number}.XSHG", window)
    assert (time.process_time() - started) * 5 < 6
    started = time.process_time()
    market.history([f"{603000 + number}.XSHG" for number in range(100)], window)
    assert (time.process_time() - started) * 5 < 2
