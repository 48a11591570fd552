"""The journal: torn ends are cut, damage stops, and nothing is ever read back as something else."""

import subprocess
import sys
import zlib
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import JournalDamaged, JournalUnwritable
from common.journal import FORMAT, VERSION, Journal, read
from common.wire import encode

HEADER: dict[str, str | int] = {"process": "risk", "run": 7, "day": "2026-11-20"}
HEAD_BYTES = 11
PAYLOADS = [b"first", b"", bytes(range(256)), b"a record with \x92\xce inside", encode(["last", 90])]
posix = pytest.mark.skipif(sys.platform == "win32", reason="limits of the operating system are set the POSIX way")


def write(path: Path, payloads: list[bytes]) -> bytes:
    """A journal of these payloads; returns the file's bytes."""
    journal, known = Journal.open(path, HEADER)
    assert known == []
    for payload in payloads:
        journal.append(payload)
    journal.commit(sync=False)
    journal.close()
    return path.read_bytes()


def reopened(path: Path) -> list[bytes]:
    journal, payloads = Journal.open(path, HEADER)
    journal.close()
    return payloads


def torn(path: Path) -> Path:
    return path.with_suffix(path.suffix + ".torn")


# -- what was written is read ----------------------------------------------------------------------------------------


def test_what_was_committed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "risk.journal"
    write(path, PAYLOADS)
    assert reopened(path) == PAYLOADS
    assert not torn(path).exists()


def test_a_reopened_journal_goes_on_and_keeps_its_first_header(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, PAYLOADS[:2])
    journal, payloads = Journal.open(path, {**HEADER, "run": 8})
    assert payloads == PAYLOADS[:2] and journal.header["run"] == 7
    journal.append(PAYLOADS[2])
    journal.commit(sync=True)
    journal.append(PAYLOADS[3])
    journal.commit(sync=False)
    assert journal.bytes_written == path.stat().st_size and journal.syncs == 1
    journal.close()
    assert reopened(path) == PAYLOADS[:4]


def test_nothing_is_in_the_file_before_it_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "j"
    before = write(path, PAYLOADS)
    journal, _ = Journal.open(path, HEADER)
    journal.append(b"pending")
    assert path.read_bytes() == before
    journal.close()


@given(payloads=st.lists(st.binary(max_size=300), max_size=8))
def test_any_payloads_come_back(tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("any") / "j"
    write(path, payloads)
    assert reopened(path) == payloads
    assert list(read(path))[1:] == payloads


def test_a_plain_msgpack_reader_reads_it_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, PAYLOADS)
    with path.open("rb") as file:
        rows = list(msgpack.Unpacker(file, raw=False))
    assert [zlib.crc32(payload) for _, payload in rows] == [crc for crc, _ in rows]
    header = msgpack.unpackb(rows[0][1])
    assert header == {"format": FORMAT, "version": VERSION, **HEADER}
    assert [payload for _, payload in rows[1:]] == PAYLOADS


# -- torn ends ---------------------------------------------------------------------------------------------------------


