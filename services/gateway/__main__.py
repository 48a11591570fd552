"""The gateway process: one broker, the order book of record."""

from __future__ import annotations

import os
import sys

from common import messages as m
from common.process import Process, start
from common.settings import to_e4
from common.settings_kinds import to_ns
from services.gateway.backends import Bell, backend_of
from services.gateway.core import GatewayCore


def core_of(process: Process, core_class: type[GatewayCore] = GatewayCore) -> GatewayCore:
    settings = process.settings
    return core_class(
        process.accounts,
        process.fees,
        process.run.mode,
        look_every_ns=to_ns(settings.reconcile_interval),
        tolerance_e4=to_e4(settings.reconcile_cash_tolerance),
    )


def main(process: Process, core_class: type[GatewayCore] = GatewayCore) -> None:
    bell = Bell()
    backend = backend_of(process, bell)
    core = core_of(process, core_class)
    session, journal, recovered = process.open(core)
    process.when_writable(backend.broker.start)

    def status(plain: m.ProcessStatus) -> m.ProcessStatus:
        return process.status(plain, journal, {})

    desk = backend.desk(session, core.marked_ns, status)
    session.shell = desk
    loop = process.loop(session, journal, desk)
    bell.connect(loop.bus.doorbell())
    session.start(recovered=recovered)
    process.log.info(f"网关启动：账户 {'、'.join(process.accounts)}，模式 {process.run.mode}")
    loop.flush()
    loop.run()
    loop.close()
    backend.broker.close()


if __name__ == "__main__":
    sys.exit(start("gateway", os.environ, main))
