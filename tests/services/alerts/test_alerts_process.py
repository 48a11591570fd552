"""The process itself, killed and started again: gapless, nothing twice, what it slept through in one message."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common import host_os
from common import messages as m
from common.bus import Addresses, Bus
from common.clock import MarketTime, monotonic_ns
from common.loop import Loop, NoEffects
from common.run import RUN_FILE_VARIABLE, Run
from common.session import Session
from services.alerts.keeper import FILE
from tests.common.chain import ACCOUNT, NOON_NS, TinyCore
from tests.common.sockets import free_port_base
from tests.services.alerts.robots import KEY, TOO_MANY, Robots, robots

ROOT = Path(__file__).resolve().parents[3]


class Teller(TinyCore):
    """Risk: each minute that passes is an alert."""

    def decide(self, message: m.Message, now_ns: int) -> list[m.Message]:
        if isinstance(message, m.MinutePassed):
            code = f"CODE{message.minute_ns}"
            return [m.AlertRaised(ACCOUNT, "demo", code, f"第 {message.minute_ns} 条", NOON_NS)]
        return []

    def snapshot(self, account: str, now_ns: int) -> m.Message:
        return m.RiskReport(account, False, False, "", "", [], {})


class Publishers:
    """Gateway and risk, turned by the test, and the alerts process that follows them."""

    def __init__(self, folder: Path, robot: Robots) -> None:
        self.folder, self.robot, self.base = folder, robot, free_port_base()
        self.loops = [self._loop("gateway", TinyCore()), self._loop("risk", Teller())]
        self.told = 0
        self.process: subprocess.Popen[bytes] | None = None
        Run(account=ACCOUNT).write(folder / "run.json")

    def _loop(self, name: str, core: TinyCore) -> Loop:
        session = Session(name, core, (ACCOUNT,), MarketTime(simulated=False), 1)
        session.start(recovered=False)
        return Loop(session, Bus(name, Addresses(self.base)), None, NoEffects(), lambda code, text: None)

    def start(self, key: str = KEY) -> None:
        settings = {
            "BUS_PORT_BASE": f"{self.base}",
            "RUNTIME_DIR": str(self.folder / "rt"),
            "LOG_DIR": str(self.folder / "logs"),
            "MESSAGE_KEY": key,
            "MESSAGE_URL": self.robot.url,
            RUN_FILE_VARIABLE: str(self.folder / "run.json"),
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
        }
        (self.folder / "rt").mkdir(exist_ok=True)
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.alerts"],
                cwd=self.folder,
                env={**os.environ, **settings},
                stdout=said,
                stderr=said,
            )

    def tell(self, count: int) -> None:
        for _ in range(count):
            self.told += 1
            self.loops[1].session.local(m.MinutePassed(self.told, {}))
        self.turn()

    def turn(self) -> None:
        for loop in self.loops:
            loop.turn()

    def until(self, holds: Callable[[], object], what: str, seconds: float = 60) -> None:
        end_ns = monotonic_ns() + int(seconds * 1e9)
        while not holds():
            assert monotonic_ns() < end_ns, f"it did not come about: {what}\n{self.said}"
            self.turn()

    def kill(self) -> None:
        assert self.process is not None
        host_os.end_now(self.process.pid)
        self.process.wait(10)

    @property
    def said(self) -> str:
        logs = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in (self.folder / "said", *logs))

    def codes(self) -> list[int]:
        return [int(line.split("[CODE")[1].split("]")[0]) for line in self.robot.taken if "[CODE" in line]

    def has_kept(self) -> bool:
        """It follows, and has written down how far."""
        path = self.folder / "rt" / FILE
        return path.exists() and "decisions" in path.read_text(encoding="utf-8")

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for loop in self.loops:
            loop.bus.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Publishers]:
    with robots() as here:
        publishers = Publishers(tmp_path, here)
        yield publishers
        publishers.close()


def test_killed_and_started_again_it_repeats_nothing_and_misses_nothing(desk: Publishers) -> None:
    desk.start()
    desk.until(desk.has_kept, "it follows")
    desk.tell(2)
    desk.until(lambda: len(desk.codes()) == 2, "both are posted")
    first = len(desk.robot.got)
    desk.kill()
    desk.tell(5)
    desk.start()
    desk.until(lambda: len(desk.codes()) == 7, "those of meanwhile are posted")
    assert desk.codes() == [1, 2, 3, 4, 5, 6, 7]
    (meanwhile,) = desk.robot.got[first:]
    assert meanwhile.splitlines()[0].endswith("告警程序停机期间发生 5 条")
    desk.tell(1)
    desk.until(lambda: len(desk.codes()) == 8, "it follows on")
    assert KEY not in desk.said and "CODE8" in desk.said
    assert KEY not in (desk.folder / "rt" / FILE).read_text(encoding="utf-8")


def test_asked_to_stop_it_posts_what_waits_and_keeps_what_it_cannot(desk: Publishers) -> None:
    desk.start()
    desk.until(desk.has_kept, "it follows")
    desk.tell(1)
    desk.until(lambda: desk.codes() == [1], "it is posted")
    desk.tell(1)
    desk.until(lambda: '"waiting": [\n' in (desk.folder / "rt" / FILE).read_text(encoding="utf-8"), "one waits")
    assert desk.process is not None
    host_os.ask_to_stop(desk.process.pid)
    assert desk.process.wait(20) == 143
    assert desk.codes() == [1, 2]
    desk.robot.answer = TOO_MANY
    desk.start()
    desk.tell(1)
    desk.until(lambda: "ALERT_NOT_POSTED" in desk.said, "the robot has refused")
    host_os.ask_to_stop(desk.process.pid)
    assert desk.process.wait(20) == 143
    assert "[CODE3]" in (desk.folder / "rt" / FILE).read_text(encoding="utf-8")
    assert KEY not in desk.said


def test_without_a_key_there_is_no_process(desk: Publishers) -> None:
    desk.start(key="")
    assert desk.process is not None
    assert desk.process.wait(20) == 0
    assert not (desk.folder / "rt" / FILE).exists()
