"""Rows and orders in both languages: symbols, prices without noise, numbers of orders, holdings under T+1."""

import struct
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common.symbols import UnknownSymbol
from services.gateway.brokers.qmt import rows
from services.gateway.brokers.qmt.rows import AssetRow, OrderRow, PositionRow, RowError, copies_of, copy_of, native_name
from services.gateway.brokers.qmt.translate import (
    cash_e4,
    holding_of,
    order_id_of,
    place_of,
    price_e4,
    strategy_code,
    symbol_of,
    tag_of,
    venue_id,
)
from services.strategy.ids import OrderIds, part_of
from tests.services.gateway.brokers.qmt.stage import BANK, DAY, NEXT_DAY, an_order

FUND = "510300.XSHG"


class TestSymbols:
    @pytest.mark.parametrize(
        ("code", "symbol"),
        [
            ("600000.SH", "600000.XSHG"),
            ("000001.SZ", "000001.XSHE"),
            ("430047.BJ", "430047.BJ"),
            ("920002.BJ", "920002.BJ"),
        ],
    )
    def test_both_ways(self, code: str, symbol: str) -> None:
        assert symbol_of(code) == symbol
        assert place_of(an_order("a", symbol=symbol), "1", market_types=False).code == code

    @pytest.mark.parametrize("code", ["00700.HK", "rb2410.SF", "600000", "600000.BSE", "888880.SH", ""])
    def test_others_are_refused_and_never_guessed(self, code: str) -> None:
        with pytest.raises(UnknownSymbol):
            symbol_of(code)


class TestPrices:
    def test_the_noise_of_a_float_is_gone(self) -> None:
        assert price_e4(11.370000000000001, BANK, DAY) == 113_700
        assert price_e4(11.369999885559082, BANK, DAY) == 113_700
        assert price_e4(4.0670000000000001, FUND, DAY) == 40_670

    def test_an_average_stays_what_it_is(self) -> None:
        assert price_e4(10.0067, BANK, DAY) == 100_067

    @pytest.mark.parametrize("nothing", [float("nan"), float("inf"), 0.0])
    def test_no_number_is_no_price(self, nothing: float) -> None:
        assert price_e4(nothing, BANK, DAY) == 0

    @given(st.integers(1, 300_000))
    def test_a_tick_survives_single_precision(self, ticks: int) -> None:
        """The dearest shares cost some 2,000 yuan: there the noise is more than half of 1/10000 yuan."""
        [noisy] = struct.unpack("f", struct.pack("f", ticks / 100))
        assert price_e4(noisy, BANK, DAY) == ticks * 100

    @given(st.integers(1, 100_000))
    def test_so_does_the_smaller_one_of_a_fund(self, ticks: int) -> None:
        [noisy] = struct.unpack("f", struct.pack("f", ticks / 1000))
        assert price_e4(noisy, FUND, DAY) == ticks * 10

    @given(st.integers(1, 10**8))
    def test_what_we_send_is_the_nearest_float_of_the_price(self, ticks: int) -> None:
        place = place_of(an_order("a", price=1.0), "1", market_types=False)
        assert place.price == 1.0
        order = m.Order("a", "main", "s", BANK, m.Side.BUY, m.OrderType.LIMIT, 100, ticks * 100, 0, 0)
        assert Decimal(str(place_of(order, "1", market_types=False).price)) == Decimal(ticks) / 100

    def test_cash_is_all_of_it(self) -> None:
        assert cash_e4(AssetRow(account_id="1", cash=1000.1, frozen_cash=0.2)) == 10_003_000


class TestOrderTypes:
    @pytest.mark.parametrize(
        ("symbol", "price_type"), [("600000.XSHG", 42), ("430047.BJ", 42), ("000001.XSHE", 47), ("688001.XSHG", 42)]
    )
    def test_market_orders_by_exchange(self, symbol: str, price_type: int) -> None:
        place = place_of(an_order("a", symbol=symbol, kind="market", price=10.15), "1", market_types=True)
        assert (place.price_type, place.price) == (price_type, 10.15)

    def test_by_default_they_go_as_limit_orders_at_their_protective_price(self) -> None:
        place = place_of(an_order("a", kind="market", price=10.15), "1", market_types=False)
        assert (place.price_type, place.price) == (11, 10.15)

    def test_limit_orders_are_limit_orders_either_way(self) -> None:
        assert place_of(an_order("a"), "1", market_types=True).price_type == 11

    def test_sides(self) -> None:
        kinds = [place_of(an_order("a", side=side), "1", market_types=False).order_type for side in m.Side]
        assert kinds == [23, 24]

    @given(st.text(min_size=1, max_size=64))
    def test_a_strategys_name_fits(self, name: str) -> None:
        code = strategy_code(name)
        assert code.isascii() and len(code) <= 16

    def test_names_that_fit_stay(self) -> None:
        assert strategy_code("demo_strategy") == "demo_strategy"
        assert strategy_code("均线策略甲") != strategy_code("均线策略乙")


