"""A job that was interrupted or missed: skipped with an alert, or run again without placing anything twice."""

from pathlib import Path

import pytest

from common import messages as m
from common.beijing import SECOND_NS, at
from tests.services.strategy.desk import ETF, A, B, Desk, number_of
from tests.services.strategy.test_restart import restarted

TWO = f"""
def initialize(context):
    g.runs = 0
    run_daily(trade, '10:00')
    run_daily(after, '10:00')
def trade(context):
    g.runs += 1
    order('{A}', 100)
    order('{B}', 200)
    log.info('trade done', g.runs)
def after(context):
    order('{ETF}', 100)
"""


def interrupted(tmp_path: Path, code: str = TWO, *, orders: int, **settings: object) -> Desk:
    """Killed while the job waits for the end of its order number ``orders``."""
    desk = Desk(tmp_path, code, **settings)
    desk.broker = lambda sent: desk.fill(sent) if len(desk.sent) < orders else desk.accept(sent)
    desk.open()
    desk.run("10:00")
    assert len(desk.orders) == orders
    desk.lockstep = False
    desk.broker = desk.fill
    return desk


def back(desk: Desk, seconds: float) -> None:
    desk.now_ns += round(seconds * SECOND_NS)
    restarted(desk)


def symbols(desk: Desk) -> list[str]:
    return [order.symbol for order in desk.orders]


@pytest.mark.parametrize("orders", [1, 2])
def test_skip_places_nothing_of_the_job_again(tmp_path: Path, orders: int) -> None:
    desk = interrupted(tmp_path, orders=orders)
    back(desk, 3)
    desk.run("11:00")
    assert symbols(desk) == [*[A, B][:orders], ETF], "the job behind it had waited: it is late, not missed"
    assert desk.alerts == ["CALLBACK_UNFINISHED"]


def test_run_enters_the_job_again_and_its_orders_are_those_of_before(tmp_path: Path) -> None:
    desk = interrupted(tmp_path, orders=1, runs_missed=True)
    first = desk.orders[0]
    desk.book.apply(desk.trade(first, 100))  # the broker filled it meanwhile
    back(desk, 3)
    assert symbols(desk) == [A, B, ETF]
    assert desk.alerts == ["CALLBACK_AGAIN"]
    assert desk.said("trade done 1"), "g is what it was before the job began"
    assert desk.said(f"重新进入：{first.client_order_id}")
    desk.run("11:00")
    assert len({order.client_order_id for order in desk.orders}) == 3


def test_run_waits_for_an_order_of_before_that_is_still_open(tmp_path: Path) -> None:
    desk = interrupted(tmp_path, orders=1, runs_missed=True)
    back(desk, 3)
    assert symbols(desk) == [A]
    desk.step(desk.trade(desk.orders[0], 100))
    desk.turns()
    assert symbols(desk) == [A, B, ETF]


def test_a_job_killed_again_and_again_places_each_order_once(tmp_path: Path) -> None:
    desk = interrupted(tmp_path, orders=1, runs_missed=True)
    for _ in range(3):
        back(desk, 2)
    desk.step(desk.trade(desk.orders[0], 100))
    desk.turns()
    assert symbols(desk) == [A, B, ETF]
    assert desk.alerts == ["CALLBACK_AGAIN"] * 3


def test_run_has_its_limit(tmp_path: Path) -> None:
    desk = interrupted(tmp_path, orders=1, runs_missed=True, missed_grace_ns=60 * SECOND_NS)
    back(desk, 61)
    desk.run("11:00")
    assert symbols(desk) == [A]
    assert desk.alerts == ["CALLBACK_UNFINISHED", "TASKS_MISSED"]


def test_targets_that_were_reached_do_not_shift_the_orders_behind_them(tmp_path: Path) -> None:
    """The first call has nothing left to do; the second must neither be taken for it nor be placed twice."""
    code = f"""
def initialize(context): run_daily(trade, '10:00')
def trade(context):
    order_target('{A}', 100)
    order_target_value('{B}', 20_000)
    order_value('{ETF}', 20_000)
"""
    desk = interrupted(tmp_path, code, orders=2, runs_missed=True)
    desk.book.apply(desk.trade(desk.orders[1], 1000))  # while it was down
    desk.prices[B] += 5_000
    desk.prices[ETF] += 5_000
    back(desk, 3)
    assert symbols(desk) == [A, B, ETF]
    assert desk.alerts == ["CALLBACK_AGAIN"]


def test_a_call_that_came_to_nothing_keeps_its_number(tmp_path: Path) -> None:
    """Else it would be taken for the call behind it when the job is entered again."""
    code = f"""
def initialize(context): run_daily(trade, '10:00')
def trade(context):
    order_target('{A}', 0)
    order('{B}', 100)
"""
    desk = interrupted(tmp_path, code, orders=1, runs_missed=True)
    (order,) = desk.orders
    desk.book.apply(desk.trade(order, 100))
    back(desk, 3)
    assert desk.orders == [order]
    assert desk.alerts == ["CALLBACK_AGAIN"]
    assert desk.said(f"重新进入：{order.client_order_id}")


