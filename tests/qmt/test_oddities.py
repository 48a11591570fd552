"""What a terminal does wrong now and then (xtquant.md 12.3), knob by knob, through the vendor's real trader."""

from collections.abc import Callable

import pytest

from tests.qmt.dealer import BUY, Dealer, in_thread, make_trader
from tests.qmt.handle import Terminal, wait_until

MARKET_SH = 42
PUFA = "600000.SH"
REST = 9.80
Make = Callable[..., Dealer]


def bought(desk: Dealer, remark: str = "") -> int:
    """The order id of a market buy of which everything has been heard."""
    order_id = desk.placed(PUFA, BUY, 100, 0.0, remark, kind=MARKET_SH)
    desk.until("on_stock_trade", lambda trade: trade.order_id == order_id)
    desk.until_status(order_id, 56)
    return order_id


# -- sessions ------------------------------------------------------------------------------------------------------


def test_a_session_has_one_holder(dealer: Make, terminal: Terminal) -> None:
    first = dealer(session=77_001)
    assert dealer(session=77_001, subscribed=False).code == -1
    first.close()
    wait_until(lambda: not terminal.sessions())
    assert dealer(session=77_001).code == 0


def test_ids_below_100_are_reserved(dealer: Make) -> None:
    assert dealer(session=99, subscribed=False).code == -1


