"""Boards, lots, ticks, limits and the cage: the tables of ashare_rules, their dates, and a real day's orders."""

import csv
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import instruments as rules
from common.instruments import Board, UnknownSymbol
from common.reasons import Reason

NOW = date(2026, 11, 23)
DATA = Path(__file__).parents[2].parent / "shared" / "data"
STOCKS = ["600000.XSHG", "000001.XSHE", "300750.XSHE", "688111.XSHG", "920002.BJ"]
PRICES = st.integers(min_value=1, max_value=300_000).map(lambda fen: fen * 100)
QTYS = st.integers(min_value=0, max_value=3000)


@pytest.mark.parametrize(
    ("symbol", "board"),
    [
        ("600000.XSHG", Board.MAIN), ("605499.XSHG", Board.MAIN), ("688111.XSHG", Board.STAR),
        ("689009.XSHG", Board.STAR), ("900901.XSHG", Board.B_SHARE), ("510300.XSHG", Board.ETF),
        ("588000.XSHG", Board.ETF), ("562500.XSHG", Board.ETF), ("501018.XSHG", Board.LOF),
        ("508000.XSHG", Board.REIT), ("113050.XSHG", Board.CONVERTIBLE), ("204001.XSHG", Board.REPO),
        ("000001.XSHG", Board.INDEX), ("000001.XSHE", Board.MAIN), ("003816.XSHE", Board.MAIN),
        ("301236.XSHE", Board.CHINEXT), ("200596.XSHE", Board.B_SHARE), ("159915.XSHE", Board.ETF),
        ("161725.XSHE", Board.LOF), ("180101.XSHE", Board.REIT), ("128136.XSHE", Board.CONVERTIBLE),
        ("131810.XSHE", Board.REPO), ("399006.XSHE", Board.INDEX), ("920002.BJ", Board.BSE),
        ("430047.BJ", Board.BSE), ("832982.BJ", Board.BSE), ("873169.BJ", Board.BSE), ("899050.BJ", Board.INDEX),
    ],
)  # fmt: skip
def test_board(symbol: str, board: Board) -> None:
    assert rules.board_of(symbol) is board


@pytest.mark.parametrize(
    "symbol",
    ["", "600000", "600000.SH", "60000.XSHG", "6000000.XSHG", "600000.XSHE", "000001.BJ", "60000a.XSHG", "IF2612.CCFX",
     "６00000.XSHG", "600000.XSHG.XSHG", "700000.XSHE"],
)  # fmt: skip
def test_unknown_symbol(symbol: str) -> None:
    with pytest.raises(UnknownSymbol, match="无法识别的证券代码"):
        rules.board_of(symbol)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("000001", "000001.XSHE"), ("SZ000001", "000001.XSHE"), ("000001SZ", "000001.XSHE"),
        ("000001.sz", "000001.XSHE"), ("000001.XSHE", "000001.XSHE"), ("sz.000001", "000001.XSHE"),
        ("600000.SH", "600000.XSHG"), ("600000.XSHG", "600000.XSHG"), ("sh600000", "600000.XSHG"),
        (" 600000 ", "600000.XSHG"), (600000, "600000.XSHG"), (1, "000001.XSHE"), ("510300", "510300.XSHG"),
        ("159915", "159915.XSHE"), ("900901", "900901.XSHG"), ("920002", "920002.BJ"), ("430047", "430047.BJ"),
        ("920002.bj", "920002.BJ"), ("sh000300", "000300.XSHG"), ("113050.SH", "113050.XSHG"),
    ],
)  # fmt: skip
def test_normalize_code(text: str | int, symbol: str) -> None:
    assert rules.normalize_code(text) == symbol


@pytest.mark.parametrize(
    "text", ["", "60000", "平安银行", "113050", "sh600000.sz", "600000.HK", "x600000", -1, 1234567]
)
def test_normalize_code_refuses(text: str | int) -> None:
    with pytest.raises(UnknownSymbol):
        rules.normalize_code(text)


def test_qmt_codes() -> None:
    for symbol, code in [("600000.XSHG", "600000.SH"), ("000001.XSHE", "000001.SZ"), ("920002.BJ", "920002.BJ")]:
        assert rules.to_qmt(symbol) == code
        assert rules.from_qmt(code) == symbol
    with pytest.raises(UnknownSymbol):
        rules.to_qmt("600000.SH")
    with pytest.raises(UnknownSymbol):
        rules.from_qmt("600000.XSHG")


