"""What risk says beside the limits: repeats, expiry, unknown outcomes, cancels, halts and alerts."""

from __future__ import annotations

import pytest

from common import messages as m
from common.beijing import SECOND_NS
from services.risk.core import NEVER_NS
from services.risk.counters import counted
from tests.services.risk.driving import (
    ACCOUNT,
    OPEN_NS,
    PUFA,
    TRADING_DAY,
    WANKE,
    Stack,
    e4,
    holding,
    limits,
    reason,
)


def opened(**changed: int) -> Stack:
    stack = Stack(limits(**changed))
    stack.open_day(1_000_000, holding(WANKE, 5000, 10))
    return stack


def halt(stack: Stack, *, buys_only: bool = False, cancel_open: bool = False, why: str = "检查") -> list[m.Message]:
    return stack.feed(m.Halt(ACCOUNT, buys_only, cancel_open, "operator.7", why))


def test_an_approved_order_is_not_placed_again() -> None:
    stack = opened()
    order = stack.order("buy", 100, 10)
    assert stack.feed(m.SubmitOrder(order)) == [m.ApprovedOrder(order, stack.now_ns)]
    assert stack.feed(m.SubmitOrder(order)) == []
    stack.restart()
    stack.now_ns += 60 * SECOND_NS
    assert stack.feed(m.SubmitOrder(order)) == []
    stack.fill(order)
    assert stack.feed(m.SubmitOrder(order)) == []


def test_what_the_border_forbids_is_denied_with_its_reason_and_never_placed() -> None:
    stack = opened()
    order = stack.order("buy", 100, 10)
    (denied,) = stack.feed(m.DenyOrder(order, "TOKEN_SYMBOL", "令牌不能交易该证券（600000.XSHG）"))
    assert isinstance(denied, m.OrderDenied) and (denied.order, denied.reason) == (order, "TOKEN_SYMBOL")
    assert "令牌不能交易该证券" in denied.text and denied.largest_qty == 0
    assert stack.feed(m.SubmitOrder(order)) == [denied], "the same id gets the same answer, with another token too"
    other = stack.order("buy", 100, 10)
    (denied,) = stack.feed(m.DenyOrder(other, "newer than we", "why"))
    assert isinstance(denied, m.OrderDenied) and denied.reason == "NOT_ALLOWED"


def test_an_order_that_was_approved_is_not_denied_later() -> None:
    stack = opened()
    order = stack.order("buy", 100, 10)
    stack.feed(m.SubmitOrder(order))
    assert stack.feed(m.DenyOrder(order, "TOKEN_SYMBOL", "")) == []


def test_a_repeat_made_later_is_the_same_order() -> None:
    stack = opened()
    first = stack.rest("buy", 100, 10)
    stack.now_ns += SECOND_NS
    assert stack.feed(m.SubmitOrder(stack.order("buy", 100, 10, key=first.client_order_id))) == []


def test_a_denied_order_gets_the_same_denial_again() -> None:
    stack = opened(order_value_max_e4=e4(500))
    order = stack.order("buy", 100, 10)
    first = stack.feed(m.SubmitOrder(order))
    stack.now_ns += SECOND_NS
    stack.restart()
    assert stack.feed(m.SubmitOrder(order)) == first
    assert stack.feed(m.SubmitOrder(order)) == first
    assert reason(first[0]) == "MAX_ORDER_VALUE"


@pytest.mark.parametrize("approved", [True, False])
def test_other_content_under_a_known_id_is_alarmed_and_changes_nothing(approved: bool) -> None:
    stack = opened(order_value_max_e4=e4(5000))
    first = stack.order("buy", 100 if approved else 1000, 10)
    stack.feed(m.SubmitOrder(first))
    counters = stack.core.desks[ACCOUNT].counters
    before = (counters.trades, counters.open_e4)
    (alert,) = stack.feed(m.SubmitOrder(stack.order("buy", 200, 10, key=first.client_order_id)))
    assert isinstance(alert, m.AlertRaised)
    assert alert.code == "DUPLICATE_ID"
    assert first.client_order_id in alert.text
    assert (counters.trades, counters.open_e4) == before


def test_nothing_is_approved_before_the_account_is_known() -> None:
    stack = Stack()
    order = stack.order("buy", 100, 10)
    assert reason(stack.submit(order)) == "NOT_READY"
    stack.open_day()
    assert reason(stack.submit(order)) == "NOT_READY", "the answer of an id never changes"
    assert reason(stack.place("buy", 100, 10)) == ""


