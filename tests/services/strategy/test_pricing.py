"""Prices and quantities: nothing that the exchange, the cash or the holdings would refuse."""

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from common.fees import FeeSchedule
from common.instruments import price_refusal, qty_refusal, rules_of
from services.strategy import pricing
from tests.services.strategy.desk import ETF, STAR, A, B, quote

DAY = date(2026, 11, 20)
FEES = FeeSchedule()
SYMBOLS = st.sampled_from([A, B, STAR, ETF, "300750.XSHE", "920002.BJ"])
QTY, PRICE = st.integers(1, 3_000_000), st.integers(1, 30_000).map(lambda n: n * 100)


@given(SYMBOLS, PRICE, st.integers(-80, 80), st.integers(-300_000, 300_000), st.booleans())
def test_a_protective_price_is_always_valid(symbol: str, prev: int, moved: int, offset_e6: int, is_buy: bool) -> None:
    last = max(prev * (1000 + moved) // 1000 // 100 * 100, 100)
    now = quote(symbol, 0, last, prev_e4=prev)
    price = pricing.protective_price_e4(now, offset_e6, DAY, is_buy=is_buy)
    assert price_refusal(symbol, price, now.limit_down_e4, now.limit_up_e4, DAY) is None


def test_a_protective_price_starts_from_the_last_price() -> None:
    now = quote(A, 0, 100_000)
    assert pricing.protective_price_e4(now, 15_000, DAY, is_buy=True) == 101_500
    assert pricing.protective_price_e4(now, -15_000, DAY, is_buy=False) == 98_500


def test_it_rounds_towards_the_cautious_side() -> None:
    now = quote(A, 0, 100_100)  # 10.01 x 1.015 = 10.16015, x 0.985 = 9.85985
    assert pricing.protective_price_e4(now, 15_000, DAY, is_buy=True) == 101_600
    assert pricing.protective_price_e4(now, -15_000, DAY, is_buy=False) == 98_600


def test_the_cage_bounds_it() -> None:
    """Main board: at most 102 % of the best ask, at least 98 % of the best bid (ashare_rules 6)."""
    now = quote(A, 0, 100_000)
    assert pricing.protective_price_e4(now, 50_000, DAY, is_buy=True) == 102_000
    assert pricing.protective_price_e4(now, -50_000, DAY, is_buy=False) == 97_900  # best bid 9.99 x 98 % = 9.7902


def test_the_price_limit_bounds_it() -> None:
    at_top = quote(A, 0, 109_500, prev_e4=100_000)
    assert pricing.protective_price_e4(at_top, 15_000, DAY, is_buy=True) == 110_000


def test_no_price_no_order() -> None:
    assert pricing.protective_price_e4(quote(A, 0, 0, prev_e4=0), 15_000, DAY, is_buy=True) == 0


def test_a_limit_price_between_ticks_asks_for_no_more() -> None:
    assert pricing.limit_price_e4(A, 10.126, DAY, is_buy=True) == 101_200
    assert pricing.limit_price_e4(A, 10.121, DAY, is_buy=False) == 101_300
    assert pricing.limit_price_e4(A, 10.1 * 1.1, DAY, is_buy=True) == 111_100  # 11.110000000000001
    assert pricing.limit_price_e4(ETF, 100.123, DAY, is_buy=True) == 1_001_230


@given(SYMBOLS, QTY, PRICE, st.integers(0, 10**12))
def test_affordable_is_the_largest_quantity_cash_pays_for(symbol: str, qty: int, price: int, cash: int) -> None:
    fitting = pricing.affordable_qty(symbol, qty, price, cash, DAY, FEES)
    assert 0 <= fitting <= qty
    if fitting:
        assert pricing.cost_e4(symbol, fitting, price, DAY, FEES) <= cash
        assert qty_refusal(symbol, "buy", min(fitting, 100_000), 0, DAY, market=False) is None
    rules = rules_of(symbol, DAY)
    more = max(fitting + rules.step, rules.min_buy_qty)
    assert more > qty or pricing.cost_e4(symbol, more, price, DAY, FEES) > cash


@given(
    SYMBOLS, st.integers(2, 40_000).map(lambda n: n * 100), st.integers(2, 5000).map(lambda n: n * 100), st.booleans()
)
def test_parts_add_up_and_none_is_too_large(symbol: str, qty: int, most: int, market: bool) -> None:
    assume(symbol != STAR or most >= 400)  # under 400, 300 shares cannot be orders of 200 and more
    parts = pricing.parts_of(symbol, qty, most, DAY, market=market)
    assert sum(parts) == qty
    assert all(0 < part <= most for part in parts)
    assert all(qty_refusal(symbol, "buy", part, 0, DAY, market=market) is None for part in parts)
