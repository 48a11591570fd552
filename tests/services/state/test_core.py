"""State's rows are what its book says, its book is the gateway's, and a crash neither loses nor doubles a row."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import messages as m
from common.beijing import MINUTE_NS, SECOND_NS
from common.portfolio import Book
from services.state.core import StateCore
from services.state.store import Store
from tests.services.state.telling import (
    ACCOUNT,
    FEES,
    OPEN_NS,
    SYMBOLS,
    TRADING_DAY,
    Teller,
    Told,
    dump,
    tell,
    write,
)

ROOT = Path(__file__).parents[3]


class Desk:
    """State on a file of its own, and questions to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store(path)
        self.core = StateCore(self.store, FEES)
        self.seq = 0

    def hear(self, event: m.Message, channel: str = "account") -> None:
        self.seq += 1
        self.core.position = (channel, ACCOUNT, 1, self.seq)
        self.core.apply(event)

    def ask(self, table: str, *, account: str = ACCOUNT, day: int = 0, limit: int = 0) -> list[dict[str, Any]]:
        answer = self.core.answer(m.GetRows(table, account, day, limit), 0)
        assert isinstance(answer, m.Rows), answer
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def restart(self) -> None:
        self.store.close()
        self.store = Store(self.path)
        self.core = StateCore(self.store, FEES)


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    desk = Desk(tmp_path / "state.db")
    desk.hear(m.TradingDayOpened(ACCOUNT, TRADING_DAY, 10**10, [], OPEN_NS))
    yield desk
    desk.store.close()


def order(key: str = "a1", side: str = "buy", qty: int = 1000, price_e4: int = 100_000) -> m.Order:
    return m.Order(
        key, ACCOUNT, "demo", SYMBOLS[0], m.Side(side), m.OrderType.LIMIT, qty, price_e4, OPEN_NS, OPEN_NS + SECOND_NS
    )


def fill(key: str, qty: int, fill_id: str = "f1") -> m.OrderFilled:
    return m.OrderFilled(
        ACCOUNT, key, "v1", fill_id, SYMBOLS[0], m.Side.BUY, qty, 99_000, 50_000, OPEN_NS + 2 * SECOND_NS
    )


def test_an_order_is_one_row_that_follows_its_life(desk: Desk) -> None:
    desk.hear(m.OrderSubmitted(order(), OPEN_NS + 1, OPEN_NS + 2))
    assert [row["status"] for row in desk.ask("orders")] == ["submitted"]
    assert desk.ask("account")[0]["frozen_cash_e4"] == 100_000_000 + 51_000
    desk.hear(m.OrderAccepted(ACCOUNT, "a1", "v1", OPEN_NS + 3))
    desk.hear(fill("a1", 400))
    desk.hear(m.OrderCancelled(ACCOUNT, "a1", 400, "CANCELLED_BY_USER", "已按要求撤单", OPEN_NS + 4 * SECOND_NS))
    (row,) = desk.ask("orders")
    assert (row["status"], row["cum_qty"], row["cum_value_e4"], row["fee_e4"]) == ("cancelled", 400, 39_600_000, 50_000)
    assert (row["strategy"], row["symbol"], row["side"], row["reason"]) == (
        "demo",
        SYMBOLS[0],
        "buy",
        "CANCELLED_BY_USER",
    )
    (traded,) = desk.ask("fills")
    assert (traded["fill_id"], traded["qty"], traded["strategy"]) == ("f1", 400, "demo")
    (held,) = desk.ask("positions")
    assert (held["qty"], held["closeable_qty"], held["cost_e4"]) == (400, 0, 39_650_000)
    (account,) = desk.ask("account")
    assert (account["cash_e4"], account["frozen_cash_e4"]) == (10**10 - 39_650_000, 0)
    assert held["total_e4"] == account["total_e4"] == 10**10 - 50_000
    assert account["opening_value_e4"] == 10**10


