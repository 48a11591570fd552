"""The state process: what happened, kept across days in SQLite."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from common import messages as m
from common.clock import monotonic_ns
from common.host_os import stand_back
from common.process import PlainShell, Process, start
from common.session import Session
from common.session_out import MILLISECOND_NS
from services.state.core import StateCore
from services.state.store import Store

COMMIT_NS = 100 * MILLISECOND_NS
REST_MS = 20


class StoreEffects:
    """What some turns brought is committed together, with the position it was read at; a kill loses nothing else:
    what came later is asked for again. Where a stream begins is committed at once: there is nothing to ask from yet."""

    def __init__(self, core: StateCore, session: Session, *, monotonic: Callable[[], int] = monotonic_ns) -> None:
        self.core, self.session, self.store, self._monotonic = core, session, core.store, monotonic
        self._committed_ns = 0
        self._go_on_from_file()

    def run(self, effects: list[m.Message]) -> None:
        assert not effects, f"nobody runs {effects}"

    def reports(self) -> list[m.Message]:
        return []

    def settle(self) -> None:
        """A transaction costs as much as twenty events."""
        mono_ns = self._monotonic()
        if self.store.is_behind:
            self.store.start_over()
            self.core.load()
            self._go_on_from_file()
        if self.store.has_new_stream or mono_ns - self._committed_ns >= COMMIT_NS:
            self._committed_ns = mono_ns
            self.store.commit()

    def needs_sync(self, effects: list[m.Message]) -> bool:
        return False

    def _go_on_from_file(self) -> None:
        """What came after the rows on file is asked for again."""
        positions = self.store.positions()
        for key, stream in self.session.events_in.streams.items():
            stream.start_over()
            stream.epoch, stream.seq = positions.get(key, (stream.epoch, stream.seq))


def main(process: Process) -> None:
    stand_back()
    store = process.when_writable(lambda: Store(process.settings.runtime_dir / "state.db"))
    core = StateCore(store, process.fees)
    session = process.unjournaled(core)
    session.shell = PlainShell(process, None)
    loop = process.loop(session, None, StoreEffects(core, session))
    loop.rest_ms = REST_MS
    session.start(recovered=bool(store.positions()))
    process.log.info("状态库启动")
    loop.flush()
    loop.run()
    loop.close()
    store.close()


if __name__ == "__main__":
    sys.exit(start("state", os.environ, main))