def test_what_names_an_unknown_account_is_alarmed_where_somebody_listens() -> None:
    stack = opened()
    order = stack.order("buy", 100, 10, account="nobody")
    for command in (
        m.SubmitOrder(order),
        m.CancelOrder("nobody", order.client_order_id, "demo", order.expire_ns),
        m.Halt("nobody", False, False, "operator.7", ""),
        m.Resume("nobody", "operator.7"),
        m.RaiseAlert("nobody", "strategy.demo", "UNKNOWN_ACCOUNT", "nobody", OPEN_NS),
    ):
        (alert,) = stack.feed(command)
        assert isinstance(alert, m.AlertRaised)
        assert (alert.account, alert.code) == (ACCOUNT, "UNKNOWN_ACCOUNT")
        assert "nobody" in alert.text


@pytest.mark.parametrize(("late_ns", "code"), [(0, ""), (1, "EXPIRED")])
def test_an_order_that_came_too_late_is_denied(late_ns: int, code: str) -> None:
    stack = opened()
    order = stack.order("buy", 100, 10)
    stack.now_ns = order.expire_ns + late_ns
    assert reason(stack.submit(order)) == code


@pytest.mark.parametrize(
    ("qty", "price", "symbol", "key", "said"),
    [
        (0, 10, PUFA, "a", "数量须大于 0"),
        (-100, 10, PUFA, "a", "数量须大于 0"),
        (100, 0, PUFA, "a", "价格须大于 0"),
        (100, 10, "999999.XSHG", "a", "无法识别的证券代码"),
        (100, 10, "000300.XSHG", "a", "不可交易"),
        (100, 10, PUFA, "订单1", "24 位字母数字"),
        (100, 10, PUFA, "a" * 25, "24 位字母数字"),
    ],
)
def test_nonsense_is_denied(qty: int, price: float, symbol: str, key: str, said: str) -> None:
    stack = opened()
    for side in ("buy", "sell"):
        denied = stack.submit(stack.order(side, qty, price, symbol, key=key + ("" if side == "buy" else "s")))
        assert isinstance(denied, m.OrderDenied)
        assert denied.reason == "BAD_ORDER"
        assert said in denied.text
        assert denied.largest_qty == 0


def test_an_unknown_outcome_blocks_symbol_and_side_for_every_id() -> None:
    stack = opened()
    order = stack.rest("buy", 100, 10)
    stack.feed(m.OrderUnknown(ACCOUNT, order.client_order_id, "券商未答复", stack.now_ns))
    stack.restart()
    assert reason(stack.place("buy", 100, 10)) == "UNKNOWN_OUTCOME"
    assert reason(stack.place("buy", 100, 10, WANKE)) == ""
    stack.feed(m.OrderAccepted(ACCOUNT, order.client_order_id, "v", stack.now_ns))
    assert reason(stack.place("buy", 100, 10)) == ""


def test_a_cancel_is_passed_on_with_its_expiry() -> None:
    stack = opened()
    order = stack.rest("buy", 100, 10)
    assert stack.cancel(order) == m.ApprovedCancel(ACCOUNT, "order1", stack.now_ns + SECOND_NS, stack.now_ns)


def test_an_order_on_its_way_can_be_cancelled() -> None:
    stack = opened()
    order = stack.order("buy", 100, 10)
    stack.submit(order)
    assert reason(stack.cancel(order)) == ""


def test_there_is_nothing_to_cancel() -> None:
    stack = opened(order_value_max_e4=e4(5000))
    done, denied = stack.rest("buy", 100, 10), stack.order("buy", 1000, 10)
    stack.fill(done)
    stack.submit(denied)
    assert reason(stack.cancel(done)) == "ORDER_CLOSED"
    assert reason(stack.cancel(denied)) == "ORDER_CLOSED"
    assert reason(stack.cancel(stack.order("buy", 100, 10))) == "UNKNOWN_ORDER"


def test_a_cancel_that_came_too_late_is_denied() -> None:
    stack = opened()
    order = stack.rest("buy", 100, 10)
    (out,) = stack.feed(m.CancelOrder(ACCOUNT, order.client_order_id, "demo", stack.now_ns - 1))
    assert reason(out) == "EXPIRED"


