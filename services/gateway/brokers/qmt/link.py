"""The connection of one data path and which of its accounts may trade: the recipe of xtquant 3.4."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable
from typing import Final

from common import messages as m
from services.gateway.brokers.qmt import texts
from services.gateway.brokers.qmt.acts import (
    Abandon,
    Act,
    AskStatus,
    Connect,
    Freed,
    GiveUp,
    Note,
    Now,
    Open,
    Out,
    Stopped,
    Subscribe,
)
from services.gateway.brokers.qmt.calls import Calls
from services.gateway.brokers.qmt.codes import ACCOUNT_CONNECTING
from services.gateway.brokers.qmt.config import ROTATIONS, SESSION_IDS, QmtAccount, QmtConfig
from services.gateway.brokers.qmt.hours import Hours
from services.gateway.brokers.qmt.rows import StatusRow

_DOUBLINGS_MAX: Final = 10
_NEVER_NS: Final = 2**62


class State(enum.Enum):
    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"


@dataclasses.dataclass(slots=True)
class Member:
    """One account of the path. ``is_up`` is what was told last, None before the first word."""

    account: QmtAccount
    is_subscribed: bool = False
    status: int | None = None
    is_up: bool | None = None
    why: str = ""


class Link:
    """Exactly one instance at a time is believed, the one of ``calls.generation``; ``lost`` hears which account went
    down, before anybody else is told."""

    def __init__(
        self,
        members: Iterable[Member],
        config: QmtConfig,
        hours: Hours,
        calls: Calls,
        outs: list[Out],
        lost: Callable[[Member], None],
    ) -> None:
        self.members = {member.account.account_id: member for member in members}
        self.state = State.DOWN
        self.connected_ns = 0
        self._config, self._timing, self._hours = config, config.timing, hours
        self._calls, self._outs, self._lost = calls, outs, lost
        self._failures = 0  # since an account was up
        self._rotations = 0  # ids tried in this attempt after its first
        self._retry_at = Now(0, 0)  # by either clock, whichever comes first
        self._rested_ns = 0  # the terminal has let go of the session by then
        self._parting = 0  # the generation whose end is awaited
        self._sessions: dict[int, int] = {}  # session ids of instances that are not known to have ended
        self._id_at = 0
        self._ask_at_ns = 0
        self._noted: set[str] = set()  # why it failed, since it was up: each reason once

    # -- what happens ----------------------------------------------------------------------------------------------

    def tick(self, now: Now) -> None:
        overdue = self._calls.overdue(now)
        if overdue is not None:
            self.fail(texts.overdue(overdue), now)
        elif self.state is State.DOWN and self._may_begin(now):
            self._begin(now)
        elif self.state is State.UP and now.mono_ns >= self._ask_at_ns and not self._calls.awaits(AskStatus):
            self._ask(now)

    def returned(self, act: Act, value: int, now: Now, *, has_queue: bool) -> None:
        match act:
            case Open():
                self._calls.hand(Connect(), self._timing.connect_ns, now)
            case Connect() if value == 0:
                self.state, self.connected_ns = State.UP, now.mono_ns
                self._ask(now)
            case Connect() if has_queue and self._rotations < ROTATIONS:
                self._rotations += 1
                self._id_at += 1
                self._part(now)
                self._retry_at = now
            case Connect():
                self._id_at += 1
                self.fail(texts.not_connected(has_queue=has_queue), now)
            case Subscribe(account_id=account_id):
                self.members[account_id].is_subscribed = value == 0

    def statuses(self, rows: list[StatusRow], now: Now) -> None:
        """The terminal's word on all its accounts."""
        said = {row.account_id: row.status for row in rows}
        for account_id, member in self.members.items():
            member.status = said.get(account_id)
            self._judge(member, now, others=said)
        self._ask_at_ns = now.mono_ns + self._until_next_ns(now)

    def status(self, row: StatusRow, now: Now) -> None:
        """A push about one account. Before the terminal has been asked it may be about a former state."""
        member = self.members.get(row.account_id)
        if member is not None and self.state is State.UP and member.is_up is not None:
            member.status = row.status
            self._judge(member, now, others={})
            if not member.is_up:
                self._ask_at_ns = min(self._ask_at_ns, now.mono_ns + self._timing.join_ns)

    def fail(self, text: str, now: Now) -> None:
        """Whatever it was: the instance is given up, every account is down, and a new one is tried after a rest."""
        if self.state is State.DOWN:
            return
        self._part(now)
        self._schedule(now)
        for member in self.members.values():
            member.is_subscribed, member.status = False, None
            self._tell_down(member, text)
        self._note_once(text)

    def _part(self, now: Now) -> None:
        """From the present instance; the next one waits for its end."""
        self.state = State.DOWN
        self._calls.drop()
        self._parting, self._rested_ns = self._calls.generation, now.mono_ns
        self._outs.append(Abandon(self._calls.generation))

    def stopped(self, stopped: Stopped | Freed) -> None:
        if isinstance(stopped, Stopped) and stopped.generation == self._parting:
            self._parting = 0
        if isinstance(stopped, Freed) or stopped.in_time:
            self._sessions.pop(stopped.generation, None)
        elif len(self._sessions) > self._config.stuck_max:
            self._outs.append(GiveUp(texts.stuck(len(self._sessions))))

    def why_down(self, account_id: str) -> str:
        """ "" where the account may trade."""
        member = self.members[account_id]
        return "" if member.is_up else member.why or texts.CONNECTING

    # -- trying ------------------------------------------------------------------------------------------------------

    def _begin(self, now: Now) -> None:
        self._calls.generation += 1
        self.state = State.CONNECTING
        session_id = self._sessions[self._calls.generation] = self._session_id()
        self._calls.hand(Open(session_id), self._timing.connect_ns, now)

    def _session_id(self) -> int:
        """The configured one first; after a refusal the next of the range that no stuck instance of ours holds."""
        held = set(self._sessions.values())
        ids = (self._config.session_id + (self._id_at + step) % SESSION_IDS for step in range(SESSION_IDS))
        return next(one for one in ids if one not in held)

    def _may_begin(self, now: Now) -> bool:
        """A clock that was set back must not keep us waiting, nor one that runs fast in a test."""
        due = now.mono_ns >= self._retry_at.mono_ns or now.wall_ns >= self._retry_at.wall_ns
        return due and now.mono_ns >= self._rested_ns and not self._parting

    def _schedule(self, now: Now) -> None:
        timing = self._timing
        is_on = self._hours.is_on(now.wall_ns)
        longest_ns = timing.retry_day_ns if is_on else timing.retry_night_ns
        delay_ns = min(timing.retry_ns * 2 ** min(self._failures, _DOUBLINGS_MAX), longest_ns)
        self._failures += 1
        self._rotations = 0
        on_ns = self._hours.next_on_ns(now.wall_ns)
        if on_ns:
            delay_ns = min(delay_ns, max(on_ns - now.wall_ns, timing.retry_ns))
        self._retry_at = Now(now.mono_ns + delay_ns, now.wall_ns + delay_ns)
        self._rested_ns = now.mono_ns + timing.rest_ns

    # -- the accounts --------------------------------------------------------------------------------------------------

    def _ask(self, now: Now) -> None:
        """The probe that alone proves life (xtquant 3.3); it also says which accounts may trade."""
        for account_id, member in self.members.items():
            if not member.is_subscribed:
                self._calls.hand(Subscribe(account_id), self._config.call_ns, now)
        self._calls.hand(AskStatus(), self._config.call_ns, now)

    def _until_next_ns(self, now: Now) -> int:
        """Soon where an account may become ready any moment; a terminal that was closed for the night is left alone."""
        waiting = [member.status for member in self.members.values() if not member.is_up]
        if waiting and (self._hours.is_on(now.wall_ns) or ACCOUNT_CONNECTING.intersection(waiting)):
            return self._timing.join_ns
        return self._config.heartbeat_ns or (self._timing.retry_night_ns if waiting else _NEVER_NS)

    def _judge(self, member: Member, now: Now, others: dict[str, int]) -> None:
        why = texts.not_ready(member.account, member.status, others)
        if not why and not member.is_subscribed:
            why = texts.not_subscribed(member.account)
        if why:
            self._tell_down(member, why)
            self._note_once(why)
        elif not member.is_up:
            member.is_up, member.why = True, ""
            self._failures = 0
            self._noted.clear()
            session_id = self._sessions[self._calls.generation]
            self._outs.append(m.BrokerLink(member.account.alias, True, texts.connected(member.account, session_id)))

    def _tell_down(self, member: Member, why: str) -> None:
        """Once, however often it is tried in vain."""
        was_up, member.is_up, member.why = member.is_up, False, why
        if was_up is not False:
            self._lost(member)
            self._outs.append(m.BrokerLink(member.account.alias, False, why))
            self._noted.add(why)

    def _note_once(self, why: str) -> None:
        if why not in self._noted:
            self._noted.add(why)
            self._outs.append(Note(why))
