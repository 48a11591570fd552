"""Alerts reach a person beside a whole run: started where a key is set, ended with it, and the key is in no file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.plan import is_finished
from tests.services.alerts.robots import KEY, robots
from tests.stack.desk import DAY, WIDE, Desk, until

FAILS = """
import os, time


def initialize(context):
    run_daily(fails, "10:00")
    run_daily(says, "10:01")


def fails(context):
    while not os.path.exists(GO):
        time.sleep(0.02)
    1 / 0


def says(context):
    send_msg("今日调仓完成")
"""


def fails(desk: Desk, go: Path) -> Path:
    """A strategy that fails as soon as there is ``go``."""
    return desk.strategy("fails", FAILS.replace("GO", repr(str(go))))


def files_with(folder: Path, text: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if text.encode() in path.read_bytes()]


def test_what_goes_wrong_in_a_run_is_posted(new_desk: Callable[..., Desk], short_day: Path) -> None:
    with robots() as here:
        desk = new_desk({**WIDE, "MESSAGE_KEY": KEY, "MESSAGE_URL": here.url})
        go = desk.folder / "go"
        live = desk.live(fails(desk, go), "--date", DAY, "--quotes", str(short_day))
        until(lambda: "告警程序启动" in live.log_of("alerts"), "alerts follows the run")
        go.touch()
        said = live.finish()
        assert "交易日结束，全部进程已正常退出" in said
        assert not live.survivors()
        assert len(live.pids("alerts")) == 1
        told = [line for line in here.taken if "[CALLBACK_FAILED]" in line or "[STRATEGY_MESSAGE]" in line]
        assert len(told) == 2, here.got
        assert "fails 第 13 行出错：ZeroDivisionError" in told[0] and "今日调仓完成" in told[1]
        assert all(text.startswith("[模拟撮合] 账户 sim ") for text in here.got)
    assert is_finished(live.runtime), "the run is over although alerts was asked to end"
    assert files_with(desk.folder, KEY) == [".env"]


@pytest.mark.slow
def test_a_robot_that_is_not_there_disturbs_nobody(new_desk: Callable[..., Desk], short_day: Path) -> None:
    with robots() as here:
        nowhere = here.url
    desk = new_desk({**WIDE, "MESSAGE_KEY": KEY, "MESSAGE_URL": nowhere})
    live = desk.live(fails(desk, desk.folder), "--date", DAY, "--quotes", str(short_day))
    live.finish()
    assert "ALERT_NOT_POSTED" in live.log_of("alerts")
    assert "CALLBACK_FAILED" in (live.runtime / "alerts.json").read_text(encoding="utf-8")
    assert files_with(desk.folder, KEY) == [".env"]
