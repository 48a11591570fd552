"""What the border writes down: the access log, and audit lines of which a flood becomes one line and a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from common import beijing
from common.logs import log_path, remove_old
from services.proxy.acts import Access, Audit
from services.proxy.rates import SECOND_NS

QUIET_NS: Final = 10 * SECOND_NS
"""A line that has just been written is not written again before; how often it would have been is."""
KINDS_MAX: Final = 1_000
ACCESS: Final = "access"
_NUMBER: Final = re.compile(r"\d{6,}")
_UNTAME: Final = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")


class Audits:
    """``write`` takes a code and a text."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        self._write = write
        self._said: dict[tuple[str, str], tuple[int, int]] = {}  # when it was written, and how often not since

    def add(self, audit: Audit, mono_ns: int) -> None:
        key = (audit.code, audit.who)
        if key in self._said:
            at_ns, more = self._said[key]
            self._said[key] = at_ns, more + 1
        elif len(self._said) < KINDS_MAX:
            self._said[key] = mono_ns, 0
            self._write(audit.code, f"{audit.who}：{audit.text}")
        else:
            others = ("OTHERS", "")
            at_ns, more = self._said.get(others, (mono_ns, 0))
            self._said[others] = at_ns, more + 1

    def settle(self, mono_ns: int, *, all_: bool = False) -> None:
        """Say how often what was written had happened since."""
        for key in [key for key, (at_ns, _) in self._said.items() if all_ or mono_ns - at_ns >= QUIET_NS]:
            at_ns, more = self._said.pop(key)
            if more:
                self._write(key[0], f"{key[1]}：{(mono_ns - at_ns) // SECOND_NS} 秒内又有 {more} 次")


class AccessLog:
    """One line for each thing asked for; a file a day beside the logs, or the one file that the user named.

    A disk that refuses loses lines, not orders: they are counted in ``lost``.
    """

    def __init__(self, folder: Path, file: Path | None, keep_days: int, *, accounts_shown: bool) -> None:
        self._folder, self._file, self._keep_days, self._shown = folder, file, keep_days, accounts_shown
        self._waiting: list[tuple[int, Access]] = []
        self._open: Any = None
        self._path: Path | None = None
        self.lost = 0

    def add(self, access: Access, now_ns: int) -> None:
        self._waiting.append((now_ns, access))

    def write(self, now_ns: int) -> None:
        """Put on file what has gathered."""
        if not self._waiting:
            return
        records, self._waiting = self._waiting, []
        try:
            out = self._today(now_ns)
            # Made into text only now: an order does not wait for its line.
            out.write(
                "".join(f"{beijing.stamp_text(at_ns, millis=True)} {self._line(one)}\n" for at_ns, one in records)
            )
            out.flush()
        except OSError:
            self.lost += len(records)

    def _line(self, access: Access) -> str:
        return line_of(access, shown=self._shown)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()

    def _today(self, now_ns: int) -> Any:
        day = beijing.day_of(now_ns)
        path = self._file or log_path(ACCESS, self._folder, day)
        if path != self._path:
            self.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open = path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n")
            self._path = path
            if self._file is None:
                remove_old(self._folder, day, self._keep_days)
        return self._open


def line_of(access: Access, *, shown: bool) -> str:
    """``peer=… session=… token=… action=… account=… status=… cost_ms=…``; account numbers masked unless ``shown``."""
    account = (
        access.account if shown else _NUMBER.sub(lambda found: f"{found[0][:2]}***{found[0][-2:]}", access.account)
    )
    fields = {
        "peer": access.peer,
        "session": access.session,
        "token": access.token,
        "action": access.action,
        "account": account,
        "status": access.status,
        "cost_ms": f"{access.cost_ns / 1e6:.3f}",
    }
    return " ".join(f"{name}={_tame(value)[:80] or '-'}" for name, value in fields.items())


def _tame(value: str) -> str:
    """What cannot end a field or a line. Nearly all is so as it is, which is cheaper to see than to look through."""
    return value if value.isprintable() and " " not in value else _UNTAME.sub("_", value)
