"""The day files: the newest is found, old ones are packed and still read, and go when they are old enough."""

import gzip
import os
from datetime import date
from pathlib import Path

import pytest

from common import journals
from common.beijing import DAY_NS
from common.errors import JournalDamaged
from common.journal import Journal, read

NOW_NS = 1_795_000_000_000_000_000
DAYS = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]


def write(folder: Path, process: str, day: date) -> Path:
    path = journals.path_of(folder, process, day)
    journal, _ = Journal.open(path, {"process": process, "day": f"{day}"})
    journal.append(f"{process} {day}".encode())
    journal.commit(sync=False)
    journal.close()
    return path


def payload(path: Path) -> bytes:
    return list(read(path))[-1]


def test_the_days_of_a_process_are_its_own(tmp_path: Path) -> None:
    for day in DAYS:
        write(tmp_path, "strategy.a", day)
    write(tmp_path, "strategy.a-b", date(2026, 11, 23))
    (tmp_path / "strategy.a-20261124.journal.new").write_bytes(b"a roll that a kill broke off")
    (tmp_path / "strategy.a-20261124.journal.torn").write_bytes(b"")
    assert list(journals.days(tmp_path, "strategy.a")) == DAYS
    assert journals.newest(tmp_path, "strategy.a") == (DAYS[-1], journals.path_of(tmp_path, "strategy.a", DAYS[-1]))
    assert journals.newest(tmp_path, "strategy") is None
    assert journals.newest(tmp_path / "nowhere", "risk") is None


def test_old_days_are_packed_and_read_as_before(tmp_path: Path) -> None:
    paths = [write(tmp_path, "risk", day) for day in DAYS]
    os.utime(paths[0], ns=(1, 2))
    packed = journals.compress_before(tmp_path, "risk", DAYS[-1])
    assert [path.name for path in packed] == ["risk-20261118.journal.gz", "risk-20261119.journal.gz"]
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (*packed, paths[-1])}
    assert packed[0].stat().st_mtime_ns == 2
    assert [payload(path) for path in journals.days(tmp_path, "risk").values()] == [
        f"risk {day}".encode() for day in DAYS
    ]
    assert payload(paths[0]) == payload(packed[0]), "also under the name it had when somebody looked"
    assert journals.compress_before(tmp_path, "risk", DAYS[-1]) == []


@pytest.mark.parametrize("broken_off", ["draft", "copy"])
def test_packing_that_was_killed_is_done_again(tmp_path: Path, broken_off: str) -> None:
    path = write(tmp_path, "risk", DAYS[0])
    packed = path.with_name(path.name + ".gz")
    if broken_off == "draft":
        packed.with_name(packed.name + ".new").write_bytes(b"half")
    else:
        packed.write_bytes(gzip.compress(path.read_bytes()))
    assert journals.days(tmp_path, "risk") == {DAYS[0]: path}
    assert journals.compress_before(tmp_path, "risk", DAYS[1]) == [packed]
    assert list(tmp_path.iterdir()) == [packed]
    assert payload(packed) == f"risk {DAYS[0]}".encode()


def test_a_damaged_copy_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "risk", DAYS[0])
    [packed] = journals.compress_before(tmp_path, "risk", DAYS[1])
    whole = packed.read_bytes()
    for damaged in (whole[:-9], whole[:20] + b"\xff" + whole[21:], b"plain"):
        packed.write_bytes(damaged)
        with pytest.raises(JournalDamaged, match=packed.name):
            list(read(packed))
    with pytest.raises(FileNotFoundError):
        list(read(path.with_name("risk-20200101.journal")))


def test_only_journals_of_old_days_go(tmp_path: Path) -> None:
    ages = {
        "risk-20261001.journal.gz": 31,
        "risk-20261001.journal.torn": 31,
        "gateway-20261001.journal": 31,
        "gateway-20261001.journal.v1.bak": 31,
        "risk-20261002.journal": 29,
        "risk-20230207.journal": 31,
        "notes.txt": 99,
        "simulator-sim.journal": 99,
    }
    for name, age in ages.items():
        (tmp_path / name).write_bytes(b"x")
        at_ns = NOW_NS - age * DAY_NS
        os.utime(tmp_path / name, ns=(at_ns, at_ns))
    removed = journals.remove_old(tmp_path, date(2023, 2, 7), 30, NOW_NS)
    assert {path.name for path in removed} == {name for name in ages if "20261001" in name}
    assert {path.name for path in tmp_path.iterdir()} == set(ages) - {path.name for path in removed}
    assert journals.remove_old(tmp_path / "journals", date(2026, 11, 20), 30, NOW_NS) == []