def test_a_repeated_trade_is_one_row(desk: Desk) -> None:
    desk.hear(m.OrderSubmitted(order(), OPEN_NS, OPEN_NS))
    desk.hear(fill("a1", 400))
    desk.hear(fill("a1", 400))
    assert len(desk.ask("fills")) == 1
    assert desk.ask("positions")[0]["qty"] == 400


def test_shares_in_a_sell_order_are_not_closeable(desk: Desk) -> None:
    held = [m.Holding(SYMBOLS[0], 1000, 0, 0, 100_000, OPEN_NS)]
    desk.hear(m.TradingDayOpened(ACCOUNT, TRADING_DAY + 3, 0, held, OPEN_NS))
    desk.hear(m.OrderSubmitted(order(side="sell", qty=300), OPEN_NS, OPEN_NS))
    assert desk.ask("positions")[0]["closeable_qty"] == 700
    desk.hear(m.OrderRejected(ACCOUNT, "a1", "BROKER_REJECTED", "券商拒绝", OPEN_NS))
    assert desk.ask("positions")[0]["closeable_qty"] == 1000


def test_every_market_minute_has_its_equity(desk: Desk) -> None:
    desk.hear(m.OrderSubmitted(order(), OPEN_NS, OPEN_NS))
    desk.hear(fill("a1", 1000))
    for minute, price_e4 in ((1, 100_000), (2, 95_000)):
        desk.hear(m.AccountMarked(ACCOUNT, OPEN_NS + minute * MINUTE_NS, {SYMBOLS[0]: price_e4}))
    cash_e4 = 10**10 - 99_050_000
    columns = ("minute_ns", "cash_e4", "positions_value_e4", "total_e4")
    assert [tuple(row[column] for column in columns) for row in desk.ask("equity")] == [
        (OPEN_NS + MINUTE_NS, cash_e4, 100_000_000, cash_e4 + 100_000_000),
        (OPEN_NS + 2 * MINUTE_NS, cash_e4, 95_000_000, cash_e4 + 95_000_000),
    ]
    assert desk.ask("positions")[0]["last_price_e4"] == 95_000


def test_what_risk_decided_is_kept(desk: Desk) -> None:
    text = "风控拒单 MAX_ORDER_VALUE: 102,194.00 > 100,000.00（按 27.62，可下 3,600 股）"
    denied = m.OrderDenied(order("b2"), "MAX_ORDER_VALUE", text, "102,194.00", "100,000.00", 3600, OPEN_NS)
    desk.hear(m.OrderSubmitted(order("a1"), OPEN_NS + 1, OPEN_NS + 2))
    for event in (
        denied,
        denied,
        m.CancelDenied(ACCOUNT, "a1", "MAX_DAILY_CANCELS", "风控拒撤 MAX_DAILY_CANCELS: 101 > 100", OPEN_NS),
        m.TradingHalted(ACCOUNT, True, "operator.7", "检查", OPEN_NS),
        m.TradingResumed(ACCOUNT, "operator.8", "operator.7", "检查", OPEN_NS),
        m.AlertRaised(ACCOUNT, "strategy.demo", "CALLBACK_FAILED", "第 3 行", OPEN_NS),
    ):
        desk.hear(event, "decisions")
    rows = desk.ask("decisions")
    assert [(row["decision"], row["client_order_id"]) for row in rows] == [
        ("approved", "a1"),
        ("denied", "b2"),
        ("cancel_denied", "a1"),
        ("halted", ""),
        ("resumed", ""),
    ]
    no = rows[1]
    assert (no["reason"], no["value"], no["limit_value"], no["largest_qty"], no["text"]) == (
        "MAX_ORDER_VALUE",
        "102,194.00",
        "100,000.00",
        3600,
        text,
    )
    assert {row["client_order_id"]: row["status"] for row in desk.ask("orders")} == {"a1": "submitted", "b2": "denied"}
    (alert,) = desk.ask("alerts")
    assert (alert["source"], alert["code"], alert["text"]) == ("strategy.demo", "CALLBACK_FAILED", "第 3 行")


def test_a_refusal_before_the_day_was_opened_belongs_to_its_date(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "state.db")
    desk.hear(m.OrderDenied(order(), "NOT_READY", "", "", "", 0, OPEN_NS), "decisions")
    assert desk.ask("decisions")[0]["trading_day"] == TRADING_DAY
    desk.store.close()


