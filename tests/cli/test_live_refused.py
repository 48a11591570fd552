"""Bad input to ``live``: one clear line, a non-zero exit, nothing started and nothing lost."""

import json
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cli import __main__ as command
from cli.programs import LOG_FILE, PROGRAMS, RUN_FILE
from common.journal import Journal
from common.run import Run, read_run
from common.stamp import LOCK_FILE, Holder, Stamp, hold, read_stamp, write_stamp
from services.strategy.live_state import LiveState, to_json
from tests.common.sockets import free_port_base

ROOT = Path(__file__).resolve().parents[2]
OURS = Stamp("simulator", "simulator", "sim", "demo")
Refused = Callable[..., str]


@pytest.fixture
def refused(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs ``bullet-trade live`` and returns its only line; nothing was started, and runtime/ is as it was."""

    def run(*words: str, verb: str = "live") -> str:
        before = contents(desk / "runtime")
        monkeypatch.setattr(sys, "argv", ["bullet-trade", *(["live"] if verb else []), *words])
        with pytest.raises(SystemExit) as left:
            command.main()
        assert left.value.code == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1 and said.err.startswith("错误 "), said.err
        assert contents(desk / "runtime") == before
        assert not (desk / "runtime" / "supervisord.conf").exists()
        return said.err

    return run


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(LOCK_FILE)]
    files = [path for path in files if path.parent.name != "strategies"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


# -- what is typed -----------------------------------------------------------------------------------------------------


def test_a_missing_strategy_file(refused: Refused) -> None:
    assert "NO_STRATEGY" in refused("nowhere.py")


def test_a_data_provider_that_cannot_be_opened(refused: Refused, desk: Path) -> None:
    (desk / "demo.py").write_text("def initialize(context):\n    pass\n", encoding="utf-8")
    (desk / ".env").write_text("DEFAULT_DATA_PROVIDER=local\nLOCAL_DATA_DIR=nowhere\n", encoding="utf-8")
    line = refused("demo.py")
    assert "NO_DATA_PROVIDER" in line and "nowhere 不是文件夹" in line


def test_a_folder_is_no_strategy_file(refused: Refused, desk: Path) -> None:
    (desk / "demo").mkdir()
    line = refused("demo")
    assert "NO_STRATEGY" in line
    assert "是文件夹" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "第 1 行语法错误"),
        ("x = 1\nprint 'hello'\n", "Python 2"),
        ("try:\n    pass\nexcept ValueError, e:\n    pass\n", "Python 2"),
        ("x = 1\nx = '\0'\n", "第 2 行有空字符"),
    ],
)
def test_a_strategy_file_that_does_not_compile(refused: Refused, desk: Path, text: str, said: str) -> None:
    (desk / "bad.py").write_text(text, encoding="utf-8")
    line = refused("bad.py")
    assert "BAD_STRATEGY" in line
    assert said in line
    assert "bad.py" in line


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--broker", "foo"], "CONFIG", "DEFAULT_BROKER=foo"),
        (["--broker", "qmt"], "MISSING_SETTING", "QMT_DATA_PATH"),
        (["--broker", "qmt-remote"], "MISSING_SETTING", "QMT_SERVER_TOKEN"),
        (["--date", "yesterday"], "BAD_DATE", "yesterday"),
        (["--date", "2026-11-21"], "BAD_DATE", "2026-11-20"),
        (["--date", "2126-11-20"], "BAD_DATE", "超出交易日历"),
        (["--date", "1900-01-02"], "BAD_DATE", "早于交易日历"),
        (["--date", "2026-12-30", "--days", "9"], "BAD_DATE", "超出交易日历"),
        (["--speed", "fast"], "BAD_SPEED", "fast"),
        (["--speed", "20@11:00-10:00"], "BAD_SPEED", "先早后晚"),
        (["--quotes", "nowhere.csv"], "NO_DATA", "nowhere.csv"),
        (["--env-file", "nowhere.env"], "NO_ENV_FILE", "nowhere.env"),
    ],
)
def test_an_option_that_cannot_be(refused: Refused, options: list[str], code: str, said: str) -> None:
    line = refused("demo.py", *options)
    assert f"错误 {code}: " in line
    assert said in line


def test_a_recording_with_a_wrong_header(refused: Refused, desk: Path) -> None:
    (desk / "bad.csv").write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    line = refused("demo.py", "--quotes", "bad.csv")
    assert "BAD_QUOTES" in line
    assert "bad.csv" in line and "a,b,c" in line


def test_a_day_that_was_not_recorded(refused: Refused, shared_data: Path) -> None:
    recording = str(shared_data / "minute" / "000001.XSHG_index_1m_202007.csv")
    line = refused("demo.py", "--quotes", recording, "--date", "2020-07-31")
    assert "NO_DATA" in line
    assert "2020-07-31" in line and "2020-07-15" in line


def test_a_server_that_is_not_there(refused: Refused, desk: Path) -> None:
    with (desk / ".env").open("a", encoding="utf-8") as file:
        file.write(f"QMT_SERVER_TOKEN=1\nQMT_SERVER_PORT={free_port_base()}\n")
    assert "PORT_CLOSED" in refused("demo.py", "--broker", "qmt-remote")


@pytest.mark.parametrize("option", ["--date", "--seed", "--quotes", "--speed"])
def test_a_real_broker_has_no_made_up_day(refused: Refused, desk: Path, option: str) -> None:
    with (desk / ".env").open("a", encoding="utf-8") as file:
        file.write("QMT_DATA_PATH=C:\\x\nQMT_ACCOUNT_ID=1\n")
    line = refused("demo.py", "--broker", "qmt", option, "1")
    assert "NOT_SIMULATED" in line and option in line


def test_an_account_of_the_strategy_that_is_not_listed(refused: Refused, desk: Path) -> None:
    with (desk / ".env").open("a", encoding="utf-8") as file:
        file.write("QMT_DATA_PATH=C:\\x\nQMT_SERVER_ACCOUNTS=main=1,hedge=2\nQMT_SERVER_ACCOUNT_KEY=other\n")
    line = refused("demo.py", "--broker", "qmt")
    assert "UNKNOWN_ACCOUNT" in line and "main、hedge" in line


@pytest.mark.parametrize("line", ["MAX_ORDER_VALUE=1,000", "MAX_ORDR_VALUE=1", "LOG_LEVEL=loud", "just words"])
def test_a_bad_line_in_the_env_file(refused: Refused, desk: Path, line: str) -> None:
    with (desk / ".env").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert "CONFIG" in refused("demo.py")
    assert ".env:2" in refused("demo.py")


def test_the_env_file_may_be_named_before_the_verb(refused: Refused, desk: Path) -> None:
    (desk / "other.env").write_text("LOG_LEVEL=loud\n", encoding="utf-8")
    assert "other.env:1" in refused("--env-file", "other.env", "live", "demo.py", verb="")


# -- what stands in the way --------------------------------------------------------------------------------------------


def test_a_port_in_use_names_port_and_holder(refused: Refused, desk: Path) -> None:
    base = int((desk / ".env").read_text(encoding="utf-8").partition("=")[2])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 5))
        taken.listen()
        line = refused("demo.py")
    assert "PORT_IN_USE" in line
    assert str(base + 5) in line
    assert f"进程 {os.getpid()}" in line


@pytest.mark.parametrize(("name", "what"), [(LOCK_FILE, "运行目录"), ("strategies/demo.lock", "策略名 demo")])
def test_a_second_start_is_told_the_holder(refused: Refused, desk: Path, name: str, what: str) -> None:
    lock = hold(desk / "runtime" / name, Holder(4711, "first", 1_795_000_000_000_000_000))
    assert lock is not None
    line = refused("demo.py")
    assert "IN_USE" in line
    assert what in line
    assert "4711" in line and "first" in line
    lock.release()


@pytest.mark.parametrize("option", ["--runtime-dir", "--log-dir"])
@pytest.mark.parametrize("way", [[], ["--detach"]])
def test_a_folder_that_cannot_be(
    desk: Path, option: str, way: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "taken").write_text("a file", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["bullet-trade", "live", "demo.py", option, "taken", *way])
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "CANNOT_" in line
    assert str(desk / "taken") in line


# -- what the last run left --------------------------------------------------------------------------------------------


def test_a_folder_of_another_owner_names_both(refused: Refused, desk: Path) -> None:
    write_stamp(desk / "runtime", Stamp("qmt", "live", "888", "demo"))
    line = refused("demo.py")
    assert "WRONG_RUNTIME_DIR" in line
    assert "模式 live" in line and "模式 simulator" in line
    assert read_stamp(desk / "runtime") == Stamp("qmt", "live", "888", "demo")


@pytest.mark.parametrize("content", [b"", b"\x80\x05}", pickle.dumps({"n": 1})[:-1], b"no pickle at all"])
def test_a_damaged_g_pkl(refused: Refused, desk: Path, content: bytes) -> None:
    write_stamp(desk / "runtime", OURS)
    (desk / "runtime" / "g.pkl").write_bytes(content)
    line = refused("demo.py")
    assert "STATE_DAMAGED" in line
    assert "g.pkl" in line


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"version": 1}', b'{"version": 99}', b"\xff\xfe"])
def test_a_damaged_live_state(refused: Refused, desk: Path, content: bytes) -> None:
    write_stamp(desk / "runtime", OURS)
    (desk / "runtime" / "live_state.json").write_bytes(content)
    line = refused("demo.py")
    assert "STATE_DAMAGED" in line
    assert "live_state.json" in line


def test_a_lost_g_pkl(refused: Refused, desk: Path) -> None:
    """It is written before the state that stands beside it."""
    state = LiveState("demo", "", date(2026, 11, 20), True, 1, (), None, 0, {}, (), {}, (), {})
    write_stamp(desk / "runtime", OURS)
    (desk / "runtime" / "live_state.json").write_text(json.dumps(to_json(state)), encoding="utf-8")
    line = refused("demo.py")
    assert "STATE_DAMAGED" in line
    assert "g.pkl" in line and "文件缺失" in line


@pytest.mark.parametrize("name", ["journals/risk-20261120.journal", "simulator-sim.journal"])
def test_a_damaged_journal(refused: Refused, desk: Path, name: str) -> None:
    write_stamp(desk / "runtime", OURS)
    path = desk / "runtime" / name
    journal, _ = Journal.open(path, {"process": "risk"})
    for number in range(5):
        journal.append(b"record %d" % number)
    journal.commit(sync=False)
    journal.close()
    data = bytearray(path.read_bytes())
    data[-25] ^= 1
    path.write_bytes(bytes(data))
    assert "JOURNAL_DAMAGED" in refused("demo.py")


@pytest.mark.parametrize("content", ["", "{", '{"unknown": 1}'])
def test_a_damaged_run_file(refused: Refused, desk: Path, content: str) -> None:
    write_stamp(desk / "runtime", OURS)
    (desk / "runtime" / RUN_FILE).write_text(content, encoding="utf-8")
    assert "STATE_DAMAGED" in refused("demo.py")


def unfinished(desk: Path) -> Run:
    """What a run leaves that was stopped half-way."""
    run = Run(strategy_id="demo", account="sim", first_day="2026-11-19", seed=3)
    write_stamp(desk / "runtime", OURS)
    run.write(desk / "runtime" / RUN_FILE)
    return run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", "4"], "--seed 3 → 4"),
        (["--date", "2026-11-20"], "--date 2026-11-19 → 2026-11-20"),
        (["--days", "2"], "--days 1 → 2"),
    ],
)
def test_an_unfinished_day_goes_on_as_it_began_or_not_at_all(
    refused: Refused, desk: Path, options: list[str], said: str
) -> None:
    unfinished(desk)
    line = refused("demo.py", *options)
    assert "RUN_DIFFERS" in line
    assert said in line
    assert "--reset" in line


def test_a_continued_account_does_not_go_back_in_time(refused: Refused, desk: Path) -> None:
    unfinished(desk)
    lines = [
        f"t INFO spawned: '{p.name}' with pid 1\nt INFO exited: {p.name} (exit status 0; expected)\n" for p in PROGRAMS
    ]
    (desk / "runtime" / LOG_FILE).write_text("".join(lines), encoding="utf-8")
    line = refused("demo.py", "--continue", "--date", "2026-11-19")
    assert "BAD_DATE" in line
    assert "2026-11-19" in line


# -- consoles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "utf-8"])
def test_a_console_of_any_code_page_shows_the_line(desk: Path, encoding: str) -> None:
    (desk / "bad.py").write_text("print '₿𠮷'\n", encoding="utf-8")
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "cli", "live", "bad.py"], env=env, capture_output=True, cwd=desk)
    assert done.returncode == 1
    assert b"BAD_STRATEGY" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_run_file_holds_no_secret(desk: Path) -> None:
    from cli.plan import Asked, make_plan
    from common.settings import load

    given = {"QMT_SERVER_TOKEN": "top-secret", "MAX_ORDER_VALUE": "7"}
    loaded = load(None, {}, given)
    plan = make_plan(Asked(desk / "demo.py"), loaded, None, 1_795_000_000_000_000_000)
    plan.run.write(desk / RUN_FILE)
    assert "top-secret" not in (desk / RUN_FILE).read_text(encoding="utf-8")
    assert json.loads((desk / RUN_FILE).read_text(encoding="utf-8"))["settings"]["MAX_ORDER_VALUE"] == "7"
    assert read_run(desk / RUN_FILE).first_day == "2026-11-18"
