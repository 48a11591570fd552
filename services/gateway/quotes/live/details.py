"""The vendor's records of instruments, fetched once a day each: those in use at once, all others when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Final

from common.session_out import MILLISECOND_NS
from services.gateway.quotes.live.caller import NORMAL, Caller
from services.gateway.quotes.live.errands import Ask
from services.gateway.quotes.live.vendor import FeedFailed, Vendor

CHUNK: Final = 50
"""Records a call: a call that takes long keeps out those that are urgent."""

AGAIN_NS: Final = 60_000 * MILLISECOND_NS
"""How often a record that is not of today is asked for: terminals are told of a new day in its morning."""

Record = Mapping[str, Any]


class Details:
    """``learn`` is told each record that comes."""

    def __init__(self, caller: Caller, learn: Callable[[str, Record], None]) -> None:
        self._caller, self._learn = caller, learn
        self._records: dict[str, Record] = {}
        self._asked_ns: dict[str, int] = {}
        self._is_asking = False

    def open_day(self) -> None:
        self._records.clear()
        self._asked_ns.clear()

    def get(self, code: str) -> Record | None:
        return self._records.get(code)

    def fetch(self, codes: Iterable[str], priority: int = NORMAL) -> Generator[Ask, Any, dict[str, Record]]:
        """The records of these codes; one the vendor does not know is absent."""
        wanted = list(codes)
        missing = [code for code in wanted if code not in self._records]
        for at in range(0, len(missing), CHUNK):
            part = missing[at : at + CHUNK]
            self._note((yield Ask(lambda vendor, part=part: _records(vendor, part), priority)))  # type: ignore[misc]
        return {code: self._records[code] for code in wanted if code in self._records}

    def refresh(self, stale: Iterable[str], mono_ns: int) -> None:
        """Have fetched what is not of today, each at most once a minute."""
        due = [code for code in stale if mono_ns - self._asked_ns.get(code, -AGAIN_NS) >= AGAIN_NS][:CHUNK]
        if not due or self._is_asking:
            return
        self._is_asking = True
        self._asked_ns.update(dict.fromkeys(due, mono_ns))

        def done(out: Any) -> None:
            self._is_asking = False
            if isinstance(out, FeedFailed):
                for code in due:
                    self._asked_ns.pop(code, None)
            else:
                self._note(out)

        self._caller.call(lambda vendor: _records(vendor, due), done)

    def _note(self, records: dict[str, Record]) -> None:
        self._records.update(records)
        for code, record in records.items():
            self._learn(code, record)


def _records(vendor: Vendor, codes: list[str]) -> dict[str, Record]:
    found = ((code, vendor.detail(code)) for code in codes)
    return {code: record for code, record in found if record}
