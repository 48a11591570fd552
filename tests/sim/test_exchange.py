"""Stories of orders at the simulated exchange: what a trader would see at each part of the day."""

import pytest

from common import messages as m
from common.fees import FeeSchedule, order_fee_e4
from common.wire import decode_message, encode
from sim.exchange import Exchange
from tests.sim.exchange_stage import BANK, CASH_E4, DAY, NEXT_DAY, Stage, a_quote, e4, levels, outline

BIDS = levels((9.99, 500), (9.98, 1000))
ASKS = levels((10.01, 300), (10.02, 400), (10.05, 1000))


@pytest.fixture
def stage() -> Stage:
    """The desk at 10:00 with a book of 9.99 / 10.01."""
    stage = Stage()
    stage.quote(a_quote("9:59:57", 10.00, 5_000, bids=BIDS, asks=ASKS))
    stage.quote(a_quote("10:00", 10.00, 6_000, bids=BIDS, asks=ASKS))
    return stage


class TestMarketableOrders:
    def test_a_limit_order_takes_the_levels_up_to_its_price_and_rests_with_the_remainder(self, stage: Stage) -> None:
        assert outline(stage.buy("10:00:01", 1000, 10.02)) == ["accepted", "fill 300@10.01", "fill 400@10.02"]
        [order] = stage.exchange.statement(0).orders
        assert (order.status, order.cum_qty, order.venue_order_id) == ("partially_filled", 700, "1")

    def test_an_order_that_fills_is_told_so_last(self, stage: Stage) -> None:
        assert outline(stage.buy("10:00:01", 300, 10.01)) == ["accepted", "fill 300@10.01", "filled 300"]

    def test_a_market_order_stops_at_its_protective_price_and_its_rest_is_cancelled(self, stage: Stage) -> None:
        said = stage.buy("10:00:01", 1000, 10.03, kind="market")
        assert outline(said) == ["accepted", "fill 300@10.01", "fill 400@10.02", "cancelled 700 NO_LIQUIDITY"]

    def test_a_sell_takes_the_bids(self, stage: Stage) -> None:
        stage.own(1000)
        stage.quote(a_quote("10:00:03", 10.00, 6_000, bids=BIDS, asks=ASKS))
        assert outline(stage.sell("10:00:04", 700, 9.98)) == [
            "accepted",
            "fill 500@9.99",
            "fill 200@9.98",
            "filled 700",
        ]

    def test_shares_shown_once_are_sold_once(self, stage: Stage) -> None:
        stage.buy("10:00:01", 200, 10.01)
        assert outline(stage.buy("10:00:01", 200, 10.01)) == ["accepted", "fill 100@10.01"]

    def test_the_next_quote_shows_new_shares(self, stage: Stage) -> None:
        stage.buy("10:00:01", 300, 10.01)
        stage.quote(a_quote("10:00:03", 10.01, 6_300, bids=BIDS, asks=ASKS))
        assert outline(stage.buy("10:00:04", 300, 10.01))[1:] == ["fill 300@10.01", "filled 300"]

    def test_a_repeated_quote_shows_nothing_new(self, stage: Stage) -> None:
        stage.buy("10:00:01", 300, 10.01)
        assert stage.exchange.quoted(a_quote("10:00", 10.00, 6_000, bids=BIDS, asks=ASKS), 0) == []
        assert stage.exchange.quoted(a_quote("9:59:57", 10.00, 5_000, bids=BIDS, asks=ASKS), 0) == []

    def test_without_a_book_the_last_price_is_dealt_up_to_what_traded(self) -> None:
        stage = Stage()
        stage.quote(a_quote("10:00", 10.00, 5_000))
        stage.quote(a_quote("10:01", 10.02, 5_800))
        assert outline(stage.buy("10:01", 500, 10.05)) == ["accepted", "fill 500@10.02", "filled 500"]
        said = stage.buy("10:01", 500, 10.05, kind="market")
        assert outline(said) == ["accepted", "fill 300@10.02", "cancelled 300 NO_LIQUIDITY"]

    def test_fees_are_the_orders_fees_whatever_the_number_of_fills(self, stage: Stage) -> None:
        fills = [e for e in stage.buy("10:00:01", 700, 10.02) if isinstance(e, m.BrokerFill)]
        value_e4 = sum(f.qty * f.price_e4 for f in fills)
        fee_e4 = order_fee_e4(BANK, "buy", value_e4, DAY, FeeSchedule())
        assert fills[0].fee_e4 >= e4(5)
        assert sum(f.fee_e4 for f in fills) == fee_e4
        assert stage.cash_e4 == CASH_E4 - value_e4 - fee_e4


