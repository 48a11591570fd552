"""The risk process: every order passes it."""

from __future__ import annotations

import os
import sys

from common import messages as m
from common.journal import read
from common.loop import NoEffects
from common.process import PlainShell, Process, start
from common.session import Session, recover
from common.settings_kinds import to_ns
from services.risk.core import RiskCore


def main(process: Process) -> None:
    core = _core(process)
    session, journal, recovered = process.open(core)
    session.shell = PlainShell(process, journal)
    if not recovered:
        for event in _carried(process):
            session.local(event)
    loop = process.loop(session, journal, NoEffects())
    session.start(recovered=recovered)
    process.log.info(f"风控启动：账户 {'、'.join(process.accounts)}")
    loop.flush()
    loop.run()
    loop.close()


def _core(process: Process) -> RiskCore:
    settings = process.settings
    limits = {account: settings.limits(account) for account in process.accounts}
    inspect_every_ns = to_ns(settings.risk_check_interval) if settings.risk_check_enabled else 0
    silence_limit_ns = to_ns(settings.strategy_heartbeat_limit)
    return RiskCore(limits, process.fees, inspect_every_ns=inspect_every_ns, silence_limit_ns=silence_limit_ns)


def _carried(process: Process) -> list[m.Message]:
    """What must survive a day, folded from the newest earlier journal."""
    folder = process.journal_path().parent
    earlier = sorted(p for p in folder.glob("risk-*.journal") if p < process.journal_path())
    if not earlier:
        return []
    core = _core(process)
    session = Session("risk", core, process.accounts, process.market, 0)
    for payload in list(read(earlier[-1]))[1:]:
        recover(session, payload)
    return core.carry()


if __name__ == "__main__":
    sys.exit(start("risk", os.environ, main))
