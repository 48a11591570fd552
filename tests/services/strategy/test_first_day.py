"""The first day of a strategy: what its body, `initialize` and `after_code_changed` begin counts once."""

from pathlib import Path

import pytest

from common.errors import ConfigError
from tests.services.strategy.desk import Desk


def test_what_after_code_changed_begins_is_there_on_the_first_day_and_not_begun_twice(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path,
        """
def initialize(context): set_option('use_real_price', True)
def after_code_changed(context):
    g.month = 0
    unschedule_all()
    run_daily(trade, '10:00')
def trade(context):
    g.month += 1
    log.info('trade', g.month)
""",
    )
    desk.open()
    desk.next_day()
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    desk.end_day()
    assert desk.lines == ["trade 1", "trade 2"]


@pytest.mark.parametrize("begin", ["after_code_changed(context)", "begin(context)", "run_daily(trade, '10:00')"])
def test_a_task_that_initialize_has_registered_is_not_added_again(tmp_path: Path, begin: str) -> None:
    """It would order twice; JoinQuant's back-tests have it twice, too, where nothing is unscheduled."""
    code = "def after_code_changed(context): run_daily(trade, '10:00')\ndef trade(context): log.info('trade')\n"
    code += "def begin(context): after_code_changed(context)\n"
    desk = Desk(tmp_path, f"{code}def initialize(context): {begin}\n")
    desk.open()
    desk.end_day()
    assert [line for line in desk.lines if line == "trade"] == ["trade"] and desk.said("不再重复")


def test_after_code_changed_does_not_follow_an_initialize_that_failed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "def initialize(context): 1 / 0\ndef after_code_changed(context): log.info('changed')\n")
    desk.open()
    assert desk.alerts == ["CALLBACK_FAILED"] and "changed" not in desk.lines


BODY = """
def trade(context): log.info('trade', context.current_dt.time())
run_daily(trade, '10:00')
def initialize(context): run_daily(trade, '11:00')
"""


def test_tasks_may_be_registered_in_the_body_of_the_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BODY)
    desk.open()
    desk.run("10:30")
    desk.start(recovered=True)  # the body runs again, its tasks are remembered
    desk.clock("")
    desk.turns()
    desk.write(BODY + "# changed\n")
    desk.end_day()
    assert desk.lines == ["trade 10:00:00", "trade 11:00:00"]


def test_other_tasks_in_the_body_of_a_changed_file_are_told_of(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BODY)
    desk.open()
    desk.run("9:40")
    desk.write(BODY.replace("10:00", "10:30"))
    desk.start(recovered=True)
    desk.clock("")
    desk.turns()
    desk.end_day()
    assert [line for line in desk.lines if line.startswith("trade")] == ["trade 10:00:00", "trade 11:00:00"]
    assert desk.said("文件主体登记的定时任务 trade 10:30 不起作用")


@pytest.mark.parametrize(
    ("task", "why"), [("run_daily(f, '10:00')\nf = None", "顶层的函数"), ("run_daily(f, '10:99')", "10:99")]
)
def test_what_the_body_cannot_schedule_stops_the_start(tmp_path: Path, task: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        Desk(tmp_path, f"def f(context): pass\n{task}\n")
