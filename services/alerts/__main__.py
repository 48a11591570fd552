"""The alerts process: started where MESSAGE_KEY is set; nobody waits for it, and trading does not notice its end."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path

from common.beijing import clock_seconds, day_of, ns_of_day
from common.clock import MarketTime, monotonic_ns, sleep
from common.host_os import stand_back
from common.loop import NoEffects
from common.process import PlainShell, Process, start
from common.session import Session
from services.alerts import keeper
from services.alerts.core import CATCH_UP_MAX_NS, SECOND_NS, AlertsCore
from services.alerts.robot import Robot

REST_MS = 50
DESK_OPENS_NS, DESK_CLOSES_NS = (clock_seconds(text) * 10**9 for text in ("9:00", "15:30"))
SAVE_NS = 5 * SECOND_NS
END_NS = 4 * SECOND_NS
"""How long the last messages may take at the end; what is left then is told by the next life."""


class AlertsHands(NoEffects):
    """Posts while the loop rests; its memory is written before each posting and after it."""

    def __init__(self, process: Process, session: Session, core: AlertsCore, robot: Robot, path: Path) -> None:
        self.process, self.session, self.core, self.robot, self.path = process, session, core, robot, path
        self._began_ns = self._saved_ns = monotonic_ns()
        self._follows = False  # each publisher was heard in this life

    def settle(self) -> None:
        mono_ns = monotonic_ns()
        if not self._follows and self._is_caught_up():
            self._follows = True
            self.core.follow({key: (s.epoch, s.seq) for key, s in self.session.events_in.streams.items()})
        if self.core.catching_up and (self._follows or mono_ns - self._began_ns > CATCH_UP_MAX_NS):
            self.core.caught_up()
        if self.core.due_ns(mono_ns) == 0:
            self.post()
        elif self.core.changed or (self.core.moved and mono_ns - self._saved_ns > SAVE_NS):
            self.save()

    def post(self) -> bool:
        text = self.core.take()
        self.save()
        why = self.robot.post(text)
        if why:
            self.core.failed(monotonic_ns())
            self.process.log.warn("ALERT_NOT_POSTED", f"告警没有发出，稍后重试：{why}")
        else:
            self.core.posted(monotonic_ns())
            self.process.log.info(f"已发送告警：{text}")
        self.save()
        return not why

    def save(self) -> None:
        """A full disk keeps nobody from being alerted of it; what cannot be written may be told twice."""
        self.core.changed, self.core.moved, self._saved_ns = False, False, monotonic_ns()
        try:
            keeper.save(self.path, self.core.memory)
        except OSError as error:
            self.process.log.warn("ALERTS_NOT_SAVED", f"{self.path.name} 无法写入：{error.strerror}")

    def finish(self) -> None:
        """The process ends: post what waits, as long as that goes well and soon."""
        end_ns = monotonic_ns() + END_NS
        self.core.caught_up()
        while (wait_ns := self.core.due_ns(monotonic_ns())) is not None and monotonic_ns() + wait_ns < end_ns:
            sleep(wait_ns / 1e9)
            if not self.post():
                break
        self.save()
        if self.core.has_more:
            self.process.log.warn("ALERTS_LEFT", f"结束时还有 {len(self.core.memory.waiting)} 条告警没有发出")

    def _is_caught_up(self) -> bool:
        """Each publisher has said how far it is, and this process is there."""
        streams = self.session.events_in.streams.values()
        return all(stream.heard and stream.seq >= stream.known_seq for stream in streams)


def main(process: Process) -> None:
    key = process.settings.alert_key
    if key is None:
        process.log.info("没有设置 MESSAGE_KEY，告警不发送，进程结束")
        return
    stand_back()
    # It follows the desk in its own time: no clock of a simulated day waits for it or hears of it.
    process = dataclasses.replace(process, market=MarketTime(simulated=False))
    path = process.settings.runtime_dir / keeper.FILE
    core = AlertsCore(keeper.load(path), title_of(process), quiet_times(process))
    session = process.unjournaled(core)
    for followed, stream in session.events_in.streams.items():
        # The first life begins with the oldest event that is to be had: a snapshot tells of no alert before it.
        stream.epoch, stream.seq = core.memory.streams.get(followed, (0, 0))
    session.shell = PlainShell(process, None)
    hands = AlertsHands(process, session, core, Robot(process.settings.message_url, key.get_secret_value()), path)
    loop = process.loop(session, None, hands)
    loop.rest_ms = REST_MS
    session.start(recovered=bool(core.memory.streams))
    process.log.info("告警程序启动")
    loop.run()
    loop.turn()  # what was told last may have come while the stop was on its way
    hands.finish()
    loop.close()


def title_of(process: Process) -> str:
    mode = "" if process.run.mode == "live" else "[模拟撮合] "
    return f"{mode}账户 {'、'.join(process.accounts)}"


def quiet_times(process: Process) -> Callable[[int], bool]:
    """At a real broker nights and weekends: terminals are restarted then. Opening time has its own reminder."""
    if process.run.simulated:
        return lambda _: False
    calendar = process.calendar
    return lambda at_ns: (
        not (DESK_OPENS_NS <= ns_of_day(at_ns) < DESK_CLOSES_NS and calendar.is_trading_day(day_of(at_ns)))
    )


if __name__ == "__main__":
    sys.exit(start("alerts", os.environ, main))
