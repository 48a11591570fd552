"""The account as a strategy sees it, over a real book that events change."""

import copy
import pickle
from datetime import date, datetime

import pytest

from common import messages as m
from common.beijing import to_ns
from common.fees import FeeSchedule
from common.portfolio import Book
from jqdata import check_stop_loss
from jqdata.objects import Context, Portfolio, Position, RunParams, SubPortfolio, g
from jqdata.portfolio import SubView
from tests.jqdata.desk import A, B, C, Desk, at, quote

NOW = to_ns(at("10:00"))
OPENED = to_ns(datetime(2026, 11, 18, 10, 30))


def order(key: str, symbol: str, side: m.Side, qty: int, price_e4: int) -> m.Order:
    return m.Order(key, "sim", "demo", symbol, side, m.OrderType.LIMIT, qty, price_e4, NOW, NOW + 10**9)


def fill(key: str, symbol: str, side: m.Side, qty: int, price_e4: int, fee_e4: int = 50_000) -> m.OrderFilled:
    return m.OrderFilled("sim", key, f"v{key}", f"f{key}-{qty}", symbol, side, qty, price_e4, fee_e4, NOW)


@pytest.fixture
def book() -> Book:
    made = Book("sim", FeeSchedule())
    held = [m.Holding(A, 1000, 0, 100_000_000, 105_000, OPENED), m.Holding(B, 300, 0, 60_000_000, 180_000, OPENED)]
    made.apply(m.TradingDayOpened("sim", 20261120, 500_000_000, held, to_ns(at("9:00"))))
    return made


def test_money_in_yuan_and_its_older_names(book: Book) -> None:
    seen = Portfolio(book)
    assert (seen.available_cash, seen.cash, seen.locked_cash) == (50_000.0, 50_000.0, 0.0)
    assert (seen.positions_value, seen.total_value, seen.portfolio_value) == (15_900.0, 65_900.0, 65_900.0)
    assert (seen.starting_cash, seen.inout_cash, seen.returns) == (65_900.0, 65_900.0, 0.0)
    assert Portfolio(book, 500_000_000).returns == pytest.approx(65_900 / 50_000 - 1)
    assert (seen.margin, seen.short_positions) == (0.0, {})


def test_an_open_buy_locks_cash_and_an_open_sell_locks_shares(book: Book) -> None:
    seen = Portfolio(book)
    book.enter(order("b", B, m.Side.BUY, 100, 100_000))
    assert seen.locked_cash >= 1000 and seen.available_cash == pytest.approx(50_000 - seen.locked_cash)
    held = seen.positions[A]
    book.enter(order("s", A, m.Side.SELL, 400, 100_000))
    assert (held.total_amount, held.locked_amount, held.closeable_amount) == (600, 400, 600)
    assert (held.sellable_amount, held.amount) == (600, 600)
    assert held.value == 10_500.0


def test_a_position_follows_its_book(book: Book) -> None:
    seen = Portfolio(book)
    held = seen.positions[A]
    assert (held.security, held.side, held.pindex, held.avg_cost, held.price) == (A, "long", 0, 10.0, 10.5)
    assert held.init_time == held.transact_time == datetime(2026, 11, 18, 10, 30)
    book.apply(fill("x", A, m.Side.SELL, 500, 110_000))
    assert (held.total_amount, held.closeable_amount, held.avg_cost, held.price) == (500, 500, 10.0, 11.0)
    assert held.acc_avg_cost == pytest.approx((5000 - (500 * 11 - 5 - 500 * 10)) / 500)
    assert held.transact_time == at("10:00") and held.init_time == datetime(2026, 11, 18, 10, 30)
    assert seen.transferable_cash == pytest.approx(50_000)
    assert seen.available_cash == pytest.approx(50_000 + 5500 - 5)


def test_todays_purchase_cannot_be_sold(book: Book) -> None:
    seen = Portfolio(book)
    book.apply(fill("x", A, m.Side.BUY, 200, 120_000))
    held = seen.positions[A]
    assert (held.total_amount, held.today_amount, held.closeable_amount) == (1200, 200, 1000)
    assert held.avg_cost == pytest.approx((10_000 + 2400 + 5) / 1200)
    assert held.acc_avg_cost == pytest.approx(held.avg_cost)
    assert list(seen.unsell_positions) == [A]


