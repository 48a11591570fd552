"""A strategy's functions: which run, when, in which order, and what happens when one fails."""

import sys
from datetime import date
from pathlib import Path

import pytest

from common import messages as m
from common.beijing import at
from common.errors import ConfigError
from tests.services.strategy.desk import A, Desk, number_of, quote

ALL = """
def initialize(context):
    log.info('initialize', context.current_dt)
    run_daily(daily, '9:30')
    run_weekly(weekly, -1, '9:30')
    run_monthly(monthly, 1, '9:30')
def process_initialize(context): log.info('process_initialize')
def after_code_changed(context): log.info('after_code_changed')
def before_trading_start(context): log.info('before', context.current_dt.time())
def daily(context): log.info('daily')
def weekly(context): log.info('weekly')
def monthly(context): log.info('monthly')
def handle_data(context, data):
    g.bars = getattr(g, 'bars', 0) + 1
    if g.bars == 1: log.info('handle_data', context.current_dt.time())
def after_trading_end(context): log.info('after', context.current_dt.time(), g.bars)
"""


def test_a_first_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALL)
    desk.open()
    desk.end_day()
    # Started on this Friday: it is the first trading day of its month and the last of its week.
    assert desk.lines == [
        "initialize 2026-11-20 00:00:00",
        "after_code_changed",  # as in JoinQuant's back-tests
        "process_initialize",
        "before 09:00:00",
        "monthly",
        "weekly",
        "daily",
        "handle_data 09:30:00",
        "after 15:30:00 240",
    ]


def test_a_second_day_begins_without_initialize(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALL)
    desk.open()
    desk.next_day()
    desk.log.clear()
    desk.end_day()
    assert desk.lines == ["before 09:00:00", "daily", "after 15:30:00 480"]


def test_after_the_day_ended_nothing_is_wanted(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALL)
    desk.open()
    desk.end_day()
    assert desk.core.wake_ns == 0


def test_nothing_runs_before_the_account_is_known(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALL)
    desk.clock("")
    desk.clock("demo")
    assert desk.core.wake_ns == 0
    desk.step(m.TradingDayOpened("sim", number_of(desk.day), desk.cash_e4, [], desk.now_ns))
    assert desk.said("initialize")  # still in its turn


def test_a_new_day_waits_for_its_books(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALL)
    desk.open()
    desk.end_day()
    desk.day, desk.now_ns = date(2026, 11, 23), at(date(2026, 11, 23), "9:31")
    desk.log.clear()
    desk.clock("demo")
    assert desk.lines == [] and desk.core.wake_ns == 0
    desk.step(m.TradingDayOpened("sim", number_of(desk.day), desk.cash_e4, [], desk.now_ns))
    assert desk.lines[0] == "before 09:00:00"


def test_created_in_mid_day_what_is_past_is_skipped(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALL)
    desk.now_ns = at(desk.day, "13:00")
    desk.clock("")
    desk.step(m.TradingDayOpened("sim", number_of(desk.day), desk.cash_e4, [], desk.now_ns))
    desk.turns()
    desk.end_day()
    assert desk.lines == [
        "initialize 2026-11-20 13:00:00", "after_code_changed", "process_initialize", "handle_data 13:00:00",
        "after 15:30:00 120",
    ]  # fmt: skip
    assert desk.alerts == []