class TestRestingOrders:
    def test_trades_through_the_limit_fill_at_the_limit_up_to_what_traded(self, stage: Stage) -> None:
        stage.buy("10:00:01", 1000, 9.98)
        said = stage.quote(a_quote("10:00:03", 9.97, 6_600, bids=BIDS, asks=ASKS, traded=(9.97, 9.99)))
        assert outline(said) == ["fill 600@9.98"]

    def test_all_resting_orders_share_what_traded_by_price_then_time(self, stage: Stage) -> None:
        for qty, price in ((300, 9.97), (400, 9.98), (400, 9.98)):
            stage.buy("10:00:01", qty, price)
        said = stage.quote(a_quote("10:00:03", 9.97, 6_600, bids=BIDS, asks=ASKS, traded=(9.97, 9.99)))
        assert [(e.venue_order_id, e.qty) for e in said if isinstance(e, m.BrokerFill)] == [("2", 400), ("3", 200)]

    def test_trades_that_were_all_better_fill_at_the_worst_of_them(self, stage: Stage) -> None:
        stage.buy("10:00:01", 1000, 10.02)
        said = stage.quote(a_quote("10:00:03", 9.97, 6_100, bids=BIDS, traded=(9.97, 9.99)))
        assert outline(said) == ["fill 100@9.99"]

    def test_an_offer_at_the_limit_fills_up_to_what_is_shown(self, stage: Stage) -> None:
        stage.buy("10:00:01", 1000, 9.98)
        said = stage.quote(a_quote("10:00:03", 10.00, 6_000, bids=levels((9.97, 100)), asks=levels((9.98, 250))))
        assert outline(said) == ["fill 250@9.98"]

    def test_a_market_that_stays_away_fills_nothing(self, stage: Stage) -> None:
        stage.buy("10:00:01", 1000, 9.98)
        assert stage.quote(a_quote("10:00:03", 9.99, 9_000, bids=BIDS, asks=ASKS, traded=(9.99, 10.01))) == []

    def test_the_last_price_stands_for_the_trades_where_their_range_is_not_known(self, stage: Stage) -> None:
        stage.buy("10:00:01", 1000, 9.98)
        assert outline(stage.quote(a_quote("10:00:03", 9.98, 6_200, bids=BIDS, asks=ASKS))) == ["fill 200@9.98"]

    def test_what_traded_before_the_order_is_not_for_it(self, stage: Stage) -> None:
        stage.buy("10:00:04", 1000, 9.98)
        assert stage.quote(a_quote("10:00:03", 9.97, 6_600, bids=BIDS, asks=ASKS, traded=(9.97, 9.99))) == []

    def test_a_resting_sell_fills_when_the_market_rises_to_it(self, stage: Stage) -> None:
        stage.own(1000)
        stage.quote(a_quote("10:00:03", 10.00, 6_000, bids=BIDS, asks=ASKS))
        stage.sell("10:00:04", 500, 10.03)
        said = stage.quote(a_quote("10:00:06", 10.04, 6_900, bids=BIDS, asks=ASKS, traded=(10.01, 10.04)))
        assert outline(said) == ["fill 500@10.03", "filled 500"]


