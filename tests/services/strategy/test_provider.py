"""A strategy and its data provider: the code waits, the process goes on, and a record tells the answer again."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from common import messages as m
from common import wire
from common.clock import MarketTime, monotonic_ns
from common.kept import ANSWER_BYTES_MIN, digest_of
from common.redo import redo
from common.session import Session
from services.strategy.config import StrategyConfig
from services.strategy.core import StrategyCore
from services.strategy.keeper import FileKeeper
from services.strategy.loader import read
from services.strategy.providers.caller import Caller
from services.strategy.providers.evaluate import packed
from services.strategy.providers.faults import Fault, ProviderFault
from tests.services.strategy.desk import ACCOUNT, CALENDAR, FRIDAY, STRATEGY, A, B, Desk, holding, number_of

PICK = """
def initialize(context):
    run_daily(pick, '9:35')
    run_daily(after, '10:00')

def pick(context):
    q = query(valuation.code).filter(valuation.market_cap < 50).order_by(valuation.market_cap)
    for code in get_fundamentals(q)['code']:
        log.info('%s hold %d' % (code, context.portfolio.positions[A].total_amount))
        order(code, 100)

def after(context):
    log.info('at ten')
"""
PICK = f"A = '{A}'\n{PICK}"
CAPS = pd.DataFrame({"code": [A, B, "600036.XSHG"], "day": "2026-11-19", "market_cap": [30.0, 20.0, 99.0]})


class Shelf:
    """A provider with one table."""

    name, datasets = "local", frozenset({"valuation"})

    def __init__(self, rows: pd.DataFrame = CAPS) -> None:
        self.table = rows

    def rows(self, want: m.Want) -> pd.DataFrame:
        return self.table


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path, PICK, data_provider="local")
    made.provider = Shelf()
    return made


def answered(desk: Desk, codes: list[str], number: int = 1) -> m.ProviderAnswer:
    return m.ProviderAnswer(number, [packed("code", codes)])


def test_a_strategy_orders_what_the_provider_picks(desk: Desk) -> None:
    desk.open()
    desk.run("9:36")
    (asked,) = [query for query in desk.queries if isinstance(query, m.AskProvider)]
    assert asked.function == "get_fundamentals" and "valuation.market_cap < 50" in asked.sql
    assert [(want.dataset, want.known, want.last) for want in asked.wants] == [
        ("valuation", "2026-11-19", "2026-11-19")
    ]
    assert [order.symbol for order in desk.orders] == [B, A]


def test_the_same_question_is_asked_once_a_day(tmp_path: Path) -> None:
    often = "def often(context):\n    get_index_stocks('000300.XSHG')\n"
    code = f"def initialize(context):\n    run_daily(often, 'every_bar')\n\n{often}"
    desk = Desk(tmp_path, code, data_provider="local")
    desk.provider = Shelf(pd.DataFrame({"index_code": ["000300.XSHG"], "day": ["2026-11-02"], "code": [A]}))
    desk.provider.datasets = frozenset({"index_weights"})  # type: ignore[misc]
    desk.open()
    desk.run("9:50")
    assert len([query for query in desk.queries if isinstance(query, m.AskProvider)]) == 1
    desk.next_day()
    desk.run("9:50")
    assert len([query for query in desk.queries if isinstance(query, m.AskProvider)]) == 2


def test_a_fault_is_the_strategys_error_with_its_code(desk: Desk) -> None:
    desk.provider = None
    desk.open()
    desk.run("9:35")
    desk.step(m.ProviderAnswer(1, [], Fault.CREDENTIALS_REFUSED, "聚宽账号或密码不对：请改正 JQDATA_PASSWORD"))
    assert desk.said(
        "ProviderFailed: get_fundamentals：聚宽账号或密码不对：请改正 JQDATA_PASSWORD [CREDENTIALS_REFUSED]"
    )
    desk.run("10:00")
    assert desk.said("at ten") and not desk.orders


def test_without_a_provider_nobody_is_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path, PICK)
    desk.open()
    desk.run("9:36")
    assert desk.said("[NEEDS_PROVIDER]") and not desk.queries


# -- waiting ---------------------------------------------------------------------------------------------------------


def test_in_lock_step_the_clock_waits_and_facts_are_met_after_the_answer(desk: Desk) -> None:
    desk.provider = None
    desk.holdings = [holding(A, 500)]
    desk.open()
    desk.run("9:35")
    assert desk.core.busy, "the clock of a simulated day waits for this process"
    desk.step(m.OrderFilled(ACCOUNT, "other", "V", "F9", A, m.Side.BUY, 100, 100_000, 0, desk.now_ns))
    assert desk.core._rt.book.positions[A].qty == 500
    desk.step(answered(desk, [A]))
    assert not desk.core.busy and desk.said("hold 500") and [order.symbol for order in desk.orders] == [A]


def test_a_market_that_goes_on_is_followed_while_the_provider_takes_its_time(tmp_path: Path) -> None:
    """Fills are folded and a stop order is sent, although the user's code still waits."""
    code = PICK.replace(
        "def pick(context):\n", "def pick(context):\n    order(A, -200, StopMarketOrderStyle('stop_loss', 9.5))\n"
    )
    desk = Desk(tmp_path, code, data_provider="local")
    desk.lockstep = False
    desk.holdings = [holding(A, 500)]
    desk.open()
    desk.run("9:35")
    assert isinstance(desk.queries[-1], m.AskProvider) and not desk.orders
    desk.step(m.OrderFilled(ACCOUNT, "other", "V", "F9", A, m.Side.BUY, 100, 100_000, 0, desk.now_ns))
    assert desk.core._rt.book.positions[A].qty == 600
    desk.prices[A] = 94_000
    desk.pass_seconds(3)
    desk.clock("")
    assert [(order.symbol, order.qty) for order in desk.orders] == [(A, 200)]
    desk.step(answered(desk, [B], number=7))
    assert desk.core.busy, "the answer to another question is nobody's"
    desk.step(answered(desk, [B]))
    assert not desk.core.busy and desk.orders[-1].symbol == B