def test_hold_cost_takes_old_shares_at_the_previous_close(desk: Desk, book: Book) -> None:
    held = Portfolio(book).positions[A]
    assert held.hold_cost == held.avg_cost
    desk.quotes[A] = quote(A, at("9:59"), prev_close_e4=104_000)
    assert held.hold_cost == pytest.approx(10.4)
    book.apply(fill("x", A, m.Side.BUY, 1000, 110_000))
    assert held.hold_cost == pytest.approx((10_400 + 11_000 + 5) / 2000)


def test_a_code_not_held_is_empty_and_is_not_added(book: Book) -> None:
    positions = Portfolio(book).positions
    nothing = positions[C]
    assert (nothing.total_amount, nothing.closeable_amount, nothing.avg_cost, nothing.value) == (0, 0, 0.0, 0.0)
    assert nothing.acc_avg_cost == nothing.hold_cost == 0.0 and nothing.init_time is None
    assert C not in positions and list(positions) == [A, B] and len(positions) == 2
    assert positions.get(C) is None and isinstance(positions.get(A), Position)
    assert [code for code, held in positions.items() if held.total_amount > 0] == [A, B]
    assert list(copy.copy(positions)) == [A, B]
    assert positions.has_key(A) and not positions.has_key(C)


def test_selling_everything_while_looping_over_positions(book: Book) -> None:
    positions = Portfolio(book).positions
    for code in positions:
        book.apply(fill(f"s{code}", code, m.Side.SELL, positions[code].closeable_amount, 100_000))
        book.apply(fill(f"b{code}", C, m.Side.BUY, 200, 100_000))
    assert list(positions) == [C]


class View:
    """What a host shows as context."""

    starting_cash_e4 = 0
    run_params = RunParams(date(2026, 11, 2))
    previous_date = date(2026, 11, 19)
    universe: list[str] = [A]  # noqa: RUF012
    subs: tuple[SubView, ...] = ()

    def __init__(self, book: Book) -> None:
        self.book, self.time = book, at("9:30")

    def now(self) -> datetime:
        return self.time


def test_context_shows_the_host_and_keeps_the_users_own(book: Book) -> None:
    view = View(book)
    context = Context(view)
    assert (context.current_dt, context.previous_date, context.universe) == (at("9:30"), date(2026, 11, 19), [A])
    view.time = at("9:31")
    assert context.current_dt == at("9:31")
    assert isinstance(context.subportfolios[0], SubPortfolio) and context.subportfolios[0].type == "stock"
    assert context.subportfolios[0].long_positions[A].total_amount == 1000
    assert (context.run_params.type, context.run_params.frequency) == ("sim_trade", "minute")
    assert vars(context) == {}
    context.mine, context.universe = 7, [B]
    assert vars(context) == {"mine": 7, "universe": [B]} and context.universe == [B]
    del context.universe
    assert context.universe == [A]
    with pytest.raises(AttributeError):
        _ = context.yours


@pytest.mark.parametrize("what", ["context", "portfolio", "positions", "position"])
def test_live_objects_refuse_to_be_saved(book: Book, what: str) -> None:
    context = Context(View(book))
    found = {
        "context": context,
        "portfolio": context.portfolio,
        "positions": context.portfolio.positions,
        "position": context.portfolio.positions[A],
    }[what]
    with pytest.raises(TypeError, match="不能保存到 g"):
        pickle.dumps(found)


def test_g_has_what_was_set_and_nothing_else() -> None:
    assert not hasattr(g, "stocks")
    g.stocks = [A]
    assert g.stocks == [A] and vars(g) == {"stocks": [A]}
    del g.stocks
    with pytest.raises(AttributeError, match="stocks"):
        _ = g.stocks


@pytest.mark.parametrize(("price_e4", "told"), [(95_000, []), (94_999, [A]), (105_000, []), (0, [])])
def test_stop_loss_names_what_lost_more_than_the_limit(desk: Desk, book: Book, price_e4: int, told: list[str]) -> None:
    context = Context(View(book))
    book.mark({A: price_e4, B: 200_000})
    assert check_stop_loss(context) == told
    assert check_stop_loss(context, ratio=50) == []
    assert desk.asks == []
