"""A new day's file: begun whole or not at all, whatever happens on the way."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from common import journal as journal_file
from common import journals
from common.errors import JournalDamaged, JournalUnwritable
from common.journal import FORMAT, VERSION, Journal, check_header, read
from common.wire import encode
from tests.common.test_journal import record
from tests.small_disk import small_disk

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
CARRIED = b"carried over"


def header(day: date) -> dict[str, str | int]:
    return {"process": "risk", "run": 7, "day": f"{day}"}


def friday(folder: Path) -> Journal:
    journal, _ = Journal.open(journals.path_of(folder, "risk", FRIDAY), header(FRIDAY))
    for payload in (b"one", b"two"):
        journal.append(payload)
    journal.commit(sync=False)
    return journal


def roll(journal: Journal, folder: Path) -> None:
    journal.roll(journals.path_of(folder, "risk", MONDAY), header(MONDAY), CARRIED)


def found(folder: Path) -> list[bytes]:
    """What a start reads."""
    last = journals.newest(folder, "risk")
    assert last is not None
    journal, payloads = Journal.open(last[1], header(last[0]))
    journal.close()
    return payloads


def test_it_goes_on_in_the_new_file(tmp_path: Path) -> None:
    journal = friday(tmp_path)
    roll(journal, tmp_path)
    journal.append(b"three")
    journal.commit(sync=True)
    assert journal.path.name == "risk-20261123.journal" and journal.header["day"] == "2026-11-23"
    assert journal.bytes_written == journal.path.stat().st_size
    assert found(tmp_path) == [CARRIED, b"three"]
    assert list(read(journals.path_of(tmp_path, "risk", FRIDAY)))[1:] == [b"one", b"two"]


class Killed(BaseException):
    pass


def kill_at(number: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The process dies at the `number`-th thing it does to the disk, half done where it can be."""
    done: list[str] = []

    def guard(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **more: Any) -> Any:
            done.append(name)
            if len(done) == number:
                raise Killed
            return act(*args, **more)

        return guarded

    class Raw(io.FileIO):
        def write(self, data: Any, /) -> int:
            done.append("write")
            if len(done) == number:
                super().write(bytes(data)[: len(data) // 2])
                raise Killed
            return super().write(data)

    opened = Path.open

    def open_raw(self: Path, mode: str = "r", buffering: int = -1, **more: Any) -> Any:
        done.append("open")
        if len(done) == number:
            raise Killed
        return Raw(self, mode) if buffering == 0 else opened(self, mode, buffering, **more)

    monkeypatch.setattr(Path, "open", open_raw)
    monkeypatch.setattr(Path, "replace", guard("replace", Path.replace))
    monkeypatch.setattr(Path, "write_bytes", guard("write_bytes", Path.write_bytes))
    monkeypatch.setattr(journal_file, "sync_folder", guard("sync_folder", journal_file.sync_folder))
    monkeypatch.setattr(os, "fsync", guard("fsync", os.fsync))
    return done


def test_a_kill_at_any_instant_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = set()
    for number in range(1, 100):
        folder = tmp_path / str(number)
        journal = friday(folder)
        with monkeypatch.context() as patched:
            done = kill_at(number, patched)
            with contextlib.suppress(Killed):
                roll(journal, folder)
            killed = len(done) >= number
        payloads = found(folder)
        assert payloads in ([b"one", b"two"], [CARRIED]), done
        ends.add((killed, tuple(payloads)))
        again, _ = Journal.open(*reopened(folder))
        if again.path.name == "risk-20261120.journal":
            roll(again, folder)
        assert found(folder) == [CARRIED], "what was broken off is begun again"
        if not killed:
            break
    assert ends == {(True, (b"one", b"two")), (True, (CARRIED,)), (False, (CARRIED,))}


def reopened(folder: Path) -> tuple[Path, dict[str, str | int]]:
    last = journals.newest(folder, "risk")
    assert last is not None
    return last[1], header(last[0])


def test_a_full_disk_keeps_the_old_file_in_use(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        journal = friday(disk.folder)
        disk.fill()
        for _ in range(2):
            with pytest.raises(JournalUnwritable, match="risk-20261123"):
                journal.roll(journals.path_of(disk.folder, "risk", MONDAY), header(MONDAY), bytes(10_000))
        assert found(disk.folder) == [b"one", b"two"]
        disk.free()
        journal.append(b"three")
        journal.commit(sync=True)
        roll(journal, disk.folder)
        assert found(disk.folder) == [CARRIED]
        journal.close()


def test_a_disk_that_refuses_the_new_name_keeps_the_old_file_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    journal = friday(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        with pytest.raises(JournalUnwritable, match="Read-only"):
            roll(journal, tmp_path)
    journal.append(b"three")
    journal.commit(sync=False)
    assert found(tmp_path) == [b"one", b"two", b"three"]
    roll(journal, tmp_path)
    assert found(tmp_path) == [CARRIED]


# -- formats ---------------------------------------------------------------------------------------------------------


def test_a_journal_of_version_1_is_written_anew_beside_a_copy(tmp_path: Path) -> None:
    path = journals.path_of(tmp_path, "risk", FRIDAY)
    old = record(encode({"format": FORMAT, "version": 1, **header(FRIDAY)})) + record(b"one") + record(b"two")
    path.write_bytes(old)
    assert list(read(path))[1:] == [b"one", b"two"], "readers take it as it is"
    journal, payloads = Journal.open(path, header(FRIDAY))
    assert payloads == [b"one", b"two"] and journal.header["version"] == VERSION == 2
    journal.append(b"three")
    journal.commit(sync=False)
    journal.close()
    assert path.with_name(path.name + ".v1.bak").read_bytes() == old
    assert found(tmp_path) == [b"one", b"two", b"three"]
    assert check_header(path, next(read(path)))["version"] == VERSION
    assert {file.name for file in tmp_path.iterdir()} == {path.name, path.name + ".v1.bak"}


def test_a_kill_while_migrating_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 100):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = journals.path_of(folder, "risk", FRIDAY)
        path.write_bytes(record(encode({"format": FORMAT, "version": 1, **header(FRIDAY)})) + record(b"one"))
        with monkeypatch.context() as patched:
            done = kill_at(number, patched)
            with contextlib.suppress(Killed):
                Journal.open(path, header(FRIDAY))
            killed = len(done) >= number
        assert found(folder) == [b"one"]
        if not killed:
            return
    raise AssertionError("it never came to its end")


def test_a_newer_day_file_is_refused(tmp_path: Path) -> None:
    path = journals.path_of(tmp_path, "risk", FRIDAY)
    path.write_bytes(record(encode({"format": FORMAT, "version": VERSION + 1, **header(FRIDAY)})))
    with pytest.raises(JournalDamaged, match="请升级本程序"):
        found(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
def test_the_new_name_is_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, synced = friday(tmp_path), []
    fsync = os.fsync

    def note(fd: int) -> None:
        synced.append(os.fstat(fd).st_mode)
        fsync(fd)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", note)
        roll(journal, tmp_path)
    assert len(synced) == 3 and synced[-1] & 0o040000, "header, what is carried, and the folder"
