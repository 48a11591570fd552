"""What the terminal keeps on disk, so that one that was killed has the day's orders when it is back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import msgspec

from sim.exchange import Event

_encode = msgspec.msgpack.Encoder().encode
event_of: Callable[[bytes], Event] = msgspec.msgpack.Decoder(Event).decode


class Memory:
    """One file of records for all accounts, and one of the calls that came in. A torn last record is ignored."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._records, self._calls = folder / "records", folder / "calls.jsonl"
        self._file = self._records.open("ab")

    def records(self) -> Iterator[tuple[str, list[Any]]]:
        """(account, record) of everything written, oldest first."""
        with self._records.open("rb") as file:
            unpacker = msgpack.Unpacker(file, strict_map_key=False)
            yield from unpacker

    def writer(self, account: str) -> Callable[[list[Any]], None]:
        def write(record: list[Any]) -> None:
            if record[0] == "ev":
                record = ["ev", _encode(record[1]), *record[2:]]
            self._file.write(msgpack.packb([account, record]))
            self._file.flush()

        return write

    def note_call(self, call: dict[str, Any]) -> None:
        with self._calls.open("a", encoding="utf-8") as file:
            file.write(json.dumps(call, ensure_ascii=False) + "\n")

    def calls(self) -> list[dict[str, Any]]:
        if not self._calls.exists():
            return []
        return [json.loads(line) for line in self._calls.read_text(encoding="utf-8").splitlines()]
