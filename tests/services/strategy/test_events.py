"""`on_event`: told of the ex-days of what is held, once each, before the day's other functions."""

from pathlib import Path

import pandas as pd
import pytest

from common import messages as m
from services.strategy.providers.faults import Fault, ProviderFault
from tests.services.strategy.desk import ETF, FRIDAY, MONDAY, A, B, Desk, holding, number_of
from tests.services.strategy.divided import desk_of

CODE = """
def initialize(context):
    g.seen = []
    run_daily(early, '8:00')
    run_daily(nine, '9:00')
def early(context):
    log.info('early')
def nine(context):
    log.info('nine')
def before_trading_start(context):
    log.info('before')
def on_event(context, event):
    assert isinstance(event, DividendsEvent) and not isinstance(event, ForcedLiquidationEvent)
    g.seen.append(event.security.code)
    held = context.portfolio.positions[event.security].total_amount
    log.info('event', event.name, event.pindex, event.security, event.side, event.dividends, held,
             context.current_dt.strftime('%H:%M'))
"""


def given(symbol: str, *, cash: float = 0.0, bonus: float = 0.0, day: int = number_of(FRIDAY)) -> m.Adjustment:
    """For ten shares."""
    return m.Adjustment(symbol, [day], [1_100_000_000], [round(cash * 1e4)], [round(bonus * 1e4)])


def told(desk: Desk) -> list[str]:
    return [line for line in desk.lines if line.startswith(("event", "early", "nine", "before"))]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path, CODE)
    made.holdings = [holding(A, 500), holding(ETF, 300)]
    return made


def event(symbol: str, given: str, held: int) -> str:
    return f"event Dividends 0 {symbol} long [{{'date': datetime.date(2026, 11, 20), {given}}}] {held} 09:00"


def test_the_ex_days_of_what_is_held_are_told_before_the_rest_of_the_day(desk: Desk) -> None:
    desk.adjusted = {A: given(A, cash=3.6, bonus=5), ETF: given(ETF, cash=0.2), B: given(B, cash=1)}
    desk.open()
    desk.run("9:20")
    assert told(desk) == [
        "early",
        event(ETF, "'scale_factor': 1.0, 'bonus_pre_tax': 0.02, 'bonus_post_tax': 0.02", 300),
        event(A, "'scale_factor': 1.5, 'bonus_pre_tax': 3.6", 500),
        "nine",
        "before",
    ]


def test_other_days_and_what_was_bought_today_are_nobodys(desk: Desk) -> None:
    desk.holdings = [holding(A, 500), holding(B, 100, today=100)]
    desk.adjusted = {A: given(A, cash=1, day=20261119), B: given(B, cash=1)}
    desk.open()
    desk.run("9:20")
    assert told(desk) == ["early", "nine", "before"]


def test_without_holdings_nobody_is_asked(desk: Desk) -> None:
    desk.holdings = []
    desk.open()
    desk.run("9:20")
    assert not [query for query in desk.queries if isinstance(query, m.GetAdjustments)]


def test_each_ex_day_is_told_on_its_own_day(desk: Desk) -> None:
    desk.adjusted = {
        A: m.Adjustment(A, [number_of(FRIDAY), number_of(MONDAY)], [11 * 10**8] * 2, [10_000, 0], [0, 10_000])
    }
    desk.open()
    desk.next_day()
    desk.run("9:20")
    events = [line for line in told(desk) if line.startswith("event")]
    assert len(events) == 2 and "'bonus_pre_tax': 1.0" in events[0] and "'scale_factor': 1.1" in events[1]


def test_a_restart_tells_nothing_twice(desk: Desk) -> None:
    desk.adjusted = {A: given(A, cash=1)}
    desk.open()
    desk.run("9:10")
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    desk.run("9:40")
    assert len([line for line in told(desk) if line.startswith("event")]) == 1


def test_one_that_fails_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    code = CODE.replace("    g.seen.append", f"    assert event.security != '{A}'\n    g.seen.append")
    desk = Desk(tmp_path, code)
    desk.holdings = [holding(A, 500), holding(B, 300)]
    desk.adjusted = {A: given(A, cash=1), B: given(B, cash=1)}
    desk.open()
    desk.run("9:20")
    assert desk.alerts == ["CALLBACK_FAILED"]
    assert told(desk) == ["early", event(B, "'scale_factor': 1.0, 'bonus_pre_tax': 1.0", 300), "nine", "before"]


def test_a_process_that_was_down_at_nine_says_what_it_missed(desk: Desk) -> None:
    desk.adjusted = {A: given(A, cash=1)}
    desk.open()
    desk.run("8:30")
    desk.now_ns += 3_600 * 10**9
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    assert desk.said("停机期间错过、不再补运行：on_event、nine、before_trading_start") and len(told(desk)) == 1


class Down:
    """A data provider that is not there."""

    name, datasets = "local", frozenset({"adjustments"})

    def rows(self, want: m.Want) -> pd.DataFrame:
        raise ProviderFault(Fault.PROVIDER_FAILED, "断线")


def test_a_provider_that_is_down_keeps_nothing_else_from_running(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CODE, data_provider="local")
    desk.provider, desk.holdings = Down(), [holding(A, 500)]
    desk.open()
    desk.run("9:20")
    assert told(desk) == ["early", "nine", "before"] and desk.alerts == ["EX_DAYS_UNKNOWN"]


def test_of_several_sub_accounts_the_one_that_holds_it_is_told(tmp_path: Path) -> None:
    follow = "def on_event(context, event): log.info('pindex', event.pindex)"
    desk = desk_of(tmp_path, "order(A, 100, pindex=1)", follow)
    desk.run("10:00")
    desk.adjusted = {A: given(A, cash=1, day=number_of(MONDAY))}
    desk.next_day()
    desk.run("9:20")
    assert [line for line in desk.lines if line.startswith("pindex")] == ["pindex 1"]
