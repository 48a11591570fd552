"""What every process of the stack opens at its start, in one place: run file, settings, calendar, log, journal."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from common import messages as m
from common.beijing import day_of
from common.bus import Addresses, Bus
from common.calendar import Calendar, load, read_extra_days
from common.clock import MarketTime, wall_ns
from common.errors import EXIT_STAY_DOWN, ConfigError, StackError
from common.fees import FeeSchedule
from common.given import given_of
from common.host_os import on_stop
from common.journal import Journal
from common.kept import keep
from common.logs import Log, open_log, rules_of
from common.loop import Effects, Loop
from common.run import RUN_FILE_VARIABLE, Run, read_run
from common.session import Core, Session, recover
from common.settings import Settings, find_env_file, to_e4
from common.settings import load as load_settings

EXIT_ASKED: Final = 143
"""A process that was asked to stop says so: supervisord then starts it again, unless it asked itself."""


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

    @property
    def accounts(self) -> tuple[str, ...]:
        return (self.run.account,)

    def journal_path(self, day: date | None = None) -> Path:
        return self.settings.runtime_dir / "journals" / f"{self.name}-{(day or self.first_day):%Y%m%d}.journal"

    def open(
        self, core: Core, *, journaled: bool = True, given: Mapping[str, bytes] | None = None
    ) -> tuple[Session, Journal | None, bool]:
        """The session, brought back from the journal where there is one; raises JournalDamaged.

        ``given`` is what the core was made from beside run and settings, kept for a replay.
        """
        if not journaled:
            return Session(self.name, core, self.accounts, self.market, self.started_ns), None, False
        header: dict[str, str | int] = {"process": self.name, "run": self.started_ns, "day": f"{self.first_day}"}
        journal, payloads = Journal.open(self.journal_path(), header)
        session = Session(self.name, core, self.accounts, self.market, int(journal.header["run"]))
        session.life = self.started_ns
        begun_with = given_of(self.run, self.settings) | dict(given or {})
        session.given = {name: keep(journal.path.parent, content) for name, content in begun_with.items()}
        for payload in payloads:
            recover(session, payload)
        return session, journal, bool(payloads)

    def loop(self, session: Session, journal: Journal | None, effects: Effects) -> Loop:
        """The main loop, which a stop signal ends after the turn in hand."""
        bus = Bus(self.name, self.addresses)
        loop = Loop(session, bus, journal, effects, lambda code, text: self.log.warning(text, code=code))
        loop.sync_all = self.settings.journal_fsync == "always"

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
                "mode": self.run.mode,
                "runtime_dir": str(self.settings.runtime_dir),
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
