"""What the QMT back-end is made from: the accounts, the user's settings, and the times it works by."""

from __future__ import annotations

import dataclasses
from typing import Final

from common.beijing import MINUTE_NS, SECOND_NS, clock_seconds
from common.calendar import Calendar
from common.settings import Settings
from common.settings_kinds import to_ns

DEFAULT_SESSION_ID: Final = 58600
SESSION_IDS: Final = 8
"""Ids tried one after the other from the configured one on. The terminal keeps some 72 MB of queue files for each id it
has ever seen, so the range is small and never left (xtquant 3.2); it must hold one more than may be stuck at once."""

ROTATIONS: Final = 2
"""Ids of the range that one attempt tries after the first: another program's hold on ours is no reason to wait."""


@dataclasses.dataclass(frozen=True, slots=True)
class QmtAccount:
    """One account: our ``alias`` for it, its number at the broker, ``stock`` or ``credit``, and its userdata_mini."""

    alias: str
    account_id: str
    kind: str
    path: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Nanoseconds, each with its reason; tests shorten them."""

    connect_ns: int = 30 * SECOND_NS  # connect() can hang (xtquant 3.1)
    stop_ns: int = 5 * SECOND_NS  # stop() can block for ever
    rest_ns: int = 4 * SECOND_NS  # the 3 s rule, and the terminal's heartbeat limit
    retry_ns: int = 5 * SECOND_NS  # doubles with each failure
    retry_day_ns: int = 15 * SECOND_NS  # and no further while the market day is on,
    retry_night_ns: int = 300 * SECOND_NS  # where the terminal may be off for hours
    join_ns: int = 2 * SECOND_NS  # between looks at an account that is not ready yet
    answer_ns: int = 2 * SECOND_NS  # an order push that may be ours waits so long for the answer to the submit
    silent_ns: int = 3 * SECOND_NS  # an order without an answer for so long is not waited for by a statement
    error_ns: int = SECOND_NS  # the reason of a failed submit follows its answer
    doubt_ns: int = 3 * SECOND_NS  # what is in doubt is looked at again; doubles
    doubt_max_ns: int = MINUTE_NS
    cancel_ns: int = 30 * SECOND_NS  # a cancel takes a second or two; who cancelled is told by then
    settle_ns: int = SECOND_NS  # between two readings that must agree right after a connection
    fresh_ns: int = 10 * SECOND_NS  # the terminal's list may lag so long behind its pushes
    again_ns: int = 3 * SECOND_NS  # after a reading that cannot be right


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QmtConfig:
    """The user's part. ``heartbeat_ns`` 0: the terminal is not asked for life. ``day_opens_at`` is Beijing time."""

    calendar: Calendar
    session_id: int = DEFAULT_SESSION_ID
    call_ns: int = 10 * SECOND_NS
    heartbeat_ns: int = 30 * SECOND_NS
    day_opens_at: str = "08:45"
    market_types: bool = False  # market orders as the exchanges' own; else as limit orders at their protective price
    stuck_max: int = 3  # instances that hold on to their thread before the process ends itself
    timing: Timing = Timing()

    def __post_init__(self) -> None:
        clock_seconds(self.day_opens_at)  # ValueError where it is no time
        assert self.stuck_max < SESSION_IDS, "each stuck instance may hold a session id"


def config_of(settings: Settings, calendar: Calendar) -> QmtConfig:
    """The part of a user's settings that is about QMT."""
    return QmtConfig(
        calendar=calendar,
        session_id=settings.qmt_session_id,
        call_ns=to_ns(settings.qmt_call_timeout),
        heartbeat_ns=to_ns(settings.broker_heartbeat_interval),
        day_opens_at=settings.qmt_day_opens_at,
        market_types=settings.qmt_market_orders == "market",
    )
