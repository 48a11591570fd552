"""Other code for a strategy that runs: as over a restart, or not at all."""

from pathlib import Path

import pytest

from common import messages as m
from common.beijing import at
from services.strategy.core import StrategyCore
from services.strategy.keeper import FileKeeper
from services.strategy.loader import read
from tests.services.strategy.desk import CALENDAR, FRIDAY, STRATEGY, A, Desk

OLD = f"""
FACTOR = 1
class Plan:
    def said(self): return 'old'
def initialize(context):
    g.runs, g.plan = 0, Plan()
    g.broken = lambda: 1
    context.mine = 'kept'
    log.set_level('system', 'info')
    run_daily(act, '10:00')
    run_daily(act, '11:00')
def process_initialize(context): log.info('process_initialize', hasattr(g, 'broken'))
def act(context):
    g.runs += 1
    log.info('old', g.runs, FACTOR)
def waits(context): order('{A}', 100)
"""
NEW = (
    OLD.replace("'old'", "'new'").replace("FACTOR = 1", "FACTOR = 2")
    + """
def after_code_changed(context):
    log.info('after_code_changed', g.runs, g.plan.said(), context.mine)
    unschedule_all()
    run_daily(act, '9:45')
    run_daily(act, '10:30')
"""
)


def change(desk: Desk, code: str) -> bool:
    """Whether it was taken, as far as is known at once."""
    desk.write(code)
    desk.step(m.CodeChanged(code.encode()))
    verdict = desk.core.take_verdict()
    desk.turns()
    return verdict is not None and verdict.taken


def test_the_new_code_goes_on_with_what_the_old_remembered(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    desk.open()
    desk.run("10:05")
    assert desk.said("g.broken 无法保存")
    desk.log.clear()
    assert change(desk, NEW)
    told = [line for _, kind, line in desk.log if kind == "strategy"]
    assert told == ["after_code_changed 1 new kept", "process_initialize False"]
    assert desk.said("策略代码已更新：story.py")
    desk.log.clear()
    desk.run("11:05")
    assert desk.lines == ["new 2 2"], "9:45 is past, 11:00 is no longer registered"


def test_without_the_callback_tasks_stay_as_they_were(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    desk.open()
    desk.run("10:05")
    assert change(desk, OLD.replace("'old'", "'new'"))
    desk.run("11:05")
    assert desk.lines[-1] == "new 2 1"


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("def initialize(context:\n", "第 1 行语法错误"),
        ("\ng.runs = 99\ncontext_of_nobody.x = 1\n", "第 3 行出错：NameError"),
        ("print 'a'\n", "Python 2"),
        ("def initialize(context): pass\n", "Plan"),  # what g holds cannot be read without its class
        ("log.set_level('system', 'error')\nset_option('use_real_price', False)\nraise SystemExit\n", "SystemExit"),
    ],
)
def test_a_broken_file_is_refused_and_the_old_code_goes_on(tmp_path: Path, broken: str, why: str) -> None:
    desk = Desk(tmp_path, OLD)
    desk.open()
    desk.run("10:05")
    settings = dict(desk.core._life.host.settings)
    desk.write(broken)
    desk.step(m.CodeChanged(broken.encode()))
    verdict = desk.core.take_verdict()
    assert verdict is not None and not verdict.taken and why in verdict.text
    assert desk.said("新的策略代码没有换上，原来的继续运行")
    assert desk.core._life.host.settings == settings
    desk.run("11:05")
    assert desk.lines[-1] == "old 2 1"


def test_it_waits_until_user_code_has_ended(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD.replace("run_daily(act, '10:00')", "run_daily(waits, '10:00')"))
    desk.broker = desk.accept
    desk.open()
    desk.run("10:00")
    assert not change(desk, NEW), "it waits in order()"
    desk.market(desk.trade(desk.orders[0], 100))
    desk.turns()
    assert desk.said("after_code_changed 0 new kept")


def test_the_same_file_changes_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    desk.open()
    desk.log.clear()
    assert change(desk, OLD)
    assert desk.lines == []


def test_a_restart_after_it_is_no_change(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    desk.open()
    desk.run("10:05")
    change(desk, NEW)
    desk.log.clear()
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    assert not desk.said("after_code_changed") and desk.said("process_initialize")


def test_a_crash_amid_it_is_a_change_over_a_restart(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    desk.open()
    desk.run("10:05")
    desk.write(NEW)
    desk.step(m.CodeChanged(NEW.encode()))  # and no turn: what follows was not run
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    assert desk.said("after_code_changed 1 new kept")


def test_an_initialize_that_failed_is_run_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD.replace("g.runs, g.plan", "1 / 0; g.runs, g.plan"))
    desk.open()
    assert desk.alerts == ["CALLBACK_FAILED"]
    assert change(desk, OLD)
    desk.run("10:05")
    assert desk.lines[-1] == "old 1 1"


def test_a_function_that_is_new_runs_from_now_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    desk.open()
    desk.run("10:05")
    added = "\ndef handle_data(context, data):\n    log.info('bar', context.current_dt.time())\n"
    added += f"def on_order(context, order):\n    pass\ndef handle_tick(context, tick): log.info('tick')\nA = '{A}'\n"
    assert change(desk, OLD + added)
    desk.log.clear()
    desk.run("10:06")
    assert desk.lines == ["bar 10:06:00"]


def test_at_the_weekend_it_is_taken_at_once_and_told_on_monday(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    desk.lockstep = False
    desk.open()
    desk.end_day()
    assert change(desk, NEW.replace("'new'", "'first'")) and change(desk, NEW)
    assert not desk.said("after_code_changed")
    desk.day = CALENDAR.following(FRIDAY)
    desk.open()
    assert [line for line in desk.lines if "after_code_changed" in line] == ["after_code_changed 2 new kept"]


def test_before_the_strategy_has_begun_it_waits(tmp_path: Path) -> None:
    desk = Desk(tmp_path, OLD)
    assert not change(desk, NEW)
    desk.open()
    verdict = desk.core.take_verdict()
    assert verdict is not None and verdict.taken
    assert desk.said("after_code_changed 0 new kept")


def test_a_replay_takes_it_at_the_same_place(tmp_path: Path) -> None:
    """The same inputs in the same order, and nothing of the disk: the same orders with the same ids."""
    code = OLD.replace("log.info('old'", f"order('{A}', 100); log.info('old'")
    (tmp_path / "once").mkdir()
    desk = Desk(tmp_path / "once", code)
    inputs: list[tuple[m.Message, int]] = []
    taken = StrategyCore.decide

    class Recorded(StrategyCore):
        def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
            inputs.append((message, now_ns))
            return taken(self, message, now_ns)

    desk.core.__class__ = Recorded
    inputs.append((m.Started(False, 0), at(FRIDAY, "0:00")))
    desk.open()
    desk.run("10:05")
    change(desk, code.replace("100)", "300)"))
    desk.run("11:05")
    assert [order.qty for order in desk.orders] == [100, 300]

    (tmp_path / "again").mkdir()
    path = tmp_path / "again" / "story.py"
    path.write_text(code, encoding="utf-8")
    keeper = FileKeeper(tmp_path / "again" / "runtime", STRATEGY, path.read_bytes())
    core = StrategyCore(desk.core._rt.config, read(path), keeper, CALENDAR, lambda *line: None)
    again: list[m.Message] = []
    for message, now_ns in inputs:
        if not isinstance(message, m.Wake):
            core.apply(message)
        for out in core.decide(message, now_ns):
            core.apply(out)
            again.append(out)
    assert [out.order for out in again if isinstance(out, m.SubmitOrder)] == desk.orders
