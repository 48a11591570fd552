"""The only main loop: wait, step, write the journal, run the effects, send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from common import messages as m
from common import wire
from common.bus import Bus
from common.clock import monotonic_ns, sleep
from common.errors import JournalUnwritable
from common.hold import Hold
from common.journal import Journal
from common.kept import keep
from common.reasons import Reason
from common.session import Session
from common.session_out import MILLISECOND_NS

BEAT_NS = 100 * MILLISECOND_NS


class Effects(Protocol):
    """The process's own hands: a broker behind the gateway, a database behind state."""

    def run(self, effects: list[m.Message]) -> None:
        """Do what a core asked for; it is on record already."""

    def reports(self) -> list[m.Message]:
        """What has come back since the last call; each is stepped. JournalUnwritable where their own record fails."""

    def settle(self) -> None:
        """Whenever something is to be sent, and at the end of each turn."""

    def needs_sync(self, effects: list[m.Message]) -> bool:
        """Whether the record must be on the disk before these effects run."""


class NoEffects:
    """For a process that only talks to others."""

    def run(self, effects: list[m.Message]) -> None:
        assert not effects, f"nobody runs {effects}"

    def reports(self) -> list[m.Message]:
        return []

    def settle(self) -> None:
        pass

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return False


class Loop:
    """One turn takes everything that has arrived, steps it, writes all records with one call, acts, and sends."""

    def __init__(
        self,
        session: Session,
        bus: Bus,
        journal: Journal | None,
        effects: Effects,
        note: Callable[[str, str], None],
        *,
        monotonic: Callable[[], int] = monotonic_ns,
    ) -> None:
        self.session, self.bus, self.journal, self.effects, self.note = session, bus, journal, effects, note
        session.folds_late = True
        self._monotonic = monotonic  # another one where time itself is made up
        self.hold = Hold(session)
        self.sync_all = False
        self.sync_acks = True
        self.roll: Callable[[], None] | None = None  # begins the journal of a new day; JournalUnwritable as any writing
        self.rest_ms = 0  # between two turns, while no clock waits: what comes meanwhile is done in one go
        self.stopping = False
        self._beat_ns = 0
        self._reported: m.Progress | None = None
        self._reported_ns = 0

    def run(self) -> None:
        while not self.stopping and not self.session.run_ended:
            self.turn()

    def close(self) -> None:
        """Let what was sent last leave, and the journal go."""
        self.bus.close()
        if self.journal is not None:
            self.journal.close()

    def turn(self) -> None:
        """Where the record cannot be written nothing is sent, done or stepped any more until it can."""
        if self.hold.why and not self._goes_on():
            return
        try:
            self._turn()
        except JournalUnwritable as e:
            self._hold(e)

    def flush(self) -> None:
        """Put on file, act, and send what was stepped outside a turn."""
        try:
            self._flush()
        except JournalUnwritable as e:
            self._hold(e)

    def _turn(self) -> None:
        session = self.session
        mono_ns = self._monotonic()
        wait_ms = max((self._beat_ns + BEAT_NS - mono_ns) // MILLISECOND_NS, 0)
        got = self.bus.receive(wait_ms)
        mono_ns = self._monotonic()
        for peer, data in got:
            session.frame(data, mono_ns, peer)
        for report in self.effects.reports():
            session.local(report)
        if mono_ns - self._beat_ns >= BEAT_NS:
            self._beat_ns = mono_ns
            session.wake(mono_ns)
        self._flush()
        if session.market.simulated:
            self._report_progress(mono_ns)
        if self.rest_ms and not session.is_awaited:
            sleep(self.rest_ms / 1000)

    def _flush(self) -> None:
        """Put on file, act, and send, until nothing is left: effects may bring reports at once."""
        out = self.session.out
        while out.records or out.effects or out.confirms:
            sync = self.sync_all or (out.confirms and self.sync_acks) or self.effects.needs_sync(out.effects)
            self._write(sync=sync)
            effects, out.effects, out.confirms = out.effects, [], False
            if effects:
                self.session.fold()
                self.effects.run(effects)
            else:
                # All that is on its way out is on file; what the effects still say is not waited for.
                self._send()
            for report in self.effects.reports():
                self.session.local(report)
        self._send()
        self.session.fold()
        self.bus.send_rest()
        if self.session.day_is_over and self.roll is not None:
            self._begin_day(self.roll)
        if out.notes:
            for code, text in out.notes:
                self.note(code, text)
            out.notes.clear()

    def _begin_day(self, roll: Callable[[], None]) -> None:
        """All of the old day is on file and sent; what waited for the new one is the first in its journal."""
        roll()
        for peer, data in self.session.take_deferred():
            self.session.frame(data, monotonic_ns(), peer)
        self._flush()

    def _send(self) -> None:
        self.effects.settle()
        out = self.session.out
        if out.frames:
            frames, out.frames = out.frames, []
            # The session's parts share one Out, so its lists are replaced in place.
            self.bus.send(frames)

    def _hold(self, e: JournalUnwritable) -> None:
        self.session.fold()
        if self.hold.begin(str(e)):
            self.note(Reason.JOURNAL_UNWRITABLE, f"{e}；暂停处理，恢复后继续")

    def _goes_on(self) -> bool:
        """Try again what could not be written; meanwhile refuse, since time passes for who waits."""
        try:
            self._flush()
            for report in self.effects.reports():
                self.session.local(report)
            self._flush()
        except JournalUnwritable as e:
            self._hold(e)
            self.bus.send(self.hold.answers(self.bus.receive(BEAT_NS // MILLISECOND_NS)))
            return False
        self.hold.end()
        self.note("JOURNAL_WRITABLE", "日志恢复写入，继续处理")
        return True

    def _write(self, *, sync: bool) -> None:
        records = self.session.out.records
        if self.journal is not None and (records or sync):
            for content in self.session.out.contents:
                keep(self.journal.path.parent, content)
            for record in records:
                self.journal.append(record)
            self.journal.commit(sync=sync)
        records.clear()
        self.session.out.contents.clear()

    def _report_progress(self, mono_ns: int) -> None:
        """Tell the clock of a simulated day how far this process is: now and then, and in lock-step at each change."""
        is_due = mono_ns - self._reported_ns >= 2 * BEAT_NS
        if not is_due and not self.session.is_awaited:
            return
        progress = self.session.progress()
        if is_due or progress != self._reported:
            self._reported, self._reported_ns = progress, mono_ns
            frame = wire.encode(wire.Pace(self.session.name, wire.raw(progress)))
            self.bus.send([("quotes", frame)])
