"""One connection for a look, by ``bullet-trade doctor --connect`` in a process of its own: in, account status, out.

It calls the SDK from this thread: whoever is visited by a call that hangs ends the process.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping, Sequence
from itertools import count
from queue import Empty, SimpleQueue
from typing import Final

from common.beijing import SECOND_NS
from common.clock import monotonic_ns, sleep
from services.gateway.brokers.qmt import texts
from services.gateway.brokers.qmt.acts import Answered, AskStatus, Connect, Event, Open
from services.gateway.brokers.qmt.broker import check_account
from services.gateway.brokers.qmt.codes import ACCOUNT_CONNECTING
from services.gateway.brokers.qmt.config import DEFAULT_SESSION_ID, SESSION_IDS, QmtAccount, Timing
from services.gateway.brokers.qmt.rows import StatusRow
from services.gateway.brokers.qmt.sdk import Instance, Sdk

_OPEN, _CONNECT = 1, 2
_LOGIN_NS, _BETWEEN_S = 5 * SECOND_NS, 0.5
_NOBODY: Final = "0"
"""An account number for a visit that is about the terminal alone; nothing is asked about it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Visit:
    """``statuses``: the vendor's account status by account number, of all that are logged in; ``said``: why not in."""

    connected: bool
    said: str
    statuses: Mapping[str, int]


def visit(path: str, accounts: Sequence[tuple[str, str]], session_id: int | None, limit_s: float) -> Visit:
    """Connect with the last id of the range that begins at ``session_id``: the gateway comes to it last.

    ``accounts`` are (number, kind). ConfigError where no retrying helps: no SDK, or a kind we do not know.
    """
    known = tuple(QmtAccount(number, number, kind, path) for number, kind in accounts or ((_NOBODY, "stock"),))
    for account in known:
        check_account(account)
    events: SimpleQueue[Event] = SimpleQueue()
    instance = Instance(Sdk(), known, 0, events.put, read_only=True)
    first = DEFAULT_SESSION_ID if session_id is None else session_id
    try:
        instance.do(_OPEN, Open(first + SESSION_IDS - 1))
        if instance.do(_CONNECT, Connect()) != 0:
            return Visit(False, texts.not_connected(has_queue=instance.has_queue), {})
        statuses = _statuses(instance, events, limit_s)
    finally:
        _leave(instance)
    if statuses is None:
        return Visit(False, f"已连接，但终端 {limit_s:g} 秒内没有给出账户状态", {})
    return Visit(True, "", statuses)


def _statuses(instance: Instance, events: SimpleQueue[Event], limit_s: float) -> dict[str, int] | None:
    """Right after a connection an account may still be logging in: then it is asked for a little longer."""
    end_ns = monotonic_ns() + _LOGIN_NS
    statuses: dict[str, int] | None = {}
    for number in count(_CONNECT + 1):
        instance.do(number, AskStatus())
        statuses = _answer(events, number, limit_s)
        if statuses is None or not ACCOUNT_CONNECTING.intersection(statuses.values()) or monotonic_ns() >= end_ns:
            break
        sleep(_BETWEEN_S)
    return statuses


def _answer(events: SimpleQueue[Event], number: int, limit_s: float) -> dict[str, int] | None:
    """Status by account number, from among whatever else is pushed; None where no answer came."""
    end_ns = monotonic_ns() + int(limit_s * SECOND_NS)
    while (left_ns := end_ns - monotonic_ns()) > 0:
        try:
            event = events.get(timeout=left_ns / SECOND_NS)
        except Empty:
            return None
        if isinstance(event, Answered) and event.number == number:
            return {row.account_id: row.status for row in event.rows or () if isinstance(row, StatusRow)}
    return None


def _leave(instance: Instance) -> None:
    """``stop`` may block for ever: it gets its time, and the end of the process does the rest."""
    stopping = threading.Thread(target=instance.stop, name="qmt-visit-stop", daemon=True)
    stopping.start()
    stopping.join(Timing().stop_ns / SECOND_NS)
