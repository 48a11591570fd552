"""What the gateway finds out becomes an alert, a halt, or a denial that names what blocks."""

from __future__ import annotations

from common import messages as m
from tests.services.risk.driving import ACCOUNT, OPEN_NS, PUFA, WANKE, Stack, e4, holding, reason


def opened() -> Stack:
    stack = Stack()
    stack.open_day(1_000_000, holding(PUFA, 1000, 10))
    return stack


def unknown(stack: Stack) -> m.Order:
    order = stack.rest("buy", 1000, 10)
    stack.outs = stack.feed(m.OrderUnknown(ACCOUNT, order.client_order_id, "券商未列出该委托", stack.now_ns))  # type: ignore[attr-defined]
    return order


def differ(stack: Stack, *rows: m.BookRow) -> list[m.Message]:
    return stack.feed(m.BooksDiffer(ACCOUNT, list(rows), stack.now_ns))


def test_an_unknown_order_alarms_and_blocks_its_side_under_any_id_and_the_denial_names_it() -> None:
    stack = opened()
    order = unknown(stack)
    [alert] = stack.outs  # type: ignore[attr-defined]
    assert (alert.source, alert.code) == ("gateway", "UNKNOWN_OUTCOME")
    assert order.client_order_id in alert.text and "买入 1,000 股" in alert.text and "resolve" in alert.text
    denied = stack.place("buy", 100, 10)
    assert reason(denied) == "UNKNOWN_OUTCOME" and order.client_order_id in denied.text  # type: ignore[attr-defined]
    assert reason(stack.place("sell", 100, 10)) == ""
    assert reason(stack.place("buy", 100, 10, WANKE)) == ""


def test_the_operators_word_ends_the_block() -> None:
    stack = opened()
    order = unknown(stack)
    frozen_e4 = stack.core.desks[ACCOUNT].book.frozen_cash_e4
    key = order.client_order_id
    stack.feed(m.OrderResolved(ACCOUNT, key, "cancelled", 0, 0, 0, "", "", "li", "", stack.now_ns))
    desk = stack.core.desks[ACCOUNT]
    assert frozen_e4 > desk.book.frozen_cash_e4 == 0 and desk.counters.trades == 0
    assert reason(stack.place("buy", 100, 10)) == ""
    stack.restart()
    assert reason(stack.place("buy", 100, 10)) == ""


def test_books_that_differ_halt_the_account_and_say_what_differs() -> None:
    stack = opened()
    alert, halted = differ(stack, m.BookRow("", e4(1_000_000), e4(1_100_000)), m.BookRow(PUFA, 1000, 900))
    text = (
        "与柜台对账不符：现金 我方 1,000,000.00 柜台 1,100,000.00 差 +100,000.00；"
        f"{PUFA} 我方 1,000 股 柜台 900 股 差 -100 股"
    )
    assert alert == m.AlertRaised(ACCOUNT, "gateway", "BOOKS_DIFFER", text, OPEN_NS)
    assert halted == m.TradingHalted(ACCOUNT, False, "对账", text, OPEN_NS)
    assert reason(stack.place("sell", 100, 10)) == "HALTED"
    stack.restart()
    assert reason(stack.place("buy", 100, 10)) == "HALTED", "kept over a restart"
    [resumed] = stack.feed(m.Resume(ACCOUNT, "li"))
    assert isinstance(resumed, m.TradingResumed) and (resumed.halted_by, resumed.halted_why) == ("对账", text)
    assert reason(stack.place("buy", 100, 10)) == ""


def test_a_risk_that_lost_its_record_halts_when_it_hears_the_books() -> None:
    stack = opened()
    differ(stack, m.BookRow(PUFA, 1000, 900))
    snapshot = stack.core.desks[ACCOUNT].book.snapshot("", stack.now_ns)
    fresh = Stack()
    outs = fresh.feed(snapshot)
    assert [type(out) for out in outs] == [m.AlertRaised, m.TradingHalted]
    assert fresh.feed(snapshot) == [], "once"
    accepted = m.BooksAdjusted(ACCOUNT, [m.BookRow(PUFA, 1000, 900)], "li", "", stack.now_ns)
    stack.feed(accepted)
    assert Stack().feed(stack.core.desks[ACCOUNT].book.snapshot("", stack.now_ns)) == []


def test_a_halt_of_a_person_is_widened_and_still_named() -> None:
    stack = opened()
    stack.feed(m.Halt(ACCOUNT, True, False, "li", "午后再说"))
    _, halted = differ(stack, m.BookRow(PUFA, 1000, 900))
    assert isinstance(halted, m.TradingHalted) and not halted.buys_only
    assert halted.why.endswith("（此前已由 li 暂停：午后再说）")
    _, again = differ(stack, m.BookRow(PUFA, 1000, 800))
    assert isinstance(again, m.TradingHalted) and "此前" not in again.why