def test_an_order_that_cash_had_cut_is_found_again(tmp_path: Path) -> None:
    code = f"""
def initialize(context): run_daily(trade, '10:00')
def trade(context):
    order('{A}', 10_000)
    order('{B}', 100, wait_timeout=0)
"""
    desk = Desk(tmp_path, code, cash=50_000, runs_missed=True)
    desk.broker = desk.accept
    desk.open()
    desk.run("10:00")
    (cut,) = desk.orders
    assert cut.qty < 10_000
    desk.lockstep = False
    back(desk, 3)
    desk.run("10:01")
    assert desk.orders == [cut]
    assert "DUPLICATE_ID" not in desk.alerts


def test_a_split_order_is_found_again_whole(tmp_path: Path) -> None:
    code = f"""
def initialize(context): run_daily(trade, '10:00')
def trade(context):
    o = order('{A}', 2500)
    log.info('got', o.amount, o.filled, len(get_orders()))
"""
    desk = Desk(tmp_path, code, order_volume_max=1000, runs_missed=True)
    desk.broker = desk.accept
    desk.open()
    desk.run("10:00")
    parts = desk.orders
    assert [order.qty for order in parts] == [1000, 1000, 500]
    back(desk, 0)
    for order in parts:
        desk.step(desk.trade(order, order.qty))
    desk.turns()
    assert desk.orders == parts
    assert desk.said("got 2500 2500 1")


def test_a_job_that_fell_due_while_the_process_was_down(tmp_path: Path) -> None:
    for runs, alert, placed in ((False, "TASKS_MISSED", []), (True, "TASKS_LATE", [A, B, ETF])):
        desk = Desk(tmp_path / str(runs), TWO, runs_missed=runs) if (tmp_path / str(runs)).mkdir() is None else None
        assert desk is not None
        desk.open()
        desk.run("9:59")
        desk.lockstep = False
        restarted(desk, at_time="10:00:30")
        assert symbols(desk) == placed
        assert desk.alerts == [alert]


def test_a_missed_job_is_not_late_after_the_next_restart(tmp_path: Path) -> None:
    desk = Desk(tmp_path, TWO)
    desk.open()
    desk.run("9:59")
    desk.lockstep = False
    restarted(desk, at_time="10:00:10")
    restarted(desk, at_time="10:00:15")
    assert desk.orders == []
    assert desk.alerts == ["TASKS_MISSED"]


def test_a_job_missed_before_the_account_was_there_stays_missed(tmp_path: Path) -> None:
    """It died again while it still waited for the gateway."""
    desk = Desk(tmp_path, TWO)
    desk.open()
    desk.run("9:59")
    desk.lockstep = False
    desk.now_ns = at(desk.day, "10:00:10")
    desk.start()
    desk.step(m.Started(True, at(desk.day, "9:59")))
    desk.clock("")
    desk.now_ns = at(desk.day, "10:00:15")
    desk.clock("")
    restarted(desk, at_time="10:00:20")
    assert desk.orders == []
    assert desk.alerts == ["TASKS_MISSED"]


def test_a_job_that_waits_for_the_broker_is_late(tmp_path: Path) -> None:
    """Up again at 9:59:50; the gateway tells the account's books at 10:02."""
    desk = Desk(tmp_path, TWO)
    desk.open()
    desk.run("9:59")
    desk.lockstep = False
    books = desk.book.snapshot("simulator", desk.now_ns)
    desk.now_ns = at(desk.day, "9:59:50")
    desk.start()
    desk.clock("")
    desk.now_ns = at(desk.day, "10:02")
    desk.clock("")
    desk.step(books)
    desk.turns()
    assert symbols(desk) == [A, B, ETF]
    assert desk.alerts == []


def test_a_first_start_that_waits_for_the_broker_is_late_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path, TWO)
    desk.lockstep = False
    desk.now_ns = at(desk.day, "9:59")
    desk.clock("")
    desk.now_ns = at(desk.day, "10:01")
    desk.clock("")
    desk.step(m.TradingDayOpened("sim", number_of(desk.day), desk.cash_e4, [], desk.now_ns))
    desk.turns()
    assert symbols(desk) == [A, B, ETF]


def test_in_live_trading_the_process_is_up_when_it_starts(tmp_path: Path) -> None:
    desk = Desk(tmp_path, TWO, mode="live")
    desk.now_ns = at(desk.day, "9:59")
    desk.start()
    desk.step(m.TradingDayOpened("sim", number_of(desk.day), desk.cash_e4, [], desk.now_ns))
    desk.step(m.Wake())
    desk.now_ns = at(desk.day, "10:00:30")
    desk.start()
    desk.step(m.Started(True, at(desk.day, "9:59")))
    desk.step(desk.book.snapshot("live", desk.now_ns))
    desk.step(m.Wake())
    assert desk.alerts == ["TASKS_MISSED"]
    assert desk.orders == []
