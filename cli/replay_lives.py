"""The lives of a captured process begun again: the shipped cores, made from what each life was given."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath

from cli.refusal import Refused
from common import messages as m
from common.capture import Capture
from common.channels import role_of
from common.given import run_of, settings_of
from common.process import Process
from common.redo import NewLife, RecordedTime
from common.session import Core, Session

REPLAYED = ("risk", "gateway", "strategy")


@contextmanager
def lives_of(name: str, capture: Capture, changed: Mapping[str, str]) -> Iterator[NewLife]:
    """Begins lives of one process in a folder that is gone afterwards; ``changed`` settings replace the captured."""
    modules, paths = set(sys.modules), list(sys.path)
    with tempfile.TemporaryDirectory(prefix="bullet-replay-") as folder:
        try:
            yield lambda started, market: _begin(name, capture, started, market, Path(folder), changed)
        finally:
            # A strategy is a module by the name of its file: the next one of that name must not meet this one.
            for module in set(sys.modules) - modules:
                if (getattr(sys.modules[module], "__file__", None) or "").startswith(folder):
                    del sys.modules[module]
            sys.path[:] = paths


def given_to(capture: Capture, started: m.Started) -> dict[str, bytes]:
    if not started.given:
        raise Refused("NOT_REPLAYABLE", "这份流水由较早的版本写成，没有记录进程启动时的配置，不能重放")
    return {name: capture.content(digest) for name, digest in started.given.items()}


def _begin(
    name: str, capture: Capture, started: m.Started, market: RecordedTime, folder: Path, changed: Mapping[str, str]
) -> Session:
    given = given_to(capture, started)
    runtime = folder / f"life-{started.life}"
    runtime.mkdir()
    settings = settings_of(given, runtime, changed).settings
    process = Process(name, run_of(given), settings, market, started.life)
    run = int(capture.journals[name].header["run"])
    session = Session(name, _core(process, given, folder), process.accounts, market, run)
    session.life, session.given = started.life, dict(started.given)
    return session


def _core(process: Process, given: Mapping[str, bytes], folder: Path) -> Core:
    match role_of(process.name):
        case "risk":
            from services.risk.__main__ import core_of as risk

            return risk(process)
        case "gateway":
            from services.gateway.__main__ import core_of as gateway

            return gateway(process)
        case "strategy":
            return _strategy(process, given, folder)
    raise Refused("NOT_SUPPORTED", f"{process.name} 不能重放：可重放 {'、'.join(REPLAYED)}")


def _strategy(process: Process, given: Mapping[str, bytes], folder: Path) -> Core:
    from services.strategy.__main__ import SOURCE, config_of
    from services.strategy.core import StrategyCore
    from services.strategy.keeper import G_FILE, STATE_FILE, FileKeeper
    from services.strategy.live_state import LiveState
    from services.strategy.loader import read

    class Recalled(FileKeeper):
        """What is saved meanwhile is not read again: each life of the record brings its own."""

        def save_g(self, pickled: bytes) -> None:
            pass

        def save_state(self, state: LiveState) -> None:
            pass

        def begin_day(self, trading_day: int) -> None:
            pass

    for name in (G_FILE, STATE_FILE):
        if name in given:
            (process.settings.runtime_dir / name).write_bytes(given[name])
    path = folder / PurePath(process.run.strategy_file).name
    path.write_bytes(given[SOURCE])
    keeper = Recalled(process.settings.runtime_dir, process.run.strategy_id, given[SOURCE])
    return StrategyCore(config_of(process), read(path), keeper, process.calendar, lambda level, name, text: None)
