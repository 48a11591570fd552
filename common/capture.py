"""A captured day as one file: the journals of its processes and what their records name by digest.

The file is a plain msgpack stream like a journal: arrays ``[crc32, payload]``, the first payload a header map. Every
other payload is a map with ``kind``: ``journal`` begins one (``process``, its ``header``), ``records`` holds some of
its payloads (``zlib`` of a packed array), ``content`` holds what a digest stands for, ``end`` ends the file.
"""

from __future__ import annotations

import dataclasses
import platform
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from common import journal
from common.errors import JournalDamaged, JournalUnwritable, WireError
from common.journal import Journal
from common.kept import digest_of
from common.wire import decode_plain, encode

FORMAT: Final = "bullet-capture"
VERSION: Final = 1
_CHUNK_BYTES = 4 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Recorded:
    """One journal: its header, and its records without it."""

    header: dict[str, Any]
    records: list[bytes]


@dataclasses.dataclass(frozen=True)
class Capture:
    """``journals`` by the process that wrote them; ``contents`` by their digests."""

    header: dict[str, Any]
    journals: dict[str, Recorded]
    contents: dict[str, bytes]

    def content(self, digest: str) -> bytes:
        """JournalDamaged where the capture lacks it."""
        if digest not in self.contents:
            raise JournalDamaged(f"捕获文件里没有摘要为 {digest} 的内容")
        return self.contents[digest]


def header_of(day: str) -> dict[str, Any]:
    """``python`` tells a reader under which version the strategy ran."""
    return {"format": FORMAT, "version": VERSION, "day": day, "python": platform.python_version()}


def write_capture(path: Path, capture: Capture) -> None:
    """Write the file whole or not at all; JournalUnwritable where the disk says no."""
    draft = path.with_name(path.name + ".new")
    try:
        draft.unlink(missing_ok=True)
        file, _ = Journal.open(draft, capture.header)
        for payload in _payloads(capture):
            file.append(encode(payload))
            file.commit(sync=False)
        file.commit(sync=True)
        file.close()
        draft.replace(path)
    except OSError as e:
        raise JournalUnwritable(f"{path} 无法写入：{e.strerror}") from e


def read_capture(path: Path) -> Capture:
    """JournalDamaged where the file is not one of ours, is newer than this program, cut short or damaged."""
    try:
        payloads = [decode_plain(payload) for payload in journal.read(path)]
        return _capture(path, payloads)
    except OSError as e:
        raise JournalDamaged(f"{path} 无法读取：{e.strerror}") from e
    except (WireError, zlib.error, KeyError, TypeError, AttributeError) as e:
        raise JournalDamaged(f"{path} 不是捕获文件，或内容已损坏：{e}") from e


def _payloads(capture: Capture) -> Iterator[dict[str, Any]]:
    for process, recorded in capture.journals.items():
        yield {"kind": "journal", "process": process, "header": recorded.header, "count": len(recorded.records)}
        for chunk in _chunks(recorded.records):
            yield {"kind": "records", "zlib": zlib.compress(encode(chunk), 6)}
    for digest, content in capture.contents.items():
        yield {"kind": "content", "digest": digest, "zlib": zlib.compress(content, 6)}
    yield {"kind": "end"}


def _chunks(records: list[bytes]) -> Iterator[list[bytes]]:
    chunk, size = list[bytes](), 0
    for record in records:
        chunk.append(record)
        size += len(record)
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _capture(path: Path, payloads: list[Any]) -> Capture:
    header = payloads[0] if payloads else {}
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise JournalDamaged(f"{path} 不是捕获文件")
    if header["version"] > VERSION:
        raise JournalDamaged(f"{path} 由更新的版本写成（格式 {header['version']}），请升级本程序")
    if len(payloads) < 2 or payloads[-1]["kind"] != "end":
        raise JournalDamaged(f"{path} 不完整：缺少结尾，请重新捕获或重新复制")
    capture = Capture(header, {}, {})
    recorded = Recorded({}, [])
    for payload in payloads[1:-1]:
        match payload["kind"]:
            case "journal":
                recorded = capture.journals[payload["process"]] = Recorded(payload["header"], [])
            case "records":
                recorded.records.extend(decode_plain(zlib.decompress(payload["zlib"])))
            case "content":
                content = zlib.decompress(payload["zlib"])
                if digest_of(content) != payload["digest"]:
                    raise JournalDamaged(f"{path} 中摘要为 {payload['digest']} 的内容已损坏")
                capture.contents[payload["digest"]] = content
    return capture
