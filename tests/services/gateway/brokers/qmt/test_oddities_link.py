"""What can happen to a connection, met by the whole back-end over the vendor's own code."""

from __future__ import annotations

import threading

import pytest

from common import messages as m
from services.gateway.brokers.qmt import QmtAccount
from tests.qmt.handle import Terminal, wait_until
from tests.services.gateway.brokers.qmt.conftest import Open
from tests.services.gateway.brokers.qmt.teller import REST, Teller, resting, submitted, trades


def test_the_terminal_is_killed_and_comes_back(open_teller: Open, terminal: Terminal) -> None:
    """What traded meanwhile is in the first statement; what we hand over meanwhile was never sent."""
    teller = open_teller()
    key, order_id = resting(teller)
    terminal.kill()
    teller.until(teller.is_down, "down")
    early = teller.order(300, REST)
    assert teller.order_until(early, "expired").reason == "BROKER_DOWN"
    terminal.start()
    terminal.hand_fill(order_id)
    teller.until(teller.is_up, "up")
    day = teller.day()
    assert [(f.client_order_id, f.qty) for f in day.fills if f.client_order_id == key] == [(key, 300)]
    assert early not in submitted(terminal)
    trades(teller, *resting(teller))


def test_pushes_missed_while_away_are_in_the_statement(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    key, order_id = resting(teller)
    terminal.knob("connect_refuse", 4)
    terminal.drop()
    teller.until(teller.is_down, "down")
    terminal.hand_fill(order_id)
    teller.until(teller.is_up, "up")
    assert teller.filled(key) == 0
    assert [f.qty for f in teller.day().fills if f.client_order_id == key] == [300]


def test_a_day_that_is_pushed_again_tells_nothing_new(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller()
    key, order_id = resting(teller)
    trades(teller, key, order_id)
    terminal.repush()
    terminal.repush()
    other, other_id = resting(teller)
    trades(teller, other, other_id)
    assert teller.filled(key) == 300


def test_a_loss_that_nobody_tells_is_found_by_the_probe(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller(call_s=0.5, heartbeat_ns=2 * 10**8)
    terminal.knob("disconnect", "silent")
    terminal.drop()
    teller.until(teller.is_down, "down")
    teller.until(teller.is_up, "up")


def test_a_loss_told_late_does_not_touch_the_new_link(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller(call_s=0.3, heartbeat_ns=10**8)
    terminal.knob("disconnect_late_s", 1.5)
    terminal.knob("disconnect", "late")
    terminal.drop()
    teller.until(teller.is_down, "down")
    terminal.knob("disconnect", "normal")
    teller.until(teller.is_up, "up")
    links = len(teller.of(m.BrokerLink))
    # The old instance's thread ends when it has spoken.
    wait_until(lambda: [thread.name for thread in threading.enumerate()].count("xtquant-native") == 1)
    teller.day()
    assert len(teller.of(m.BrokerLink)) == links


def test_a_session_that_somebody_holds(open_teller: Open, terminal: Terminal) -> None:
    first = open_teller()
    [[held, *_]] = terminal.sessions()
    second = Teller(terminal, session_id=held).ready()
    try:
        assert sorted(session for session, *_ in terminal.sessions()) == [held, held + 1]
        trades(second, *resting(second))
    finally:
        second.close()
    assert first.is_up(), first.said


def test_a_connect_that_fails_at_first(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("connect_refuse", 4)
    teller = open_teller(ready=False)
    teller.until(teller.is_up, "up")
    assert [link.up for link in teller.of(m.BrokerLink)] == [False, True]


def test_without_permission(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("permission", False)
    teller = open_teller(ready=False)
    teller.until(teller.is_down, "down")
    link = teller.link()
    assert link is not None and "权限" in link.text
    terminal.knob("permission", True)
    teller.until(teller.is_up, "up")


@pytest.mark.parametrize("status", [3, 8, -1])
def test_an_account_that_drops_out(open_teller: Open, terminal: Terminal, status: int) -> None:
    teller = open_teller()
    terminal.knob("account_status", status)
    teller.until(teller.is_down, "down")
    terminal.knob("account_status", None)
    teller.until(teller.is_up, "up")


def test_an_account_that_is_not_there(open_teller: Open, terminal: Terminal) -> None:
    stranger = QmtAccount("main", "99990000", "stock", str(terminal.path))
    teller = open_teller(ready=False, accounts=(stranger,))
    teller.until(teller.is_down, "down")
    link = teller.link()
    assert link is not None and "***3456" in link.text and "QMT_ACCOUNT_ID" in link.text


# -- calls that hang -------------------------------------------------------------------------------------------------


def test_a_connect_that_hangs(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("connect_hang", True)
    teller = open_teller(ready=False)
    teller.until(teller.is_down, "down")
    link = teller.link()
    assert link is not None and "connect" in link.text and "2 秒" in link.text
    terminal.knob("connect_hang", False)
    teller.until(teller.is_up, "up")


def test_a_subscribe_that_hangs(open_teller: Open, terminal: Terminal) -> None:
    terminal.knob("hang", ["subscribe"])
    teller = open_teller(ready=False, call_s=0.5)
    teller.until(teller.is_down, "down")
    link = teller.link()
    assert link is not None and "subscribe" in link.text
    terminal.knob("hang", [])
    teller.until(teller.is_up, "up")
    # The thread that waited for the answer was let go.
    wait_until(lambda: sum(thread.name.startswith("qmt-calls") for thread in threading.enumerate()) == 1)


def test_a_stop_that_hangs(open_teller: Open, terminal: Terminal) -> None:
    """The instance is left behind with its session; the next one takes another."""
    teller = open_teller()
    [[held, *_]] = terminal.sessions()
    terminal.knob("stop_hangs", True)
    terminal.knob("account_status", 0)  # any frame: the stand-in has read the knob before
    terminal.drop()
    teller.until(teller.is_down, "down")
    teller.until(teller.is_up, "up")
    terminal.knob("stop_hangs", False)
    assert held not in [session for session, *_ in terminal.sessions()]
    trades(teller, *resting(teller))


def test_a_question_that_is_never_answered(open_teller: Open, terminal: Terminal) -> None:
    teller = open_teller(call_s=0.5)
    terminal.knob("hang", ["queryStockPositions"])
    teller.broker.request(m.AskBroker("main"))
    teller.until(teller.is_down, "down")
    link = teller.link()
    assert link is not None and "query_stock_positions" in link.text
    terminal.knob("hang", [])
    teller.until(teller.is_up, "up")
    assert teller.of(m.BrokerDay) == []


# -- several accounts ------------------------------------------------------------------------------------------------


def test_two_accounts_share_a_path(open_teller: Open, terminal: Terminal) -> None:
    both = tuple(QmtAccount(alias, key, "stock", str(terminal.path)) for alias, key in _BOTH)
    teller = open_teller(accounts=both)
    assert len(terminal.sessions()) == 1
    mine, mine_id = resting(teller)
    hedge, hedge_id = resting(teller, 200, account="hedge")
    trades(teller, mine, mine_id)
    trades(teller, hedge, hedge_id, 200)
    assert {r.account for r in teller.said if getattr(r, "client_order_id", "") == hedge} == {"hedge"}
    assert hedge not in [order.client_order_id for order in teller.day("main").orders]


_BOTH = (("main", "123456"), ("hedge", "654321"))