def test_an_opening_that_differs_is_alerted_and_nothing_is_halted() -> None:
    stack = opened()
    rows = [m.BookRow("", e4(100), e4(103.5)), m.BookRow(PUFA, 1000, 1300)]
    [alert] = stack.feed(m.OpeningDiffers(ACCOUNT, 20261123, 20261120, rows, stack.now_ns))
    assert isinstance(alert, m.AlertRaised) and alert.code == "OPENING_DIFFERS"
    assert "差 +3.50" in alert.text and f"{PUFA} 我方 1,000 股 柜台 1,300 股 差 +300 股" in alert.text
    assert reason(stack.place("buy", 100, 10)) == ""


def test_accepted_books_are_what_the_rules_count_with() -> None:
    stack = opened()
    rows = [m.BookRow("", e4(1_000_000), e4(1_000)), m.BookRow(PUFA, 1000, 0), m.BookRow(WANKE, 0, 500)]
    stack.feed(m.BooksAdjusted(ACCOUNT, rows, "li", "", stack.now_ns))
    desk = stack.core.desks[ACCOUNT]
    assert desk.counters.held == {WANKE}
    assert reason(stack.place("sell", 100, 10)) == "SELLABLE_NOT_ENOUGH"
    assert reason(stack.place("buy", 100, 10)) == "CASH_NOT_ENOUGH"
    assert reason(stack.place("sell", 500, 10, WANKE)) == ""


def test_the_desks_commands_go_to_the_gateway_of_an_account_we_have() -> None:
    stack = opened()
    commands: list[m.Reconcile | m.AcceptBooks | m.ResolveOrder] = [
        m.Reconcile(ACCOUNT, "li"),
        m.AcceptBooks(ACCOUNT, [m.BookRow("", 1, 2)], "li", ""),
        m.ResolveOrder(ACCOUNT, "order1", "cancelled", 0, 0, "", "li", ""),
    ]
    for command in commands:
        assert stack.feed(command) == [m.ApprovedByDesk(command, stack.now_ns)]
    [alert] = stack.feed(m.Reconcile("other", "li"))
    assert isinstance(alert, m.AlertRaised) and alert.code == "UNKNOWN_ACCOUNT"


def test_a_word_that_was_not_taken_is_alerted() -> None:
    stack = opened()
    said = m.ResolveRejected(ACCOUNT, "order1", "NOT_UNKNOWN", "该委托并非结果未知", "li", stack.now_ns)
    [alert] = stack.feed(said)
    assert isinstance(alert, m.AlertRaised) and (alert.code, alert.text) == (
        "NOT_UNKNOWN",
        "order1：该委托并非结果未知（li）",
    )


def test_orders_entered_elsewhere_count_and_are_never_cancelled() -> None:
    stack = opened()
    ours = stack.rest("buy", 100, 10)
    foreign = m.Order(
        *("foreign-77", ACCOUNT, "foreign", WANKE, m.Side.BUY, m.OrderType.LIMIT),
        *(1000, e4(10), stack.now_ns, stack.now_ns),
    )
    stack.feed(m.OrderSubmitted(foreign, stack.now_ns, stack.now_ns))
    stack.feed(m.OrderAccepted(ACCOUNT, "foreign-77", "77", stack.now_ns))
    desk = stack.core.desks[ACCOUNT]
    assert (desk.counters.trades, desk.counters.open_e4) == (2, e4(11_000))
    assert desk.book.frozen_cash_e4 > e4(11_000)
    assert reason(stack.cancel(foreign)) == "FOREIGN_ORDER"
    outs = stack.feed(m.Halt(ACCOUNT, False, True, "li", ""))
    assert [out.client_order_id for out in outs if isinstance(out, m.ApprovedCancel)] == [ours.client_order_id]


def test_cancels_whose_record_was_lost_are_counted_again() -> None:
    stack = opened()
    orders = [stack.rest("buy", 100, 10) for _ in range(4)]
    stack.cancel(orders[0])
    for order in orders[:2]:
        stack.end(order)
    stack.feed(m.Halt(ACCOUNT, False, True, "li", ""))
    for order in orders[2:]:
        stack.end(order)
    assert stack.core.desks[ACCOUNT].cancels.count == 2, "one approved, one of a life that is lost; none of the halt's"
    snapshot = stack.core.desks[ACCOUNT].book.snapshot("", stack.now_ns)
    fresh = Stack()
    fresh.feed(snapshot)
    assert fresh.core.desks[ACCOUNT].cancels.count == 4, "nobody knows any more which of them a halt made"
