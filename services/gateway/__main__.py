"""The gateway process: one broker, the order book of record."""

from __future__ import annotations

import os
import sys

from common import messages as m
from common.errors import ConfigError
from common.process import Process, start
from common.settings import to_e4
from common.settings_kinds import to_ns
from services.gateway.brokers.simulator import Simulator
from services.gateway.core import GatewayCore
from services.gateway.matching import MatchingDesk


def core_of(process: Process) -> GatewayCore:
    settings = process.settings
    return GatewayCore(
        process.accounts,
        process.fees,
        process.run.mode,
        look_every_ns=to_ns(settings.reconcile_interval),
        tolerance_e4=to_e4(settings.reconcile_cash_tolerance),
    )


def main(process: Process) -> None:
    if process.run.broker != "simulator":
        raise ConfigError(f"券商 {process.run.broker}：本版本尚未提供该后端，请用 --broker simulator")
    account, settings = process.run.account, process.settings
    core = core_of(process)
    session, journal, recovered = process.open(core)
    broker = Simulator(
        settings.runtime_dir / f"simulator-{account}.journal",
        account,
        to_e4(settings.simulator_initial_cash),
        process.fees,
    )
    process.when_writable(broker.start)
    sync = settings.journal_fsync != "off"

    def status(plain: m.ProcessStatus) -> m.ProcessStatus:
        return process.status(plain, journal, {})

    desk = MatchingDesk(broker, session, marked_ns=core.marked_ns, sync_orders=sync, complete=status)
    session.shell = desk
    loop = process.loop(session, journal, desk)
    session.start(recovered=recovered)
    process.log.info(f"网关启动：账户 {account}，模式 {process.run.mode}")
    loop.flush()
    loop.run()
    loop.close()
    broker.close()


if __name__ == "__main__":
    sys.exit(start("gateway", os.environ, main))
