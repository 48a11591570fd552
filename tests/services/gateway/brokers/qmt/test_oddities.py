"""The oddities of orders, cancels and queries, met by the whole back-end over the vendor's own code."""

from __future__ import annotations

from typing import Any

import pytest

from common import messages as m
from tests.qmt.handle import Terminal, wait_until
from tests.services.gateway.brokers.qmt.conftest import Open
from tests.services.gateway.brokers.qmt.teller import REST, number, resting, submitted, trades

# -- the way of an order -------------------------------------------------------------------------------------------


def test_the_usual_way(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    key, order_id = resting(teller)
    trades(teller, key, order_id)
    assert teller.outline(key)[:2] == [f"{key} submitted", f"{key} accepted"]
    [call] = [call for call in terminal.calls() if call.get("remark") == key]
    assert (call["price_type"], call["price"], call["volume"], call["strategy"]) == (11, REST, 300, "demo")


def test_pushes_before_the_response(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("response", "late")
    teller = open_teller()
    trades(teller, *resting(teller))


def test_trades_before_their_order(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("trades", "before")
    teller = open_teller()
    trades(teller, *resting(teller))


def test_the_end_before_the_last_trade(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("trades", "late")
    terminal.knob("zero_first", True)
    teller = open_teller()
    trades(teller, *resting(teller))


def test_twice_and_turned_round(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    terminal.knob("duplicate", 3)
    trades(teller, *resting(teller))
    terminal.knob("reorder", True)
    trades(teller, *resting(teller))


@pytest.mark.parametrize("odd", [255, 86, 0])
def test_states_that_say_nothing(open_teller: Open, terminal: Terminal, odd: int) -> None:
    teller = open_teller()
    terminal.knob("odd_status", odd)
    key, order_id = resting(teller)
    trades(teller, key, order_id)
    assert {report.status for report in teller.of(m.BrokerOrder, key)} <= {"submitted", "accepted", "filled"}


def test_states_that_are_skipped(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    terminal.knob("jump", True)
    key = teller.order(300, REST)
    order_id = wait_until(lambda: next((o["order_id"] for o in _orders(terminal) if o["order_remark"] == key), 0))
    wait_until(lambda: terminal.hand_fill(order_id))
    teller.until(lambda: teller.filled(key) == 300 and teller.status(key) == "filled", "the end")


def test_pushes_that_do_not_come(open_teller: Open, terminal: Terminal) -> None:
    """The answer says that there is an order: it is looked for, and while it stands so are its trades."""
    teller = open_teller(heartbeat_ns=5 * 10**8)
    terminal.knob("pushes", "none")
    trades(teller, *resting(teller))


def test_an_old_terminal(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("old_terminal", True)
    terminal.knob("order_time", "hhmmss")
    teller = open_teller()
    trades(teller, *resting(teller))
    assert any(h.symbol == "600036.XSHG" and h.qty == 2000 for h in teller.day().holdings)


def test_a_push_that_lacks_what_it_needs(open_teller: Open, terminal: Terminal) -> None:
    """The SDK swallows what a callback raises; ours is reported, and the list asked instead."""
    teller = open_teller()
    terminal.knob("missing_fields", ["traded_volume"])
    key = teller.order(300, REST)
    teller.until(lambda: any("traded_volume" in note for note in teller.notes), "a note")
    terminal.knob("missing_fields", [])
    teller.order_until(key, "accepted")


# -- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["error_first", "response_first", "response_only"])
def test_a_submit_that_fails(open_teller: Open, terminal: Terminal, outcome: str) -> None:
    terminal.knob("order_outcome", outcome)
    terminal.knob("order_error_msg", "可用资金不足")
    teller = open_teller()
    report = teller.order_until(teller.order(), "rejected")
    assert (report.venue_order_id, report.text) == ("", "可用资金不足")


def test_a_stale_error_is_not_given_to_the_next_order(open_teller: Open, terminal: Terminal) -> None:
    """The wrapper keeps the first error under order id -1 and hands it out again (xtquant 4.3, bug A)."""
    teller = open_teller()
    terminal.knob("order_outcome", "error_first")
    for text in ("第一", "第二", "第三"):
        terminal.knob("order_error_msg", text)
        assert teller.order_until(teller.order(), "rejected").text == text


def test_an_error_without_an_answer_is_kept_back_by_the_wrapper(open_teller: Open, terminal: Terminal) -> None:
    """It comes with the next failure, and is then told of the order it belongs to."""
    teller = open_teller()
    terminal.knob("order_outcome", "error_only")
    terminal.knob("order_error_msg", "第一")
    first = teller.order()
    wait_until(lambda: first in submitted(terminal))
    assert teller.of(m.BrokerOrder, first) == []
    terminal.knob("order_outcome", "response_only")
    terminal.knob("order_error_msg", "第二")
    assert teller.order_until(teller.order(), "rejected").text == "第二"
    assert teller.order_until(first, "rejected").text == "第一"


def test_an_order_that_never_arrived_is_silent(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    terminal.knob("lose_orders", 1)
    lost = teller.order(300, REST)
    resting(teller)
    assert teller.day(look=True).orders and teller.of(m.BrokerOrder, lost) == []
    assert lost not in [order.client_order_id for order in teller.day().orders]
    assert submitted(terminal).count(lost) == 1


def test_a_submit_without_an_answer_is_known_by_its_pushes(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    terminal.knob("response", "never")
    trades(teller, *resting(teller))


def test_junk(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    terminal.knob("reject", "可用资金不足")
    report = teller.order_until(teller.order(300, REST), "rejected")
    assert report.text == "可用资金不足" and number(report) > 0
    terminal.knob("numeric_reasons", True)
    assert "|" in teller.order_until(teller.order(300, REST), "rejected").text


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("knob", "value"), [("remark_bytes", 10), ("remark", "empty"), ("remark", "rewritten")])
@pytest.mark.parametrize("response", ["first", "late"])
def test_a_remark_that_does_not_come_back(
    open_teller: Open, terminal: Terminal, knob: str, value: Any, response: str
) -> None:
    teller = open_teller()
    terminal.knob(knob, value)
    terminal.knob("response", response)
    trades(teller, *resting(teller))


def test_without_remark_and_answer_it_is_a_strangers(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    terminal.knob("remark", "empty")
    terminal.knob("response", "never")
    key = teller.order(700, REST)
    teller.until(lambda: any(o.qty == 700 for o in teller.of(m.BrokerOrder, "")), "the stranger")
    assert teller.of(m.BrokerOrder, key) == []
    assert [o.client_order_id for o in teller.day().orders if o.qty == 700] == [""]


def test_orders_entered_by_hand(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    order_id = terminal.hand_order("123456", "600000.SH", "buy", 200, REST)

    def theirs(status: str) -> bool:
        return any((number(o), o.status) == (order_id, status) for o in teller.of(m.BrokerOrder, ""))

    def fills() -> list[m.BrokerFill]:
        return [fill for fill in teller.of(m.BrokerFill) if fill.venue_order_id.endswith(f"-{order_id}")]

    teller.until(lambda: theirs("accepted"), "the order")
    terminal.hand_fill(order_id)
    teller.until(lambda: theirs("filled") and fills(), "its end")
    [fill] = fills()
    assert (fill.client_order_id, fill.qty, fill.side) == ("", 200, m.Side.BUY)
    assert [o.client_order_id for o in teller.day().orders if number(o) == order_id] == [""]


# -- cancels ---------------------------------------------------------------------------------------------------------


def test_a_cancel(open_teller: Open) -> None:
    teller = open_teller()
    key, _ = resting(teller)
    teller.cancel(key)
    assert teller.order_until(key, "cancelled").reason == "CANCELLED_BY_USER"
    assert teller.of(m.BrokerCancelRefused) == []


@pytest.mark.parametrize(("how", "end"), [("fail", "accepted"), ("refused_later", "accepted")])
def test_a_cancel_that_is_refused(open_teller: Open, terminal: Terminal, how: str, end: str) -> None:
    teller = open_teller()
    key, order_id = resting(teller)
    terminal.knob("cancel", how)
    teller.cancel(key)
    teller.until(lambda: teller.of(m.BrokerCancelRefused, key), "a refusal")
    assert teller.status(key) == end
    terminal.knob("cancel", "ok")
    trades(teller, key, order_id)


def test_the_market_is_faster_than_the_cancel(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    key, _ = resting(teller)
    terminal.knob("cancel", "fill_first")
    teller.cancel(key)
    teller.until(lambda: teller.of(m.BrokerCancelRefused, key), "a refusal")
    teller.until(lambda: teller.status(key) == "filled" and teller.filled(key) == 300, "the end")
    assert [r.reason for r in teller.of(m.BrokerCancelRefused, key)] == ["ORDER_CLOSED"]


def test_cancelled_by_hand_while_ours_is_on_its_way(open_teller: Open, terminal: Terminal) -> None:
    """Ours is refused, the order ends all the same: no refusal is told."""
    teller = open_teller()
    key, order_id = resting(teller)
    terminal.knob("cancel_s", 0.3)
    terminal.hand_cancel(order_id)
    teller.cancel(key)
    teller.order_until(key, "cancelled")
    assert teller.of(m.BrokerCancelRefused, key) == []


# -- statements ------------------------------------------------------------------------------------------------------


def test_the_statement_is_the_terminals(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    key, order_id = resting(teller)
    resting(teller, 200)
    trades(teller, key, order_id)
    day, books = teller.day(), terminal.books()
    assert {number(o) for o in day.orders} == {o["order_id"] for o in books["orders"]}
    assert {f.fill_id for f in day.fills} == {t["traded_id"] for t in books["trades"]}
    asset = books["asset"]
    assert day.cash_e4 == round((asset["cash"] + asset["frozen_cash"]) * 10_000)
    assert {h.symbol[:6]: h.qty for h in day.holdings} == {
        p["stock_code"][:6]: p["volume"] for p in books["positions"] if p["volume"]
    }
    bought = next(h for h in day.holdings if h.symbol == "600000.XSHG")
    assert bought.today_qty == bought.qty and not day.complete


@pytest.mark.parametrize("knob", ["none", "empty"])
@pytest.mark.parametrize("query", ["queryStockPositions", "queryStockAsset"])
def test_an_answer_that_gives_nothing_is_not_believed(
    open_teller: Open, terminal: Terminal, knob: str, query: str
) -> None:
    teller = open_teller()
    terminal.knob(knob, [query])
    teller.broker.request(m.AskBroker("main"))
    teller.until(lambda: any("不可信" in note for note in teller.notes), "a note")
    assert teller.of(m.BrokerDay) == []
    terminal.knob(knob, [])
    teller.until(lambda: teller.of(m.BrokerDay), "the statement")
    assert any(h.symbol == "600036.XSHG" for h in teller.of(m.BrokerDay)[0].holdings)


def test_right_after_a_connection_the_terminal_may_know_nothing_yet(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("warmup_s", 1.0)
    teller = open_teller(ready=False)
    teller.until(teller.is_up, "link")
    assert any(h.symbol == "600036.XSHG" for h in teller.day().holdings)


def test_a_list_that_lags_does_not_lose_an_order(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    key, _ = resting(teller)
    terminal.knob("query_lag_s", 3600.0)
    assert key in [order.client_order_id for order in teller.day().orders]


def _orders(terminal: Terminal) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = terminal.books()["orders"]
    return orders
