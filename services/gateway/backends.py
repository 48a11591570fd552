"""Which broker a run has: the only place outside a back-end that knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path

from common import messages as m
from common.beijing import day_of
from common.calendar import Calendar
from common.errors import ConfigError
from common.process import Process
from common.session import Session
from common.sessions import accepts_orders, phase_at
from common.settings import to_e4
from services.gateway.brokers import Broker
from services.gateway.brokers.shadow import ShadowBroker
from services.gateway.brokers.simulator import Simulator
from services.gateway.desk import Desk
from services.gateway.matching import Matcher, MatchingDesk

Complete = Callable[[m.ProcessStatus], m.ProcessStatus]


class Bell:
    """What a back-end's threads ring; heard from when the loop is there to hear it, which looks by itself first."""

    def __init__(self) -> None:
        self._ring: Callable[[], None] | None = None

    def connect(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    def ring(self) -> None:
        if self._ring is not None:
            self._ring()


@dataclasses.dataclass(frozen=True)
class Backend:
    """A broker that is not started yet, and how its desk is made once it is."""

    broker: Broker
    desk: Callable[[Session, int, Complete], Desk]  # session, marked_ns, complete


def backend_of(process: Process, bell: Bell) -> Backend:
    """ConfigError where the run names a broker there is no back-end for."""
    run = process.run
    if run.broker == "simulator":
        return _simulator(process)
    if run.broker == "qmt":
        return _shadow(process, bell) if run.mode == "dry_run" else _qmt(process, bell)
    raise ConfigError(f"券商 {run.broker}：本版本尚未提供该后端，请用 --broker simulator 或 qmt")


def _simulator(process: Process) -> Backend:
    account, settings = process.run.account, process.settings
    path = settings.runtime_dir / f"simulator-{account}.journal"
    simulator = Simulator(path, account, to_e4(settings.simulator_initial_cash), process.fees)
    sync = settings.journal_fsync != "off"

    def desk(session: Session, marked_ns: int, complete: Complete) -> Desk:
        return MatchingDesk(simulator, session, marked_ns=marked_ns, sync_orders=sync, complete=complete)

    return Backend(simulator, desk)


def _shadow(process: Process, bell: Bell) -> Backend:
    """The accounts' files bear another name than the simulator's: they are not its accounts."""
    settings, fees = process.settings, process.fees
    files = {alias: settings.runtime_dir / f"shadow-{alias}.journal" for alias in process.accounts}

    def open_simulator(alias: str, path: Path) -> Simulator:
        return Simulator(path, alias, 0, fees)

    broker: Matcher = ShadowBroker(_real(process, bell, read_only=True), files, open_simulator, process.log.info)
    sync = settings.journal_fsync != "off"

    def desk(session: Session, marked_ns: int, complete: Complete) -> Desk:
        return MatchingDesk(
            broker,
            session,
            marked_ns=marked_ns,
            sync_orders=sync,
            complete=complete,
            is_marked=in_hours(process.calendar),
            trading_day_of=trading_day_of(process.calendar),
        )

    return Backend(broker, desk)


def _qmt(process: Process, bell: Bell) -> Backend:
    broker = _real(process, bell, read_only=False)
    sync = process.settings.journal_fsync != "off"

    def desk(session: Session, marked_ns: int, complete: Complete) -> Desk:
        marks = in_hours(process.calendar)
        return Desk(broker, session, marked_ns=marked_ns, sync_orders=sync, complete=complete, is_marked=marks)

    return Backend(broker, desk)


def _real(process: Process, bell: Bell, *, read_only: bool) -> Broker:
    """The vendor's own package is imported when it is started, and nowhere else."""
    from services.gateway.brokers.qmt import QmtAccount, QmtBroker, config_of

    settings = process.settings
    accounts = tuple(QmtAccount(a.alias, a.account_id, a.kind, a.path) for a in process.run.accounts)
    config = config_of(settings, process.calendar)
    return QmtBroker(accounts, config, bell.ring, process.log.info, read_only=read_only)


def trading_day_of(calendar: Calendar) -> Callable[[int], int]:
    """The trading day of a time: nights and weekends belong to the day before them. YYYYMMDD."""

    def number(now_ns: int) -> int:
        day: date = calendar.latest_on_or_before(day_of(now_ns))
        return day.year * 10_000 + day.month * 100 + day.day

    return number


def in_hours(calendar: Calendar) -> Callable[[int], bool]:
    """Whether the exchange takes orders at a time, or has just closed."""

    def holds(now_ns: int) -> bool:
        is_open = accepts_orders(phase_at(now_ns)) or accepts_orders(phase_at(now_ns - 1))
        return is_open and calendar.is_trading_day(day_of(now_ns))

    return holds
