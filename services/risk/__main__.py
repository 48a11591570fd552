"""The risk process: every order passes it."""

from __future__ import annotations

import os
import sys

from common import messages as m
from common.journal import Journal
from common.loop import NoEffects
from common.process import PlainShell, Process, start
from common.settings_kinds import to_ns
from services.risk.core import RiskCore

_MUST_LAST = (m.Halt, m.Resume)


class RiskShell(PlainShell, NoEffects):
    """A halt must outlive a power loss, and so must the end of one: their record is on the disk before they are
    answered."""

    def __init__(self, process: Process, journal: Journal | None) -> None:
        super().__init__(process, journal)
        self._syncs = process.settings.journal_fsync != "off"
        self._due = False

    def hear(self, message: m.Message, now_ns: int) -> None:
        self._due |= isinstance(message, _MUST_LAST)

    def needs_sync(self, effects: list[m.Message]) -> bool:
        due, self._due = self._due, False
        return due and self._syncs


def main(process: Process) -> None:
    core = core_of(process)
    session, journal, recovered = process.open(core)
    shell = session.shell = RiskShell(process, journal)
    loop = process.loop(session, journal, shell)
    session.start(recovered=recovered)
    process.log.info(f"风控启动：账户 {'、'.join(process.accounts)}")
    loop.flush()
    loop.run()
    loop.close()


def core_of(process: Process) -> RiskCore:
    settings = process.settings
    limits = {account: settings.limits(account) for account in process.accounts}
    inspect_every_ns = to_ns(settings.risk_check_interval) if settings.risk_check_enabled else 0
    silence_limit_ns = to_ns(settings.strategy_heartbeat_limit)
    return RiskCore(limits, process.fees, inspect_every_ns=inspect_every_ns, silence_limit_ns=silence_limit_ns)


if __name__ == "__main__":
    sys.exit(start("risk", os.environ, main))
