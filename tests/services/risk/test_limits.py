"""Each limit allows, denies, holds at its exact boundary, and still does so after a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from common import messages as m
from common.beijing import SECOND_NS
from common.risk_limits import RiskLimits
from tests.services.risk.driving import MAOTAI, PUFA, STAR, WANKE, Stack, e4, holding, limits, reason


@dataclass(frozen=True)
class Case:
    """``before`` leads up to the boundary; ``at`` just passes there and ``beyond`` is denied for ``code``."""

    code: str
    limits: RiskLimits
    before: Callable[[Stack], object]
    at: Callable[[Stack], m.Message]
    beyond: Callable[[Stack], m.Message]
    text: str


def opened(stack: Stack) -> None:
    stack.open_day(1_000_000, holding(WANKE, 5000, 10))


def one_open_order(stack: Stack) -> None:
    opened(stack)
    stack.rest("buy", 1000, 20)


def half_filled_order(stack: Stack) -> None:
    opened(stack)
    stack.fill(stack.rest("buy", 1000, 20), qty=400, price=19)


def two_stocks(stack: Stack) -> None:
    opened(stack)
    stack.rest("buy", 100, 20)


def quarter_held(stack: Stack) -> None:
    stack.open_day(750_000, holding(PUFA, 12_500, 20))


CASES = [
    Case(
        "MAX_ORDER_VALUE",
        limits(order_value_max_e4=e4(100_000)),
        opened,
        lambda s: s.place("buy", 4000, 25),
        lambda s: s.place("buy", 3700, 27.62),
        "风控拒单 MAX_ORDER_VALUE: 102,194.00 > 100,000.00（按 27.62，可下 3,600 股）",
    ),
    Case(
        "MAX_ORDER_VALUE",
        limits(order_value_max_e4=e4(40_000)),
        opened,
        lambda s: s.place("sell", 4000, 10, WANKE),
        lambda s: s.place("sell", 4100, 10, WANKE),
        "风控拒单 MAX_ORDER_VALUE: 41,000.00 > 40,000.00（按 10.00，可下 4,000 股）",
    ),
    Case(
        "MAX_DAILY_TRADE_VALUE",
        limits(daily_trade_value_max_e4=e4(50_000)),
        one_open_order,
        lambda s: s.place("buy", 3000, 10),
        lambda s: s.place("buy", 3001, 10, STAR),
        "风控拒单 MAX_DAILY_TRADE_VALUE: 50,010.00 > 50,000.00（按 10.00，可下 3,000 股）",
    ),
    Case(
        "MAX_DAILY_TRADE_VALUE",
        limits(daily_trade_value_max_e4=e4(49_600)),
        half_filled_order,  # 400 x 19 filled and 600 x 20 open are 19,600
        lambda s: s.place("sell", 3000, 10, WANKE),
        lambda s: s.place("sell", 3100, 10, WANKE),
        "风控拒单 MAX_DAILY_TRADE_VALUE: 50,600.00 > 49,600.00（按 10.00，可下 3,000 股）",
    ),
    Case(
        "MAX_DAILY_TRADES",
        limits(daily_trades_max=2),
        one_open_order,
        lambda s: s.place("sell", 100, 10, WANKE),
        lambda s: (s.place("sell", 100, 10, WANKE), s.place("sell", 100, 10, WANKE))[1],
        "风控拒单 MAX_DAILY_TRADES: 3 > 2（按 10.00，可下 0 股）",
    ),
    Case(
        "MAX_STOCK_COUNT",
        limits(stock_count_max=3),
        two_stocks,
        lambda s: s.place("buy", 200, 10, STAR),
        lambda s: (s.place("buy", 200, 10, STAR), s.place("buy", 100, 10, MAOTAI))[1],
        "风控拒单 MAX_STOCK_COUNT: 4 > 3（按 10.00，可下 0 股）",
    ),
    Case(
        "MAX_POSITION_RATIO",
        limits(position_ratio_max_bp=2700),
        quarter_held,
        lambda s: s.place("buy", 1000, 20),
        lambda s: s.place("buy", 1100, 20),
        "风控拒单 MAX_POSITION_RATIO: 27.20% > 27.00%（按 20.00，可下 1,000 股）",
    ),
    Case(
        "MIN_BUY_ORDER_VALUE",
        limits(min_buy_order_value_e4=e4(5000), order_value_max_e4=e4(100_000)),
        opened,
        lambda s: s.place("buy", 500, 10),
        lambda s: s.place("buy", 400, 10),
        "风控拒单 MIN_BUY_ORDER_VALUE: 4,000.00 < 5,000.00（按 10.00，可下 10,000 股）",
    ),
    Case(
        "ORDER_MAX_VOLUME",
        limits(order_volume_max=3000),
        opened,
        lambda s: s.place("buy", 3000, 10),
        lambda s: s.place("buy", 3100, 10),
        "风控拒单 ORDER_MAX_VOLUME: 3,100 > 3,000（按 10.00，可下 3,000 股）",
    ),
    Case(
        "CASH_NOT_ENOUGH",
        limits(),
        # 2,000 shares at 10.00 need 20,000.00 and fees of 6.20: commission 6.00, transfer 0.20.
        lambda s: s.open_day(20_006.20),
        lambda s: s.place("buy", 2000, 10),
        lambda s: s.place("buy", 2100, 10),
        "风控拒单 CASH_NOT_ENOUGH: 21,006.51 > 20,006.20（按 10.00，可下 2,000 股）",
    ),
    Case(
        "SELLABLE_NOT_ENOUGH",
        limits(),
        lambda s: (s.open_day(0, holding(PUFA, 1500, 10, today=300)), s.rest("sell", 200, 10)),
        lambda s: s.place("sell", 1000, 10),
        lambda s: s.place("sell", 1100, 10),
        "风控拒单 SELLABLE_NOT_ENOUGH: 1,100 > 1,000（按 10.00，可下 1,000 股）",
    ),
]
NAMES = [f"{number}-{case.code}" for number, case in enumerate(CASES)]


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_value_equal_to_its_limit_passes(case: Case, restarted: bool) -> None:
    assert reason(case.at(led_up(case, restarted))) == ""


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_next_value_is_denied_and_says_what_would_pass(case: Case, restarted: bool) -> None:
    denied = case.beyond(led_up(case, restarted))
    assert isinstance(denied, m.OrderDenied)
    assert (denied.reason, denied.text) == (case.code, case.text)
    assert f"{denied.value} " in denied.text and f" {denied.limit_value}（" in denied.text
    assert f"可下 {denied.largest_qty:,} 股" in denied.text


def led_up(case: Case, restarted: bool) -> Stack:
    stack = Stack(case.limits)
    case.before(stack)
    if restarted:
        stack.restart()
    return stack


def test_what_did_not_trade_gives_its_place_back() -> None:
    stack = Stack(limits(daily_trades_max=1, order_value_max_e4=e4(50_000)))
    opened(stack)
    assert reason(stack.place("buy", 6000, 10)) == "MAX_ORDER_VALUE"
    rejected = stack.rest("buy", 100, 10)
    assert reason(stack.place("buy", 100, 10)) == "MAX_DAILY_TRADES"
    stack.feed(m.OrderRejected("main", rejected.client_order_id, "BROKER_REJECTED", "", stack.now_ns))
    stack.end(stack.rest("buy", 100, 10))
    expired = stack.rest("buy", 100, 10)
    stack.feed(m.OrderExpired("main", expired.client_order_id, 0, "DAY_ENDED", "", stack.now_ns))
    traded = stack.rest("buy", 300, 10)
    stack.fill(traded, qty=100)
    stack.end(traded, cum_qty=100)
    stack.restart()
    assert reason(stack.place("buy", 100, 10)) == "MAX_DAILY_TRADES"


def test_fills_that_trail_the_end_of_their_order_stay_reserved() -> None:
    stack = Stack(limits(daily_trade_value_max_e4=e4(30_000)))
    stack.open_day(100_000)
    order = stack.rest("buy", 2000, 10)
    stack.end(order, cum_qty=1500)
    assert reason(stack.place("buy", 1600, 10)) == "MAX_DAILY_TRADE_VALUE"
    stack.fill(order, qty=1500, price=9)
    assert reason(stack.place("buy", 1600, 10)) == ""


def test_a_sale_is_never_denied_for_ratio_or_count() -> None:
    stack = Stack(limits(position_ratio_max_bp=1, stock_count_max=1))
    stack.open_day(0, holding(PUFA, 1000, 10), holding(WANKE, 1000, 10))
    assert reason(stack.place("sell", 500, 10)) == ""
    assert reason(stack.place("buy", 100, 10)) == "MAX_POSITION_RATIO"


def test_the_ratio_counts_open_buys_and_the_latest_mark() -> None:
    stack = Stack(limits(position_ratio_max_bp=3000))
    stack.open_day(800_000, holding(PUFA, 10_000, 20))
    stack.feed(m.AccountMarked("main", stack.now_ns, {PUFA: e4(25)}))  # 250,000 of 1,050,000
    stack.rest("buy", 2000, 25)  # with it 300,000
    assert reason(stack.place("buy", 600, 25)) == ""
    assert reason(stack.place("buy", 100, 25)) == "MAX_POSITION_RATIO"


def test_the_cash_of_an_order_that_ended_is_free_again() -> None:
    stack = Stack()
    stack.open_day(20_006.20)
    order = stack.rest("buy", 2000, 10)
    assert reason(stack.place("buy", 100, 10)) == "CASH_NOT_ENOUGH"
    stack.end(order)
    assert reason(stack.place("buy", 2000, 10)) == ""


def test_a_sale_pays_for_the_buy_that_follows_it() -> None:
    stack = Stack()
    stack.open_day(0, holding(WANKE, 1000, 10))
    stack.fill(stack.rest("sell", 1000, 10, WANKE), fee=10)
    assert reason(stack.place("buy", 900, 10)) == ""
    assert reason(stack.place("buy", 100, 10)) == "CASH_NOT_ENOUGH"


def test_cancels_a_day() -> None:
    stack = Stack(limits(daily_cancels_max=2))
    opened(stack)
    orders = [stack.rest("buy", 100, 10) for _ in range(3)]
    assert [reason(stack.cancel(order)) for order in orders] == ["", "", "MAX_DAILY_CANCELS"]
    stack.restart()
    denied = stack.cancel(orders[2])
    assert isinstance(denied, m.CancelDenied)
    assert denied.text == "风控拒撤 MAX_DAILY_CANCELS: 3 > 2"


@pytest.mark.parametrize(
    ("passed_ns", "code"), [(2 * SECOND_NS, ""), (2 * SECOND_NS - 1, "MIN_CANCEL_INTERVAL_SECONDS")]
)
def test_time_between_two_cancels(passed_ns: int, code: str) -> None:
    stack = Stack(limits(cancel_interval_min_ns=2 * SECOND_NS))
    opened(stack)
    first, second = stack.rest("buy", 100, 10), stack.rest("buy", 100, 10)
    assert reason(stack.cancel(first)) == ""
    stack.restart()
    stack.now_ns += passed_ns
    answer = stack.cancel(second)
    assert reason(answer) == code
    if isinstance(answer, m.CancelDenied):
        assert answer.text == "风控拒撤 MIN_CANCEL_INTERVAL_SECONDS: 1.999 秒 < 2 秒"


def test_cancels_of_one_order() -> None:
    stack = Stack(limits(cancels_per_order_max=2))
    opened(stack)
    order, other = stack.rest("buy", 100, 10), stack.rest("buy", 100, 10)
    assert [reason(stack.cancel(order)) for _ in range(2)] == ["", ""]
    stack.restart()
    assert reason(stack.cancel(order)) == "MAX_CANCEL_PER_ORDER"
    assert reason(stack.cancel(other)) == ""


def test_limits_differ_by_account() -> None:
    stack = Stack({"main": limits(order_value_max_e4=e4(1000)), "hedge": limits(order_value_max_e4=e4(2000))})
    stack.open_day(account="main")
    stack.open_day(account="hedge")
    assert reason(stack.place("buy", 200, 10)) == "MAX_ORDER_VALUE"
    assert reason(stack.place("buy", 200, 10, account="hedge")) == ""
    assert stack.core.desks["main"].counters.trades == 0
    assert stack.core.desks["hedge"].counters.trades == 1
