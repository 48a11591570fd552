"""Reconciliation with real processes: a broker that drops our tag, an account that is changed behind our back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.accounts import from_simulator, from_state
from common import messages as m
from tests.stack.books import Books
from tests.stack.desk import DAY, WIDE, Desk, until

FUND = "518880.XSHG"
BUYS = f'''
FUND = "{FUND}"


def initialize(context):
    for minute in range(630, 690):
        run_daily(buy, f"{{minute // 60}}:{{minute % 60:02d}}")


def buy(context):
    """The same target every minute, and one order more than the target after the first."""
    order_target_value(FUND, 40000, wait_timeout=2)
    if context.portfolio.positions:
        order(FUND, 100, wait_timeout=0)
'''
ODD_BROKER = str(Path(__file__).with_name("odd_broker"))


def account(desk: Desk) -> m.AccountSnapshot:
    snapshot = desk.ask("gateway", m.GetAccount("sim"))
    assert isinstance(snapshot, m.AccountSnapshot)
    return snapshot


def unknown(desk: Desk) -> list[str]:
    return [state.order.client_order_id for state in account(desk).orders if state.status == "unknown"]


def test_an_order_that_comes_back_without_its_tag_is_held_not_bought_again_and_resolved(
    new_desk: Callable[..., Desk], short_day: Path
) -> None:
    desk = new_desk(WIDE | {"RECONCILE_INTERVAL": "30"})
    live = desk.live(
        desk.strategy("buys", BUYS),
        *("--date", DAY, "--quotes", str(short_day), "--speed", "20@10:30-11:30"),
        environ={"PYTHONPATH": ODD_BROKER, "ODD_TAGS": "dropped"},
    )
    desk.until_market(live, "10:30:05")
    until(lambda: unknown(desk), "the order is unknown")
    [key] = unknown(desk)

    def denied() -> int:
        return live.log_of("strategy.buys").count("风控拒单 UNKNOWN_OUTCOME")

    until(lambda: denied() >= 2, "two more minutes have wanted to buy")
    assert key in live.log_of("strategy.buys").split("风控拒单 UNKNOWN_OUTCOME")[-1].splitlines()[0]
    live.kill("gateway")
    until(lambda: unknown(desk) == [key], "the gateway is back and knows it no better")
    before = denied()
    until(lambda: denied() > before, "and it blocks as before")

    said = desk.run("reconcile", code=1)
    assert re.search(rf"{key} .*结果未知 UNKNOWN", said) and "现金 CASH" in said and "DIFFERS" in said
    refused = desk.run("resolve", key, "--as", "filled", "--why", "x", code=1)
    assert "错误 BAD_RESOLVE" in refused
    assert "买入已暂停" in desk.run("halt", "--buys", "--why", "先对账"), "what follows would lose its tag as well"
    [stranger] = [s for s in account(desk).orders if s.order.client_order_id.startswith("foreign-")]
    assert (stranger.status, stranger.order.strategy) == ("filled", "foreign")
    name = stranger.order.client_order_id
    resolved = desk.run("resolve", key, "--as", "filled", "--same-as", name, "--why", "柜台查实")
    assert "全部成交 filled" in resolved and "柜台查实" in resolved
    assert "一致 OK" in desk.run("reconcile")
    assert "错误 NOT_UNKNOWN" in desk.run("resolve", key, "--as", "cancelled", "--why", "x", code=1)

    assert "柜台" in desk.run("stop", "--runtime-dir", "rt")
    live.wait()
    books = Books(live.runtime)
    day = from_simulator(books.run, books.settings)
    ours = [order for order in day.orders if order.qty == stranger.order.qty]
    assert len(ours) == 1, "one order reached the broker before it was resolved, whatever the minutes wanted"
    assert books.rows("select count(*) from decisions where decision = 'resolved'") == [(1,)]
    assert books.rows("select count(*) from alerts where code = 'UNKNOWN_OUTCOME'")[0][0] >= 1


TRADES = f'''
def initialize(context):
    for minute in range(630, 690):
        run_daily(trade, f"{{minute // 60}}:{{minute % 60:02d}}")


def trade(context):
    order("{FUND}", 100)
'''


@pytest.mark.slow
def test_cash_that_nobody_told_of_halts_the_account_until_it_is_accepted_and_resumed(
    new_desk: Callable[..., Desk], short_day: Path
) -> None:
    desk = new_desk(WIDE | {"RECONCILE_INTERVAL": "30"})
    transfer = desk.folder / "transfer"
    live = desk.live(
        desk.strategy("trades", TRADES),
        *("--date", DAY, "--quotes", str(short_day), "--speed", "20@10:30-11:30"),
        environ={"PYTHONPATH": ODD_BROKER, "ODD_TRANSFER": str(transfer)},
    )
    desk.until_market(live, "10:31")
    assert "一致 OK" in desk.run("reconcile")
    transfer.write_text("50000000", encoding="utf-8")
    until(lambda: "由 对账" in desk.run("risk"), "the next looks halt the account")
    said = desk.run("risk")
    assert "差 +5,000.00" in said
    live.kill("risk")
    until(lambda: "由 对账" in desk.run("risk"), "it stays halted")
    until(lambda: "风控拒单 HALTED" in live.log_of("strategy.trades"), "the strategy sees why")

    said = desk.run("reconcile", "--csv", code=1)
    assert re.search(r"现金 CASH,,[0-9.]+,[0-9.]+,5000.00,不符 DIFFERS", said)
    assert "错误 NO_REASON" in desk.run("reconcile", "--accept", code=1)
    assert "一致 OK" in desk.run("reconcile", "--accept", "--why", "银证转入")
    assert "此前：交易已暂停：由 对账" in desk.run("resume")
    live.kill("gateway")
    until(lambda: desk.market_ns("gateway"), "the gateway answers again")
    until(lambda: len(account(desk).fills), "it trades")
    count = len(account(desk).fills)
    until(lambda: len(account(desk).fills) > count, "and goes on trading")
    assert "一致 OK" in desk.run("reconcile")

    desk.run("stop", "--runtime-dir", "rt")
    live.wait()
    books = Books(live.runtime)
    told = books.rows("select decision, text from decisions where decision in ('halted', 'adjusted', 'resumed')")
    assert sorted(decision for decision, _ in told) == ["adjusted", "halted", "resumed"]
    state = from_state(live.runtime, "sim", 0)
    assert state is not None
    assert state.cash_e4 == from_simulator(books.run, books.settings).cash_e4 + 50_000_000