@pytest.mark.parametrize(
    ("symbol", "tick_e4", "t_plus"),
    [
        ("600000.XSHG", 100, 1), ("510300.XSHG", 10, 1), ("159915.XSHE", 10, 1), ("518880.XSHG", 10, 0),
        ("511880.XSHG", 10, 0), ("513100.XSHG", 10, 0), ("159920.XSHE", 10, 0), ("161725.XSHE", 10, 1),
        ("508000.XSHG", 10, 1), ("113050.XSHG", 10, 0), ("127045.XSHE", 10, 0), ("204001.XSHG", 50, 0),
        ("900901.XSHG", 10, 1), ("200596.XSHE", 100, 1), ("920002.BJ", 100, 1),
    ],
)  # fmt: skip
def test_tick_and_settlement(symbol: str, tick_e4: int, t_plus: int) -> None:
    """ashare_rules 4 and 7."""
    found = rules.rules_of(symbol, NOW)
    assert (found.tick_e4, found.t_plus) == (tick_e4, t_plus)


@pytest.mark.parametrize(
    ("symbol", "day", "is_st", "ratio_e4"),
    [
        ("600000.XSHG", NOW, False, 1000), ("600000.XSHG", date(2026, 7, 5), True, 500),
        ("600000.XSHG", date(2026, 7, 6), True, 1000), ("000001.XSHE", date(2026, 7, 5), True, 500),
        ("300750.XSHE", date(2020, 8, 23), False, 1000), ("300750.XSHE", date(2020, 8, 24), False, 2000),
        ("300750.XSHE", date(2021, 1, 4), True, 2000), ("688111.XSHG", date(2021, 1, 4), True, 2000),
        ("920002.BJ", NOW, True, 3000), ("900901.XSHG", NOW, False, 1000), ("510300.XSHG", NOW, False, 1000),
        ("588000.XSHG", NOW, False, 2000), ("159915.XSHE", NOW, False, 2000), ("159919.XSHE", NOW, False, 1000),
        ("159915.XSHE", date(2020, 8, 21), False, 1000), ("508000.XSHG", NOW, False, 1000),
        ("113050.XSHG", date(2022, 7, 29), False, 0), ("113050.XSHG", date(2022, 8, 1), False, 2000),
        ("204001.XSHG", NOW, False, 0), ("000300.XSHG", NOW, False, 0),
    ],
)  # fmt: skip
def test_limit_ratio(symbol: str, day: date, is_st: bool, ratio_e4: int) -> None:
    """ashare_rules 5."""
    assert rules.rules_of(symbol, day, st=is_st).limit_ratio_e4 == ratio_e4


@pytest.mark.parametrize(
    ("symbol", "day", "prev_close_e4", "limits"),
    [
        ("600519.XSHG", date(2023, 2, 7), 17_950_000, (16_155_000, 19_745_000)),
        ("600000.XSHG", NOW, 100_500, (90_500, 110_600)),  # 9.045 and 11.055 go up
        ("600000.XSHG", NOW, 300, (200, 400)),  # 0.027 and 0.033 round to 0.03: one tick apart
        ("600000.XSHG", date(2023, 4, 7), 300, (300, 300)),
        ("000001.XSHE", date(2011, 2, 28), 300, (200, 400)),
        ("600000.XSHG", NOW, 100, (100, 200)),
        ("510300.XSHG", NOW, 38_550, (34_700, 42_410)),  # 3.4695 and 4.2405 go up to 0.001
        ("113050.XSHG", date(2022, 7, 29), 1_100_000, (0, 0)),
        ("600000.XSHG", NOW, 0, (0, 0)),
    ],
)
def test_limit_prices(symbol: str, day: date, prev_close_e4: int, limits: tuple[int, int]) -> None:
    assert rules.limit_prices_e4(symbol, prev_close_e4, day) == limits


@given(st.sampled_from([*STOCKS, "510300.XSHG", "588000.XSHG"]), PRICES)
def test_limits_agree_with_decimal_arithmetic(symbol: str, prev_close_e4: int) -> None:
    found = rules.rules_of(symbol, NOW)
    tick, close = Decimal(found.tick_e4), Decimal(prev_close_e4)
    change = close * found.limit_ratio_e4 / 10_000
    down, up = (
        int((price / tick).quantize(Decimal(1), ROUND_HALF_UP) * tick) for price in (close - change, close + change)
    )
    expected = max(min(down, prev_close_e4 - found.tick_e4), found.tick_e4), max(up, prev_close_e4 + found.tick_e4)
    assert rules.limit_prices_e4(symbol, prev_close_e4, NOW) == expected
    for price_e4 in expected:
        assert rules.price_refusal(symbol, price_e4, *expected, NOW) is None
    assert rules.price_refusal(symbol, expected[1] + found.tick_e4, *expected, NOW) == "PRICE_ABOVE_LIMIT"
    assert rules.price_refusal(symbol, expected[1] + 1, *expected, NOW) == "PRICE_NOT_TICK"