def test_a_halt_denies_orders_and_never_blocks_cancels() -> None:
    stack = opened()
    order = stack.rest("buy", 100, 10)
    assert halt(stack) == [m.TradingHalted(ACCOUNT, False, "operator.7", "检查", stack.now_ns)]
    stack.restart()
    denied = stack.place("sell", 100, 10, WANKE)
    assert isinstance(denied, m.OrderDenied)
    assert denied.text == "风控拒单 HALTED: 交易已暂停（operator.7：检查）"
    assert reason(stack.place("buy", 100, 10)) == "HALTED"
    assert reason(stack.cancel(order)) == ""


def test_a_halt_of_buys_lets_sales_pass() -> None:
    stack = opened()
    halt(stack, buys_only=True)
    assert reason(stack.place("buy", 100, 10)) == "HALTED"
    assert reason(stack.place("sell", 100, 10, WANKE)) == ""


def test_a_second_halt_never_loosens_the_first() -> None:
    stack = opened()
    halt(stack)
    halt(stack, buys_only=True)
    assert reason(stack.place("sell", 100, 10, WANKE)) == "HALTED"


def test_the_cancels_of_a_halt_count_nowhere() -> None:
    stack = opened(daily_cancels_max=1, cancels_per_order_max=1, cancel_interval_min_ns=SECOND_NS)
    orders = [stack.rest("buy", 100, 10) for _ in range(3)]
    assert reason(stack.cancel(orders[0])) == ""
    stack.fill(orders[2])
    outs = halt(stack, cancel_open=True)
    assert outs[1:] == [m.ApprovedCancel(ACCOUNT, order.client_order_id, NEVER_NS) for order in orders[:2]]
    assert stack.core.desks[ACCOUNT].cancels.count == 1


def test_a_halt_of_buys_cancels_open_buys() -> None:
    stack = opened()
    stack.rest("sell", 100, 10, WANKE)
    buy = stack.rest("buy", 100, 10)
    assert halt(stack, buys_only=True, cancel_open=True)[1:] == [
        m.ApprovedCancel(ACCOUNT, buy.client_order_id, NEVER_NS)
    ]


def test_resuming_names_who_halted_and_why() -> None:
    stack = opened()
    halt(stack, why="行情异常")
    stack.restart()
    resumed = stack.feed(m.Resume(ACCOUNT, "operator.8"))
    assert resumed == [m.TradingResumed(ACCOUNT, "operator.8", "operator.7", "行情异常", stack.now_ns)]
    stack.restart()
    assert reason(stack.place("buy", 100, 10)) == ""
    assert stack.feed(m.Resume(ACCOUNT, "operator.8")) == [
        m.TradingResumed(ACCOUNT, "operator.8", "", "", stack.now_ns)
    ]


def test_a_halt_outlives_the_day_and_its_journal() -> None:
    stack = opened()
    halt(stack)
    stack.roll()
    stack.feed(m.TradingDayOpened(ACCOUNT, TRADING_DAY + 3, e4(1_000_000), [], stack.now_ns + 3 * 86_400 * SECOND_NS))
    assert reason(stack.place("buy", 100, 10)) == "HALTED"


def test_a_new_day_starts_its_counters_afresh() -> None:
    stack = opened(daily_trades_max=1, daily_cancels_max=1)
    order = stack.rest("buy", 200, 10)
    stack.fill(order, qty=100)
    stack.cancel(order)
    assert reason(stack.place("buy", 100, 10)) == "MAX_DAILY_TRADES"
    stack.now_ns += 3 * 86_400 * SECOND_NS
    stack.feed(m.TradingDayOpened(ACCOUNT, TRADING_DAY + 3, e4(1_000_000), [], stack.now_ns))
    again = stack.rest("buy", 100, 10)
    assert reason(stack.cancel(again)) == ""
    assert reason(stack.place("buy", 100, 10)) == "MAX_DAILY_TRADES"


def test_without_a_journal_the_gateways_snapshot_rebuilds_the_day() -> None:
    stack = opened(daily_trade_value_max_e4=e4(40_000))
    stack.fill(stack.rest("buy", 1000, 10), qty=600)
    stack.rest("buy", 1000, 20)
    stack.record = [stack.core.desks[ACCOUNT].book.snapshot("simulator", stack.now_ns)]
    before = stack.core.desks[ACCOUNT].counters
    stack.restart()
    assert stack.core.desks[ACCOUNT].counters == before
    assert reason(stack.place("buy", 1100, 10)) == "MAX_DAILY_TRADE_VALUE"
    assert reason(stack.place("buy", 1000, 10)) == ""


