"""Gathers a day for a capture: the journals that hold it and what they name, also while the stack runs."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from pathlib import Path
from typing import Final

from common import journal, wire
from common import messages as m
from common.beijing import day_of
from common.capture import Capture, Recorded, header_of
from common.errors import ConfigError, JournalDamaged
from common.journals import PACKED, days
from common.kept import read_kept
from common.stamp import ARCHIVE

JOURNALS: Final = "journals"
_NAME = re.compile(r"(?P<process>.+)-(?P<day>[0-9]{8})\.journal")


@dataclasses.dataclass(frozen=True)
class _Journal:
    process: str
    day: str
    path: Path


def gather(runtime_dir: Path, day: date | None) -> Capture:
    """The newest run that holds the day (None: the newest day), of the folder itself or of its archive.

    A run's journals bear the day it began with. ConfigError names the days there are where this one is missing.
    Contents that are gone are listed in the header under ``missing``.
    """
    archives = sorted((runtime_dir / ARCHIVE).glob("*"), reverse=True)
    known = list[str]()
    for folder in (runtime_dir, *archives):
        found = _journals(folder / JOURNALS)
        known += sorted({one.day for one in found}, reverse=True)
        wanted = _of_day(found, f"{day:%Y%m%d}" if day else "99999999")
        if wanted and (day is None or _holds(wanted, day)):
            return _capture(folder, wanted)
    shown = "、".join(dict.fromkeys(known)) or "没有任何流水"
    raise ConfigError(f"{runtime_dir} 里没有 {day or '任何一天'} 的流水（现有：{shown}）")


def _journals(folder: Path) -> list[_Journal]:
    paths = {path.name.removesuffix(PACKED): path for path in sorted(folder.glob("*.journal*"))}
    found = [(_NAME.fullmatch(name), path) for name, path in paths.items()]
    return [_Journal(name["process"], name["day"], path) for name, path in found if name]


def _of_day(found: list[_Journal], day: str) -> list[_Journal]:
    """The gateway's newest journal up to the day begins the run; a strategy may have joined on a later day of it."""
    begun = max((one.day for one in _leading(found) if one.day <= day), default="")
    later = min((one.day for one in _leading(found) if one.day > day), default="99999999")
    newest = {one.process: one for one in found if begun and begun <= one.day < later and one.day <= day}
    return list(newest.values())


def _leading(found: list[_Journal]) -> list[_Journal]:
    """The journals whose day is the run's; the folder of a strategy that joined another's stack has only its own."""
    return [one for one in found if one.process == "gateway"] or found


def _holds(wanted: list[_Journal], day: date) -> bool:
    """Whether a run that began on the day or before it came to it."""
    begun = _leading(wanted)[0]
    steps = (wire.decode_step(record) for record in list(journal.read(begun.path))[1:])
    return begun.day == f"{day:%Y%m%d}" or any(day_of(step.now_ns) == day for step in steps)


def _capture(folder: Path, wanted: list[_Journal]) -> Capture:
    first = min(one.day for one in wanted)
    capture = Capture(header_of(f"{first[:4]}-{first[4:6]}-{first[6:]}"), {}, {})
    own_files = [(path.stem, path) for path in sorted(folder.glob("simulator-*.journal"))]
    for process, path in [*((one.process, one.path) for one in wanted), *own_files]:
        header, *records = journal.read(path)
        capture.journals[process] = Recorded(journal.check_header(path, header), records)
    for one in wanted:
        _prepend_days(folder, one, capture.journals[one.process].records)
    named = {digest: None for one in wanted for digest in _named(capture.journals[one.process].records)}
    missing = []
    for digest in named:
        try:
            capture.contents[digest] = read_kept(folder / JOURNALS, digest)
        except JournalDamaged:
            # A power loss may have taken it; the journals are worth as much without it.
            missing.append(digest)
    capture.header["missing"] = missing
    return capture


def _prepend_days(folder: Path, one: _Journal, records: list[bytes]) -> None:
    """A process that went on over night is replayed from its start: what it had in memory stands in no journal."""
    earlier = [path for day, path in days(folder / JOURNALS, one.process).items() if f"{day:%Y%m%d}" < one.day]
    while earlier and _goes_on(records):
        _, *before = journal.read(earlier.pop())
        records[:0] = before


def _goes_on(records: list[bytes]) -> bool:
    """Whether the first record carries a life over, and not the books of one that had ended."""
    first = [wire.decode_step(record) for record in records[:2]]
    inputs = [wire.decode_message(step.input) if step.local else None for step in first]
    return (
        bool(inputs) and isinstance(inputs[0], m.Carried) and not (len(inputs) > 1 and isinstance(inputs[1], m.Started))
    )


def _named(records: list[bytes]) -> list[str]:
    """The digests that records name."""
    digests: list[str] = []
    for record in records:
        step = wire.decode_step(record)
        if step.local:
            message = wire.decode_message(step.input)
            digests += message.given.values() if isinstance(message, m.Started) else ()
            digests += [message.digest] if isinstance(message, m.KeptAnswer) else ()
        elif isinstance(frame := wire.decode_frame(bytes(step.input)), wire.Answer):
            message = wire.decode_message(frame.body)
            digests += [message.digest] if isinstance(message, m.KeptAnswer) else ()
    return digests
