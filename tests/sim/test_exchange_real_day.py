"""A real day of 600519: every fill's price and quantity was really there, from the opening print to the closing one."""

import csv
from bisect import bisect_left
from collections import defaultdict
from datetime import date
from pathlib import Path
from random import Random

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at, clock_text
from tests.sim.exchange_stage import Stage, e4, outline

MOUTAI = "600519.XSHG"
DAY = date(2023, 2, 7)
CASH_E4 = 50_000_000 * 10_000


def levels(row: dict[str, str], side: str) -> tuple[tuple[int, int], ...]:
    found = ((e4(float(row[f"{side}{n}_px"])), int(row[f"{side}{n}_qty"])) for n in range(1, 6))
    return tuple((price_e4, qty) for price_e4, qty in found if price_e4 and qty)


def quote_of(row: dict[str, str]) -> m.Quote:
    return m.Quote(
        symbol=MOUTAI,
        at_ns=at(DAY, row["time"]),
        last_price_e4=e4(float(row["last"])),
        open_e4=e4(float(row["open"])),
        high_e4=e4(float(row["high"])),
        low_e4=e4(float(row["low"])),
        prev_close_e4=e4(float(row["prev_close"])),
        limit_down_e4=e4(1615.5),
        limit_up_e4=e4(1974.5),
        volume=int(row["volume"]),
        money_e4=e4(float(row["amount"])),
        trade_low_e4=0,
        trade_high_e4=0,
        suspended=False,
        bids=levels(row, "bid"),
        asks=levels(row, "ask"),
    )


@pytest.fixture(scope="module")
def day(shared_data: Path) -> list[m.Quote]:
    path = shared_data / "l2_600519_20230207" / "snapshots_10level.csv"
    if not path.exists():
        pytest.skip("the snapshots of 600519 are not beside this checkout")
    with path.open(encoding="utf-8", newline="") as file:
        return [quote_of(row) for row in csv.DictReader(file)]


@pytest.fixture
def stage() -> Stage:
    return Stage(CASH_E4, DAY)


def between(day: list[m.Quote], start: str, end: str) -> list[m.Quote]:
    return [quote for quote in day if at(DAY, start) <= quote.at_ns < at(DAY, end)]


def test_the_opening_auction_fills_at_its_real_print(day: list[m.Quote], stage: Stage) -> None:
    for quote in between(day, "9:00", "9:20"):
        stage.quote(quote)
    stage.buy("9:20", 200, 1810, symbol=MOUTAI)
    stage.buy("9:20", 50_000, 1809, symbol=MOUTAI)
    assert outline(stage.exchange.statement(0).orders) == ["accepted", "rejected CASH_NOT_ENOUGH"]
    stage.buy("9:20", 200, 1808.05, symbol=MOUTAI)
    assert [stage.quote(quote) for quote in between(day, "9:20", "9:25")] == [[]] * len(between(day, "9:20", "9:25"))
    said = [outline(stage.quote(quote)) for quote in between(day, "9:25", "9:30")]
    assert said[0] == ["fill 200@1808.08", "filled 200"]
    assert not any(said[1:])


def test_the_opening_auction_gives_no_more_than_it_traded(day: list[m.Quote]) -> None:
    stage = Stage(CASH_E4 * 10, DAY)
    stage.quote(day[0])
    stage.buy("9:20", 50_000, 1810, symbol=MOUTAI)
    said = [outline(stage.quote(quote)) for quote in between(day, "9:20", "9:30")]
    assert [line for line in said if line] == [["fill 42718@1808.08"]]


def test_the_closing_auction_fills_at_its_real_print(day: list[m.Quote], stage: Stage) -> None:
    for quote in between(day, "14:50", "14:58"):
        stage.quote(quote)
    stage.buy("14:58", 300, 1797.5, symbol=MOUTAI)
    stage.buy("14:58", 300, 1796.9, symbol=MOUTAI)
    said = [line for quote in between(day, "14:58", "15:01") for line in outline(stage.quote(quote))]
    assert said == ["fill 300@1797.00", "filled 300"]
    assert outline(stage.clock("15:00:05")) == ["expired DAY_ENDED"]


def trades_by_second(shared_data: Path) -> tuple[list[int], list[int]]:
    """Times and prices of all real trades, in order."""
    with (shared_data / "l2_600519_20230207" / "trades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seconds = [at(DAY, row["time"].split(".")[0]) for row in rows]
    return seconds, [e4(float(row["price"])) for row in rows]


def test_a_day_of_random_orders_fills_only_what_was_there(day: list[m.Quote], stage: Stage, shared_data: Path) -> None:
    random = Random(20230207)
    seconds, prices_e4 = trades_by_second(shared_data)
    stage.own(20_000, 1795, MOUTAI)
    taken: defaultdict[tuple[int, int], int] = defaultdict(int)
    before, kinds = day[0], defaultdict(int)
    for number, quote in enumerate(day):
        events = stage.quote(quote)
        check_passive(events, before, quote, seconds, prices_e4, kinds)
        if random.random() < 0.1:
            events = place_somewhere(stage, random, quote)
            check_aggressive(events, quote, number, taken, kinds)
        before = quote
    assert len(stage.exchange.orders) > 300
    assert kinds["aggressive"] > 50 and kinds["passive"] > 50


def place_somewhere(stage: Stage, random: Random, quote: m.Quote) -> list:
    side = random.choice([m.Side.BUY, m.Side.SELL])
    near_e4 = quote.last_price_e4 or quote.prev_close_e4
    price = (near_e4 + random.randrange(-60, 61) * 500) // 100 / 100
    kind = random.choice(["limit", "limit", "market"])
    return stage.place(clock_text(quote.at_ns), side, random.choice([100, 300]), price, symbol=MOUTAI, kind=kind)


def check_aggressive(events: list, quote: m.Quote, number: int, taken: dict, kinds: dict) -> None:
    for fill in events:
        if isinstance(fill, m.BrokerFill):
            shown = dict(quote.asks if fill.side is m.Side.BUY else quote.bids)
            taken[number, fill.price_e4] += fill.qty
            assert taken[number, fill.price_e4] <= shown[fill.price_e4]
            kinds["aggressive"] += 1


def check_passive(
    events: list, before: m.Quote, quote: m.Quote, seconds: list[int], prices_e4: list[int], kinds: dict
) -> None:
    """A resting order gets a price that is shown, or that really traded since the quote before."""
    traded = quote.volume - before.volume
    start = bisect_left(seconds, before.at_ns - SECOND_NS)
    end = bisect_left(seconds, quote.at_ns + 2 * SECOND_NS)
    for fill in events:
        if isinstance(fill, m.BrokerFill):
            shown = dict(quote.asks if fill.side is m.Side.BUY else quote.bids)
            kinds["passive"] += 1
            if shown.get(fill.price_e4, 0) < fill.qty:
                traded -= fill.qty
                assert traded >= 0
                assert fill.price_e4 in prices_e4[start:end]
