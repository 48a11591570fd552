"""Several sub-accounts on one account: stories of what each of them may use, and of what is left to none."""

from pathlib import Path

import pytest

from common import messages as m
from jqdata.context import Context
from services.strategy.ids import sub_of
from tests.services.strategy.desk import ACCOUNT, A, B, Desk, holding
from tests.services.strategy.divided import START, desk_of, ledgers, restart, shown


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
    assert Context(desk.core._life.host).portfolio.available_cash == pytest.approx(1_000_000 - 110_000 - sum(fees))
    assert desk.said("账户里有 100,000.00 元可用资金不归任何子账户")


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


def test_cash_stays_where_it_is_while_the_disk_refuses(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "transfer_cash(0, 1, 1000)")
    desk.core._life.host.sub_desk.keep = lambda state: False
    desk.run("10:00")
    assert desk.said("状态无法写入磁盘，没有划转 [JOURNAL_UNWRITABLE]")
    assert [ledger.book.cash_e4 for ledger in ledgers(desk)] == [4_000_000_000, 5_000_000_000]


def test_cash_may_be_moved_in_initialize(tmp_path: Path) -> None:
    desk = Desk(tmp_path, START.replace("    run_daily(trade", "    transfer_cash(0, 1, 1000)\n    run_daily(trade"))
    desk.write(desk.path.read_text(encoding="utf-8") + "def trade(context): pass")
    desk.start()
    desk.open()
    assert [ledger.inout_e4 for ledger in ledgers(desk)] == [3_990_000_000, 5_010_000_000]
    restart(desk)
    assert [ledger.inout_e4 for ledger in ledgers(desk)] == [3_990_000_000, 5_010_000_000]


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
