"""What ``live`` decides from its options, the settings and what a runtime folder holds."""

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from cli.plan import Asked, Plan, is_finished, make_plan
from cli.programs import LOG_FILE, PROGRAMS, RUN_FILE, STRATEGY_ALONE
from cli.refusal import Refused
from cli.stack import Stack
from common.beijing import at
from common.run import Run
from common.settings import load
from common.stamp import Stamp, write_stamp

NOW_NS = at(date(2026, 11, 22), "12:00")  # a Sunday
OURS = Stamp("simulator", "simulator", "sim", "demo")
ENDED = "t INFO spawned: '{0}' with pid 1\nt INFO exited: {0} (exit status 0; expected)\n"
STOPPED = "t INFO spawned: '{0}' with pid 1\nt INFO stopped: {0} (exit status 0)\n"
KILLED = "t INFO spawned: '{0}' with pid 1\nt WARN exited: {0} (terminated by SIGKILL; not expected)\n"


def plan(folder: Path, stack: Stack | None = None, **options: object) -> Plan:
    loaded = load(None, {}, {"RUNTIME_DIR": str(folder), "SIMULATOR_ACCOUNT_ID": "sim"})
    return make_plan(dataclasses.replace(Asked(Path("demo.py")), **options), loaded, stack, NOW_NS)


def leave(folder: Path, line: str, **more: object) -> Run:
    """What an earlier run left, its processes ended as ``line`` says."""
    run = Run(strategy_id="demo", account="sim", first_day="2026-11-17", days=2, seed=5, speed="20")
    run = dataclasses.replace(run, **more)
    folder.mkdir()
    write_stamp(folder, OURS)
    run.write(folder / RUN_FILE)
    (folder / LOG_FILE).write_text("".join(line.format(p.name) for p in PROGRAMS), encoding="utf-8")
    return run


def test_a_first_run_takes_the_newest_trading_day_and_the_defaults(tmp_path: Path) -> None:
    found = plan(tmp_path / "new")
    run = found.run
    assert (run.first_day, run.days, run.speed, run.seed, run.quotes) == ("2026-11-20", 1, "0", 1, "synthetic")
    assert (run.strategy_id, run.account, run.broker, run.mode) == ("demo", "sim", "simulator", "simulator")
    assert Path(run.strategy_file).is_absolute()
    assert not found.move_old
    assert found.programs == PROGRAMS
    assert found.stamp == OURS


def test_an_interrupted_run_goes_on_with_what_it_began_with(tmp_path: Path) -> None:
    old = leave(tmp_path / "run", STOPPED)
    assert not is_finished(tmp_path / "run")
    found = plan(tmp_path / "run")
    assert not found.move_old
    for name in ("first_day", "days", "seed", "speed", "quotes"):
        assert getattr(found.run, name) == getattr(old, name)
    assert plan(tmp_path / "run", speed="0", seed=5).run.speed == "0", "speed may change on the way"


@pytest.mark.parametrize("line", [STOPPED, KILLED])
def test_a_process_that_was_stopped_or_killed_has_not_finished_the_day(tmp_path: Path, line: str) -> None:
    leave(tmp_path / "run", ENDED)
    assert is_finished(tmp_path / "run")
    with (tmp_path / "run" / LOG_FILE).open("a", encoding="utf-8") as log:
        log.write(line.format("risk"))
    assert not is_finished(tmp_path / "run")


def test_a_finished_run_makes_room_for_a_fresh_one(tmp_path: Path) -> None:
    leave(tmp_path / "run", ENDED)
    found = plan(tmp_path / "run")
    assert found.move_old
    assert (found.run.first_day, found.run.days, found.run.seed) == ("2026-11-20", 1, 1)
    assert not found.run.carry_on


def test_a_continued_account_goes_to_the_day_after_its_last(tmp_path: Path) -> None:
    leave(tmp_path / "run", ENDED)
    found = plan(tmp_path / "run", carry_on=True)
    assert not found.move_old
    assert found.run.first_day == "2026-11-19"
    assert found.run.carry_on
    assert plan(tmp_path / "run", carry_on=True, date="2026-11-20").run.first_day == "2026-11-20"


def test_reset_asks_nobody_whose_the_folder_was(tmp_path: Path) -> None:
    leave(tmp_path / "run", STOPPED)
    write_stamp(tmp_path / "run", Stamp("qmt", "live", "888", "other"))
    (tmp_path / "run" / RUN_FILE).write_text("damaged", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        plan(tmp_path / "run")
    assert refused.value.code == "WRONG_RUNTIME_DIR"
    found = plan(tmp_path / "run", reset=True)
    assert found.move_old
    assert found.run.first_day == "2026-11-20"


def test_joining_takes_over_the_stacks_day(tmp_path: Path) -> None:
    theirs = leave(tmp_path / "theirs", "t INFO spawned: '{0}' with pid 1\n", strategy_id="first")
    stack = Stack("sim", "simulator", tmp_path / "theirs", 1)
    found = plan(tmp_path / "mine", stack)
    assert found.programs == STRATEGY_ALONE
    assert found.run.joined
    assert found.run.strategy_id == "demo"
    assert (found.run.first_day, found.run.days, found.run.seed) == (theirs.first_day, theirs.days, theirs.seed)
    with pytest.raises(Refused) as refused:
        plan(tmp_path / "mine", stack, date="2026-11-20")
    assert refused.value.code == "RUN_DIFFERS"


def test_a_name_of_the_settings_beats_the_files(tmp_path: Path) -> None:
    loaded = load(None, {}, {"RUNTIME_DIR": str(tmp_path / "new"), "STRATEGY_NAME": "动量"})
    found = make_plan(Asked(Path("demo.py")), loaded, None, NOW_NS)
    assert found.run.strategy_id == found.stamp.strategy == "动量"


def test_accounts_are_a_real_brokers(tmp_path: Path) -> None:
    told = {"RUNTIME_DIR": str(tmp_path), "QMT_SERVER_ACCOUNTS": "main=123456"}
    with pytest.raises(Refused, match="--accounts"):
        make_plan(Asked(Path("demo.py")), load(None, {}, told), None, NOW_NS)
    assert make_plan(Asked(Path("demo.py")), load(None, told, {}), None, NOW_NS).run.accounts == ()