def test_two_connects_of_one_id_need_a_pause(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("reconnect_gap_s", 300.0)
    dealer(session=77_002).close()
    wait_until(lambda: not terminal.sessions())
    assert dealer(session=77_002, subscribed=False).code == -1


def test_connects_that_fail(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("connect_refuse", 2)
    assert [dealer(session=77_003, subscribed=False).code for _ in range(3)] == [-1, -1, 0]
    terminal.knob("permission", False)
    assert not (terminal.path / "up_queue_xtquant").exists()
    assert dealer(subscribed=False).code == -1
    terminal.knob("permission", True)
    assert (terminal.path / "up_queue_xtquant").exists()


def test_a_connect_that_hangs(wheel: None, terminal: Terminal) -> None:
    terminal.knob("connect_hang", True)
    trader = make_trader(terminal.path, 77_004)
    trader.start()
    with pytest.raises(TimeoutError):
        in_thread(trader.connect, seconds=0.3)
    terminal.drop()


def test_a_wrong_path_is_minus_one(wheel: None, terminal: Terminal) -> None:
    trader = make_trader(terminal.folder / "没有", 77_005)
    trader.start()
    assert trader.connect() == -1


def test_connected_then_dropped(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("drop_after_connect", 1)
    desk = dealer(subscribed=False)
    assert desk.code == 0
    desk.until("on_disconnected")


def test_a_loss_nobody_tells(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("disconnect", "silent")
    desk = dealer()
    terminal.drop()
    wait_until(lambda: not terminal.sessions())
    other = dealer()
    bought(other)
    assert not desk.heard.of("on_disconnected")


def test_a_loss_told_late_by_the_old_instance(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("disconnect", "late")
    terminal.knob("disconnect_late_s", 0.1)
    old = dealer()
    terminal.drop()
    new = dealer()
    assert new.code == 0
    old.until("on_disconnected")


def test_a_stop_that_hangs(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.knob("stop_hangs", True)
    wait_until(lambda: desk.trader.async_client._knobs["stop_hangs"])
    with pytest.raises(TimeoutError):
        in_thread(desk.trader.stop, seconds=0.2)


# -- the account ---------------------------------------------------------------------------------------------------


def test_account_status(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    assert [status.status for status in desk.trader.query_account_status()] == [0, 0]
    terminal.knob("account_status", 3)
    assert desk.until("on_account_status", lambda status: status.status == 3).account_id == "123456"
    terminal.knob("subscribe_result", -1)
    assert desk.subscribe() == -1


# -- responses and pushes ------------------------------------------------------------------------------------------


def test_pushes_before_the_response(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("response", "late")
    desk = dealer()
    bought(desk)
    names = [name for name, _ in desk.heard]
    assert names.index("on_stock_trade") < names.index("on_order_stock_async_response")


def test_no_response_at_all(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("response", "never")
    desk = dealer()
    desk.order(PUFA, BUY, 100, 0.0, "mute", kind=MARKET_SH)
    desk.until("on_stock_trade", lambda trade: trade.order_remark == "mute")
    assert not desk.heard.of("on_order_stock_async_response")


def test_an_order_that_never_arrived(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("lose_orders", 1)
    desk = dealer()
    desk.order(PUFA, BUY, 100, 0.0, "lost", kind=MARKET_SH)
    bought(desk, "next")
    assert "lost" not in [order["order_remark"] for order in terminal.books()["orders"]]
    assert terminal.calls()[-2]["outcome"] == "lost"


def test_trades_before_their_order(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("trades", "before")
    desk = dealer()
    order_id = bought(desk)
    told = [(name, what) for name, what in desk.heard if name in ("on_stock_order", "on_stock_trade")]
    first_trade = next(i for i, (name, _) in enumerate(told) if name == "on_stock_trade")
    final = next(i for i, (_, what) in enumerate(told) if getattr(what, "order_status", -1) == 56)
    assert first_trade < final and told[final][1].order_id == order_id


def test_the_final_state_before_the_last_trade(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("trades", "late")
    terminal.knob("zero_first", True)
    desk = dealer()
    order_id = bought(desk)
    assert desk.heard.statuses(order_id) == [48, 49, 50, 0, 56]
    told = [what for name, what in desk.heard if name in ("on_stock_order", "on_stock_trade")]
    assert [getattr(what, "order_status", "trade") for what in told] == [48, 49, 50, 0, "trade", 56]


def test_twice_and_turned_round(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("duplicate", 2)
    desk = dealer()
    assert desk.heard.statuses(bought(desk)) == [48, 48, 49, 49, 50, 50, 56, 56]
    terminal.knob("duplicate", 1)
    terminal.knob("reorder", True)
    order_id = desk.placed(PUFA, BUY, 100, 0.0, kind=MARKET_SH)
    desk.until_status(order_id, 48)
    assert desk.heard.statuses(order_id) == [56, 50, 49, 48]


def test_states_that_are_skipped_or_unknown(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.knob("jump", True)
    assert desk.heard.statuses(bought(desk)) == [56]
    terminal.knob("jump", False)
    for odd in (255, 86):
        terminal.knob("odd_status", odd)
        assert desk.heard.statuses(bought(desk)) == [48, 49, 50, odd, 56]


def test_pushes_that_do_not_come(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.knob("pushes", "none")
    order_id = desk.placed(PUFA, BUY, 100, 0.0, kind=MARKET_SH)
    wait_until(lambda: desk.trader.query_stock_order(desk.account, order_id).order_status == 56)
    assert not desk.heard.statuses(order_id)
    terminal.knob("pushes", "all")
    terminal.repush()
    desk.until_status(order_id, 56)
    desk.until("on_stock_trade", lambda trade: trade.order_id == order_id)


def test_missed_pushes_are_not_made_up(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    order_id = desk.placed(PUFA, BUY, 100, REST)
    desk.until_status(order_id, 50)
    terminal.drop()
    desk.until("on_disconnected")
    terminal.hand_fill(order_id)
    again = dealer()
    bought(again)
    assert not again.heard.statuses(order_id)
    terminal.knob("repush_on_subscribe", True)
    third = dealer()
    third.until_status(order_id, 56)


# -- what is told --------------------------------------------------------------------------------------------------


def test_an_old_terminal_has_fewer_fields(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("old_terminal", True)
    desk = dealer()
    bought(desk)
    trade = desk.until("on_stock_trade")
    assert not hasattr(trade, "commission") and not hasattr(trade, "instrument_name")
    assert not hasattr(desk.trader.query_stock_asset(desk.account), "fetch_balance")


def test_natives_are_not_of_xttype(dealer: Make) -> None:
    from xtquant import xttype

    desk = dealer()
    bought(desk)
    order = desk.until("on_stock_order")
    assert not isinstance(order, xttype.XtOrder)
    assert order.m_strOrderRemark == order.order_remark and order.m_nOrderStatus == order.order_status
    assert desk.trader.query_stock_asset(desk.account).m_dCash > 0


# -- queries -------------------------------------------------------------------------------------------------------


def test_queries_that_give_nothing(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    bought(desk)
    terminal.knob("none", ["queryStockOrders"])
    terminal.knob("empty", ["queryStockAsset"])
    assert desk.trader.query_stock_orders(desk.account) is None
    assert desk.trader.query_stock_asset(desk.account) is None
    assert desk.trader.query_stock_trades(desk.account)


def test_queries_that_lag(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.knob("query_lag_s", 3600.0)
    bought(desk)
    assert desk.trader.query_stock_orders(desk.account) == []
    terminal.knob("query_lag_s", 0.0)
    assert desk.trader.query_stock_orders(desk.account)
    terminal.knob("warmup_s", 3600.0)
    assert desk.trader.query_stock_positions(desk.account) == []


def test_calls_that_hang_or_are_slow(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.knob("hang", ["queryStockAsset", "orderStock"])
    with pytest.raises(TimeoutError):
        in_thread(lambda: desk.trader.query_stock_asset(desk.account), seconds=0.2)
    with pytest.raises(TimeoutError):
        in_thread(lambda: desk.trader.order_stock(desk.account, PUFA, BUY, 100, 11, 10.0), seconds=0.2)
    assert terminal.calls()[-1]["outcome"] == "hung"
    terminal.knob("hang", [])
    terminal.knob("slow_s", {"queryStockAsset": 0.1})
    assert desk.trader.query_stock_asset(desk.account)