def test_a_snapshot_keeps_what_is_on_its_way() -> None:
    stack = opened()
    before = stack.core.desks[ACCOUNT].book.snapshot("simulator", stack.now_ns)
    stack.place("sell", 5000, 10, WANKE)
    stack.feed(before)
    assert reason(stack.place("sell", 100, 10, WANKE)) == "SELLABLE_NOT_ENOUGH"


def test_trades_entered_elsewhere_use_the_limits_too() -> None:
    stack = opened(daily_trades_max=1, daily_trade_value_max_e4=e4(10_000))
    by_hand = m.OrderFilled(ACCOUNT, "", "v9", "f9", PUFA, m.Side.BUY, 500, e4(10), 0, stack.now_ns)
    stack.feed(by_hand)
    assert reason(stack.place("buy", 100, 10)) == "MAX_DAILY_TRADES"
    assert stack.core.desks[ACCOUNT].counters.filled_e4 == e4(5000)


def test_an_order_told_after_its_trades_is_one_trade() -> None:
    stack = opened(daily_trades_max=2)
    key = "foreign-v9"
    stack.feed(m.OrderFilled(ACCOUNT, key, "v9", "f9", PUFA, m.Side.BUY, 500, e4(10), 0, stack.now_ns))
    limit = m.OrderType.LIMIT
    by_hand = m.Order(key, ACCOUNT, "foreign", PUFA, m.Side.BUY, limit, 500, e4(10), stack.now_ns, stack.now_ns)
    stack.feed(m.OrderSubmitted(by_hand, stack.now_ns, stack.now_ns))
    counters = stack.core.desks[ACCOUNT].counters
    assert counters.trades == 1 and counters == counted(stack.core.desks[ACCOUNT].book)
    assert reason(stack.place("buy", 100, 10)) == ""


def test_an_alert_of_another_process_is_published() -> None:
    stack = opened()
    raised = m.RaiseAlert(ACCOUNT, "strategy.demo", "CALLBACK_FAILED", "handle_data 第 3 行", OPEN_NS)
    assert stack.feed(raised) == [
        m.AlertRaised(ACCOUNT, "strategy.demo", "CALLBACK_FAILED", "handle_data 第 3 行", OPEN_NS)
    ]


def test_the_report_shows_every_limit_with_its_use() -> None:
    stack = opened(daily_trades_max=100, daily_trade_value_max_e4=e4(500_000))
    stack.fill(stack.rest("buy", 1000, 10), qty=600)
    halt(stack, buys_only=True)
    report = stack.core.answer(m.GetRisk(ACCOUNT), stack.now_ns)
    assert isinstance(report, m.RiskReport)
    assert (report.halted, report.buys_only, report.operator, report.why) == (True, True, "operator.7", "检查")
    rows = {name: (used, limit) for name, used, limit in report.rows}
    assert rows["当日成交额 MAX_DAILY_TRADE_VALUE"] == ("10,000.00", "500,000.00")
    assert rows["当日笔数 MAX_DAILY_TRADES"] == ("1", "100")
    assert rows["单只占比 MAX_POSITION_RATIO"][0] == f"4.77% {WANKE}"
    assert report.counters["open_value_e4"] == e4(4000)
    assert stack.core.snapshot(ACCOUNT, stack.now_ns) == report and report.denied == []
    denied = stack.place("sell", 100_000, 10, WANKE)
    assert stack.core.snapshot(ACCOUNT, stack.now_ns).denied == [denied]  # type: ignore[attr-defined]
    assert isinstance(stack.core.answer(m.GetRisk("nobody"), stack.now_ns), m.Refusal)


def test_a_gateway_without_a_day_leaves_risk_not_ready() -> None:
    stack = opened()
    stack.feed(m.AccountSnapshot(ACCOUNT, 0, 0, 0, 0, [], [], [], "simulator", True, 0))
    assert reason(stack.place("buy", 100, 10)) == "NOT_READY"
    stack.open_day()
    assert reason(stack.place("buy", 100, 10)) == ""