def test_price_refusal() -> None:
    assert rules.price_refusal("600000.XSHG", 90_400, 90_500, 110_600, NOW) == "PRICE_BELOW_LIMIT"
    assert rules.price_refusal("600000.XSHG", 90_450, 90_500, 110_600, NOW) == "PRICE_NOT_TICK"
    assert rules.price_refusal("600000.XSHG", 0, 0, 0, NOW) == "PRICE_NOT_TICK"
    assert rules.price_refusal("600000.XSHG", 900_000, 0, 0, NOW) is None
    assert rules.price_refusal("510300.XSHG", 38_550, 0, 0, NOW) is None


@pytest.mark.parametrize(
    ("symbol", "side", "base_e4", "day", "bound_e4"),
    [
        ("600000.XSHG", "buy", 30_000, NOW, 31_000),  # the example of ashare_rules 6: ten ticks are more than 2 %
        ("600000.XSHG", "sell", 30_000, NOW, 29_000),
        ("600000.XSHG", "buy", 1_000_000, NOW, 1_020_000),
        ("600000.XSHG", "sell", 1_000_000, NOW, 980_000),
        ("600000.XSHG", "sell", 700, NOW, 100),
        ("600000.XSHG", "buy", 30_000, date(2023, 4, 7), None),
        ("688111.XSHG", "buy", 30_000, date(2023, 4, 7), 30_600),
        ("688111.XSHG", "buy", 30_000, date(2023, 4, 10), 31_000),
        ("300750.XSHE", "buy", 30_000, date(2022, 1, 4), None),
        ("920002.BJ", "buy", 1_000_000, NOW, 1_050_000),
        ("920002.BJ", "sell", 10_000, NOW, 9_000),
        ("510300.XSHG", "buy", 30_000, NOW, None),
        ("900901.XSHG", "buy", 30_000, NOW, None),
        ("600000.XSHG", "buy", 0, NOW, None),
    ],
)
def test_cage(symbol: str, side: str, base_e4: int, day: date, bound_e4: int | None) -> None:
    assert rules.cage_e4(symbol, side, base_e4, day) == bound_e4


@given(st.integers(1, 10**9), st.sampled_from([10, 50, 100]))
def test_round_price(price_e4: int, tick_e4: int) -> None:
    down = rules.round_price_e4(price_e4, tick_e4, up=False)
    up = rules.round_price_e4(price_e4, tick_e4, up=True)
    nearest = rules.round_price_e4(price_e4, tick_e4)
    assert down <= price_e4 <= up
    assert up - down == (tick_e4 if price_e4 % tick_e4 else 0)
    assert nearest == (up if 2 * (price_e4 - down) >= tick_e4 else down)


@pytest.mark.parametrize(
    ("symbol", "side", "qty", "closeable", "market", "reason"),
    [
        ("600000.XSHG", "buy", 100, 0, False, None),
        ("600000.XSHG", "buy", 0, 0, False, "QTY_NOT_POSITIVE"),
        ("600000.XSHG", "buy", 50, 0, False, "QTY_BELOW_MIN"),
        ("600000.XSHG", "buy", 150, 0, False, "QTY_NOT_LOT"),
        ("600000.XSHG", "buy", 1_000_000, 0, True, None),
        ("600000.XSHG", "buy", 1_000_100, 0, False, "QTY_ABOVE_MAX"),
        ("300750.XSHE", "buy", 300_000, 0, False, None),
        ("300750.XSHE", "buy", 150_100, 0, True, "QTY_ABOVE_MAX"),
        ("688111.XSHG", "buy", 199, 0, False, "QTY_BELOW_MIN"),
        ("688111.XSHG", "buy", 201, 0, False, None),
        ("688111.XSHG", "buy", 100_001, 0, False, "QTY_ABOVE_MAX"),
        ("688111.XSHG", "buy", 50_001, 0, True, "QTY_ABOVE_MAX"),
        ("688111.XSHG", "sell", 220, 250, False, None),
        ("688111.XSHG", "sell", 30, 30, False, None),
        ("688111.XSHG", "sell", 30, 50, False, "ODD_LOT"),
        ("688111.XSHG", "sell", 150, 250, False, "ODD_LOT"),
        ("920002.BJ", "buy", 101, 0, False, None),
        ("920002.BJ", "buy", 99, 0, False, "QTY_BELOW_MIN"),
        ("113050.XSHG", "buy", 15, 0, False, "QTY_NOT_LOT"),
        ("113050.XSHG", "buy", 10, 0, True, "NOT_SUPPORTED"),
        ("113050.XSHG", "sell", 7, 7, False, None),
        ("000300.XSHG", "buy", 100, 0, False, "NOT_SUPPORTED"),
        *(("600000.XSHG", "sell", qty, 250, True, None) for qty in (100, 200, 50, 150, 250)),
        *(("600000.XSHG", "sell", qty, 250, True, "ODD_LOT") for qty in (30, 220)),
    ],
)  # fmt: skip
def test_qty_refusal(symbol: str, side: str, qty: int, closeable: int, market: bool, reason: str | None) -> None:
    """ashare_rules 3, its own example last."""
    assert rules.qty_refusal(symbol, side, qty, closeable, NOW, market=market) == reason
    assert reason is None or Reason(reason)


