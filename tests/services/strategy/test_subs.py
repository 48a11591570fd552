"""Several sub-accounts on one account: stories of what each of them may use, and of what is left to none."""

from pathlib import Path

import pytest

from common import messages as m
from common.beijing import at
from jqdata.context import Context
from jqdata.portfolio import SubPortfolio
from services.state import tables
from services.strategy.ids import sub_of
from services.strategy.ledger import Ledger
from tests.services.strategy.desk import ACCOUNT, CALENDAR, STRATEGY, A, B, Desk, holding, number_of

START = f"""
A, B = '{A}', '{B}'
def initialize(context):
    set_subportfolios([SubPortfolioConfig(400_000, 'stock'), SubPortfolioConfig(500_000, 'stock')])
    run_daily(trade, '10:00')
    run_daily(later, '11:00')
def later(context): pass
"""


def desk_of(folder: Path, body: str, *more: str, cash: float = 1_000_000, **settings: object) -> Desk:
    """``body`` is the one line of ``trade``; ``more`` stands behind it."""
    folder.mkdir(exist_ok=True)
    desk = Desk(folder, "\n".join((START, f"def trade(context): {body}", *more)), cash=cash, **settings)
    desk.open()
    return desk


def ledgers(desk: Desk) -> tuple[Ledger, ...]:
    return desk.core._rt.subs.ledgers


def shown(desk: Desk) -> list[SubPortfolio]:
    return Context(desk.core._life.host).subportfolios


def restart(desk: Desk) -> None:
    desk.start(recovered=True)
    desk.turns()


def test_each_has_its_cash_and_what_it_bought(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "order(A, 1000, pindex=0); order_value(B, 100_000, pindex=1)")
    desk.run("10:00")
    first, second = shown(desk)
    assert (first.pindex, first.type, first.inout_cash, second.starting_cash) == (0, "stock", 400_000, 500_000)
    assert list(first.long_positions) == [A] and list(second.positions) == [B]
    assert second.long_positions[B].pindex == 1 and second.long_positions[B].total_amount == 5000
    fees = [fill.fee_e4 / 1e4 for fill in desk.book.fills]
    assert first.available_cash == pytest.approx(400_000 - 10_000 - fees[0])
    assert second.total_value == pytest.approx(500_000 - fees[1])
    assert context_cash(desk) == pytest.approx(1_000_000 - 110_000 - sum(fees))
    assert desk.said("账户里有 100,000.00 元可用资金不归任何子账户")


def context_cash(desk: Desk) -> float:
    return Context(desk.core._life.host).portfolio.available_cash


def test_the_owner_stands_in_the_id_and_on_order_and_trade(tmp_path: Path) -> None:
    said = "log.info([o.pindex for o in get_orders().values()], [t.pindex for t in get_trades().values()])"
    desk = desk_of(tmp_path, f"order(A, 100, pindex=1); {said}")
    desk.run("10:00")
    assert sub_of(desk.orders[0].client_order_id) == 1
    assert desk.said("[1] [1]")


def test_without_them_ids_and_orders_are_as_ever(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path,
        "def initialize(c): set_subportfolios([SubPortfolioConfig(1e6, 'stock')]); run_daily(t, '10:00')\n"
        f"def t(c): order('{A}', 100); order('{A}', 100, pindex=1)",
    )
    desk.open()
    desk.run("10:00")
    assert [order.client_order_id[-4:] for order in desk.orders] == ["0001"]
    assert desk.said("账户只有 0 号子账户") and ledgers(desk) == ()
    (only,) = shown(desk)
    assert only.positions[A].total_amount == 100 and only.total_value == pytest.approx(1_000_000, abs=10)


def test_a_buy_is_cut_to_its_own_cash_and_to_the_accounts(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "order_value(A, 900_000, pindex=0)")
    desk.run("10:00")
    assert 38_000 <= desk.orders[0].qty < 40_000 and desk.said("可用资金 400,000.00")
    low = desk_of(tmp_path / "low", "order_value(A, 900_000, pindex=1)", cash=900_000)
    low.step(m.BooksAdjusted(ACCOUNT, [m.BookRow("", 0, -8_000_000_000)], "op", "银证转账", low.now_ns))
    low.run("10:00")
    assert 9_000 < low.orders[0].qty < 10_000  # the cash was taken out of the account


def test_none_sells_what_another_bought_nor_what_was_there_before(tmp_path: Path) -> None:
    body = "log.info(order(A, -100, pindex=0)); log.info(order_target(A, 0, pindex=1))"
    desk = Desk(tmp_path, START + f"def trade(context): {body}")
    desk.holdings = [holding(A, 5000)]
    desk.open()
    desk.run("10:00")
    assert desk.orders == [] and desk.lines.count("None") == 2


