"""The verbs on a stack that does not run: everything comes from state.db, is marked so, and CSV says the same."""

import csv
import io
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cli import __main__ as command
from common import messages as m
from common.beijing import at
from common.fees import FeeSchedule
from services.state.core import StateCore
from services.state.store import Store

DAY = date(2026, 11, 20)
Verb = Callable[..., tuple[int, str, str]]


def order(key: str, side: m.Side, qty: int, clock: str) -> m.Order:
    now_ns = at(DAY, clock)
    return m.Order(key, "sim", "demo", "600000.XSHG", side, m.OrderType.LIMIT, qty, 105_500, now_ns, now_ns + 10**9)


def filled(key: str, side: m.Side, qty: int, clock: str) -> m.OrderFilled:
    return m.OrderFilled("sim", key, "7", f"T{key}", "600000.XSHG", side, qty, 105_500, 51_055, at(DAY, clock))


def tell(path: Path, trading_day: int, events: list[m.Message]) -> None:
    """Write a day as the state process does."""
    store = Store(path)
    core = StateCore(store, FeeSchedule())
    opened = m.TradingDayOpened("sim", trading_day, 10_000_000_000, [], at(DAY, "9:00"))
    for seq, event in enumerate([opened, *events], start=store.positions().get(("account", "sim"), (0, 0))[1] + 1):
        core.take("account", "sim", 1, seq, event)
    store.close()


@pytest.fixture
def history(desk: Path) -> Path:
    """Two days: nothing on the first; a buy filled in part and a denied order on the second."""
    runtime = desk / "runtime"
    runtime.mkdir()
    tell(runtime / "state.db", 20261119, [])
    buy, dear = order("261120a0001", m.Side.BUY, 1000, "10:00"), order("261120a0002", m.Side.BUY, 90_000, "10:05")
    tell(
        runtime / "state.db",
        20261120,
        [
            m.OrderSubmitted(buy, at(DAY, "10:00"), at(DAY, "10:00")),
            filled("261120a0001", m.Side.BUY, 600, "10:01"),
            m.OrderDenied(dear, "MAX_ORDER_VALUE", "单笔金额超限", "949,500.00", "100,000.00", 9400, at(DAY, "10:05")),
            m.AccountMarked("sim", at(DAY, "10:06"), {"600000.XSHG": 104_900}),
        ],
    )
    return runtime


@pytest.fixture
def verb(desk: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Verb:
    """Runs a verb and returns its exit code and what it said on both outputs."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bullet-trade", *words])
        with pytest.raises(SystemExit) as left:
            command.main()
        said = capsysbinary.readouterr()
        return int(left.value.code or 0), said.out.decode("utf-8"), said.err.decode("utf-8")

    return run


def test_positions_are_valued_at_the_last_marks(history: Path, verb: Verb) -> None:
    code, out, _ = verb("positions")
    assert code == 0
    assert "离线" in out and "2026-11-20" in out
    for text in (
        "代码",
        "名称",
        "买入时间",
        "持仓",
        "可用",
        "成本价",
        "当前价",
        "当前市值",
        "盈亏额",
        "盈亏率",
        "持仓比",
    ):
        assert text in out
    # 600 shares at 10.55 and 5.1055 of fees, now 10.49; bought today, so none of them can be sold.
    for text in ("600000.XSHG", "2026-11-20 10:01:00", "600", "10.49", "6,294.00", "-41.11", "-0.65%"):
        assert text in out


def test_orders_list_what_risk_denied_too(history: Path, verb: Verb) -> None:
    _, out, _ = verb("orders")
    assert "部分成交 partially_filled" in out
    assert "风控拒单 denied" in out and "MAX_ORDER_VALUE" in out


def test_csv_says_what_the_table_says(history: Path, verb: Verb) -> None:
    code, out, err = verb("fills", "--csv")
    assert code == 0
    assert out.startswith("\ufeff")
    [heading, row] = csv.reader(io.StringIO(out.removeprefix("\ufeff")))
    told = dict(zip(heading, row, strict=True))
    assert told["代码"] == "600000.XSHG"
    assert (told["成交量"], told["成交价"], told["成交额"]) == ("600", "10.55", "6330.00")
    assert "离线" in err, "the mark must not get into the data"


def test_a_past_day_is_told_as_it_was(history: Path, verb: Verb) -> None:
    _, out, _ = verb("account", "--day", "2026-11-19")
    assert "1,000,000.00" in out and "2026-11-19" in out and "离线" in out
    _, out, _ = verb("fills", "--day", "2026-11-19")
    assert "没有记录" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["orders", "--day", "2026-11-18"], "NO_HISTORY", "没有这一天的记录"),
        (["orders", "--day", "yesterday"], "BAD_DATE", "yesterday"),
        (["risk"], "NOT_RUNNING", "没有运行中的系统"),
        (["halt", "--why", "x"], "NOT_RUNNING", "没有运行中的系统"),
        (["resume"], "NOT_RUNNING", "没有运行中的系统"),
        (["reconcile"], "NOT_RUNNING", "没有运行中的系统"),
        (["reconcile", "--accept"], "NO_REASON", "--why"),
        (["resolve", "a1", "--as", "cancelled", "--why", "x"], "NOT_RUNNING", "没有运行中的系统"),
    ],
)
def test_what_cannot_be_told_is_said_in_one_line(
    history: Path, verb: Verb, words: list[str], code: str, said: str
) -> None:
    left, out, err = verb(*words)
    assert left == 1
    assert out == ""
    assert err.startswith(f"错误 {code}: ") and said in err and err.count("\n") == 1


def test_a_folder_without_history_says_so(desk: Path, verb: Verb) -> None:
    left, _, err = verb("positions")
    assert left == 1
    assert "NO_HISTORY" in err


def test_a_damaged_database_is_named(history: Path, verb: Verb) -> None:
    for path in history.glob("state.db*"):
        path.write_bytes(b"this is no database" * 100)
    left, _, err = verb("orders")
    assert left == 1
    assert "STATE_DAMAGED" in err and "state.db" in err


def test_status_names_what_is_missing(history: Path, verb: Verb) -> None:
    left, out, err = verb("status")
    assert left == 1
    assert "无应答" in out
    assert "gateway、quotes、risk、state、strategy" in err


def test_stop_has_nothing_to_stop(history: Path, verb: Verb) -> None:
    left, out, _ = verb("stop")
    assert left == 1
    assert "没有运行中的系统" in out
