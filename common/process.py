"""What every process of the stack opens at its start, in one place: run file, settings, calendar, log, journal."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

from common import journals
from common import messages as m
from common.beijing import day_of, midnight
from common.bus import Addresses, Bus
from common.calendar import Calendar, load, read_extra_days
from common.clock import MarketTime, sleep, wall_ns
from common.errors import EXIT_STAY_DOWN, ConfigError, JournalUnwritable, StackError
from common.fees import FeeSchedule
from common.given import given_of
from common.host_os import on_stop
from common.journal import Journal
from common.kept import keep
from common.logs import Log, open_log, rules_of
from common.loop import Effects, Loop
from common.reasons import Reason
from common.recovery import recover
from common.run import RUN_FILE_VARIABLE, Run, read_run
from common.session import Core, Session
from common.session_carry import carried
from common.settings import Settings, find_env_file, to_e4
from common.settings import load as load_settings

EXIT_ASKED: Final = 143
"""A process that was asked to stop says so: supervisord then starts it again, unless it asked itself."""

RETRY_S: Final = 0.2
_Opened = TypeVar("_Opened")


@dataclasses.dataclass
class StopWish:
    """Whether somebody asked the process to stop before its run was over."""

    asked: bool = False


@dataclasses.dataclass(frozen=True)
class Process:
    """One process of the stack. Everything it needs from outside was read once, here."""

    name: str
    run: Run
    settings: Settings
    market: MarketTime
    started_ns: int
    asked_to_stop: StopWish = dataclasses.field(default_factory=StopWish)

    @cached_property
    def calendar(self) -> Calendar:
        extra = self.settings.calendar_extra_file
        return load(read_extra_days(extra) if extra else ())

    @cached_property
    def first_day(self) -> date:
        return self.run.day or self.calendar.latest_on_or_before(day_of(wall_ns()))

    @cached_property
    def fees(self) -> FeeSchedule:
        return fees_of(self.settings)

    @cached_property
    def log(self) -> Log:
        market_ns = (lambda: self.market.now_ns) if self.market.simulated else None
        return open_log(self.name, self.settings.log_dir, rules_of(self.settings), market_ns)

    @property
    def addresses(self) -> Addresses:
        return Addresses(self.settings.bus_port_base)

    def bus(self) -> Bus:
        """The lines to the stack, on this machine or on another one."""
        if not self.run.remote:
            return Bus(self.name, self.addresses)
        from common.reach import remote_of

        return Bus(self.name, remote_of(self.settings, self.started_ns, account=self.run.account))

    @property
    def accounts(self) -> tuple[str, ...]:
        return self.run.aliases

    @property
    def journal_folder(self) -> Path:
        return self.settings.runtime_dir / "journals"

    def open(
        self, core: Core, *, continues: bool = True, given: Mapping[str, bytes] | None = None
    ) -> tuple[Session, Journal, bool]:
        """The session, brought back from the newest journal; raises JournalDamaged.

        A day that ended while the process was down is closed first. Without ``continues`` nothing of an earlier run is
        taken over: the clock of a simulated day is each run's own. ``given`` is what the core was made from beside
        run and settings, kept for a replay.
        """
        last = journals.newest(self.journal_folder, self.name)
        if last is None or (last[0] < self.first_day and not continues):
            last = self.first_day, journals.path_of(self.journal_folder, self.name, self.first_day)
        day, path = last
        journal, payloads = self.when_writable(lambda: Journal.open(path, self._header(self.started_ns, day)))
        session = Session(self.name, core, self.accounts, self.market, int(journal.header["run"]))
        session.life = self.started_ns
        begun_with = given_of(self.run, self.settings) | dict(given or {})
        session.given = self.when_writable(lambda: {name: keep(path.parent, one) for name, one in begun_with.items()})
        for payload in payloads:
            recover(session, payload)
        if day < self.first_day:
            if self.run.simulated:
                session.number, session.part = 0, -1  # another run, whose clock counts from its own beginning
            self.when_writable(lambda: self._begin_day(session, journal, self.first_day))
        else:
            self._go_on(session, day)
        return session, journal, bool(payloads)

    def unjournaled(self, core: Core) -> Session:
        """The session of a process that keeps what it needs elsewhere."""
        return Session(self.name, core, self.accounts, self.market, self.started_ns)

    def _roll(self, session: Session, journal: Journal) -> None:
        """Begin the journal of the market's present day, or of the one after the journal's, whose clock waits."""
        today = day_of(max(self.market.now_ns, session.day_ends_ns))
        self._begin_day(session, journal, self.calendar.latest_on_or_before(today))

    def _begin_day(self, session: Session, journal: Journal, day: date) -> None:
        path = journals.path_of(self.journal_folder, self.name, day)
        journal.roll(path, self._header(session.commands_out.run, day), carried(session, f"{day}"))
        self._go_on(session, day)

    def _go_on(self, session: Session, day: date) -> None:
        """Note when ``day`` ends; what is older is packed meanwhile, beside the work."""
        session.day_ends_ns = midnight(self.calendar.following(day)) if day < self.calendar.last else 0
        threading.Thread(target=self._tidy, args=(day,), name="journals", daemon=True).start()

    def _tidy(self, day: date) -> None:
        with contextlib.suppress(OSError):  # a full disk: the next day tries again
            journals.compress_before(self.journal_folder, self.name, day)
            journals.remove_old(self.journal_folder, day, self.settings.journal_keep_days, wall_ns())

    def _header(self, run: int, day: date) -> dict[str, str | int]:
        return {"process": self.name, "run": run, "day": f"{day}"}

    def when_writable(self, open_: Callable[[], _Opened]) -> _Opened:
        """What it opens. A disk that refuses is waited for: a process that gave up would only be started again."""
        told = False
        while True:
            try:
                return open_()
            except JournalUnwritable as e:
                if not told:
                    self.log.error(f"{e}；恢复写入后启动", code=Reason.JOURNAL_UNWRITABLE)
                told = True
                sleep(RETRY_S)

    def loop(self, session: Session, journal: Journal | None, effects: Effects) -> Loop:
        """The main loop, which a stop signal ends after the turn in hand."""
        bus = self.bus()
        loop = Loop(session, bus, journal, effects, lambda code, text: self.log.warning(text, code=code))
        loop.sync_all = self.settings.journal_fsync == "always"
        loop.sync_acks = self.settings.journal_fsync != "off"
        if journal is not None:
            loop.roll = lambda: self._roll(session, journal)

        def stop() -> None:
            loop.stopping = self.asked_to_stop.asked = True

        on_stop(stop)
        return loop

    def status(self, status: m.ProcessStatus, journal: Journal | None, notes: Mapping[str, str]) -> m.ProcessStatus:
        """What only the process knows of itself, added to what its session says."""
        day = day_of(status.now_ns) if status.now_ns else self.first_day
        return m.ProcessStatus(
            status.name,
            os.getpid(),
            status.run,
            self.started_ns,
            status.now_ns,
            day.year * 10_000 + day.month * 100 + day.day,
            status.lag,
            status.last_message_ns,
            status.bad_frames,
            journal.bytes_written if journal else 0,
            {
                "account": self.run.account,
                "accounts": ",".join(self.accounts),
                "mode": self.run.mode,
                "runtime_dir": str(self.settings.runtime_dir),
                "first_day": f"{self.first_day}" if self.run.simulated else "",
                **({"journal_syncs": f"{journal.syncs}"} if journal else {}),
                **notes,
            },
        )


class PlainShell:
    """The shell of a process without I/O of its own."""

    def __init__(self, process: Process, journal: Journal | None) -> None:
        self.process, self.journal = process, journal

    def hear(self, message: m.Message, now_ns: int) -> None:
        pass

    def status(self, status: m.ProcessStatus) -> m.ProcessStatus:
        return self.process.status(status, self.journal, {})


def fees_of(settings: Settings) -> FeeSchedule:
    return FeeSchedule(int(settings.commission_rate * 10**7), to_e4(settings.commission_min), True)


def start(name: str | Callable[[Run], str], environ: Mapping[str, str], main: Callable[[Process], None]) -> int:
    """Open the process and run `main`; returns the exit code. Trouble is one line on stderr, kept by supervisord."""
    try:
        run_file = environ.get(RUN_FILE_VARIABLE)
        run = read_run(Path(run_file) if run_file else None)
        env_file = Path(run.env_file) if run.env_file else find_env_file(Path(), environ)
        loaded = load_settings(env_file, environ, run.settings)
        own_name = name if isinstance(name, str) else name(run)
        process = Process(own_name, run, loaded.settings, MarketTime(simulated=run.simulated), wall_ns())
        main(process)
    except ConfigError as e:
        sys.stderr.write(f"错误 CONFIG: {e}\n")
        return EXIT_STAY_DOWN
    except StackError as e:
        sys.stderr.write(f"错误 STACK: {e}\n")
        return 1
    return EXIT_ASKED if process.asked_to_stop.asked else 0