class TestLimitLocked:
    UP = levels((11.0, 90_000))

    def test_a_buy_at_limit_up_rests_and_a_market_buy_is_cancelled(self) -> None:
        stage = Stage()
        stage.quote(a_quote("10:00", 11.0, 5_000, bids=self.UP))
        assert outline(stage.buy("10:00:01", 100, 11.0)) == ["accepted"]
        assert outline(stage.buy("10:00:01", 100, 11.0, kind="market")) == ["accepted", "cancelled NO_LIQUIDITY"]
        assert stage.quote(a_quote("10:00:03", 11.0, 9_000, bids=self.UP)) == []

    def test_the_board_opening_fills_it(self) -> None:
        stage = Stage()
        stage.quote(a_quote("10:00", 11.0, 5_000, bids=self.UP))
        stage.buy("10:00:01", 100, 11.0)
        said = stage.quote(a_quote("10:00:03", 11.0, 9_000, bids=self.UP, traded=(10.98, 11.0)))
        assert outline(said) == ["fill 100@11.00", "filled 100"]

    def test_without_a_book_a_last_price_at_the_limit_is_locked(self) -> None:
        stage = Stage()
        stage.quote(a_quote("10:00", 10.9, 5_000))
        stage.quote(a_quote("10:01", 11.0, 6_000))
        assert outline(stage.buy("10:01", 100, 11.0, kind="market")) == ["accepted", "cancelled NO_LIQUIDITY"]

    def test_a_sell_at_limit_down_rests(self) -> None:
        stage = Stage()
        stage.own(1000)
        stage.quote(a_quote("10:00", 9.0, 5_000, asks=levels((9.0, 70_000))))
        assert outline(stage.sell("10:00:01", 100, 9.0)) == ["accepted"]