def test_a_tear_at_every_byte_of_the_last_record_is_cut_and_kept(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", PAYLOADS)
    start = len(whole) - HEAD_BYTES - len(PAYLOADS[-1])
    for end in range(start + 1, len(whole)):
        path = tmp_path / f"{end}.journal"
        path.write_bytes(whole[:end])
        assert list(read(path))[1:] == PAYLOADS[:-1]
        assert path.read_bytes() == whole[:end], "a reader cuts nothing: somebody may be writing"
        assert reopened(path) == PAYLOADS[:-1]
        assert path.read_bytes() == whole[:start]
        assert torn(path).read_bytes() == whole[start:end]


def test_a_journal_cut_between_records_lacks_nothing_else(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", PAYLOADS)
    path = tmp_path / "j"
    path.write_bytes(whole[: -HEAD_BYTES - len(PAYLOADS[-1])])
    assert reopened(path) == PAYLOADS[:-1] and not torn(path).exists()


def test_a_torn_header_starts_the_journal_anew(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", [])
    for end in range(len(whole)):
        path = tmp_path / f"{end}.journal"
        path.write_bytes(whole[:end])
        assert reopened(path) == []
        assert path.read_bytes() == whole


@pytest.mark.parametrize("zeros", [1, 2, 10, 11, 12, 511, 512, 5000])
def test_a_tail_of_zeros_is_cut(tmp_path: Path, zeros: int) -> None:
    path = tmp_path / "j"
    whole = write(path, PAYLOADS)
    path.write_bytes(whole + bytes(zeros))
    assert reopened(path) == PAYLOADS
    assert path.read_bytes() == whole and torn(path).read_bytes() == bytes(zeros)


def test_a_record_whose_last_sectors_are_zeros_is_cut(tmp_path: Path) -> None:
    """A power loss after the file grew and before its data was written; seen on NTFS and XFS."""
    long = bytes(1 + at % 255 for at in range(3000))
    whole = write(tmp_path / "whole", [b"sound", long, b"after it"])
    path = tmp_path / "j"
    for sector in (512, 1024, 2048):
        path.write_bytes(whole[:sector] + bytes(len(whole) - sector))
        assert reopened(path) == [b"sound"]
        assert len(torn(path).read_bytes()) == len(whole) - path.stat().st_size


def test_zeros_that_fill_no_sector_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "j"
    whole = write(path, [b"sound", bytes(range(1, 100))])
    path.write_bytes(whole[:-20] + bytes(20))
    with pytest.raises(JournalDamaged):
        reopened(path)


# -- damage ------------------------------------------------------------------------------------------------------------


def assert_damaged(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(JournalDamaged, match=r"第 [0-9]+ 条记录"):
        reopened(path)
    assert path.read_bytes() == data and not torn(path).exists(), "evidence was changed"


def test_every_flipped_bit_is_damage(tmp_path: Path) -> None:
    """Also in the last record, and also in a length, which makes the record look as if its end were missing."""
    whole = write(tmp_path / "whole", [b"first", b"", b"with \x92\xce inside", b"last"])
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        assert_damaged(tmp_path / "flipped", bytes(flipped))


@given(
    payloads=st.lists(st.binary(max_size=200), min_size=1, max_size=6),
    where=st.floats(0, 1, exclude_max=True),
    torn_bytes=st.integers(0, 40),
)
def test_a_flipped_bit_is_never_read_as_other_content(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes], where: float, torn_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("flip") / "j"
    data = bytearray(write(path, payloads))
    if torn_bytes:
        del data[-torn_bytes:]
    bit = int(where * 8 * len(data))
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    try:
        known = reopened(path)
    except JournalDamaged:
        return
    # The only way to be taken: the flip hit the torn record itself, which is cut and kept.
    assert known == payloads[: len(known)] and torn_bytes
    assert torn(path).exists()


def test_a_flipped_length_followed_by_a_torn_record_is_damage(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", PAYLOADS[:1])
    end = write(tmp_path / "longer", [*PAYLOADS[:1], b"torn off"])[: len(whole) + HEAD_BYTES + 3]
    flipped = bytearray(end)
    flipped[len(whole) - len(PAYLOADS[0]) - 3] ^= 1  # the length's second byte
    assert_damaged(tmp_path / "j", bytes(flipped))


def test_a_record_lost_from_the_middle_of_a_sector_is_damage(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", PAYLOADS)
    assert_damaged(tmp_path / "j", whole[:100] + whole[110:])


def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j"
    for foreign in (b"# notes\n", b"\x80", b"PK\x03\x04" + bytes(100), encode([1, b"x"])):
        path.write_bytes(foreign)
        with pytest.raises(JournalDamaged):
            reopened(path)
        assert path.read_bytes() == foreign


def record(payload: bytes) -> bytes:
    return b"\x92\xce" + zlib.crc32(payload).to_bytes(4, "big") + b"\xc6" + len(payload).to_bytes(4, "big") + payload


@pytest.mark.parametrize(
    "payload",
    [
        encode({"format": "another", "version": VERSION}),
        encode({"format": FORMAT}),
        encode({"format": FORMAT, "version": "1"}),
        encode([FORMAT, VERSION]),
        b"\xc1 no msgpack",
        b"",
    ],
)
def test_a_record_stream_without_our_header_is_refused(tmp_path: Path, payload: bytes) -> None:
    path = tmp_path / "j"
    path.write_bytes(record(payload))
    with pytest.raises(JournalDamaged, match="不是本程序的日志文件"):
        reopened(path)


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(record(encode({"format": FORMAT, "version": VERSION + 1})))
    with pytest.raises(JournalDamaged, match="请升级本程序"):
        reopened(path)


# -- a disk that says no ---------------------------------------------------------------------------------------------


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalUnwritable, match=r"risk\.journal"):
        Journal.open(tmp_path / "file" / "risk.journal", HEADER)


FULL_DISK = """
import resource, sys
from pathlib import Path
from common.errors import JournalUnwritable
from common.journal import Journal

path = Path(sys.argv[1])
journal, _ = Journal.open(path, {"process": "risk"})
journal.append(b"sound")
journal.commit(sync=True)
length = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (length + 5000, resource.RLIM_INFINITY))
for _ in range(3):
    journal.append(bytes(3000))
try:
    journal.commit(sync=False)
    sys.exit("the full disk was not noticed")
except JournalUnwritable as e:
    assert path.name in str(e), e
assert path.stat().st_size == length == journal.bytes_written, path.stat().st_size
journal.append(b"fits")
journal.commit(sync=True)
"""


@posix
def test_a_full_disk_leaves_the_file_sound_and_usable(tmp_path: Path) -> None:
    path = tmp_path / "risk.journal"
    subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], check=True, timeout=60)
    assert reopened(path) == [b"sound", b"fits"]


KILLED = """
import os, signal, sys
from pathlib import Path
from common.journal import Journal

journal, payloads = Journal.open(Path(sys.argv[1]), {"process": "risk"})
for number in range(len(payloads), len(payloads) + 5):
    journal.append(b"%d" % number)
    journal.commit(sync=False)
journal.append(b"never committed")
os.kill(os.getpid(), signal.SIGKILL)
"""


@posix
def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "j"
    for _ in range(2):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], timeout=60)
        assert killed.returncode == -9
    assert reopened(path) == [b"%d" % number for number in range(10)] and not torn(path).exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_takes_nothing_at_all_is_unwritable(tmp_path: Path) -> None:
    path = tmp_path / "j"
    before = write(path, [b"sound"])
    journal, _ = Journal.open(path, HEADER)
    journal.close()
    with Path("/dev/full").open("r+b", buffering=0) as full:
        journal._file = full
        journal.append(b"lost")
        with pytest.raises(JournalUnwritable, match="No space left"):
            journal.commit(sync=True)
    assert path.read_bytes() == before
