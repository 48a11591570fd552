"""Log lines: one file a day, Beijing time, no secrets, nothing that could be taken for another record."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import beijing
from common.clock import wall_ns
from common.logs import LogRules, log_path, open_log, read_line, remove_old, rules_of
from common.settings import load

ROOT = Path(__file__).resolve().parents[2]
MARKET_NS = beijing.at(date(2026, 11, 20), "9:31")


def written(folder: Path) -> str:
    [path] = folder.glob("*.log")
    return path.read_text(encoding="utf-8")


def test_a_line_names_both_times_and_the_level(tmp_path: Path) -> None:
    log = open_log("risk", tmp_path, LogRules(), lambda: MARKET_NS)
    log.warning("风控拒单", qty=100)
    log.close()
    line = read_line(written(tmp_path).rstrip("\n"))
    assert line is not None
    assert (line.level, line.market, line.text) == ("WARNING", "2026-11-20 09:31:00", "风控拒单 qty=100")
    assert log_path("risk", tmp_path, beijing.day_of(wall_ns())).exists()


def test_there_is_no_market_time_in_live_trading_or_before_the_first_tick(tmp_path: Path) -> None:
    for name, clock in (("a", None), ("b", lambda: 0)):
        log = open_log(name, tmp_path / name, LogRules(), clock)
        log.info("启动")
        log.close()
        line = read_line(written(tmp_path / name).rstrip("\n"))
        assert line is not None
        assert line.market == ""


def test_the_clock_is_beijings_wherever_the_machine_stands(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from common.logs import *\n"
    code += "open_log('p', Path(sys.argv[1]), LogRules(), None).info('x')"
    env = {**os.environ, "TZ": "America/New_York", "PYTHONPATH": str(ROOT)}
    before = wall_ns()
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=env, check=True)
    line = read_line(written(tmp_path).rstrip("\n"))
    assert line is not None
    shown = beijing.midnight(date.fromisoformat(line.wall[:10])) + beijing.clock_seconds(line.wall[11:19]) * 10**9
    assert before - 10**9 <= shown <= wall_ns()


@given(text=st.text(), value=st.text())
def test_no_text_can_pass_for_another_record(tmp_path_factory: pytest.TempPathFactory, text: str, value: str) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = open_log("p", folder, LogRules(), None)
    log.error(text + "\n2026-11-20 09:31:00.000 INFO     forged", value=value)
    log.close()
    first, *others = written(folder).removesuffix("\n").split("\n")
    assert read_line(first) is not None
    assert all(line.startswith("    ") for line in others)
    assert len(written(folder).splitlines()) == 1 + len(others), "no other character ends a line"


@given(secret=st.text(min_size=4, alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_a_secret_is_never_written(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = open_log("p", folder, LogRules(secrets=(secret,)), None)
    log.info(f"连接 {secret}x", token="anything", at=f"<{secret}>")
    log.close()
    line = read_line(written(folder).rstrip("\n"))
    assert line is not None
    assert line.text.startswith("连接 ***")
    assert "token=*** at=<***>" in line.text


def test_levels_below_the_rule_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = open_log("p", tmp_path, LogRules(level="WARNING", echo="INFO"), None)
    log.debug("one")
    log.info("two")
    log.error("three")
    log.close()
    assert [name in written(tmp_path) for name in ("one", "two", "three")] == [False, False, True]
    echoed = capsys.readouterr().out
    assert [name in echoed for name in ("one", "two", "three")] == [False, True, True]


def test_an_exception_leaves_its_traceback(tmp_path: Path) -> None:
    log = open_log("p", tmp_path, LogRules(), None)
    try:
        raise ValueError("坏了")
    except ValueError:
        log.exception("回调出错")
    log.close()
    text = written(tmp_path)
    assert "ERROR    回调出错\n    Traceback" in text
    assert "ValueError: 坏了" in text


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    in_the_way = tmp_path / "logs"
    in_the_way.write_text("a file where the folder should be", encoding="utf-8")
    log = open_log("p", in_the_way, LogRules(), None)
    log.info("one")
    log.info("two")
    assert log.lost == 2


def test_only_old_day_files_are_removed(tmp_path: Path) -> None:
    today = date(2026, 11, 20)
    old, kept = (log_path("risk", tmp_path, today - timedelta(days=n)) for n in (31, 30))
    other = tmp_path / "notes-20200101.txt"
    for path in (old, kept, other):
        path.write_text("x", encoding="utf-8")
    remove_old(tmp_path, today, keep_days=30)
    assert [path.exists() for path in (old, kept, other)] == [False, True, True]


def test_neither_structlog_nor_a_file_costs_anything_before_the_first_line(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from common.logs import *\n"
    code += "log = open_log('p', Path(sys.argv[1]), LogRules(), None); log.debug('not written')\n"
    code += "sys.exit('structlog' in sys.modules or any(Path(sys.argv[1]).iterdir()))"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=env).returncode == 0


def test_the_rules_come_from_the_settings() -> None:
    given_ = {"LOG_LEVEL": "ERROR", "LOG_FILE_LEVEL": "DEBUG", "LOG_KEEP_DAYS": "7", "QMT_SERVER_TOKEN": "abc123"}
    rules = rules_of(load(None, {}, given_).settings, echo=True)
    assert rules == LogRules(level="DEBUG", echo="ERROR", keep_days=7, secrets=("abc123",))
    assert rules_of(load(None, {}, {"LOG_LEVEL": "ERROR"}).settings).level == "ERROR"