class TestAuctions:
    def opening(self) -> Stage:
        stage = Stage()
        stage.quote(a_quote("9:15", 0, 0))
        return stage

    def test_orders_before_925_fill_at_the_print_up_to_its_volume(self) -> None:
        stage = self.opening()
        stage.buy("9:10", 600, 10.20)
        stage.buy("9:24:59", 600, 10.10)
        stage.buy("9:24:59", 600, 10.04)
        assert stage.quote(a_quote("9:24:59", 0, 0, bids=levels((10.05, 900)), asks=levels((10.05, 900)))) == []
        said = stage.quote(a_quote("9:25:01", 10.05, 900, opened=10.05))
        assert outline(said) == ["fill 600@10.05", "filled 600", "fill 300@10.05"]

    def test_a_feed_that_shows_the_print_only_later_still_fills_at_the_open(self) -> None:
        stage = self.opening()
        stage.buy("9:20", 600, 10.20)
        said = stage.quote(a_quote("9:31", 10.11, 2_000, opened=10.05, traded=(10.02, 10.30)))
        assert outline(said) == ["fill 600@10.05", "filled 600"]

    def test_the_open_is_for_the_auctions_orders_whatever_traded_since(self) -> None:
        stage = self.opening()
        stage.buy("9:20", 600, 10.06)
        assert outline(stage.quote(a_quote("9:31", 10.11, 500, opened=10.05))) == ["fill 500@10.05"]

    def test_an_order_after_the_auction_gets_no_price_of_the_auction(self) -> None:
        stage = self.opening()
        stage.quote(a_quote("9:40", 0, 0, bids=levels((9.99, 100))))
        stage.buy("9:40", 600, 10.06)
        said = stage.quote(a_quote("9:45", 10.04, 500, opened=10.0, traded=(10.0, 10.04)))
        assert outline(said) == ["fill 500@10.04"]

    def test_cancels_are_refused_from_920_to_925(self) -> None:
        stage = self.opening()
        stage.buy("9:16", 100, 10, id="x")
        assert outline(stage.cancel("9:20", "x")) == ["refused CANCEL_NOT_ALLOWED"]
        assert outline(stage.cancel("9:24:59", "x")) == ["refused CANCEL_NOT_ALLOWED"]
        assert outline(stage.cancel("9:25", "x")) == ["cancelled CANCELLED_BY_USER"]

    @pytest.mark.parametrize(
        ("before", "entered", "reopened"), [("9:25:01", "9:27", "9:30"), ("11:29:57", "12:10", "13:00")]
    )
    def test_orders_in_a_pause_wait_and_meet_the_next_continuous_book(
        self, before: str, entered: str, reopened: str
    ) -> None:
        stage = Stage()
        stage.quote(a_quote(before, 10.0, 900, bids=BIDS, asks=ASKS))
        assert outline(stage.buy(entered, 500, 10.05)) == ["accepted"]
        said = stage.quote(a_quote(reopened, 10.0, 1_000, bids=BIDS, asks=levels((10.03, 200))))
        assert outline(said) == ["fill 200@10.03"]
        away = levels((10.08, 200))
        said = stage.quote(a_quote(reopened + ":03", 10.06, 1_100, bids=BIDS, asks=away, traded=(10.04, 10.06)))
        assert outline(said) == ["fill 100@10.05"]

    def test_a_market_order_before_the_first_continuous_quote_meets_that_quote(self) -> None:
        stage = self.opening()
        assert outline(stage.buy("9:30", 900, 10.05, kind="market")) == ["accepted"]
        said = stage.quote(a_quote("9:30:03", 10.01, 400, bids=BIDS, asks=ASKS))
        assert outline(said) == ["fill 300@10.01", "fill 400@10.02", "fill 200@10.05", "filled 900"]

    def test_the_closing_call_collects_and_fills_at_its_print(self, stage: Stage) -> None:
        crossed = levels((10.1, 900))
        stage.quote(a_quote("14:57:02", 10.0, 7_000, bids=crossed, asks=crossed))
        assert outline(stage.buy("14:58", 1000, 10.2, id="x")) == ["accepted"]
        assert outline(stage.cancel("14:58", "x")) == ["refused CANCEL_NOT_ALLOWED"]
        assert stage.quote(a_quote("14:59:57", 10.0, 7_000, bids=crossed, asks=crossed)) == []
        assert outline(stage.quote(a_quote("15:00:01", 10.1, 7_800))) == ["fill 800@10.10"]
        assert outline(stage.clock("15:00:05")) == ["expired 800 DAY_ENDED"]

    def test_trades_just_before_the_closing_call_go_to_older_orders_only(self, stage: Stage) -> None:
        stage.buy("14:56:59", 100, 9.98)
        stage.buy("14:57:01", 100, 9.98)
        said = stage.quote(a_quote("14:57:02", 9.98, 9_000, bids=BIDS, asks=ASKS))
        assert [e.venue_order_id for e in said if isinstance(e, m.BrokerFill)] == ["1"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("qty", "price", "reason"),
        [
            (0, 10.0, "QTY_NOT_POSITIVE"),
            (150, 10.0, "QTY_NOT_LOT"),
            (1_000_100, 10.0, "QTY_ABOVE_MAX"),
            (100, 10.005, "PRICE_NOT_TICK"),
            (100, 11.01, "PRICE_ABOVE_LIMIT"),
            (100, 8.99, "PRICE_BELOW_LIMIT"),
            (100, 10.22, "PRICE_OUTSIDE_CAGE"),  # 2 % above the best ask 10.01 is 10.21
            (100_000, 10.0, "CASH_NOT_ENOUGH"),
        ],
    )
    def test_a_buy_that_breaks_a_rule(self, stage: Stage, qty: int, price: float, reason: str) -> None:
        said = stage.buy("10:00:01", qty, price)
        assert outline(said) == [f"rejected {reason}"]
        assert isinstance(said[0], m.BrokerOrder) and said[0].text
        assert stage.exchange.ledger.frozen_e4 == 0

    def test_the_cage_is_for_limit_orders_in_continuous_trading(self, stage: Stage) -> None:
        assert outline(stage.buy("10:00:01", 100, 10.21))[0] == "accepted"
        assert outline(stage.buy("10:00:01", 100, 10.50, kind="market"))[0] == "accepted"
        assert outline(stage.buy("14:57", 100, 10.50)) == ["accepted"]

    @pytest.mark.parametrize(
        ("time", "kind", "outcome"),
        [
            ("9:10", "market", "rejected MARKET_CLOSED"),
            ("9:20", "market", "rejected MARKET_CLOSED"),
            ("12:00", "market", "rejected MARKET_CLOSED"),
            ("14:58", "market", "rejected MARKET_CLOSED"),
            ("15:00", "limit", "rejected MARKET_CLOSED"),
            ("20:00", "limit", "rejected MARKET_CLOSED"),
            ("8:00", "limit", "accepted"),
        ],
    )
    def test_the_hour(self, time: str, kind: str, outcome: str) -> None:
        stage = Stage()
        stage.quote(a_quote("8:00", 0, 0))
        assert outline(stage.buy(time, 100, 10.0, kind=kind)) == [outcome]

    def test_an_order_before_any_day_is_open_or_on_another_day(self) -> None:
        stage = Stage()
        assert outline(Stage.buy(stage, "10:00", 100, 10.0)) == ["rejected NO_QUOTE"]
        stage.day = NEXT_DAY
        assert outline(stage.buy("10:00", 100, 10.0)) == ["rejected MARKET_CLOSED"]

    def test_suspended_and_unknown_symbols(self, stage: Stage) -> None:
        stage.quote(a_quote("10:00:03", 10.0, 6_000, suspended=True))
        assert outline(stage.buy("10:00:04", 100, 10.0)) == ["rejected SUSPENDED"]
        assert outline(stage.buy("10:00:04", 100, 10.0, symbol="999999.XSHG")) == ["rejected UNKNOWN_SYMBOL"]

    def test_odd_lots_are_sold_in_one_order(self, stage: Stage) -> None:
        stage.own(250)
        stage.quote(a_quote("10:00:03", 10.0, 6_000, bids=BIDS, asks=ASKS))
        assert outline(stage.sell("10:00:04", 30, 10.1)) == ["rejected ODD_LOT"]
        assert outline(stage.sell("10:00:04", 350, 10.1)) == ["rejected SELLABLE_NOT_ENOUGH"]
        assert outline(stage.sell("10:00:04", 150, 10.1)) == ["accepted"]
        assert outline(stage.sell("10:00:04", 200, 10.1)) == ["rejected SELLABLE_NOT_ENOUGH"]
        assert outline(stage.sell("10:00:04", 100, 10.1)) == ["accepted"]


