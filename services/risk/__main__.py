"""The risk process: every order passes it."""

from __future__ import annotations

import os
import sys

from common.loop import NoEffects
from common.process import PlainShell, Process, start
from common.settings_kinds import to_ns
from services.risk.core import RiskCore


def main(process: Process) -> None:
    core = core_of(process)
    session, journal, recovered = process.open(core)
    session.shell = PlainShell(process, journal)
    loop = process.loop(session, journal, NoEffects())
    session.start(recovered=recovered)
    process.log.info(f"风控启动：账户 {'、'.join(process.accounts)}")
    loop.flush()
    loop.run()
    loop.close()


def core_of(process: Process) -> RiskCore:
    settings = process.settings
    limits = {account: settings.limits(account) for account in process.accounts}
    inspect_every_ns = to_ns(settings.risk_check_interval) if settings.risk_check_enabled else 0
    return RiskCore(limits, process.fees, inspect_every_ns=inspect_every_ns)


if __name__ == "__main__":
    sys.exit(start("risk", os.environ, main))
