"""Orders at the fake terminal, through the vendor's real trader: states, numbers, remarks, refusals, cancels."""

from collections.abc import Callable

from tests.qmt.dealer import BUY, SELL, Dealer
from tests.qmt.handle import Terminal, wait_until

MARKET_SH, PEER = 42, 44
PUFA, ZHAOHANG = "600000.SH", "600036.SH"
Make = Callable[..., Dealer]


def test_a_market_buy_walks_to_filled(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    order_id = desk.placed(PUFA, BUY, 500, 0.0, "walk", kind=MARKET_SH)
    trade = desk.until("on_stock_trade", lambda t: t.order_id == order_id)
    assert desk.heard.statuses(order_id) == [48, 49, 50, 56]
    assert (trade.order_type, trade.traded_volume, trade.order_remark) == (BUY, 500, "walk")
    last = desk.until_status(order_id, 56)
    assert (last.price_type, last.direction, last.offset_flag, last.traded_volume) == (88, 48, 48, 500)
    assert last.order_sysid and not desk.until_status(order_id, 49).order_sysid
    position = desk.trader.query_stock_position(desk.account, PUFA)
    assert position.volume >= 500 and position.can_use_volume == 0
    assert len(terminal.books()["trades"]) == len(desk.trader.query_stock_trades(desk.account))


def test_a_resting_order_fills_in_parts_by_hand(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    price = limit_down(terminal)
    order_id = desk.placed(PUFA, BUY, 1000, price, "rest")
    desk.until_status(order_id, 50)
    frozen = desk.trader.query_stock_asset(desk.account).frozen_cash
    assert frozen > 1000 * price
    assert terminal.hand_fill(order_id, 300)
    assert desk.until_status(order_id, 55).traded_volume == 300
    terminal.hand_fill(order_id)
    assert desk.until_status(order_id, 56).traded_price == price
    assert desk.trader.query_stock_asset(desk.account).frozen_cash < frozen


def test_numbers_rise_by_one(dealer: Make) -> None:
    desk = dealer()
    first, second = (desk.placed(PUFA, BUY, 100, 0.0, kind=PEER) for _ in range(2))
    assert second == first + 1 > 1_082_130_433


def test_a_remark_is_cut_to_24_bytes(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    desk.placed(PUFA, BUY, 100, 0.0, "a" * 25, kind=MARKET_SH)
    assert desk.until("on_stock_order").order_remark == "a" * 24
    chinese = desk.placed(PUFA, BUY, 100, 0.0, "备注" * 5, kind=MARKET_SH)
    assert desk.until("on_stock_order", lambda o: o.order_id == chinese).order_remark == "备注" * 4
    for how, seen in (("empty", ""), ("full", "b" * 30)):
        terminal.knob("remark", how)
        number = desk.placed(PUFA, BUY, 100, 0.0, "b" * 30, kind=MARKET_SH)
        assert desk.until("on_stock_order", lambda o, n=number: o.order_id == n).order_remark == seen
    assert [call["remark"] for call in terminal.calls()[-2:]] == ["b" * 30] * 2


def test_what_the_counter_refuses_is_junk(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    order_id = desk.placed(PUFA, BUY, 100, 99999.0, "dear")
    assert "涨停" in desk.until_status(order_id, 57).status_msg
    assert desk.until("on_order_error", lambda e: e.order_id == order_id).error_msg
    terminal.knob("numeric_reasons", True)
    order_id = desk.placed(ZHAOHANG, SELL, 100_000, 40.0, "much")
    assert desk.until_status(order_id, 57).status_msg == "-150906130|1|-150906130"
    terminal.knob("reject", "股东账户未指定")
    order_id = desk.placed(PUFA, BUY, 100, 0.0, "no", kind=MARKET_SH)
    assert desk.until_status(order_id, 57)


def test_what_the_terminal_refuses_has_no_number(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    assert desk.placed("999999.SH", BUY, 100, 10.0) == -1
    assert desk.placed(PUFA, BUY, 100, 10.0, kind=47) == -1  # a Shenzhen price type
    terminal.knob("environment", "simulated")
    assert desk.placed(PUFA, BUY, 100, 10.0, kind=MARKET_SH) == -1
    terminal.knob("account_status", 3)
    assert desk.placed(PUFA, BUY, 100, 10.0) == -1
    assert len(desk.heard.of("on_order_error")) == 4


def test_a_cancel_is_taken_first_and_done_later(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    order_id = desk.placed(PUFA, BUY, 1000, limit_down(terminal), "gone")
    desk.until_status(order_id, 50)
    terminal.hand_fill(order_id, 100)
    desk.until_status(order_id, 55)
    assert desk.trader.cancel_order_stock(desk.account, order_id) == 0
    desk.until_status(order_id, 53)
    assert desk.heard.statuses(order_id)[-2:] == [52, 53]
    assert desk.trader.cancel_order_stock(desk.account, order_id) == -1
    assert desk.until("on_cancel_error").order_id == order_id
    assert [call["outcome"] for call in terminal.calls()[-2:]] == ["taken", "refused"]


def test_a_cancel_by_the_counters_number(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    order_id = desk.placed(PUFA, BUY, 1000, limit_down(terminal))
    sysid = desk.until_status(order_id, 50).order_sysid
    assert desk.trader.cancel_order_stock_sysid(desk.account, "SH", sysid) == 0
    desk.until_status(order_id, 54)


def test_cancels_that_fail_late(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.knob("cancel", "refused_later")
    order_id = desk.placed(PUFA, BUY, 1000, limit_down(terminal))
    desk.until_status(order_id, 50)
    desk.trader.cancel_order_stock_async(desk.account, order_id)
    desk.until("on_cancel_error")
    assert desk.heard.statuses(order_id)[-2:] == [51, 50]
    terminal.knob("cancel", "fill_first")
    desk.trader.cancel_order_stock_async(desk.account, order_id)
    assert desk.until_status(order_id, 56).traded_volume == 1000
    terminal.knob("cancel", "ignored")
    order_id = desk.placed(PUFA, BUY, 1000, limit_down(terminal))
    desk.until_status(order_id, 50)
    assert desk.trader.cancel_order_stock(desk.account, order_id) == 0
    assert desk.trader.query_stock_order(desk.account, order_id).order_status == 50


def test_orders_by_hand_carry_no_remark(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    order_id = terminal.hand_order("123456", PUFA, "buy", 200, limit_down(terminal))
    seen = desk.until_status(order_id, 50)
    assert (seen.order_remark, seen.strategy_name) == ("", "")
    assert terminal.hand_cancel(order_id)
    desk.until_status(order_id, 54)
    assert not terminal.hand_cancel(order_id)
    assert order_id not in [call.get("order_id") for call in terminal.calls()]


def test_accounts_are_apart(dealer: Make, terminal: Terminal) -> None:
    one, other = dealer(), dealer(account="654321")
    order_id = other.placed(PUFA, BUY, 100, 0.0, "other", kind=MARKET_SH)
    other.until_status(order_id, 56)
    assert not one.heard.statuses(order_id)
    assert "other" not in [order["order_remark"] for order in terminal.books("123456")["orders"]]
    assert other.trader.query_stock_order(other.account, order_id).account_id == "654321"


def test_the_day_survives_a_kill(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    filled = desk.placed(PUFA, BUY, 100, 0.0, "kept", kind=MARKET_SH)
    resting = desk.placed(PUFA, BUY, 100, limit_down(terminal), "rests")
    desk.until_status(filled, 56)
    desk.until_status(resting, 50)
    before = terminal.books()
    terminal.knob("counter_silent", True)
    stuck = desk.placed(PUFA, BUY, 100, 0.0, "stuck", kind=MARKET_SH)
    terminal.restart()
    desk.until("on_disconnected")
    after = terminal.books()
    assert after["trades"] == before["trades"] and after["orders"][:-1] == before["orders"]
    terminal.knob("counter_silent", False)
    wait_until(lambda: terminal.books()["orders"][-1]["order_status"] == 56)
    assert terminal.books()["orders"][-1]["order_id"] == stuck
    again = dealer()
    assert again.placed(PUFA, BUY, 100, 0.0, kind=MARKET_SH) == stuck + 1


def limit_down(terminal: Terminal) -> float:
    """A price at which nobody sells, and which the price cage still lets in on the buying side."""
    del terminal
    return 9.80