class TestMoneyAndShares:
    def test_an_open_buy_freezes_its_value_and_fees_and_a_cancel_frees_them(self, stage: Stage) -> None:
        stage.buy("10:00:01", 1000, 9.98, id="x")
        frozen_e4 = 1000 * e4(9.98) + order_fee_e4(BANK, "buy", 1000 * e4(9.98), DAY, FeeSchedule())
        assert stage.exchange.ledger.frozen_e4 == frozen_e4
        assert outline(stage.cancel("10:00:02", "x")) == ["cancelled CANCELLED_BY_USER"]
        assert stage.exchange.ledger.available_e4 == CASH_E4

    def test_all_cash_can_be_spent_to_the_fen(self) -> None:
        fee_e4 = order_fee_e4(BANK, "buy", 1000 * e4(10.01), DAY, FeeSchedule())
        for cash_e4, outcome in ((1000 * e4(10.01) + fee_e4, "accepted"), (1000 * e4(10.01) + fee_e4 - 1, "rejected")):
            stage = Stage(cash_e4)
            stage.quote(a_quote("10:00", 10.00, 6_000, bids=BIDS, asks=levels((10.01, 5000))))
            assert outline(stage.buy("10:00:01", 1000, 10.01))[0].split()[0] == outcome
        stage = Stage(1000 * e4(10.01) + fee_e4)
        stage.quote(a_quote("10:00", 10.00, 6_000, bids=BIDS, asks=levels((10.01, 5000))))
        stage.buy("10:00:01", 1000, 10.01)
        assert (stage.cash_e4, stage.exchange.ledger.frozen_e4) == (0, 0)

    def test_shares_bought_today_are_sold_tomorrow(self, stage: Stage) -> None:
        stage.buy("10:00:01", 300, 10.01)
        assert outline(stage.sell("10:00:02", 300, 9.99)) == ["rejected SELLABLE_NOT_ENOUGH"]
        stage.clock("9:00", NEXT_DAY)
        stage.quote(a_quote("10:00", 10.0, 100, day=NEXT_DAY, bids=BIDS, asks=ASKS))
        assert outline(stage.sell("10:00:02", 300, 9.99))[-1] == "filled 300"
        assert stage.exchange.statement(0).holdings == []

    def test_a_t0_fund_is_sold_on_the_day(self) -> None:
        stage, gold = Stage(), "518880.XSHG"
        stage.quote(a_quote("10:00", 5.0, 6_000, symbol=gold, bids=BIDS, asks=ASKS))
        stage.buy("10:00:01", 300, 10.01, symbol=gold)
        assert outline(stage.sell("10:00:02", 300, 9.99, symbol=gold))[-1] == "filled 300"

    def test_proceeds_can_be_spent_at_once(self) -> None:
        stage = Stage(cash_e4=0)
        stage.own(1000)
        stage.quote(a_quote("10:00", 10.0, 6_000, bids=levels((10.0, 5000)), asks=levels((10.0, 5000))))
        assert outline(stage.sell("10:00:01", 1000, 10.0))[-1] == "filled 1000"
        assert outline(stage.buy("10:00:01", 900, 10.0))[-1] == "filled 900"