class TestNumbers:
    def test_a_number_is_of_its_day(self) -> None:
        assert venue_id(DAY, 1083) == "20261120-1083"
        assert order_id_of("20261120-1083", DAY) == 1083
        assert order_id_of("20261120-1083", NEXT_DAY) == 0

    @pytest.mark.parametrize("other", ["", "1083", "20261120-", "x-1", "20261120-1083-2", "foreign-20261120-1"])
    def test_what_is_no_number_of_ours(self, other: str) -> None:
        assert order_id_of(other, DAY) == 0

    @pytest.mark.parametrize("remark", ["", "网格", "261120 bcdefghijkl000", "261119abcdefghijkl0001", "QMT1082130433"])
    def test_remarks_that_cannot_be_our_ids(self, remark: str) -> None:
        assert tag_of(remark, DAY) == ""

    def test_those_that_our_strategies_give(self) -> None:
        key = OrderIds("demo", 20261120, "handle_bar", 1, "").next()
        assert tag_of(key, DAY) == key and tag_of(part_of(key, 3), DAY) == part_of(key, 3)


def position(**more: Any) -> PositionRow:
    given = {"volume": 300, "can_use_volume": 300, "last_price": 10.0, "avg_price": 9.8}
    return PositionRow(account_id="1", stock_code="600000.SH", **{**given, **more})


class TestHoldings:
    def test_bought_before_today(self) -> None:
        assert holding_of(position(), DAY) == m.Holding(BANK, 300, 0, 29_400_000, 100_000, 0)

    def test_bought_today(self) -> None:
        holding = holding_of(position(can_use_volume=0), DAY)
        assert (holding.today_qty, holding.opened_ns > 0) == (300, True)

    def test_what_open_sales_hold_was_not_bought_today(self) -> None:
        assert holding_of(position(can_use_volume=100, frozen_volume=200), DAY).today_qty == 0

    @pytest.mark.parametrize("can_use", [400, -5])
    def test_numbers_that_contradict_each_other_stay_within_bounds(self, can_use: int) -> None:
        assert 0 <= holding_of(position(can_use_volume=can_use), DAY).today_qty <= 300

    @pytest.mark.parametrize(
        ("prices", "cost_e4"),
        [
            ({"avg_price": -1.0, "open_price": 9.5}, 28_500_000),
            ({"avg_price": 0.0}, 30_000_000),
            ({"avg_price": 0.0, "last_price": 0.0, "market_value": 2_970.0}, 29_700_000),
        ],
    )
    def test_a_cost_that_is_none(self, prices: dict[str, float], cost_e4: int) -> None:
        assert holding_of(position(**prices), DAY).cost_e4 == cost_e4


class TestCopies:
    def test_natives_have_two_names_for_a_field(self) -> None:
        assert [native_name(name, "int") for name in ("order_id", "traded_volume")] == ["m_nOrderID", "m_nTradedVolume"]
        assert native_name("order_sysid", "str") == "m_strOrderSysID"
        source = SimpleNamespace(m_strAccountID="1", m_dCash=5.0, frozen_cash=1.0)
        assert copy_of(AssetRow, source) == AssetRow(account_id="1", cash=5.0, frozen_cash=1.0)

    def test_what_a_release_lacks_has_its_default(self) -> None:
        needed = {"account_id": "1", "stock_code": CODE, "order_id": 1, "order_type": 23, "order_volume": 100}
        row = copy_of(OrderRow, SimpleNamespace(**needed, order_status=50, traded_volume=0, order_remark=None))
        assert (row.order_sysid, row.order_time, row.order_remark) == ("", 0, "")

    def test_what_is_needed_and_missing_is_an_error(self) -> None:
        with pytest.raises(RowError, match="order_id"):
            copy_of(OrderRow, SimpleNamespace(account_id="1", stock_code="600000.SH"))

    def test_what_is_no_number_is_an_error(self) -> None:
        with pytest.raises(RowError, match="cash"):
            copy_of(AssetRow, SimpleNamespace(account_id="1", cash="much"))

    def test_text_that_came_as_bytes_is_read(self) -> None:
        source = SimpleNamespace(account_id="1", order_id=1, error_msg="资金不足".encode("gb18030"))
        assert copy_of(rows.OrderError, source).error_msg == "资金不足"

    def test_none_stays_none(self) -> None:
        assert copies_of(OrderRow, None) is None and copies_of(OrderRow, []) == ()


CODE = "600000.SH"
