"""An append-only file of checksummed records: crash recovery, audit trail and capture in one.

The file is a plain stream of msgpack arrays ``[crc32, payload]``; the first payload is a header map. A record that the
file's end cuts off is torn: it is cut and kept beside as ``<name>.torn``. Anything else that does not check is damage.
A new trading day begins a new file with a record of what is carried over (``roll``).
"""

from __future__ import annotations

import contextlib
import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from common.errors import JournalDamaged, JournalUnwritable, WireError
from common.host_os import sync_folder
from common.wire import decode_plain, encode

FORMAT, VERSION = "bullet-journal", 2
_HEAD = struct.Struct(">BBIBI")  # array of 2, uint32 tag, crc, bin32 tag, length
_MAGIC = bytes((0x92, 0xCE))
_RECORD_BYTES_MAX = 64 * 1024 * 1024
_SECTOR_BYTES = 512  # what a disk writes whole


class Journal:
    """Appends are buffered until ``commit`` writes them with one call; ``bytes_written`` counts the file's length."""

    def __init__(self, path: Path, length: int) -> None:
        self.path, self.bytes_written, self.syncs = path, length, 0
        self.header: dict[str, str | int] = {}
        self._pending: list[bytes] = []
        self._overhangs = False  # a commit failed, and what it left behind the end could not be cut yet
        # Unbuffered, so that what commit() wrote is the operating system's and survives a kill.
        self._file = path.open("r+b", buffering=0)
        self._file.seek(length)

    @classmethod
    def open(cls, path: Path, header: dict[str, str | int]) -> tuple[Journal, list[bytes]]:
        """Open or create; returns the payloads on record.

        Raises JournalDamaged, also for another format or version, and JournalUnwritable where the disk says no."""
        try:
            return cls._open(path, header)
        except OSError as e:
            raise JournalUnwritable(f"{path} 无法打开：{e.strerror}") from e

    @classmethod
    def _open(cls, path: Path, header: dict[str, str | int]) -> tuple[Journal, list[bytes]]:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size == 0:
            return cls._create(path, header), []
        data = path.read_bytes()
        payloads, good = _scan(path, data)
        if good < len(data):
            path.with_suffix(path.suffix + ".torn").write_bytes(data[good:])
            with path.open("r+b") as file:
                file.truncate(good)
        if not payloads:
            return cls._create(path, header), []
        found = check_header(path, payloads[0])
        if found["version"] != VERSION:
            good = _migrate(path, found, payloads[1:])
        journal = cls(path, good)
        journal.header = {**found, "version": VERSION}
        return journal, payloads[1:]

    @classmethod
    def _create(cls, path: Path, header: dict[str, str | int]) -> Journal:
        path.write_bytes(b"")
        journal = cls(path, 0)
        journal.header = {"format": FORMAT, "version": VERSION, **header}
        journal.append(encode(journal.header))
        journal.commit(sync=True)
        return journal

    def roll(self, path: Path, header: dict[str, str | int], carried: bytes) -> None:
        """Go on in the file of a new day. A kill at any instant leaves the old file the newest, or the new one whole.

        Raises JournalUnwritable where the disk refuses; the old file is then still in use."""
        assert not self._pending, "records of the old day are to be written first"
        fresh = path.with_name(path.name + ".new")
        try:
            fresh.unlink(missing_ok=True)
            begun = Journal._create(fresh, header)
            begun.append(carried)
            begun.commit(sync=True)
            begun.close()
            fresh.replace(path)
            sync_folder(path.parent)
            going_on = Journal(path, begun.bytes_written)
        except OSError as e:
            raise JournalUnwritable(f"{path.name} 无法换成新交易日的文件：{e.strerror}") from e
        self._file.close()
        self.path, self.header, self.bytes_written = path, begun.header, begun.bytes_written
        self._file, self._overhangs = going_on._file, False

    def append(self, payload: bytes) -> None:
        assert len(payload) <= _RECORD_BYTES_MAX, f"record of {len(payload)} bytes"
        self._pending.append(_HEAD.pack(0x92, 0xCE, zlib.crc32(payload), 0xC6, len(payload)))
        self._pending.append(payload)

    def commit(self, *, sync: bool) -> None:
        """Write what was appended; with ``sync`` it is on the disk when this returns.

        Raises JournalUnwritable where the disk is full or read-only; the file then ends where it ended before."""
        data = b"".join(self._pending)
        self._pending.clear()
        try:
            if self._overhangs:
                self._cut_overhang()
            if data:
                self._write(data)
            if sync:
                self.syncs += 1
                self._sync()
        except OSError as e:
            # What is not known to be whole is written anew by the next commit. A process killed before that leaves
            # records that were never sent, or a torn one, which the next start cuts.
            self._overhangs = True
            with contextlib.suppress(OSError):
                self._cut_overhang()
            raise JournalUnwritable(f"{self.path.name} 写入失败：{e.strerror}") from e
        self.bytes_written += len(data)

    def close(self) -> None:
        self._file.close()

    def _write(self, data: bytes) -> None:
        written = self._file.write(data)
        while written < len(data):
            written += self._file.write(data[written:])

    def _sync(self) -> None:
        os.fsync(self._file.fileno())

    def _cut_overhang(self) -> None:
        if self._overhangs:
            self._file.truncate(self.bytes_written)
            self._file.seek(self.bytes_written)
            self._overhangs = False