def test_nonsense_that_was_denied_is_kept_too(desk: Desk) -> None:
    nonsense = m.Order("x1", ACCOUNT, "demo", "999999.XSHG", m.Side.BUY, m.OrderType.LIMIT, -5, 0, OPEN_NS, OPEN_NS)
    desk.hear(m.OrderDenied(nonsense, "BAD_ORDER", "委托内容无效", "", "", 0, OPEN_NS), "decisions")
    assert desk.ask("decisions")[0]["symbol"] == "999999.XSHG"
    desk.restart()
    assert desk.ask("orders")[0]["status"] == "denied"


def test_past_days_stay_and_the_newest_is_the_default(desk: Desk) -> None:
    desk.hear(m.OrderSubmitted(order(), OPEN_NS, OPEN_NS))
    desk.hear(m.TradingDayOpened(ACCOUNT, TRADING_DAY + 3, 10**10, [], OPEN_NS + 3 * 86_400 * SECOND_NS))
    assert desk.ask("orders") == []
    assert len(desk.ask("orders", day=TRADING_DAY)) == 1
    assert [row["trading_day"] for row in desk.ask("days")] == [TRADING_DAY, TRADING_DAY + 3]


def test_a_limit_keeps_the_newest_rows_in_order(desk: Desk) -> None:
    for number in range(5):
        desk.hear(m.OrderSubmitted(order(f"a{number}"), OPEN_NS, OPEN_NS))
    assert [row["client_order_id"] for row in desk.ask("orders", limit=2)] == ["a3", "a4"]
    assert desk.ask("orders", account="hedge") == []
    assert len(desk.ask("orders", account="")) == 5


def test_an_unknown_table_and_an_unknown_question_are_refused(desk: Desk) -> None:
    for query in (m.GetRows("secrets", ACCOUNT, 0, 0), m.GetRisk(ACCOUNT)):
        assert isinstance(desk.core.answer(query, 0), m.Refusal)


def test_a_day_opened_again_starts_from_nothing(desk: Desk) -> None:
    desk.hear(m.OrderSubmitted(order(), OPEN_NS, OPEN_NS))
    desk.hear(fill("a1", 400))
    desk.hear(m.AlertRaised(ACCOUNT, "risk", "X", "", OPEN_NS), "decisions")
    desk.hear(m.TradingDayOpened(ACCOUNT, TRADING_DAY, 10**10, [], OPEN_NS))
    for table in ("orders", "fills", "positions", "decisions"):
        assert desk.ask(table) == []
    assert len(desk.ask("days")) == len(desk.ask("alerts")) == 1


def test_a_snapshot_takes_out_what_another_run_of_the_day_left(desk: Desk) -> None:
    desk.hear(m.OrderSubmitted(order("old"), OPEN_NS, OPEN_NS + 5 * SECOND_NS))
    desk.hear(fill("old", 400))
    desk.hear(m.AccountMarked(ACCOUNT, OPEN_NS + MINUTE_NS, {}))
    desk.hear(m.OrderDenied(order("no"), "HALTED", "", "", "", 0, OPEN_NS), "decisions")
    fresh = Book(ACCOUNT, FEES)
    fresh.apply(m.TradingDayOpened(ACCOUNT, TRADING_DAY, 10**10, [], OPEN_NS))
    desk.hear(fresh.snapshot("simulator", OPEN_NS))
    assert desk.ask("fills") == desk.ask("positions") == desk.ask("equity") == []
    assert [row["client_order_id"] for row in desk.ask("orders")] == ["no"]
    assert desk.ask("account")[0]["cash_e4"] == 10**10


def test_an_order_that_expired_on_its_way_has_its_rows(desk: Desk) -> None:
    desk.hear(m.OrderExpired(ACCOUNT, "a1", 0, "EXPIRED", "委托已过有效时间", OPEN_NS, order()))
    assert [row["status"] for row in desk.ask("orders")] == ["expired"]
    assert [row["decision"] for row in desk.ask("decisions")] == ["approved"]


