"""A runtime folder says whose it is, one process at a time has it, and old state is moved, never lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from common.errors import ConfigError
from common.stamp import (
    ARCHIVE,
    LOCK_FILE,
    STAMP_FILE,
    STRATEGY_LOCKS,
    Holder,
    Stamp,
    check_stamp,
    hold,
    holder_of,
    move_aside,
    read_stamp,
    write_stamp,
)

OURS = Stamp("simulator", "simulator", "sim", "demo")
HOLD = """
import sys
from pathlib import Path
from common.stamp import Holder, hold
lock = hold(Path(sys.argv[1]), Holder(4711, "demo", 1_795_000_000_000_000_000))
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""
ROOT = Path(__file__).resolve().parents[2]


def other_holder(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
    )


def test_a_fresh_folder_is_anybodys_and_a_stamped_one_its_owners(tmp_path: Path) -> None:
    check_stamp(tmp_path, OURS)
    write_stamp(tmp_path, OURS)
    check_stamp(tmp_path, OURS)
    assert read_stamp(tmp_path) == OURS


@pytest.mark.parametrize("field", ["broker", "mode", "account", "strategy"])
def test_another_combination_is_refused_and_both_are_named(tmp_path: Path, field: str) -> None:
    write_stamp(tmp_path, Stamp(**{**OURS.__dict__, field: "other"}))
    with pytest.raises(ConfigError) as refused:
        check_stamp(tmp_path, OURS)
    assert "other" in str(refused.value)
    assert str(OURS) in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"broker": "x"}', "\xff"])
def test_a_stamp_that_cannot_be_read_is_no_fresh_folder(tmp_path: Path, text: str) -> None:
    (tmp_path / STAMP_FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match="stamp"):
        check_stamp(tmp_path, OURS)


def test_a_newer_stamp_asks_for_a_newer_program(tmp_path: Path) -> None:
    (tmp_path / STAMP_FILE).write_text('{"version": 2, "owner": "x"}', encoding="utf-8")
    with pytest.raises(ConfigError, match="升级"):
        check_stamp(tmp_path, OURS)


def test_a_second_process_is_refused_and_told_the_holder(tmp_path: Path) -> None:
    path = tmp_path / LOCK_FILE
    with other_holder(path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        assert hold(path, Holder(1, "mine", 0)) is None
        holder = holder_of(path)
        assert holder is not None
        assert (holder.pid, holder.strategy) == (4711, "demo")
        assert "4711" in str(holder)
        first.kill()
        first.wait()
        lock = hold(path, Holder(1, "mine", 0))
        assert lock is not None, "a killed process holds nothing"
        lock.release()


def test_old_state_moves_whole_and_locks_stay(tmp_path: Path) -> None:
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / "risk.journal").write_bytes(b"records")
    (tmp_path / "g.pkl").write_bytes(b"g")
    (tmp_path / STRATEGY_LOCKS).mkdir()
    lock = hold(tmp_path / LOCK_FILE, Holder(1, "demo", 0))
    assert lock is not None
    to = move_aside(tmp_path, 1_795_000_000_000_000_000)
    assert to is not None
    assert (to / "journals" / "risk.journal").read_bytes() == b"records"
    assert (to / "g.pkl").read_bytes() == b"g"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {ARCHIVE, LOCK_FILE, f"{LOCK_FILE}.json", STRATEGY_LOCKS}
    assert move_aside(tmp_path, 1_795_000_000_000_000_001) is None
    lock.release()


def test_two_moves_at_one_time_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "g.pkl").write_bytes(b"1")
    move_aside(tmp_path, 5)
    (tmp_path / "g.pkl").write_bytes(b"2")
    with pytest.raises(FileExistsError):
        move_aside(tmp_path, 5)
    assert (tmp_path / "g.pkl").read_bytes() == b"2"