def read(path: Path) -> Iterator[bytes]:
    """The payloads of a journal somebody else may be writing, header first; a torn end is left out."""
    yield from _scan(path, content(path))[0]


def content(path: Path) -> bytes:
    """The bytes of a journal, also of one that was compressed, or is while somebody looks."""
    packed = path if path.suffix == ".gz" else path.with_name(path.name + ".gz")
    if path != packed:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            if not packed.exists():
                raise
    try:
        return gzip.decompress(packed.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as e:
        raise JournalDamaged(f"{packed} 损坏，无法解压：{e}") from e


def _migrate(path: Path, header: dict[str, str | int], payloads: list[bytes]) -> int:
    """Write the file anew as of this version, with the old one beside it; returns its length.

    Version 1 knew no record of what a day carries over, and is the same otherwise.
    """
    backup, fresh = path.with_name(f"{path.name}.v{header['version']}.bak"), path.with_name(path.name + ".new")
    backup.write_bytes(path.read_bytes())
    fresh.write_bytes(b"")
    journal = Journal(fresh, 0)
    for payload in (encode({**header, "version": VERSION}), *payloads):
        journal.append(payload)
    journal.commit(sync=True)
    journal.close()
    fresh.replace(path)
    return journal.bytes_written


def check_header(path: Path, payload: bytes) -> dict[str, str | int]:
    """The header's map; JournalDamaged where it is not ours, or newer than this program."""
    try:
        header = decode_plain(payload)
    except WireError:
        header = None
    version = header.get("version") if isinstance(header, dict) and header.get("format") == FORMAT else None
    if not isinstance(header, dict) or not isinstance(version, int):
        raise JournalDamaged(f"{path} 不是本程序的日志文件，请移走后再启动")
    if version > VERSION:
        raise JournalDamaged(f"{path} 由更新的版本写成（格式 {version}），请升级本程序")
    return header


def _scan(path: Path, data: bytes) -> tuple[list[bytes], int]:
    """Payloads and the length of the sound part."""
    payloads: list[bytes] = []
    at = 0
    while at < len(data):
        payload = _record_at(data, at)
        if payload is None:
            if not _is_torn(data, at):
                raise JournalDamaged(
                    f"{path} 第 {len(payloads)} 条记录（字节 {at}）损坏，已停止；请备份后用 --reset 重新开始"
                )
            break
        payloads.append(payload)
        at += _HEAD.size + len(payload)
    return payloads, at


def _record_at(data: bytes, at: int) -> bytes | None:
    if at + _HEAD.size > len(data):
        return None
    array, u32, crc, bin32, length = _HEAD.unpack_from(data, at)
    if (array, u32, bin32) != (0x92, 0xCE, 0xC6) or length > _RECORD_BYTES_MAX:
        return None
    payload = data[at + _HEAD.size : at + _HEAD.size + length]
    return payload if len(payload) == length and zlib.crc32(payload) == crc else None


def _is_torn(data: bytes, at: int) -> bool:
    """Whether the rest is one record whose end is missing, so that it was never confirmed to anybody.

    A power loss may leave zeros where the last sectors should be. A flipped bit in a length makes a whole record run
    past the end as well: that is damage, and the checksum of what is there tells.
    """
    if not data[at:].strip(b"\0"):
        return True
    rest = data[at : _written_length(data)]
    if len(rest) < _HEAD.size:
        return _MAGIC.startswith(rest[:2])
    array, u32, crc, bin32, length = _HEAD.unpack_from(rest)
    if (array, u32, bin32) != (0x92, 0xCE, 0xC6) or length > _RECORD_BYTES_MAX or _HEAD.size + length <= len(rest):
        return False
    return not _has_whole_record(data[at:], crc)


def _written_length(data: bytes) -> int:
    """Up to where sectors were written: the start of the zeros at the end, where they fill whole sectors."""
    end = len(data.rstrip(b"\0"))
    sector_end = -(-end // _SECTOR_BYTES) * _SECTOR_BYTES
    return min(sector_end, len(data))


def _has_whole_record(rest: bytes, crc: int) -> bool:
    """Whether the record ends anywhere before `rest` does, whatever its length says, or a sound one follows it."""
    sum_, at = 0, _HEAD.size
    while True:
        following = rest.find(_MAGIC, at)
        end = len(rest) if following == -1 else following
        sum_ = zlib.crc32(rest[at:end], sum_)
        if sum_ == crc:
            return True
        if following == -1:
            return False
        if _record_at(rest, following) is not None:
            return True
        sum_ = zlib.crc32(rest[following : following + 2], sum_)
        at = following + 2
