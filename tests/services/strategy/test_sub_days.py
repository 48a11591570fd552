"""Sub-accounts over restarts, other code and nights: nothing is lost, nothing is there twice."""

from pathlib import Path

import pytest

from common import messages as m
from common.beijing import at
from common.fees import FeeSchedule
from services.state.core import StateCore
from services.state.store import Store
from services.strategy.ids import sub_of
from tests.services.strategy.desk import ACCOUNT, CALENDAR, A, B, Desk, holding, number_of
from tests.services.strategy.divided import START, desk_of, ledgers, restart, shown, totals


def test_a_restart_in_mid_day_finds_them_as_they_were(tmp_path: Path) -> None:
    first, second = "order(A, 1000, wait_timeout=0)", "order(B, 300, LimitOrderStyle(19), pindex=1, wait_timeout=0)"
    desk = desk_of(tmp_path, f"{first}; {second}; transfer_cash(0, 1, 1000)")
    desk.broker = lambda sent: desk.fill(sent) if sent.order.symbol == A else desk.accept(sent)
    desk.run("10:01")
    before, frozen = totals(desk), [ledger.book.frozen_cash_e4 for ledger in ledgers(desk)]
    assert frozen[0] == 0 < frozen[1]
    restart(desk)
    assert totals(desk) == before and [ledger.book.frozen_cash_e4 for ledger in ledgers(desk)] == frozen
    desk.step(desk.trade(desk.orders[1], 300))
    assert shown(desk)[1].positions[B].total_amount == 300 and ledgers(desk)[1].book.frozen_cash_e4 == 0


def test_the_next_day_begins_with_what_the_day_ended_with(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "order(A, 1000, pindex=0) if context.current_dt.day == 20 else transfer_cash(1, 0, 7)")
    desk.run("10:00")
    (cash, _, held), second = totals(desk)
    desk.next_day()
    desk.run("9:00")
    assert totals(desk) == [(cash, 4_000_000_000, held), second]
    assert shown(desk)[0].positions[A].closeable_amount == 1000
    restart(desk)
    assert totals(desk) == [(cash, 4_000_000_000, held), second]
    desk.run("10:00")
    restart(desk)
    desk.next_day()
    assert totals(desk)[0] == (cash + 70_000, 4_000_070_000, held)


def test_a_callback_entered_again_moves_nothing_twice(tmp_path: Path) -> None:
    """It died inside order(), after the transfer: the transfer is on the disk, the order in the account's book."""
    body = "transfer_cash(1, 0, 100_000); order(A, 1000, pindex=0)"
    desk = desk_of(tmp_path, body, runs_missed=True)
    desk.broker = desk.accept
    desk.run("10:00")
    restart(desk)
    assert desk.alerts == ["CALLBACK_AGAIN"] and desk.said("此前已划转，不再划转")
    assert len(desk.orders) == 1 and ledgers(desk)[0].inout_e4 == 5_000_000_000
    restart(desk)
    assert len(desk.orders) == 1 and ledgers(desk)[0].inout_e4 == 5_000_000_000


DIVIDES = f"""
def initialize(context): run_daily(begin, '10:00')
def begin(context):
    set_subportfolios([SubPortfolioConfig(500_000, 'stock'), SubPortfolioConfig(500_000, 'stock')])
    order('{A}', 1000, pindex=1)
"""


@pytest.mark.parametrize("again", [False, True])
def test_a_division_outlives_the_callback_that_made_it(tmp_path: Path, *, again: bool) -> None:
    desk = Desk(tmp_path, DIVIDES, runs_missed=again)
    desk.broker = desk.accept
    desk.open()
    desk.run("10:00")
    restart(desk)
    desk.step(desk.trade(desk.orders[0], 1000))
    assert len(desk.orders) == 1 and [one.positions[A].total_amount for one in shown(desk)] == [0, 1000]


def test_another_number_waits_for_orders_that_wait_themselves(tmp_path: Path) -> None:
    more = "set_subportfolios([SubPortfolioConfig(100_000, 'stock')] * 3)"
    desk = desk_of(
        tmp_path, "pass", "def before_trading_start(context):", "    order(A, 1000, pindex=1)", f"    {more}"
    )
    desk.run("9:36")
    assert desk.said("1 号还有持仓或未完成的委托") and len(ledgers(desk)) == 2
    assert ledgers(desk)[1].book.positions[A].qty == 1000