def test_what_was_bought_today_is_locked_for_it_alone(tmp_path: Path) -> None:
    first_day = "order(A, 500, pindex=1)"
    then = "order(A, 1000, pindex=0), order(A, -1000, pindex=0), order(A, -500, pindex=1)"
    desk = desk_of(tmp_path, f"({then}) if context.current_dt.day == 23 else {first_day}")
    desk.run("10:00")
    desk.next_day()
    desk.run("10:00")
    bought, sold = desk.orders[1:]
    assert (bought.side, bought.qty, sub_of(bought.client_order_id)) == (m.Side.BUY, 1000, 0)
    assert (sold.side, sold.qty, sub_of(sold.client_order_id)) == (m.Side.SELL, 500, 1)
    first, second = shown(desk)
    assert first.positions[A].closeable_amount == 0 and not second.positions


def test_a_target_is_measured_and_cancels_in_its_own_sub_account(tmp_path: Path) -> None:
    low = "LimitOrderStyle(9)"
    first = f"order(A, 1000, {low}, pindex=0); order(A, 500, {low}, pindex=1)"
    desk = Desk(tmp_path, START + f"def trade(context): {first}; order_target(A, 700, {low}, pindex=1)", wait_ns=0)
    desk.broker = desk.accept
    desk.open()
    desk.run("10:01")
    cancelled = [out.client_order_id for out in desk.sent if isinstance(out, m.CancelOrder)]
    assert cancelled == [desk.orders[1].client_order_id]
    assert [order.qty for order in desk.orders] == [1000, 500, 700]
    assert [sub.locked_cash > 0 for sub in shown(desk)] == [True, True]


@pytest.mark.parametrize(("pindex", "said"), [(2, "子账户为 0 至 1"), (-1, "子账户为 0 至 1"), (0.5, "子账户为")])
def test_no_such_sub_account(tmp_path: Path, pindex: float, said: str) -> None:
    desk = desk_of(tmp_path, f"log.info(order(A, 100, pindex={pindex}))")
    desk.run("10:00")
    assert desk.orders == [] and "None" in desk.lines and desk.said(said)


def test_a_type_that_is_not_stock_only_keeps_cash(tmp_path: Path) -> None:
    code = START.replace("500_000, 'stock'", "500_000, 'futures'")
    desk = Desk(tmp_path, code + "def trade(context): log.info(order(A, 100, pindex=1)); order(A, 100)")
    desk.open()
    desk.run("10:00")
    assert [sub_of(order.client_order_id) for order in desk.orders] == [0]
    assert desk.said("1 号子账户不是 'stock'：只记资金，不能交易") and desk.said("只有 'stock' 子账户可以交易")
    assert shown(desk)[1].available_cash == 500_000


def test_more_than_the_account_has_is_refused(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "pass", cash=899_999)
    assert desk.said("各子账户资金合计 900,000.00 元，超过账户可用资金 899,999.00 元")
    assert desk.alerts == ["CALLBACK_FAILED"] and ledgers(desk) == ()


def test_thirds_are_not_more_than_the_whole(tmp_path: Path) -> None:
    third = "SubPortfolioConfig(c.portfolio.starting_cash / 3, 'stock')"
    desk = Desk(tmp_path, f"def initialize(c): set_subportfolios([{third}, {third}, {third}])")
    desk.open()
    assert desk.alerts == [] and [ledger.book.cash_e4 for ledger in ledgers(desk)] == [3_333_333_333] * 3


def test_cash_is_moved_and_counts_as_put_in(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "transfer_cash(from_pindex=1, to_pindex=0, cash=50_000.5)")
    desk.run("10:00")
    first, second = shown(desk)
    assert (first.available_cash, second.available_cash) == (450_000.5, 449_999.5)
    assert (first.inout_cash, second.inout_cash, first.returns) == (450_000.5, 449_999.5, 0.0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("transfer_cash(0, 1, 400_000.01)", "可用资金 400,000.00 元，不足 400,000.01 元"),
        ("transfer_cash(0, 2, 1)", "没有 2 号子账户"),
        ("transfer_cash(0, 1, -1)", "金额应为不小于 0 的数"),
        ("transfer_cash(0, 1, float('nan'))", "金额应为不小于 0 的数"),
    ],
)
def test_cash_that_cannot_be_moved_is_an_error(tmp_path: Path, call: str, said: str) -> None:
    desk = desk_of(tmp_path, call)
    desk.run("10:00")
    assert desk.said(said) and [ledger.book.cash_e4 for ledger in ledgers(desk)] == [4_000_000_000, 5_000_000_000]