class TestTheBrokersBooks:
    def test_it_does_not_tell_doubles(self, stage: Stage) -> None:
        stage.buy("10:00:01", 100, 9.98, id="same")
        stage.buy("10:00:01", 100, 9.98, id="same")
        assert [o.venue_order_id for o in stage.exchange.statement(0).orders] == ["1", "2"]

    def test_cancels_of_what_is_not_open(self, stage: Stage) -> None:
        stage.buy("10:00:01", 300, 10.01, id="done")
        assert outline(stage.cancel("10:00:02", "done", "1")) == ["refused ORDER_CLOSED"]
        assert outline(stage.cancel("10:00:02", "never")) == ["refused UNKNOWN_ORDER"]
        assert outline(stage.cancel("10:00:02", "other", "1")) == ["refused UNKNOWN_ORDER"]

    def test_a_new_day_ends_old_orders_starts_numbers_again_and_knows_no_quotes(self, stage: Stage) -> None:
        stage.buy("10:00:01", 100, 9.98)
        *ends, day = stage.clock("9:00", NEXT_DAY)
        assert outline(ends) == ["expired DAY_ENDED"]
        assert isinstance(day, m.BrokerDay) and day.trading_day == 20261123
        assert stage.exchange.ledger.frozen_e4 == 0
        assert outline(stage.buy("9:31", 100, 9.98)) == ["rejected NO_QUOTE"]
        assert [o.venue_order_id for o in stage.exchange.statement(0).orders] == ["1"]

    def test_folding_the_record_again_gives_the_same_broker(self, stage: Stage) -> None:
        stage.buy("10:00:01", 1000, 10.02)
        stage.buy("10:00:01", 500, 9.98, id="x")
        stage.quote(a_quote("10:00:03", 9.97, 6_600, bids=BIDS, asks=ASKS, traded=(9.97, 9.99)))
        stage.buy("12:00", 500, 9.97, id="y")
        stage.cancel("12:01", "x")
        twin = Exchange("main", 0, FeeSchedule())
        for event in stage.record:
            twin.apply(decode_message(encode(event)))  # type: ignore[arg-type]
        after = a_quote("13:00", 9.9, 9_000, asks=levels((9.9, 9_000)))
        assert twin.statement(1) == stage.exchange.statement(1)
        assert twin.quoted(after, after.at_ns) == stage.exchange.quoted(after, after.at_ns)
        assert len(twin.quoted(after, after.at_ns)) > 1
