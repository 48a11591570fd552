"""The quotes process of a real broker: live market data on the wall clock, until it is stopped."""

from __future__ import annotations

import gc
import os
import sys

from common import messages as m
from common.errors import ConfigError
from common.process import EXIT_ASKED, Process
from common.settings_kinds import to_ns
from services.gateway.quotes.feeds.xtdata import XtData
from services.gateway.quotes.live.core import LiveQuotesCore
from services.gateway.quotes.live.vendor import Vendor
from services.gateway.quotes.live.work import FeedStuck, LiveConfig, LiveWork

WHOLE = "whole"
SWITCH_S = 0.0005
"""The vendor's threads run Python beside the loop; one that wants the interpreter gets it after so long, and not after
the five milliseconds that are usual, which a burst would meet at each of its hundred messages."""

_GC_THRESHOLDS = (50_000, 20, 100)
"""A burst makes 70,000 tuples, none in a cycle: looking for cycles among them takes as long as making them."""


def core_of(process: Process) -> LiveQuotesCore:
    return LiveQuotesCore(process.calendar, to_ns(process.settings.miniqmt_silence_limit))


def vendor_of(process: Process) -> Vendor:
    """ConfigError where the run has a broker without a feed, or its SDK is not there."""
    if process.run.broker != "qmt":
        raise ConfigError(f"券商 {process.run.broker} 没有行情来源：请用 --broker qmt 或 simulator")
    return XtData(process.settings.miniqmt_port)


def config_of(process: Process) -> LiveConfig:
    settings = process.settings
    return LiveConfig(
        settings.miniqmt_market,
        settings.miniqmt_auto_download,
        to_ns(settings.miniqmt_call_limit),
        to_ns(settings.miniqmt_download_limit),
    )


def main(process: Process) -> None:
    core, vendor = core_of(process), vendor_of(process)
    session, journal, recovered = process.open(core)
    session.number = core.first_number(session.life)

    def complete(plain: m.ProcessStatus, notes: dict[str, str]) -> m.ProcessStatus:
        return process.status(plain, journal, notes)

    work = LiveWork(core, session, vendor, process.log, config_of(process), complete=complete)
    loop = process.loop(session, journal, work)
    session.shell = work
    session.start(recovered=recovered)
    process.log.info(f"行情启动：xtdata 端口 {process.settings.miniqmt_port}，{len(core.symbols)} 只证券在用")
    if (warning := process.calendar.warning(process.first_day)) is not None:
        process.log.warning(warning, code="CALENDAR_ENDS")
    work.start(loop.bus.doorbell(), lambda: loop.bus.is_heard(WHOLE))
    loop.flush()
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    try:
        loop.run()
    except FeedStuck as stuck:
        process.log.error(f"{stuck}", code="FEED_STUCK")
        loop.close()
        _leave(1)
    loop.close()
    if not work.close():
        _leave(EXIT_ASKED if process.asked_to_stop.asked else 0)


def _leave(code: int) -> None:
    """Threads of ours sit in the vendor's library, and an orderly end of the interpreter might wait for them."""
    os._exit(code)