def test_without_sub_accounts_there_is_nobody_to_move_cash_to(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "def initialize(c): run_daily(t, '10:00')\ndef t(c): transfer_cash(0, 1, 5)")
    desk.open()
    desk.run("10:00")
    assert desk.said("没有 0、1 号子账户，共有 1 个")


def test_stop_orders_and_those_from_before_the_open_are_whose_they_are(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path,
        START
        + "def before_trading_start(context): order(A, 1000, LimitOrderStyle(10.5), pindex=1)\n"
        + "def trade(context): order(B, 500, StopMarketOrderStyle('take_profit', 21), pindex=1)",
    )
    desk.open()
    desk.run("9:00")
    restart(desk)
    desk.run("10:00")
    restart(desk)
    desk.prices[B] = 150_000
    desk.run("10:30")
    desk.prices[B] = 215_000
    desk.run("10:31")
    assert [(order.symbol, sub_of(order.client_order_id)) for order in desk.orders] == [(A, 1), (B, 1)]
    assert set(shown(desk)[1].positions) == {A, B} and not shown(desk)[0].positions


# -- restarts and days ---------------------------------------------------------------------------------------------


def totals(desk: Desk) -> list[tuple[int, int, dict[str, tuple[int, int]]]]:
    return [
        (one.book.cash_e4, one.inout_e4, {s: (p.qty, p.cost_e4) for s, p in one.book.positions.items() if p.qty})
        for one in ledgers(desk)
    ]


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


# -- the account changes overnight -----------------------------------------------------------------------------------


def overnight(desk: Desk, qty: int, *, ratio_e9: int = 0) -> None:
    """The next day opens with other shares of A; ``ratio_e9``: it is an ex-day of A."""
    desk.end_day()
    desk.cash_e4, desk.holdings = desk.book.cash_e4, [holding(A, qty)]
    desk.day = CALENDAR.following(desk.day)
    if ratio_e9:
        desk.ex_days = [m.Adjustment(A, [number_of(desk.day)], [ratio_e9])]
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


def test_shares_bought_elsewhere_are_nobodys(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, TWO)
    desk.run("10:00")
    overnight(desk, 2300)
    assert [ledger.book.positions[A].qty for ledger in ledgers(desk)] == [1000, 300] and desk.alerts == []


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


FILLS = [column.name for column in tables.fills.columns]


def down_over_night(tmp_path: Path, *, told: bool) -> Desk:
    """It dies with an open buy in sub 1; that fills, the day ends, and the next life begins with a snapshot."""
    desk = desk_of(tmp_path, "order(A, 1000, LimitOrderStyle(9.9), pindex=1) if context.current_dt.day == 20 else None")
    desk.broker = desk.accept
    desk.run("10:20")
    day, key = number_of(desk.day), desk.orders[0].client_order_id
    row = [ACCOUNT, day, "F9", key, "V", STRATEGY, A, "buy", 1000, 99_000, 50_000, desk.now_ns]
    other = [*row[:2], "F8", "other", "V", "other", *row[6:]]
    held = m.Rows(["symbol", "qty"], [[A, 1000]])
    desk.history = {"fills": m.Rows(FILLS, [row, other]), "holdings": held} if told else None
    desk.day = CALENDAR.following(desk.day)
    desk.now_ns = at(desk.day, "8:00")
    opened = m.TradingDayOpened(
        ACCOUNT, number_of(desk.day), 10_000_000_000 - 99_050_000, [holding(A, 1000)], desk.now_ns
    )
    desk.book.apply(opened)
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    return desk


def test_a_life_that_missed_the_end_of_the_day_asks_state_for_it(tmp_path: Path) -> None:
    desk = down_over_night(tmp_path, told=True)
    assert totals(desk)[1] == (5_000_000_000 - 99_050_000, 5_000_000_000, {A: (1000, 99_050_000)})
    assert not [code for code in desk.alerts if code.startswith("SUBPORTFOLIOS")]
    restart(desk)
    assert totals(desk)[1][2] == {A: (1000, 99_050_000)}


def test_where_state_is_silent_it_says_so_and_goes_on(tmp_path: Path) -> None:
    desk = down_over_night(tmp_path, told=False)
    assert totals(desk)[1] == (5_000_000_000, 5_000_000_000, {})
    assert "SUBPORTFOLIOS_GAP" in desk.alerts