def test_largest_orders_of_chinext_before_its_reform() -> None:
    assert rules.rules_of("300750.XSHE", date(2020, 8, 21)).max_limit_qty == 1_000_000


@given(st.sampled_from([*STOCKS, "510300.XSHG", "113050.XSHG"]), QTYS)
def test_rounded_buy_is_the_largest_valid_one(symbol: str, qty: int) -> None:
    valid = [q for q in range(1, qty + 1) if rules.qty_refusal(symbol, "buy", q, 0, NOW, market=False) is None]
    assert rules.round_buy_qty(symbol, qty, NOW) == max(valid, default=0)


@given(st.sampled_from([*STOCKS, "510300.XSHG", "113050.XSHG"]), QTYS, QTYS)
def test_rounded_sell_is_the_largest_valid_one(symbol: str, qty: int, held: int) -> None:
    sellable = range(1, min(qty, held) + 1)
    valid = [q for q in sellable if rules.qty_refusal(symbol, "sell", q, held, NOW, market=False) is None]
    assert rules.round_sell_qty(symbol, qty, held, NOW) == max(valid, default=0)


@given(st.sampled_from(STOCKS), st.integers(1, 3000))
def test_a_whole_position_can_always_be_sold(symbol: str, held: int) -> None:
    assert rules.round_sell_qty(symbol, held, held, NOW) == held


def test_real_orders_obey_the_rules() -> None:
    """600519 on 2023-02-07: each price the exchange took is on the tick and inside the limits of 1795.00."""
    path = DATA / "l2_600519_20230207" / "orders.csv"
    if not path.exists():
        pytest.skip(f"no sample data in {DATA}")
    day, symbol = date(2023, 2, 7), "600519.XSHG"
    limits = rules.limit_prices_e4(symbol, 17_950_000, day)
    prices, opening_buys = set(), []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prices.add(int(Decimal(row["price"]) * 10_000))
            if row["type"] == "A" and row["side"] == "B" and row["time"] < "09:25":
                opening_buys.append(int(row["qty"]))
    assert {rules.price_refusal(symbol, price_e4, *limits, day) for price_e4 in prices} == {None}
    assert opening_buys
    assert {rules.qty_refusal(symbol, "buy", qty, 0, day, market=False) for qty in opening_buys} == {None}
    assert set(limits) & prices


def test_real_days_stay_inside_the_limits() -> None:
    """Forward-adjusted days: no high or low leaves the limits by more than what rounding the adjustment explains."""
    path = DATA / "daily_mit" / "daily_qfq_2023_2026.csv"
    if not path.exists():
        pytest.skip(f"no sample data in {DATA}")
    prev_close: dict[str, int] = {}
    at_limit = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            symbol, day = row["code"], date.fromisoformat(row["date"])
            close_e4, high_e4, low_e4 = (round(Decimal(row[name]) * 10_000) for name in ("close", "high", "low"))
            base_e4 = prev_close.get(symbol, 0)
            prev_close[symbol] = close_e4
            down_e4, up_e4 = rules.limit_prices_e4(symbol, base_e4, day)
            if up_e4 == 0:
                continue
            at_limit += high_e4 == up_e4
            assert down_e4 - 200 <= low_e4 <= high_e4 <= up_e4 + 200, row
    assert at_limit > 10
