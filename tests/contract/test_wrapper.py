"""How the vendor's own trader behaves, shown on the fake natives (level 3; xtquant.md 3, 4.2, 4.3, 6)."""

import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.qmt.dealer import BUY, Dealer, in_thread, make_trader
from tests.qmt.handle import ROOT, Terminal, wait_until

PUFA, MARKET_SH, REST = "600000.SH", 42, 9.80
Make = Callable[..., Dealer]


# A dealer also hears the last of what the test before it placed.
_numbers = count()


class Inside:
    """Something done once inside the first push of the order with `remark`; `came_back`: it did so by itself."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act, self.remark = act, f"inside{next(_numbers)}"
        self.begun, self.ended = threading.Event(), threading.Event()
        self.came_back = False
        self.raised: Exception | None = None

    def __call__(self, name: str, what: Any) -> None:
        if name != "on_stock_order" or what.order_remark != self.remark or self.begun.is_set():
            return
        self.begun.set()
        try:
            self._act()
        except Exception as error:  # what the wrapper would swallow is looked at by the test
            self.raised = error
        self.ended.set()


def inside(make: Make, act: Callable[[Dealer], Any], *, relaxed: bool) -> Inside:
    """`act` inside the first order push, and whether it comes back; a deadlock is then undone."""
    desks: list[Dealer] = []
    doing = Inside(lambda: act(desks[0]))
    desks.append(make(relaxed=relaxed, react=doing))
    desks[0].order(PUFA, BUY, 100, REST, doing.remark)
    assert doing.begun.wait(60)
    doing.came_back = doing.ended.wait(0.3)
    if not doing.came_back:
        wait_until(lambda: desks[0].unstick() or doing.ended.is_set())
    return doing


# -- threads (4.2) -------------------------------------------------------------------------------------------------


def test_a_query_inside_a_callback_deadlocks_unless_relaxed(dealer: Make) -> None:
    def ask(desk: Dealer) -> Any:
        return desk.trader.query_stock_asset(desk.account)

    assert not inside(dealer, ask, relaxed=False).came_back
    assert inside(dealer, ask, relaxed=True).ended.wait(60)


def test_an_order_inside_a_callback_deadlocks_even_relaxed(dealer: Make) -> None:
    def place(desk: Dealer) -> Any:
        return desk.trader.order_stock(desk.account, PUFA, BUY, 100, 11, REST)

    assert not inside(dealer, place, relaxed=True).came_back


def test_async_calls_inside_a_callback_are_free(dealer: Make) -> None:
    def place(desk: Dealer) -> Any:
        desk.order(PUFA, BUY, 100, REST)
        desk.trader.query_stock_orders_async(desk.account, lambda orders: None)

    assert inside(dealer, place, relaxed=False).ended.wait(60)


def test_stop_inside_a_callback_raises(dealer: Make) -> None:
    doing = inside(dealer, lambda desk: desk.trader.stop(), relaxed=True)
    assert doing.ended.wait(60) and "cannot join current thread" in str(doing.raised)


def test_pushes_and_answers_have_one_thread_each(dealer: Make) -> None:
    desk = dealer()
    answered: list[str] = []
    desk.trader.query_stock_asset_async(desk.account, lambda asset: answered.append(threading.current_thread().name))
    order_id = desk.placed(PUFA, BUY, 100, 0.0, kind=MARKET_SH)
    desk.until_status(order_id, 56)
    wait_until(lambda: answered)
    assert len(desk.threads) == 1 and not desk.threads & {*answered, threading.current_thread().name}


def test_what_a_callback_raises_vanishes(dealer: Make, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(name: str, what: Any) -> None:
        raise ValueError("a bug in the callback")

    desk = dealer(react=fail)
    order_id = desk.placed(PUFA, BUY, 100, 0.0, kind=MARKET_SH)
    desk.until_status(order_id, 56)
    assert "a bug in the callback" not in "".join(capfd.readouterr())


# -- the life of a trader (3) --------------------------------------------------------------------------------------


def test_the_flag_connected_outlives_the_connection(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.drop()
    desk.until("on_disconnected")
    assert desk.trader.connected is True
    assert not desk.heard.of("on_connected")


def test_the_constructor_fails_after_a_finished_asyncio_run(wheel: None, terminal: Terminal) -> None:
    program = (
        "import asyncio, sys\n"
        "from xtquant.xttrader import XtQuantTrader\n"
        "async def nothing(): pass\n"
        "asyncio.run(nothing())\n"
        "try: XtQuantTrader(sys.argv[1], 4711)\n"
        "except RuntimeError as error: print(type(error).__name__)\n"
    )
    command = [sys.executable, "-c", program, str(terminal.path)]
    ran = subprocess.run(command, env=terminal.env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert ran.stdout.strip() == "RuntimeError", ran.stderr


def test_before_start_and_after_stop_there_is_no_executor(wheel: None, dealer: Make, terminal: Terminal) -> None:
    fresh = make_trader(terminal.path, 4712)
    with pytest.raises(AttributeError):
        fresh.async_client._bound["StockOrder"](object())
    with pytest.raises(AttributeError):
        fresh.stop()
    desk = dealer()
    desk.trader.stop()
    with pytest.raises(RuntimeError):
        desk.trader.async_client._bound["StockOrder"](object())


def test_without_a_callback_an_async_order_fails_before_it_is_sent(wheel: None, terminal: Terminal) -> None:
    from xtquant.xttype import StockAccount

    calls = len(terminal.calls())
    trader = make_trader(terminal.path, 4713)
    trader.start()
    assert trader.connect() == 0
    with pytest.raises(AttributeError):
        trader.order_stock_async(StockAccount("123456"), PUFA, BUY, 100, 11, REST)
    assert trader.queuing_order_seq and len(terminal.calls()) == calls
    trader.stop()


def test_a_call_that_cannot_be_sent_waits_for_ever(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    terminal.drop()
    desk.until("on_disconnected")
    with pytest.raises(TimeoutError):
        in_thread(lambda: desk.trader.query_stock_asset(desk.account), seconds=0.2)
    assert desk.order(PUFA, BUY, 100, REST) > 0, "a positive seq proves nothing"


def test_combined_positions_are_never_answered(dealer: Make) -> None:
    desk = dealer()
    with pytest.raises(TimeoutError):
        in_thread(lambda: desk.trader.query_com_position(desk.account), seconds=0.2)


def test_an_account_of_the_wrong_kind(wheel: None) -> None:
    from xtquant.xttype import StockAccount

    assert isinstance(StockAccount(123456), str)
    assert StockAccount("1", "credit").account_type == 3
    with pytest.raises(Exception, match="不支持的账号类型"):
        StockAccount("1", "SHARES")


# -- errors are put in order, and sometimes at the wrong place (4.3) ----------------------------------------------


@pytest.mark.parametrize("order", ["error_first", "response_first"])
def test_the_response_comes_before_the_error(dealer: Make, terminal: Terminal, order: str) -> None:
    terminal.knob("order_outcome", order)
    desk = dealer()
    assert desk.placed(PUFA, BUY, 100, REST, "bad") == -1
    assert desk.until("on_order_error").order_remark == "bad"
    told = [name for name, _ in desk.heard if name != "on_stock_order"]
    assert told == ["on_order_stock_async_response", "on_order_error"]


def test_a_sync_order_that_fails_is_minus_one_and_an_error(dealer: Make, terminal: Terminal) -> None:
    terminal.knob("order_outcome", "error_first")
    terminal.knob("order_error_msg", "可用资金不足")
    desk = dealer()
    assert desk.trader.order_stock(desk.account, PUFA, BUY, 100, 11, REST, "test", "sync") == -1
    assert desk.until("on_order_error").error_msg == "可用资金不足"


def test_an_error_may_be_that_of_an_earlier_order(dealer: Make, terminal: Terminal) -> None:
    """Bug A: failed orders all have the number -1, under which an error stays although it was handed out."""
    desk = dealer()
    terminal.knob("order_outcome", "error_first")
    first = desk.order(PUFA, BUY, 100, REST, "first")
    desk.until("on_order_error")
    terminal.knob("order_outcome", "response_first")
    second = desk.order(PUFA, BUY, 100, REST, "second")
    wait_until(lambda: len(desk.heard.of("on_order_error")) == 3)
    assert [(e.seq, e.order_remark) for e in desk.heard.of("on_order_error")] == [
        (first, "first"),
        (first, "first"),
        (second, "second"),
    ]


def test_an_error_of_somebody_elses_order_comes_at_once(dealer: Make, terminal: Terminal) -> None:
    desk, other = dealer(), dealer()
    terminal.knob("order_outcome", "error_only")
    other.order(PUFA, BUY, 100, REST, "theirs")
    assert desk.until("on_order_error").order_remark == "theirs"


def test_a_cancel_error_made_elsewhere_waits_for_ever(dealer: Make, terminal: Terminal) -> None:
    desk, other = dealer(), dealer()
    order_id = desk.placed(PUFA, BUY, 100, REST)
    desk.until_status(order_id, 50)
    terminal.knob("cancel", "refused_later")
    other.trader.cancel_order_stock_async(other.account, order_id)
    other.until("on_cancel_error")
    wait_until(lambda: desk.heard.statuses(order_id)[-2:] == [51, 50])
    bystander = desk.placed(PUFA, BUY, 100, REST)
    desk.until_status(bystander, 50)
    assert not desk.heard.of("on_cancel_error")
    # The stale error is then handed out at a cancel of ours, which succeeds.
    terminal.knob("cancel", "ok")
    desk.trader.cancel_order_stock_async(desk.account, order_id)
    assert desk.until("on_cancel_error").error_msg == "撤单被拒绝"
    desk.until_status(order_id, 54)


# -- queries (9) ---------------------------------------------------------------------------------------------------


def test_an_empty_answer_and_a_failed_one_look_alike(dealer: Make, terminal: Terminal) -> None:
    desk = dealer()
    for knob in ("empty", "none"):
        terminal.knob(knob, ["queryStockAsset", "queryStockPositions"])
        assert desk.trader.query_stock_asset(desk.account) is None
        assert not desk.trader.query_stock_positions(desk.account)
        told: list[Any] = []
        assert desk.trader.query_stock_asset_async(desk.account, told.append) is None
        wait_until(lambda told=told: told == [None])
        terminal.knob(knob, [])


# -- quotes (10.1) -------------------------------------------------------------------------------------------------


def test_every_quote_call_connects_anew_where_the_service_is_down(wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from xtquant import xtdata
    from xtquant.datacenter import IPythonApiClient

    tried: list[str] = []

    def refuse(client: Any) -> tuple[int, str]:
        tried.append(client.get_peer_addr())
        return -1, "nobody listens"

    monkeypatch.setattr(IPythonApiClient, "connect", refuse)
    xtdata.disconnect()
    for _ in range(5):
        with pytest.raises(Exception, match="无法连接xtquant服务"):
            xtdata.connect(port=9)
    assert len(tried) == 10, "two addresses for a port alone"


def test_what_a_quote_callback_raises_is_printed_and_swallowed(wheel: None, capsys: pytest.CaptureFixture[str]) -> None:
    from xtquant import xtdata
    from xtquant.xtbson import BSON

    got: list[Any] = []
    wrapped = xtdata.subscribe_callback_wrapper(lambda data: got.append(data["600000.SH"]))
    wrapped({})
    assert "KeyError" in "".join(capsys.readouterr())
    wrapped(bytes(BSON.encode({"600000.SH": 1})))
    wrapped(bytearray(BSON.encode({"600000.SH": 2})))  # only plain bytes are taken apart
    assert got == [1]