def test_an_exception_is_told_with_its_line_and_the_next_callback_runs(tmp_path: Path) -> None:
    code = """
def initialize(context):
    run_daily(bad, '9:30')
    run_daily(good, '9:30')
def bad(context):
    [][1]
def good(context): log.info('good')
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:30")
    errors = [text for level, _, text in desk.log if level == "error"]
    assert len(errors) == 1
    assert "bad 出错，策略文件第 6 行：IndexError" in errors[0] and "Traceback" in errors[0]
    assert desk.alerts == ["CALLBACK_FAILED"]
    assert desk.said("good")


def test_a_library_that_a_callback_lacks_is_told_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "talib", None)
    desk = Desk(tmp_path, "def initialize(context):\n    run_daily(f, '9:30')\ndef f(context):\n    import talib\n")
    desk.open()
    desk.run("9:30")
    (error,) = [text for level, _, text in desk.log if level == "error"]
    assert "第 4 行：没有安装 talib 库，请运行 pip install 'bullet-bus[research]' [NEEDS_LIBRARY]" in error


@pytest.mark.parametrize("bad", ["exit()", "raise SystemExit(3)", "import sys; sys.exit()", "raise Exception"])
def test_user_code_cannot_end_the_process(tmp_path: Path, bad: str) -> None:
    code = f"def initialize(context):\n    run_daily(f, '9:30')\ndef f(context):\n    {bad}\n"
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:31")
    assert desk.alerts == ["CALLBACK_FAILED"]


def test_a_failed_initialize_runs_again_at_the_next_start(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "def initialize(context):\n    g.a = 1\n    1 / 0\n")
    desk.open()
    assert desk.alerts == ["CALLBACK_FAILED"]
    desk.core.close()
    desk.write("def initialize(context):\n    log.info('again', hasattr(g, 'a'))\n")
    desk.start(recovered=True)
    desk.turns()
    assert desk.said("again False")


def test_tasks_added_and_cleared_during_the_day(tmp_path: Path) -> None:
    code = """
def initialize(context):
    run_daily(first, '9:30')
    run_daily(never, '9:31')
def first(context):
    unschedule_all()
    run_daily(first, '9:30')
    run_daily(late, '9:30')
    run_daily(soon, '10:00')
    log.info('first')
def never(context): log.info('never')
def late(context): log.info('late')
def soon(context): log.info('soon')
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("15:00")
    assert desk.lines == ["first", "soon"]


@pytest.mark.parametrize(
    "call",
    ["run_daily(f, 'noon')", "run_weekly(f, 0)", "run_weekly(f, 1, 'every_bar')", "run_daily(lambda c: 1, '9:30')"],
)
def test_a_task_that_could_not_run_is_refused(tmp_path: Path, call: str) -> None:
    desk = Desk(tmp_path, f"def f(context): pass\ndef initialize(context):\n    {call}\n")
    desk.open()
    assert desk.alerts == ["CALLBACK_FAILED"]


def test_day_frequency(tmp_path: Path) -> None:
    from services.strategy.schedule import Hours

    code = """
def initialize(context):
    log.info(context.run_params.frequency)
    run_daily(bar, 'every_bar')
def bar(context): log.info('bar', context.current_dt.time())
def handle_data(context, data): log.info('data', context.current_dt.time())
"""
    desk = Desk(tmp_path, code, hours=Hours(daily=True))
    desk.open()
    desk.end_day()
    assert desk.lines == ["day", "bar 09:30:00", "data 09:30:00"]