def test_a_restart_while_it_waits_asks_again(desk: Desk) -> None:
    desk.settings["runs_missed"] = True
    desk.provider = None
    desk.open()
    desk.run("9:35")
    desk.provider = Shelf()
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    assert [order.symbol for order in desk.orders] == [B, A]


# -- the record ------------------------------------------------------------------------------------------------------


class Recorder:
    """A session on its own that keeps what would stand in its journal, and answers what the core asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "story.py").write_text(PICK, encoding="utf-8")
        self.contents: dict[str, bytes] = {}
        self.records: list[bytes] = []
        self.market = MarketTime(simulated=True)
        self.session = self.life(self.market)
        self.asked: list[m.AskProvider] = []

    def life(self, market: MarketTime) -> Session:
        source = read(self.folder / "story.py")
        keeper = FileKeeper(self.folder / f"runtime{len(self.records)}", STRATEGY, source.raw)
        config = StrategyConfig(ACCOUNT, STRATEGY, data_provider="local")
        core = StrategyCore(config, source, keeper, CALENDAR, lambda *line: None)
        return Session(f"strategy.{STRATEGY}", core, (ACCOUNT,), market, 1)

    def take(self) -> None:
        out = self.session.out
        self.session.fold()
        self.records += out.records
        self.contents |= {digest_of(content): content for content in out.contents}
        self.asked += [one for one in out.effects if isinstance(one, m.AskProvider)]
        for left in (out.records, out.frames, out.effects, out.contents):
            left.clear()

    def local(self, message: m.Message) -> None:
        self.session.local(message)
        self.take()


@pytest.mark.parametrize("rows", [2, 3_000])
def test_a_replay_gives_the_recorded_answer(tmp_path: Path, rows: int) -> None:
    """A short answer stands in the record, a long one beside it; neither asks the provider again."""
    recorder = Recorder(tmp_path)
    recorder.session.start(recovered=False)
    recorder.take()
    now_ns = CALENDAR_NS
    recorder.local(m.MarketClock(1, now_ns, number_of(FRIDAY), "", True))
    recorder.local(m.TradingDayOpened(ACCOUNT, number_of(FRIDAY), 10**10, [], now_ns))
    for tick, clock in enumerate((now_ns, now_ns + 9 * HOUR + 35 * MINUTE), 2):
        recorder.market.advance(clock)
        for _ in range(4):
            recorder.local(m.MarketClock(tick, clock, number_of(FRIDAY), STRATEGY, True))
    assert len(recorder.asked) == 1
    long = m.ProviderAnswer(1, [packed("code", [A, B] * (rows // 2))])
    assert (len(wire.encode(long)) > ANSWER_BYTES_MIN) == (rows > 2)
    recorder.local(long)
    assert bool(recorder.contents) == (rows > 2)
    assert all(len(record) < ANSWER_BYTES_MIN for record in recorder.records)

    again = list(redo(recorder.records, lambda started, market: recorder.life(market), recorder.contents.__getitem__,
                      simulated=True))  # fmt: skip
    assert len(again) == len(recorder.records) and all(one.is_identical for one in again)


HOUR, MINUTE = 3_600 * 10**9, 60 * 10**9
CALENDAR_NS = 1_795_104_000 * 10**9


# -- calls on a thread -----------------------------------------------------------------------------------------------


class Slow:
    """A provider that answers when the test lets it."""

    name, datasets = "jqdata", frozenset({"valuation"})

    def __init__(self) -> None:
        self.go = threading.Event()

    def rows(self, want: m.Want) -> pd.DataFrame:
        assert self.go.wait(30)
        return CAPS


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.go.set()


def ask(number: int = 1) -> m.AskProvider:
    return m.AskProvider(number, "get_fundamentals", [m.Want("valuation", "2026-11-19", last="2026-11-19")], "")


def test_a_slow_call_keeps_nobody_waiting_and_rings_when_it_is_done(slow: Slow) -> None:
    rung = threading.Event()
    caller = Caller(slow, 10**12, monotonic_ns, rung.set)
    caller.ask(ask())
    assert caller.answers() == []
    slow.go.set()
    assert rung.wait(30)
    (came,) = caller.answers()
    assert came.number == 1 and [column.name for column in came.columns] == ["code", "day", "market_cap"]


def test_a_call_that_hangs_is_given_up_and_its_answer_dropped(slow: Slow) -> None:
    now, rung = [0], threading.Event()
    caller = Caller(slow, 60 * 10**9, lambda: now[0], rung.set)
    caller.ask(ask())
    now[0] = 60 * 10**9
    (late,) = caller.answers()
    assert late.code == Fault.PROVIDER_TIMEOUT and "60 秒" in late.text and "DATA_CALL_LIMIT" in late.text
    slow.go.set()
    assert rung.wait(30) and caller.answers() == []


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ProviderFault(Fault.DATA_FILE_MISSING, "缺少文件"), Fault.DATA_FILE_MISSING, "缺少文件"),
        (
            ConnectionError("no route\nsecond line"),
            Fault.PROVIDER_FAILED,
            "数据源 local 出错（ConnectionError：no route）",
        ),
    ],
)
def test_whatever_a_library_raises_is_an_answer(error: Exception, code: str, text: str) -> None:
    class Broken(Shelf):
        def rows(self, want: m.Want) -> pd.DataFrame:
            raise error

    rung = threading.Event()
    caller = Caller(Broken(), 10**12, monotonic_ns, rung.set)
    caller.ask(ask())
    assert rung.wait(30)
    assert [(one.code, one.text) for one in caller.answers()] == [(code, text)]