def test_what_was_held_before_is_named(tmp_path: Path) -> None:
    desk = Desk(tmp_path, START + "def trade(context): pass")
    desk.holdings = [holding(A, 500)]
    desk.open()
    assert desk.alerts == ["SUBPORTFOLIOS_UNOWNED"] and desk.said(f"账户原有的 {A} 不归任何子账户")


def test_a_transfer_outlives_a_callback_that_is_not_entered_again(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "transfer_cash(1, 0, 100_000); order_value(A, 500_000, pindex=0)")
    desk.broker = desk.accept
    desk.run("10:00")
    restart(desk)
    assert desk.alerts == ["CALLBACK_UNFINISHED"]
    assert ledgers(desk)[0].book.available_cash_e4 >= 0 and ledgers(desk)[0].inout_e4 == 5_000_000_000


def test_entered_again_for_another_sub_account_no_second_order_goes_out(tmp_path: Path) -> None:
    body = "order(A, 1000, pindex=0 if not get_orders() else 1)"
    desk = desk_of(tmp_path, body, runs_missed=True)
    desk.broker = desk.accept
    desk.run("10:00")
    restart(desk)
    assert len(desk.orders) == 1 and "DUPLICATE_ID" in desk.alerts


def test_parts_of_a_split_order_are_of_its_sub_account(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "order(A, 1000, pindex=1)", order_volume_max=400)
    desk.run("10:00")
    assert [(order.qty, sub_of(order.client_order_id)) for order in desk.orders] == [(400, 1), (400, 1), (200, 1)]
    restart(desk)
    assert shown(desk)[1].positions[A].total_amount == 1000 and not shown(desk)[0].positions


# -- other code ----------------------------------------------------------------------------------------------------


def changed(desk: Desk, configs: str) -> None:
    desk.write(START + f"def trade(c): pass\ndef after_code_changed(c): set_subportfolios([{configs}])")
    restart(desk)


STOCK = "SubPortfolioConfig(1e5, 'stock')"


def test_the_same_number_keeps_the_ledgers(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "order(A, 1000, pindex=1)")
    desk.run("10:00")
    before = totals(desk)
    changed(desk, f"{STOCK}, {STOCK}")
    assert totals(desk) == before and desk.said("沿用现有账目")


def test_code_changed_while_running_keeps_them(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "order(A, 1000, pindex=1)")
    desk.run("10:30")
    before = ledgers(desk)
    code = START + f"def trade(c): pass\ndef after_code_changed(c): set_subportfolios([{STOCK}, {STOCK}])"
    desk.step(m.CodeChanged(code.encode("utf-8")))
    desk.turns()
    assert ledgers(desk) is before and desk.said("沿用现有账目") and shown(desk)[1].positions[A].total_amount == 1000


def test_code_that_begins_anew_divides_anew(tmp_path: Path) -> None:
    """Its initialize had failed after the call: the corrected file's own figures count."""
    desk = Desk(tmp_path, START.replace("    run_daily(later, '11:00')", "    nonsense") + "def trade(c): pass")
    desk.open()
    assert desk.alerts == ["CALLBACK_FAILED"] and len(ledgers(desk)) == 2
    desk.step(m.CodeChanged((START.replace("400_000", "300_000") + "def trade(c): pass").encode("utf-8")))
    desk.turns()
    assert [ledger.book.cash_e4 for ledger in ledgers(desk)] == [3_000_000_000, 5_000_000_000]


def test_another_number_needs_them_flat(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "order(A, 1000, pindex=1)")
    desk.run("10:00")
    changed(desk, f"{STOCK}, {STOCK}, {STOCK}")
    assert len(ledgers(desk)) == 2 and desk.said("由 2 个改为 3 个没有生效：1 号还有持仓")
    flat = desk_of(tmp_path / "flat", "order(A, 1000, pindex=1)")
    changed(flat, f"{STOCK}, {STOCK}, {STOCK}")
    assert [ledger.book.cash_e4 for ledger in ledgers(flat)] == [1_000_000_000] * 3
    changed(flat, STOCK + " ")
    assert ledgers(flat) == () and len(shown(flat)) == 1