def test_context_and_g(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    set_universe(['{A}'])
    log.info(context.previous_date, context.universe, context.run_params.type, hasattr(g, 'x'))
    log.info(context.portfolio.starting_cash, context.portfolio.available_cash, context.subportfolios[0].cash)
    log.info(context.portfolio.positions['{A}'].total_amount, '{A}' in context.portfolio.positions)
    log.info(len(get_trade_days(count=3)), get_security_info('{A}').display_name)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    assert desk.lines == [
        f"2026-11-19 ['{A}'] sim_trade False", "1000000.0 1000000.0 1000000.0", "0 False", "3 名称",
    ]  # fmt: skip


def test_log_levels_and_print(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    log.set_level('order', 'error')
    log.set_level('strategy', 'warning')
    print('hidden', 1)
    log.warn('shown')
    order('{A}', 1)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    assert desk.lines == ["shown"]


def test_messages_and_records(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "def initialize(context):\n    send_message('hello')\n    record(a=1.5)\n")
    desk.open()
    (alert,) = [out for out in desk.sent if isinstance(out, m.RaiseAlert)]
    assert (alert.account, alert.source, alert.code, alert.text) == ("sim", "demo", "STRATEGY_MESSAGE", "hello")
    assert desk.said("record a=1.5")


def test_subscriptions_have_a_limit(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    subscribe('{A}', 'tick')
    try:
        subscribe(['000001.XSHE', '511010.XSHG'], 'tick')
    except ValueError as error:
        log.info(error)
"""
    desk = Desk(tmp_path, code, subscriptions_max=2)
    desk.open()
    assert desk.said("订阅 3 只，超过上限 2 只")


def test_a_slow_callback_is_told(tmp_path: Path) -> None:
    from services.strategy.core import StrategyCore

    desk = Desk(tmp_path, "def initialize(context): pass\n")
    ticks = iter(range(0, 10**15, 61 * 10**9))
    callbacks = desk.core._callbacks
    callbacks._stopwatch = lambda: next(ticks)  # each look at it is 61 seconds later
    desk.open()
    assert isinstance(desk.core, StrategyCore)
    assert desk.said("initialize 运行了 61.0 秒，超过 EVENT_TIME_OUT 60 秒")


def test_bars_are_asked_once_a_minute(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(f, '9:35')
    run_daily(f, '9:35')
    run_daily(f, '9:36')
def f(context):
    attribute_history('{A}', 3, '1m', ['close'], df=False)
    attribute_history('{A}', 3, '1d', ['close'], df=False)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:36")
    assert [q.unit for q in desk.queries if isinstance(q, m.GetBars)].count("1m") == 2
    assert [q.unit for q in desk.queries if isinstance(q, m.GetBars)].count("1d") == 1


def test_bars_end_at_the_logical_time(tmp_path: Path) -> None:
    code = f"""
def initialize(context):
    run_daily(f, '9:35')
def f(context):
    get_price('{A}', start_date='2026-11-20', end_date='2026-11-20 15:00', frequency='1m', panel=False)
    get_bars('{A}', 3, '1d')
    from jqdata import host
    host.current().bars(['{A}'], '1m', count=1, end_ns=2 * 10**18)
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:35")
    asked = [q for q in desk.queries if isinstance(q, m.GetBars)]
    assert asked and all(q.end_ns <= at(desk.day, "9:35") for q in asked)


def test_an_older_answer_does_not_replace_a_newer_quote(tmp_path: Path) -> None:
    code = f"def initialize(context): log.info(get_current_data()['{A}'].high_limit)\n"
    desk = Desk(tmp_path, code)
    react = desk.react

    def late(out: m.Message) -> None:
        if isinstance(out, m.Subscribe):
            newer, older = quote(A, desk.now_ns, prev_e4=200_000), quote(A, desk.now_ns - 1, prev_e4=100_000)
            desk.inbox.extend((m.QuoteBatch(desk.tick, desk.now_ns, (newer,), True), m.Quotes([older], [])))
        else:
            react(out)

    desk.react = late  # type: ignore[method-assign]
    desk.open()
    assert desk.lines == ["22.0"]


def test_the_api_outside_a_callback_is_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="第 2 行出错：RuntimeError"):
        Desk(tmp_path, "from jqdata import *\nget_security_info('600000.XSHG')\n")


def test_the_trader_reads_what_risk_and_broker_say(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "def initialize(context): pass\n")
    desk.open()
    now = desk.now_ns
    desk.step(m.TradingHalted("sim", True, "li", "检查", now))
    desk.step(m.TradingResumed("sim", "li", "li", "检查", now))
    desk.step(m.BrokerLinkChanged("sim", False, "断开", now))
    desk.step(m.AlertRaised("sim", "risk", "POSITION", "超限", now))
    desk.step(m.AlertRaised("sim", "demo", "OWN", "自己的", now))
    assert desk.lines == [
        "买入已被 li 暂停：检查",
        "交易已由 li 恢复",
        "券商连接中断：断开",
        "告警 [POSITION] risk：超限",
    ]


def test_a_reference_of_another_market_is_told_and_runs_in_ours(tmp_path: Path) -> None:
    code = """
def initialize(context):
    run_daily(act, 'open+5m', reference_security='IF9999.CCFX')
    run_daily(act, 'open+6m', reference_security='000300.XSHG')
def act(context): log.info('at', context.current_dt.strftime('%H:%M'))
"""
    desk = Desk(tmp_path, code)
    desk.open()
    desk.run("9:40")
    assert [line for line in desk.lines if line.startswith("at")] == ["at 09:35", "at 09:36"]
    assert [line for line in desk.lines if "IF9999" in line] and not desk.said("000300")