def test_a_gateway_without_a_day_leaves_the_rows_alone(desk: Desk) -> None:
    desk.hear(m.OrderSubmitted(order(), OPEN_NS, OPEN_NS))
    desk.hear(m.AccountSnapshot(ACCOUNT, 0, 0, 0, 0, [], [], [], "simulator", True, 0))
    assert len(desk.ask("orders")) == len(desk.ask("days")) == 1
    assert desk.ask("account", day=TRADING_DAY)[0]["cash_e4"] == 10**10


def told_day(seed: int, count: int) -> tuple[list[Told], Book]:
    teller = Teller(seed)
    return list(teller.day(count)), teller.book


def facts(book: Book) -> tuple[Any, ...]:
    """A book without what only risk decided: denied orders never reach the gateway."""
    return (
        book.trading_day,
        book.cash_e4,
        book.frozen_cash_e4,
        book.opening_cash_e4,
        book.opening_value_e4,
        book.link_up,
        book.positions,
        {key: record for key, record in book.orders.items() if record.status != "denied"},
        book.fills,
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 120), st.integers(1, 40), st.data())
def test_the_book_read_back_is_the_gateways(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, every: int, data: st.DataObject
) -> None:
    day, gateways = told_day(seed, count)
    path = tmp_path_factory.mktemp("state") / "state.db"
    store = Store(path)
    stop = data.draw(st.integers(0, len(day)))
    tell(StateCore(store, FEES), day[:stop], commit_every=every)
    store.close()
    store = Store(path)
    core = StateCore(store, FEES)
    tell(core, day, commit_every=every)
    assert facts(core.books[ACCOUNT]) == facts(gateways)
    assert facts(store.load_book(ACCOUNT, FEES)) == facts(gateways)
    answer = store.read(m.GetRows("account", ACCOUNT, 0, 0))
    assert isinstance(answer, m.Rows)
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert (row["cash_e4"], row["frozen_cash_e4"]) == (gateways.cash_e4, gateways.frozen_cash_e4)
    store.close()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(0, 60))
def test_a_stream_may_start_from_a_snapshot(
    tmp_path_factory: pytest.TempPathFactory, seed: int, missed: int, count: int
) -> None:
    teller = Teller(seed)
    list(teller.day(missed))
    snapshot = Told("account", ACCOUNT, 1, teller.seqs["account"], teller.book.snapshot("simulator", teller.now_ns))
    rest = [teller.next() for _ in range(count)]
    path = tmp_path_factory.mktemp("state") / "state.db"
    write(path, [snapshot, *rest])
    once = dump(path)
    store = Store(path)
    assert facts(store.load_book(ACCOUNT, FEES)) == facts(teller.book)
    store.close()
    write(path, [*rest])
    assert dump(path) == once, "told again, nothing changes"


def test_a_killed_process_neither_loses_nor_doubles_a_row(tmp_path: Path) -> None:
    seed, count = 7, 1500
    day, _ = told_day(seed, count)
    clean = tmp_path / "clean.db"
    write(clean, day)
    expected = dump(clean)
    assert len(expected["orders"]) > 100 and len(expected["fills"]) > 100 and expected["alerts"]
    for kill_after in (1, 20, 77):
        path = tmp_path / f"killed{kill_after}.db"
        lines = kill_writer(path, seed, count, kill_after)
        store = Store(path)
        stored = store.positions()
        seen = stored["account", ACCOUNT][1] + stored.get(("decisions", ACCOUNT), (0, 0))[1]
        assert lines <= seen < len(day), "what was committed is there, and the writer was killed before its end"
        tell(StateCore(store, FEES), day)
        store.close()
        assert dump(path) == expected


def kill_writer(path: Path, seed: int, count: int, kill_after: int) -> int:
    """Kill the writing process in the middle; the number of events it said were committed."""
    command = [sys.executable, "-m", "tests.services.state.telling", str(path), str(seed), str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(kill_after)]
        writer.kill()
    return said[-1]
