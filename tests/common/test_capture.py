"""A capture: whole or refused, readable by any msgpack library, and gathered from the right run."""

from __future__ import annotations

import zlib
from datetime import date
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import messages as m
from common import wire
from common.beijing import at
from common.capture import Capture, Recorded, header_of, read_capture, write_capture
from common.captured_day import gather
from common.errors import ConfigError, JournalDamaged
from common.journal import Journal
from common.kept import digest_of, keep

RECORDS = st.lists(st.binary(max_size=200), max_size=20)


def capture_of(records: list[bytes], contents: list[bytes]) -> Capture:
    journals = {"risk": Recorded({"process": "risk", "run": 7}, records), "gateway": Recorded({"run": 8}, [])}
    return Capture(header_of("2026-11-20"), journals, {digest_of(content): content for content in contents})


@given(RECORDS, RECORDS)
def test_a_capture_comes_back_equal(records: list[bytes], contents: list[bytes]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.capture"
        write_capture(path, capture_of(records, contents))
        assert read_capture(path) == capture_of(records, contents)
        assert list(Path(folder).iterdir()) == [path]


def test_records_of_many_megabytes_come_back(tmp_path: Path) -> None:
    records = [bytes([number]) * 1_000_000 for number in range(11)]
    write_capture(tmp_path / "a", capture_of(records, []))
    assert read_capture(tmp_path / "a").journals["risk"].records == records


def test_any_msgpack_library_reads_it(tmp_path: Path) -> None:
    write_capture(tmp_path / "a", capture_of([b"one", b"two"], [b"kept"]))
    with (tmp_path / "a").open("rb") as file:
        payloads = []
        for crc, payload in msgpack.Unpacker(file):
            assert zlib.crc32(payload) == crc
            payloads.append(msgpack.unpackb(payload))
    assert payloads[0]["format"] == "bullet-capture" and payloads[0]["version"] == 1
    assert [payload["kind"] for payload in payloads[1:]] == ["journal", "records", "journal", "content", "end"]
    assert msgpack.unpackb(zlib.decompress(payloads[2]["zlib"])) == [b"one", b"two"]


def test_a_capture_cut_anywhere_or_with_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_capture(path, capture_of([b"one" * 20], [b"kept"]))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(JournalDamaged):
            read_capture(path)
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(JournalDamaged):
            read_capture(path)


def test_a_newer_capture_and_another_file_are_refused(tmp_path: Path) -> None:
    newer = Capture({**header_of("2026-11-20"), "version": 99}, {}, {})
    write_capture(tmp_path / "newer", newer)
    with pytest.raises(JournalDamaged, match="更新的版本"):
        read_capture(tmp_path / "newer")
    Journal.open(tmp_path / "journal", {"process": "risk"})[0].close()
    with pytest.raises(JournalDamaged, match="不是捕获文件"):
        read_capture(tmp_path / "journal")
    with pytest.raises(JournalDamaged, match="无法读取"):
        read_capture(tmp_path / "absent")


# -- gathering -----------------------------------------------------------------------------------------------------


def write_journal(folder: Path, process: str, day: str, life: int, until: date = date(2026, 11, 18)) -> None:
    digest = keep(folder / "journals", f"{process} {life}".encode())
    journal, _ = Journal.open(folder / "journals" / f"{process}-{day}.journal", {"process": process, "run": life})
    started = wire.raw(m.Started(False, life, {"settings": digest}))
    journal.append(wire.encode(wire.Step(at(until, "15:00"), True, started, [], [])))
    journal.commit(sync=False)
    journal.close()


def lives_in(capture: Capture) -> dict[str, int]:
    return {process: recorded.header["run"] for process, recorded in capture.journals.items()}


def test_the_newest_day_or_the_one_asked_for_is_taken_with_what_it_names(tmp_path: Path) -> None:
    for life, day in enumerate(("20261119", "20261120"), 1):
        for process in ("gateway", "risk", "strategy.a-b"):
            write_journal(tmp_path, process, day, life)
    write_journal(tmp_path, "strategy.old", "20261118", 9)
    newest = gather(tmp_path, None)
    assert newest.header["day"] == "2026-11-20"
    assert lives_in(newest) == {"gateway": 2, "risk": 2, "strategy.a-b": 2}
    assert sorted(newest.contents.values()) == [b"gateway 2", b"risk 2", b"strategy.a-b 2"]
    assert lives_in(gather(tmp_path, date(2026, 11, 19))) == {"gateway": 1, "risk": 1, "strategy.a-b": 1}


def test_a_run_of_several_days_is_found_by_any_of_them_and_one_that_joined_with_it(tmp_path: Path) -> None:
    write_journal(tmp_path, "gateway", "20261118", 1, until=date(2026, 11, 20))
    write_journal(tmp_path, "strategy.late", "20261119", 2)
    assert lives_in(gather(tmp_path, date(2026, 11, 20))) == {"gateway": 1, "strategy.late": 2}
    assert lives_in(gather(tmp_path, date(2026, 11, 18))) == {"gateway": 1}
    with pytest.raises(ConfigError, match="2026-11-23"):
        gather(tmp_path, date(2026, 11, 23))


def test_a_strategy_that_joined_another_stack_is_captured_from_its_own_folder(tmp_path: Path) -> None:
    write_journal(tmp_path, "strategy.guest", "20261119", 3)
    assert lives_in(gather(tmp_path, None)) == {"strategy.guest": 3}
    assert lives_in(gather(tmp_path, date(2026, 11, 19))) == {"strategy.guest": 3}


def test_the_archive_is_searched_too_newest_first(tmp_path: Path) -> None:
    write_journal(tmp_path / "archive" / "20261121-1", "gateway", "20261120", 1)
    write_journal(tmp_path / "archive" / "20261121-2", "gateway", "20261120", 2)
    write_journal(tmp_path, "gateway", "20261123", 3)
    assert lives_in(gather(tmp_path, date(2026, 11, 20))) == {"gateway": 2}
    assert lives_in(gather(tmp_path / "archive" / "20261121-1", None)) == {"gateway": 1}


def test_a_day_nobody_recorded_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="没有任何流水"):
        gather(tmp_path, None)
    write_journal(tmp_path, "gateway", "20261120", 1)
    with pytest.raises(ConfigError, match="20261120"):
        gather(tmp_path, date(2026, 11, 18))


def test_a_content_that_is_gone_is_told_and_costs_only_itself(tmp_path: Path) -> None:
    write_journal(tmp_path, "gateway", "20261120", 1)
    write_journal(tmp_path, "risk", "20261120", 1)
    lost = digest_of(b"risk 1")
    (tmp_path / "journals" / "kept" / lost).unlink()
    capture = gather(tmp_path, None)
    assert capture.header["missing"] == [lost] and list(capture.contents.values()) == [b"gateway 1"]
    with pytest.raises(JournalDamaged, match=lost):
        capture.content(lost)


def test_a_journal_that_is_being_written_is_taken_up_to_its_last_whole_record(tmp_path: Path) -> None:
    write_journal(tmp_path, "gateway", "20261120", 1)
    path = tmp_path / "journals" / "gateway-20261120.journal"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[-30:][:20])
    path.write_bytes(whole + whole[whole.index(b"\x92", 10) :][:40])
    assert len(gather(tmp_path, None).journals["gateway"].records) == 1