def test_what_was_ordered_before_the_account_was_divided_is_nobodys(tmp_path: Path) -> None:
    code = f"def initialize(c): run_daily(t, '10:00')\ndef t(c): order('{A}', 1000)"
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("10:00")
    desk.write(code + f"\ndef after_code_changed(c): set_subportfolios([{STOCK}, {STOCK}])")
    restart(desk)
    restart(desk)
    assert [sub.total_value for sub in shown(desk)] == [100_000, 100_000]


def test_an_order_that_waited_for_the_open_then_is_the_whole_accounts(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"def before_trading_start(c): order('{A}', 50_000, LimitOrderStyle(10.5))")
    desk.open()
    desk.run("9:10")
    desk.write(f"def after_code_changed(c): set_subportfolios([{STOCK}, {STOCK}])")
    restart(desk)
    desk.run("9:16")
    assert [order.qty for order in desk.orders] == [50_000]  # more than either has
    assert [sub.total_value for sub in shown(desk)] == [100_000, 100_000]


# -- the account changes overnight -----------------------------------------------------------------------------------


def overnight(desk: Desk, qty: int, *, ratio_e9: int = 0) -> None:
    """The next day opens with other shares of A; ``ratio_e9``: it is an ex-day of A."""
    desk.end_day()
    desk.cash_e4, desk.holdings = desk.book.cash_e4, [holding(A, qty)]
    desk.day = CALENDAR.following(desk.day)
    if ratio_e9:
        desk.adjusted = {A: m.Adjustment(A, [number_of(desk.day)], [ratio_e9], [0], [0])}
    desk.open()
    desk.run("9:00")


TWO = "(order(A, 1000, pindex=0), order(A, 300, pindex=1)) if context.current_dt.day == 20 else None"


def test_shares_given_on_an_ex_day_are_theirs_in_proportion(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, TWO)
    desk.run("10:00")
    cost = ledgers(desk)[0].book.positions[A].cost_e4
    overnight(desk, 1949, ratio_e9=1_530_000_000)  # 5 for 10, and some cash; the broker cut half a share
    assert [ledger.book.positions[A].qty for ledger in ledgers(desk)] == [1499, 449]
    assert ledgers(desk)[0].book.positions[A].cost_e4 == cost
    assert desk.said("余 1 股不归子账户") and desk.alerts == ["SUBPORTFOLIOS_ADJUSTED"]
    restart(desk)
    assert [ledger.book.positions[A].qty for ledger in ledgers(desk)] == [1499, 449]


def test_odd_shares_of_one_are_sold_with_the_accounts_only(tmp_path: Path) -> None:
    """The exchange takes 150 of 300 as little as a lot and a half; the half stays."""
    then = "(order_target(A, 0, pindex=0), order_target(A, 0, pindex=1), order_target(A, 0, pindex=0))"
    desk = desk_of(tmp_path, f"{TWO.replace('1000', '100').replace('300', '100').replace('None', then)}")
    desk.run("10:00")
    overnight(desk, 300, ratio_e9=1_500_000_000)
    desk.run("10:00")
    assert [order.qty for order in desk.orders[2:]] == [100, 100] and desk.said("零股要与账户里的一起卖出")
    assert desk.said("ODD_LOT") and [ledger.book.positions[A].qty for ledger in ledgers(desk)] == [50, 50]


def test_shares_bought_elsewhere_are_nobodys(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, TWO)
    desk.run("10:00")
    overnight(desk, 2300)
    assert [ledger.book.positions[A].qty for ledger in ledgers(desk)] == [1000, 300]
    assert desk.said("账户由 1,300 变为 2,300 股，不是除权所致") and desk.alerts == ["SUBPORTFOLIOS_ADJUSTED"]


