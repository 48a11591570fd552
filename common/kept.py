"""What lies once beside the journals and stands in them by its digest: what a life began with, and large answers.

A file's name in the folder ``kept`` is the SHA-256 of what it holds, so nothing is written twice and damage shows.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from common import messages as m
from common import wire
from common.errors import JournalDamaged, JournalUnwritable

FOLDER = "kept"
ANSWER_BYTES_MIN = 8 * 1024
"""A shorter answer stands in the journal as it came."""

# What the market was is no fact about an account: recovery folds none of these, so their digest is enough for it.
_OF_THE_MARKET = (m.Bars, m.Ticks, m.Quotes, m.Instruments, m.Adjustments, m.Members)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def for_record(frame: wire.Answer, message: m.Message, data: bytes, contents: list[bytes]) -> bytes:
    """The frame as the journal holds it: with the digest of a large answer, which is added to ``contents``."""
    if len(data) < ANSWER_BYTES_MIN or not isinstance(message, _OF_THE_MARKET):
        return data
    content = bytes(frame.body)
    contents.append(content)
    named = m.KeptAnswer(digest_of(content), type(message).__name__, len(content))
    return wire.encode(wire.Answer(frame.sender, frame.id, wire.raw(named)))


def local_for_record(message: m.Message, contents: list[bytes]) -> bytes:
    """A message from inside the process as the journal holds it: with the digest of a provider's large answer."""
    packed = wire.encode(message)
    if len(packed) < ANSWER_BYTES_MIN or not isinstance(message, m.ProviderAnswer):
        return packed
    contents.append(packed)
    return wire.encode(m.KeptAnswer(digest_of(packed), type(message).__name__, len(packed)))


def keep(journals: Path, content: bytes) -> str:
    """Write a content unless it is there; returns its digest. Raises JournalUnwritable where the disk says no."""
    digest = digest_of(content)
    path = journals / FOLDER / digest
    try:
        if path.exists() and path.stat().st_size == len(content):
            # Old files are removed by their age, and this one is in use again.
            os.utime(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{digest}.{os.getpid()}.new")
            draft.write_bytes(content)
            draft.replace(path)
    except OSError as e:
        raise JournalUnwritable(f"{path} 写入失败：{e.strerror}") from e
    return digest


def remove_old_kept(journals: Path, before_ns: int) -> None:
    """Remove what no process has needed since then, by the clock of the files."""
    folder = journals / FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stat().st_mtime_ns < before_ns:
            path.unlink()


def read_kept(journals: Path, digest: str) -> bytes:
    """The content; JournalDamaged where it is missing or is not what was written."""
    path = journals / FOLDER / digest
    try:
        content = path.read_bytes()
    except OSError as e:
        raise JournalDamaged(f"{path} 无法读取：{e.strerror}") from e
    if digest_of(content) != digest:
        raise JournalDamaged(f"{path} 的内容与文件名不符，已损坏")
    return content
