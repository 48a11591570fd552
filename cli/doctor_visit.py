"""A connection to the terminal for the check alone, made in a process of its own: the SDK may hang, print or crash.

The back-end's ``visit`` connects with the last id of its fixed range of sessions, which the gateway takes last, and
closes the session again. No order call is made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from cli.doctor_link import Outcome, VisitFacts
from cli.programs import environment
from common.errors import ConfigError

BACKEND = "services.gateway.brokers.qmt.visit"
CONNECT_SECONDS, PROCESS_SECONDS = 30.0, 45.0
_MARK = "VISIT "


class Visit(Protocol):
    """What the back-end says of one visit; ``statuses`` is the account status by account number."""

    connected: bool
    said: str
    statuses: Mapping[str, int]


class Visitor(Protocol):
    """``accounts`` are (number, kind). ConfigError, with the remedy, where there is no SDK."""

    def __call__(
        self, path: str, accounts: Sequence[tuple[str, str]], session_id: int | None, limit_s: float
    ) -> Visit: ...


@dataclass(frozen=True)
class Asked:
    """The terminal to visit; ``session_id`` is QMT_SESSION_ID, the first of the range, None for the back-end's own."""

    path: str
    accounts: tuple[tuple[str, str], ...]
    session_id: int | None


def visit(asked: Asked, backend: str = BACKEND, seconds: float = PROCESS_SECONDS) -> VisitFacts:
    """Visit in a child process, which is ended where it does not come back in time."""
    command = [sys.executable, "-m", "cli.doctor_visit", backend]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asdict(asked)).encode("utf-8"),
            env=environment(dict(os.environ), Path()),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return VisitFacts(Outcome.HUNG, f"连接终端 {seconds:g} 秒没有返回，已放弃")
    said = done.stdout.decode("utf-8", "replace").splitlines()
    told = next((line.removeprefix(_MARK) for line in reversed(said) if line.startswith(_MARK)), None)
    if told is None:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return VisitFacts(Outcome.CRASHED, f"连接终端的进程异常退出（{done.returncode}）{last and f'：{last}'}")
    facts = json.loads(told)
    return VisitFacts(Outcome(facts["outcome"]), facts["said"], facts["statuses"])


def _visit_here(asked: Asked, backend: str) -> VisitFacts:
    try:
        visitor: Visitor = import_module(backend).visit
        found = visitor(asked.path, asked.accounts, asked.session_id, CONNECT_SECONDS)
    except ImportError as error:
        return VisitFacts(Outcome.MISSING, f"{error.name or error} 没有安装")
    except ConfigError as error:
        return VisitFacts(Outcome.MISSING, str(error))
    if not found.connected:
        return VisitFacts(Outcome.REFUSED, found.said)
    return VisitFacts(Outcome.CONNECTED, found.said, dict(found.statuses))


def _main() -> None:
    asked = json.loads(sys.stdin.buffer.read())
    accounts = tuple((number, kind) for number, kind in asked["accounts"])
    facts = _visit_here(Asked(asked["path"], accounts, asked["session_id"]), sys.argv[1])
    sys.stdout.buffer.write(f"{_MARK}{json.dumps(asdict(facts), ensure_ascii=False)}\n".encode())
    sys.stdout.buffer.flush()
    # The SDK's threads may never end: everything is said, so the process need not wait for them.
    os._exit(0)


if __name__ == "__main__":
    _main()