def test_ex_days_that_are_not_answered_are_asked_for_again(tmp_path: Path) -> None:
    """Meanwhile it trades with what it had; the shares that were given come to it with what it did since."""
    desk = desk_of(tmp_path, TWO.replace("None", "order(A, -400, pindex=0)"))
    desk.run("10:00")
    desk.quotes_silent = True
    overnight(desk, 1950, ratio_e9=1_530_000_000)
    assert desk.said("除权数据没有得到回答") and desk.alerts == []
    desk.run("10:00")
    desk.quotes_silent = False
    desk.run("11:00")
    assert [ledger.book.positions[A].qty for ledger in ledgers(desk)] == [1100, 450]
    assert desk.alerts == ["SUBPORTFOLIOS_ADJUSTED"]


def test_what_the_account_no_longer_has_is_taken_from_them(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, TWO)
    desk.run("10:00")
    overnight(desk, 650)
    assert [ledger.book.positions[A].qty for ledger in ledgers(desk)] == [500, 150]
    assert desk.said(f"{A} 子账户共记有 1,300 股，账户只有 650 股") and desk.said(
        "0 号 1,000 → 500 股、1 号 300 → 150 股"
    )


def test_cash_that_was_taken_out_is_told_and_not_cut(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "pass")
    desk.end_day()
    desk.cash_e4, desk.day = 5_000_000_000, CALENDAR.following(desk.day)
    desk.open()
    desk.run("9:00")
    assert desk.alerts == ["SUBPORTFOLIOS_CASH"]
    assert [ledger.book.cash_e4 for ledger in ledgers(desk)] == [4_000_000_000, 5_000_000_000]


def down_over_night(tmp_path: Path, *, told: bool) -> tuple[Desk, StateCore]:
    """It dies with an open buy in sub 1; that fills, the day ends, and the next life begins with a snapshot.

    What state has of the day comes too; where ``told`` is not, it does not answer yet.
    """
    desk = desk_of(tmp_path, "order(A, 1000, LimitOrderStyle(9.9), pindex=1) if context.current_dt.day == 20 else None")
    desk.broker = desk.accept
    desk.run("10:20")
    order, desk.prices[A] = desk.orders[0], 99_000
    other = m.Order("other", ACCOUNT, "other", A, order.side, order.order_type, 500, 99_000, desk.now_ns, 0)
    for event in (*desk.accept(m.SubmitOrder(other)), desk.trade(other, 500), desk.trade(order, 1000)):
        desk.book.apply(event)
    state = StateCore(Store(tmp_path / "state.db"), FeeSchedule())
    state.restore(desk.book.snapshot("simulator", desk.now_ns))
    if told:
        desk.state = state
    desk.day = CALENDAR.following(desk.day)
    desk.now_ns = at(desk.day, "8:00")
    held = [holding(A, 1500)]
    desk.book.apply(m.TradingDayOpened(ACCOUNT, number_of(desk.day), desk.book.cash_e4, held, desk.now_ns))
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    return desk, state


def test_a_life_that_missed_the_end_of_the_day_asks_state_for_it(tmp_path: Path) -> None:
    desk, _ = down_over_night(tmp_path, told=True)
    assert totals(desk)[1] == (5_000_000_000 - 99_051_000, 5_000_000_000, {A: (1000, 99_051_000)})
    assert not [code for code in desk.alerts if code.startswith("SUBPORTFOLIOS")]
    restart(desk)
    assert totals(desk)[1][2] == {A: (1000, 99_051_000)}


def test_nothing_runs_before_state_has_said_what_was_missed(tmp_path: Path) -> None:
    desk, desk_state = down_over_night(tmp_path, told=False)
    desk.run("8:02")
    assert not ledgers(desk)[1].book.positions and desk.said("在此之前策略不运行") and not desk.alerts
    desk.state = desk_state
    desk.run("10:00")
    assert totals(desk)[1][2] == {A: (1000, 99_051_000)} and not desk.alerts


def test_where_state_is_silent_it_says_so_and_goes_on(tmp_path: Path) -> None:
    desk, _ = down_over_night(tmp_path, told=False)
    desk.run("8:10")
    assert totals(desk)[1] == (5_000_000_000, 5_000_000_000, {})
    assert "SUBPORTFOLIOS_GAP" in desk.alerts
